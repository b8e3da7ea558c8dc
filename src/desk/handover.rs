//! The hand-over to an operator. In: a turn that asks for one, takes place during one, or ends it.
//! Out: the turn, with what is said and who talks from now on. Must not know: how operators are
//! notified, or how messages reach them.

use super::draft::Draft;
use super::state::Person;
use super::{Handover, People};
use crate::knowledge::{Action, sentences};
use crate::message::{Button, GiveBack, Reply};
use crate::store::records::Outcome;

impl Draft<'_> {
    /// 转人工: calls an operator, once. If none can be reached, the request is noted.
    pub fn hand_over(&mut self) {
        self.recall_question();
        match (self.desk.people, self.state.person) {
            (None, _) if self.desk.lost => {
                self.state.handed_over = true;
                self.say("human_unreachable", &[], self.ways_back(), Outcome::Human);
            }
            (None, _) => self.note_request(),
            (Some(people), Person::None) => self.call_person(people, None, Outcome::Human),
            // service has begun since the request
            (Some(people), Person::Waiting) if people.open => {
                self.state.person = Person::Talking;
                self.say_who_talks(Outcome::Human);
            }
            (Some(people), Person::Waiting) => {
                let reply = self.until_then("human_again_later", "human_again", people);
                self.put(reply, Outcome::Human);
            }
            (Some(_), Person::Talking) => self.say_who_talks(Outcome::Human),
        }
    }

    /// After too many 没解决: calls an operator and says why. `false` if none can be reached or a
    /// hand-over is open.
    pub fn call_person_unasked(&mut self) -> bool {
        let people = self.desk.people.filter(|_| self.state.person == Person::None);
        if let Some(people) = people {
            self.call_person(people, Some("unsolved_human"), Outcome::Unsolved);
        }
        people.is_some()
    }

    /// Says that an operator talks with the asker, and how to get back to the bot.
    pub fn say_who_talks(&mut self, outcome: Outcome) {
        self.say("human_again_now", &[], vec![self.speaker().bot()], outcome);
    }

    /// The message is for the operator: the bot says nothing.
    pub fn relay(&mut self) {
        self.entry.outcome = Outcome::Relayed;
        if self.entry.text.trim().is_empty() {
            self.entry.text = "［没有文字］".to_owned();
        }
    }

    /// Passes an operator's message to the asker. From the first one on, the bot is silent.
    pub fn pass_to_asker(&mut self, text: &str) {
        self.state.person = Person::Talking;
        self.state.handed_over = true;
        self.handover = Some(Handover::Answered);
        let blocks = sentences::blocks(text);
        self.put(Reply { lang: self.state.lang, blocks, from_person: true, ..Reply::default() }, Outcome::Person);
    }

    /// Ends the hand-over. If none is open, the asker who asked for the bot gets the help text, and
    /// the operators are not told.
    pub fn give_back(&mut self, by: GiveBack) {
        if self.state.person == Person::None {
            return if by == GiveBack::Asker {
                self.say_help()
            };
        }
        // a request that waits for service to begin does not end because nobody writes at night
        if by == GiveBack::Silence && self.state.person == Person::Waiting {
            return;
        }
        self.state.person = Person::None;
        // the request stays on record although nobody could be reached
        self.state.handed_over = by == GiveBack::Unreachable;
        self.state.unsolved = 0;
        self.state.answered = false;
        self.handover = Some(Handover::Closed(by));
        let (key, buttons) = match by {
            GiveBack::Done => ("given_back", vec![self.speaker().human()]),
            GiveBack::Silence => ("given_back_silence", self.ways_on()),
            GiveBack::Asker => ("given_back_asker", self.ways_on()),
            GiveBack::Unreachable => ("human_unreachable", self.ways_back()),
        };
        self.say(key, &[], buttons, Outcome::GivenBack);
    }

    /// Buttons that help where no operator can be called.
    fn ways_back(&self) -> Vec<Button> {
        self.speaker().hot_topics()
    }

    /// Opens the hand-over; the sentence `why` is said first.
    fn call_person(&mut self, people: People, why: Option<&str>, outcome: Outcome) {
        self.state.handed_over = true;
        self.state.person = if people.open { Person::Talking } else { Person::Waiting };
        self.handover = Some(Handover::Opened);
        let mut reply = match people.open {
            true => self.speaker().say("human_now", &[], vec![self.speaker().bot()]),
            false => self.until_then("human_later", "human", people),
        };
        if let Some(why) = why {
            reply.blocks.splice(0..0, self.speaker().say(why, &[], vec![]).blocks);
        }
        self.put(reply, outcome);
    }

    /// The sentence `key` with the time at which service begins again; `untold` if that is unknown.
    fn until_then(&self, key: &str, untold: &str, people: People) -> Reply {
        match people.opens {
            Some(opens) => self.speaker().say(key, &[("when", &opens.in_words(self.state.lang))], vec![]),
            None => self.speaker().say(untold, &[], vec![]),
        }
    }

    /// No operator can be called: notes the request in the journal and tells the asker so.
    fn note_request(&mut self) {
        let again = std::mem::replace(&mut self.state.handed_over, true);
        let own = self.desk.knowledge.intents.iter().find(|i| i.action == Some(Action::Human));
        let reply = own.filter(|_| !again).and_then(|intent| self.speaker().whole(intent));
        let key = if again { "human_again" } else { "human" };
        let reply = reply.unwrap_or_else(|| self.speaker().say(key, &[], vec![]));
        self.put(reply, Outcome::Human);
    }
}
