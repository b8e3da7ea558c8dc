//! Answers inline queries. In: a query of the inbox. Out: a call with the most likely replies. Must
//! not know: turns and hand-overs, when a call is made.

use super::calls::{self, InlineArticle};
use super::new_call::expiring_call;
use super::parse::InlineQuery;
use super::worker::TurnWorker;
use crate::store::records::{InboxEntry, TurnEffects};
use crate::turn::BotError;
use std::time::Duration;
use wenlu_core::dialogue::SearchResult;
use wenlu_core::model::Timestamp;
use wenlu_core::reply::plain_text;

/// How long Telegram may cache the results of an inline query.
const INLINE_CACHE_TIME: Duration = Duration::from_secs(60);
/// Milliseconds after which the results of an inline query are not sent any more.
const INLINE_EXPIRES_MILLIS: i64 = 20_000;
/// Maximum results of an inline query.
const INLINE_RESULTS: usize = 5;

impl TurnWorker {
    /// Answers `@bot 问题` typed in any chat with the most likely replies. It is no turn, as the
    /// question was not put to the bot.
    pub(super) async fn handle_inline(
        &self,
        conversation: &str,
        inline: &InlineQuery,
        waiting: &InboxEntry,
    ) -> Result<(), BotError> {
        // all results are on the first page
        let found = match inline.offset.as_str() {
            "" => self.bot.search(&inline.query, inline.lang, INLINE_RESULTS),
            _ => vec![],
        };
        let articles: Vec<InlineArticle> = found.into_iter().map(article).collect();
        let call = calls::answer_inline(&inline.id, &articles, INLINE_CACHE_TIME, false);
        let expires = Timestamp(waiting.at.0.saturating_add(INLINE_EXPIRES_MILLIS));
        let calls = vec![expiring_call(
            self.inbox.channel(),
            conversation,
            &call,
            expires,
        )];
        self.mark_done(
            conversation,
            waiting,
            TurnEffects {
                calls,
                ..TurnEffects::default()
            },
        )
        .await
    }
}

fn article(found: SearchResult) -> InlineArticle {
    InlineArticle {
        title: found.title,
        description: plain_text::blocks_text(&found.reply.blocks),
        reply: found.reply,
    }
}
