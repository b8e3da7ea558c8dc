//! The grams of a message that a reply knows. In: a message and a prepared reply. Out: each with its
//! weight in that reply, and what share of the message holds. Must not know: aspects, phrases.

use super::asked_message::AskedMessage;
use super::prepared::PreparedReply;

/// Words that all parts hold count this much when sentences are compared.
const LEAST_RARITY: f32 = 0.1;
/// How much of its weight a word keeps that the topic is called by.
pub(super) const NAMED: f32 = 0.25;

/// The grams of a message as a reply weighs them. Most occur in no part: only the others are looked
/// up in each part and sentence.
pub(super) struct KnownGrams {
    /// Those that occur in a part, each with its weight.
    pub(super) known: Vec<(u64, f32)>,
    /// The weight of all grams of the message.
    whole: f32,
    /// The same where each weighs at least [`LEAST_RARITY`].
    whole_raised: f32,
}

impl KnownGrams {
    /// Grams that occur in no part are as rare as can be.
    pub(super) fn of(reply: &PreparedReply, message: &AskedMessage) -> Self {
        let unknown = (reply.parts.len() as f32 + 1.5).ln();
        let mut grams = KnownGrams {
            known: Vec::with_capacity(message.grams.len()),
            whole: 0.0,
            whole_raised: 0.0,
        };
        for gram in &message.grams {
            let rarity = reply.rarity.get(gram).copied();
            // what the topic is called tells none of its parts from the others
            let share = match reply.name_grams.contains(gram) {
                true => NAMED,
                false => 1.0,
            };
            let weight = share * rarity.unwrap_or(unknown);
            grams.whole += weight.max(0.0);
            grams.whole_raised += weight.max(LEAST_RARITY);
            grams.known.extend(rarity.map(|_| (*gram, weight)));
        }
        grams
    }

    /// The share of the message's grams, by their rarity, that `holds` accepts.
    pub(super) fn coverage(&self, holds: impl Fn(&u64) -> bool) -> f32 {
        share_held(&self.known, 0.0, self.whole, holds)
    }

    /// The same where each gram weighs at least [`LEAST_RARITY`].
    pub(super) fn raised_coverage(&self, holds: impl Fn(&u64) -> bool) -> f32 {
        share_held(&self.known, LEAST_RARITY, self.whole_raised, holds)
    }
}

fn share_held(known: &[(u64, f32)], least: f32, whole: f32, holds: impl Fn(&u64) -> bool) -> f32 {
    let mut here = 0.0;
    for (gram, rarity) in known {
        if holds(gram) {
            here += rarity.max(least);
        }
    }
    if whole > 0.0 { here / whole } else { 0.0 }
}
