//! Links that open the bot at a certain place. In: the payload of the link. Out: what the asker
//! wants. Must not know: how a channel writes such links.

use crate::knowledge::Knowledge;
use crate::model::{IncomingBody, Lang};

/// The message that a link stands for. The payload may name an intent, the list of topics, or the
/// request for a person. Any other payload, such as a campaign, is a plain start.
pub fn deep_link(payload: &str, lang: Lang, knowledge: &Knowledge) -> IncomingBody {
    match payload.trim() {
        "human" => IncomingBody::Human,
        "topics" | "menu" | "help" => IncomingBody::Topics,
        id => match knowledge.intent(id) {
            Some(intent) => IncomingBody::ShowIntent(intent.id.clone()),
            None => IncomingBody::Start { lang },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Intent;

    #[test]
    fn a_link_leads_somewhere() {
        let mut knowledge = Knowledge::default();
        knowledge.intents.push(Intent {
            id: "refund".into(),
            ..Intent::default()
        });
        let start = IncomingBody::Start { lang: Lang::En };
        for (payload, wanted) in [
            ("human", IncomingBody::Human),
            (" menu", IncomingBody::Topics),
            ("refund", IncomingBody::ShowIntent("refund".into())),
            ("campaign-7", start.clone()),
            ("", start),
        ] {
            assert_eq!(
                deep_link(payload, Lang::En, &knowledge),
                wanted,
                "{payload}"
            );
        }
    }
}
