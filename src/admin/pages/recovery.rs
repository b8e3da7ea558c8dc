//! Recovery codes, as their owner sees them. In: the user. Out: new codes, shown once; how many are left,
//! and a warning when these are few. Must not know: how a code is checked.

use crate::admin::auth::recovery::{FEW, hash_of, new_codes};
use crate::admin::html::{PageResult, note, page};
use crate::admin::middleware::SignedInUser;
use crate::admin::{AdminError, AdminState};
use crate::store::accounts::AccountChange;
use maud::{Markup, html};

/// Makes new codes and shows them, which only this page does; the store keeps their hashes.
pub(super) async fn fresh_codes(admin: &AdminState, user: &SignedInUser, said: &str) -> PageResult {
    let codes = new_codes()?;
    let id = user.account.id;
    let hashes = codes.iter().filter_map(|code| hash_of(id, code)).collect();
    let change = AccountChange::RecoveryCodes(hashes);
    let name = user.account.name.clone();
    admin
        .store()
        .accounts()
        .change(user.by(), name, change)
        .await?;
    let body = html! {
        (note("good", said))
        section.card {
            p { "下面是 " (codes.len()) " 个恢复码。手机丢了或不在身边时，每一个能代替一次动态码，只能用一次。" }
            p { b { "只显示这一次。" } "请现在抄下来或打印，放在手机以外的地方。" }
            ol.codes { @for code in &codes { li { code { (code) } } } }
            p { a.button href="/admin/me" { "记好了" } }
        }
    };
    Ok(page(user, "/admin/me", "恢复码", body))
}

/// How many codes the user can still use; `None` without a second factor.
pub(super) async fn left(
    admin: &AdminState,
    user: &SignedInUser,
) -> Result<Option<i64>, AdminError> {
    if user.account.second.is_none() {
        return Ok(None);
    }
    let accounts = admin.store().accounts();
    Ok(Some(accounts.recovery_codes_left(user.account.id).await?))
}

pub(super) fn told(left: i64) -> Markup {
    html! {
        @if left > FEW { p.soft { "还有 " (left) " 个恢复码。" } }
        @else { p.note.bad role="status" { (few(left)) "请生成一组新的。" } }
    }
}

/// A warning for other pages, where codes are few.
pub(super) fn warning(left: Option<i64>) -> Markup {
    html! {
        @if let Some(left) = left.filter(|left| *left <= FEW) {
            p.note.bad role="status" { (few(left)) a href="/admin/me" { "生成一组新的" } "。" }
        }
    }
}

fn few(left: i64) -> String {
    match left {
        0 => "没有恢复码了：手机丢了就登录不了。".to_owned(),
        _ => format!("只剩 {left} 个恢复码，手机丢了时要用它们登录。"),
    }
}
