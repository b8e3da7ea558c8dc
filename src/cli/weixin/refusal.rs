//! Why WeChat's API does not take an account, in words of what to do.

use crate::channel::weixin::{ApiFailure, RefusalMeaning};
use crate::store::service_access::SendingFaultKind;

/// What to do about a failure.
pub(super) fn what_to_do(failure: &ApiFailure) -> String {
    let hint = match failure.meaning() {
        None => "连不上微信的接口：网络、WENLU_WEIXIN_API_URL 对吗？ / the API is not reached".to_owned(),
        Some(RefusalMeaning::Stopped(kind)) => of_account(kind, failure),
        Some(RefusalMeaning::TokenOver) => {
            "AppSecret 不对，或有别的程序在强制刷新令牌 / a wrong secret, or another program refreshes tokens by force".to_owned()
        }
        Some(RefusalMeaning::MinuteQuota | RefusalMeaning::Later) => {
            "微信现在忙，等一分钟再试 / busy: try again in a minute".to_owned()
        }
        Some(_) => "微信不接受 / refused".to_owned(),
    };
    format!("{hint}\n    {failure}")
}

fn of_account(kind: SendingFaultKind, failure: &ApiFailure) -> String {
    match kind {
        SendingFaultKind::AddressNotListed => {
            let address = failure
                .address()
                .unwrap_or_else(|| "这台服务器的 IP".to_owned());
            format!(
                "在后台“基本配置 → IP 白名单”里加上 {address} / add {address} to the IP list at the console"
            )
        }
        SendingFaultKind::Account => {
            "AppID 不对，或帐号被冻结 / no such account, or it is frozen".to_owned()
        }
        SendingFaultKind::Secret => {
            "AppSecret 不对：和后台的核对，重置过要换新的 / a wrong secret".to_owned()
        }
        SendingFaultKind::NoRight => {
            "这个帐号没有这项权限，多半没有认证 / the account has no such right: it is not verified"
                .to_owned()
        }
        SendingFaultKind::DayQuota => {
            "今天的次数用完了，北京时间零点恢复 / today's calls are used up".to_owned()
        }
        SendingFaultKind::Unreachable | SendingFaultKind::Token => {
            "微信不认令牌 / the token is not taken".to_owned()
        }
    }
}
