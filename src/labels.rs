//! What operators read about accounts, changes and the audit log. In: values. Out: Chinese names. The names of what a turn
//! decides are in [`wenlu_core::labels`].

use crate::store::accounts::AccountRole;
use crate::store::audit::AuditAction;
use crate::store::reviews::ChangeState;

pub fn role_label(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Agent => "客服",
        AccountRole::Viewer => "查看者",
        AccountRole::Reviewer => "审阅者",
        AccountRole::Operator => "运营",
        AccountRole::Admin => "管理员",
    }
}

/// What a role may do; from the third on, beyond the role before it.
pub fn role_duty(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Agent => "只接待要人工的客人，看不到别的页面",
        AccountRole::Viewer => "看人工会话之外的所有页面，试句子",
        AccountRole::Reviewer => "还能处理没答上来的问题、发布和撤销修改、导出对话记录",
        AccountRole::Operator => "还能直接改意图和回复的文件，看操作记录，接待要人工的客人",
        AccountRole::Admin => "还能管理帐号，清除一位客人的全部记录",
    }
}

/// The state of a change.
pub fn change_state_label(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Draft => "草稿",
        ChangeState::Published => "已发布",
        ChangeState::Undone => "已撤销",
        ChangeState::Discarded => "已放弃",
    }
}

pub fn audit_action_label(action: AuditAction) -> &'static str {
    match action {
        AuditAction::SignIn => "登录",
        AuditAction::SignInFailed => "登录失败",
        AuditAction::SignOut => "退出",
        AuditAction::AddAccount => "添加帐号",
        AuditAction::SetRole => "改角色",
        AuditAction::GrantInbox => "准许接待客人",
        AuditAction::RevokeInbox => "不再接待客人",
        AuditAction::Disable => "停用帐号",
        AuditAction::Enable => "启用帐号",
        AuditAction::SetPassword => "设置密码",
        AuditAction::MakeLink => "生成设置密码的链接",
        AuditAction::SecondFactorOn => "开启两步验证",
        AuditAction::SecondFactorOff => "关闭两步验证",
        AuditAction::RecoveryCodesMade => "生成恢复码",
        AuditAction::RecoveryCodeUsed => "用掉一个恢复码",
        AuditAction::Unlock => "解除登录限制",
        AuditAction::EndSession => "退出别处的登录",
        AuditAction::Export => "导出对话记录",
        AuditAction::Draft => "起草修改",
        AuditAction::Discard => "放弃草稿",
        AuditAction::Publish => "发布修改",
        AuditAction::Undo => "撤销修改",
        AuditAction::AcceptTests => "认可测试的变化",
        AuditAction::Ignore => "忽略一类问题",
        AuditAction::Unignore => "不再忽略",
        AuditAction::Assign => "指派",
        AuditAction::MergeClusters => "合并几类问题",
        AuditAction::MoveQuestions => "移动提问",
        AuditAction::TakeOver => "接管人工会话",
        AuditAction::ReachAsker => "联系了留下联系方式的客人",
        AuditAction::CloseHandover => "结束人工会话",
        AuditAction::Erase => "清除一段对话",
    }
}
