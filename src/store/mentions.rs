//! What a text says about a conversation. In: a text. Out: whether it quotes a wording, or holds an
//! asker's number. Must not know: where the text is stored.

/// The number at the end of a conversation id, given by the service to the asker: `telegram:42`,
/// `telegram:-7.0.42`. Over the bridge a name is one of many systems' own, and may be any number.
pub(super) fn asker_number(conversation: &str) -> Option<i64> {
    if conversation.starts_with("bridge:") {
        return None;
    }
    conversation.rsplit([':', '.']).next()?.parse().ok()
}

/// Whether `text` contains `number` with no digit directly before or after it.
pub(super) fn mentions_number(text: &str, number: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.match_indices(number).any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + number.len()..));
        !is_digit(before.and_then(|t| t.chars().next_back()))
            && !is_digit(after.and_then(|t| t.chars().next()))
    })
}

/// Whether `text` contains `wording`, as it is or escaped for JSON.
pub(super) fn quotes(text: &str, wording: &str) -> bool {
    let escaped = serde_json::to_string(wording).unwrap_or_default();
    text.contains(wording) || text.contains(escaped.trim_matches('"'))
}

/// By what a payload that could not be read names the asker of a conversation: by the whole id or,
/// where a service gives long ids of its own, by that.
pub(super) fn asker_name(conversation: &str) -> &str {
    let own = ["wecom:", "weixin:"]
        .into_iter()
        .find_map(|channel| conversation.strip_prefix(channel))
        .and_then(|name| name.split_once(':'));
    own.map_or(conversation, |(_, asker)| asker)
}
