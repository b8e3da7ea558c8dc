//! The lines that say what came of the checks of a platform's route. In: a check, and its finding.
//! Out: a line for people, or a JSON object. Must not know: which platform it is.

use crate::channel::tencent::{RouteCheck, RouteFinding};
use serde_json::{Value, json};

/// What the checks of a platform say beside what is the same for all.
pub(super) struct RouteWords {
    /// Of a path that is not there.
    pub no_route: &'static str,
    /// Of what is refused.
    pub refused: &'static str,
}

pub(super) fn route_line(check: RouteCheck, finding: &RouteFinding, words: &RouteWords) -> String {
    let what = match check {
        RouteCheck::Address => "地址校验，原样返回 echostr / the address is checked",
        RouteCheck::Forged => "签名不对的请求被拒绝 / a wrong signature is refused",
        RouteCheck::Delivered => "签名对的事件被收下 / a genuine event is acknowledged",
        RouteCheck::Unsealed => "没有加密的请求被拒绝 / what is not sealed is refused",
    };
    let problem = match finding {
        RouteFinding::Passed => return format!("  ✓ {what}"),
        RouteFinding::Unreachable => {
            "5 秒内没有应答：wenlu 启动了吗？地址、端口、反向代理对吗？ / no answer within 5 seconds".to_owned()
        }
        RouteFinding::Status(404) => words.no_route.to_owned(),
        RouteFinding::Status(403) => words.refused.to_owned(),
        RouteFinding::Status(other) => format!("得到了状态 {other} / status {other}"),
        RouteFinding::Body => "应答里多了别的内容：反向代理改了它吗？ / something changes the response".to_owned(),
    };
    format!("  ✗ {what}\n    {problem}")
}

pub(super) fn route_json(check: RouteCheck, finding: &RouteFinding) -> Value {
    let problem = finding.problem();
    json!({ "check": check.code(), "ok": problem.is_none(), "problem": problem })
}
