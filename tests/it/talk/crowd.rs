//! People who ask one thing after the other, by typing and by pressing, and look whether each question was answered, in
//! order. Each question has an answer of its own, so that one that is missing, comes twice or at the wrong time is seen.

use super::Way;
use super::process::PATIENCE;
use fake_telegram::{Fake, Fate, Person, Record};
use fastrand::Rng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use wenlu::store::Store;

/// What is asked for, again and again in this order.
const PAPERS: [&str; 12] = [
    "护照",
    "驾照",
    "社保卡",
    "居住证",
    "户口本",
    "结婚证",
    "房产证",
    "营业执照",
    "学历证明",
    "健康证",
    "通行证",
    "签证",
];
/// People in private chats, and in a group that they share.
const ALONE: i64 = 12;
const TOGETHER: i64 = 3;
/// Questions in one chat that are not answered yet.
const OPEN: usize = 3;

/// A crowd that talks until it is told to stop.
pub(super) struct Crowd {
    stop: Arc<AtomicBool>,
    talking: JoinHandle<()>,
    askers: Vec<(i64, i64)>,
    first: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub questions: usize,
    pub presses: usize,
    /// Replies beyond the first to a question.
    pub twice: usize,
    /// The most of them in one chat.
    pub twice_in_a_chat: usize,
}

/// One question, as Telegram delivered it.
struct Asked {
    paper: usize,
    pressed: bool,
    fate: Fate,
}

/// Writes the answers into a knowledge folder.
pub(super) fn write_answers(folder: &Path) {
    let write = |path: String, text: String| std::fs::write(folder.join(path), text).unwrap();
    for (at, paper) in PAPERS.iter().enumerate() {
        let next = (at + 1) % PAPERS.len();
        write(
            format!("intents/paper-{at}.toml"),
            format!(
                "title = \"{paper}在哪里办\"\nrelated = [\"paper-{next}\"]\nexamples = [\"{paper}在哪里办\"]\n"
            ),
        );
        write(
            format!("content/zh/paper-{at}.md"),
            format!("# {paper}在哪里办\n\n{paper}在 {at} 号窗口办。\n"),
        );
    }
}

impl Crowd {
    /// Begins to talk.
    pub(super) fn start(fake: &Arc<Fake>, seed: u64) -> Crowd {
        let group = fake.group(500, "办证");
        let alone = (1..=ALONE).map(|id| fake.user(id));
        let together = (1..=TOGETHER).map(|id| fake.user(100 + id).at(&group));
        let people: Vec<Person> = alone.chain(together).collect();
        let askers = people
            .iter()
            .map(|person| (person.chat, person.id))
            .collect();
        let first = fake.look(|record| {
            record
                .updates
                .log
                .keys()
                .next_back()
                .map_or(0, |last| last + 1)
        });
        let stop = Arc::new(AtomicBool::new(false));
        let talking = tokio::spawn(talk(
            fake.clone(),
            people,
            Rng::with_seed(seed),
            stop.clone(),
        ));
        Crowd {
            stop,
            talking,
            askers,
            first,
        }
    }

    /// Says nothing more, and waits until the bot has nothing more to do.
    pub(super) async fn hush(&mut self, fake: &Fake, store: &Store, log: impl Fn() -> String) {
        self.stop.store(true, SeqCst);
        (&mut self.talking).await.unwrap();
        let begun = Instant::now();
        loop {
            let waiting = fake.look(|record| record.updates.waiting());
            let (inbox, outbox) = (
                store.inbox().count().await.unwrap(),
                store.outbox().count().await.unwrap(),
            );
            if waiting == 0 && inbox == 0 && outbox == 0 {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{waiting} updates wait to be delivered, {inbox} for an answer, {outbox} calls to be made\n{}",
                log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Each acknowledged question has one entry in the journal and its reply on the screen, in order.
    pub(super) async fn check(&self, fake: &Fake, store: &Store, way: Way) -> Figures {
        let (mut figures, mut twice) = (Figures::default(), BTreeMap::<i64, usize>::new());
        for (chat, user) in &self.askers {
            let conversation = if chat == user {
                format!("telegram:{chat}")
            } else {
                format!("telegram:{chat}.0.{user}")
            };
            let asked = fake.look(|record| asked(record, self.first, *chat, *user));
            let rows = store
                .journal()
                .until(&conversation, i64::MAX, i64::MAX)
                .await
                .unwrap();
            let entries: Vec<(u32, Option<usize>)> = rows
                .iter()
                .map(|row| {
                    (
                        update(row.message.as_deref()),
                        paper(row.entry.intent.as_deref()),
                    )
                })
                .collect();
            let shown = fake.look(|record| shown(record, *chat, *user));
            let found = judge(&asked, &entries, &shown, way);
            match found {
                Ok(found) => *twice.entry(*chat).or_default() += found,
                Err(wrong) => panic!(
                    "{wrong}\nin {conversation}\n{}",
                    story(&asked, &entries, &shown)
                ),
            }
            figures.questions += asked.len();
            figures.presses += asked.values().filter(|asked| asked.pressed).count();
        }
        figures.twice = twice.values().sum();
        figures.twice_in_a_chat = twice.into_values().max().unwrap_or_default();
        assert!(figures.presses > 0, "nobody pressed anything");
        figures
    }
}

/// Asks at random, but no chat has too many questions open.
async fn talk(fake: Arc<Fake>, people: Vec<Person>, mut rng: Rng, stop: Arc<AtomicBool>) {
    let mut asked = vec![0; people.len()];
    while !stop.load(SeqCst) {
        tokio::time::sleep(Duration::from_micros(rng.u64(200..6_000))).await;
        let who = rng.usize(..people.len());
        let person = &people[who];
        // Every third waits for each answer: its button is there to be pressed.
        let open = if who.is_multiple_of(3) { 1 } else { OPEN };
        let here = people
            .iter()
            .zip(&asked)
            .filter(|(other, _)| other.chat == person.chat);
        let replies = fake.look(|record| record.replies(person.chat).count());
        if here.map(|(_, asked)| asked).sum::<usize>() >= replies + open {
            continue;
        }
        let at = asked[who] % PAPERS.len();
        let button = format!("i:paper-{at}");
        let is_shown = |record: &Record| {
            let last = record.replies(person.chat).rev().take(4);
            last.flat_map(|message| message.buttons())
                .any(|shown| shown.is(&button))
        };
        // In a group nobody could tell whom the answer to a press is for.
        if person.chat == person.id && rng.bool() && fake.look(is_shown) {
            person.press(&button);
        } else if person.chat == person.id {
            person.say(&question(at));
        } else {
            person.say(&format!("@wenlu_bot {}", question(at)));
        }
        asked[who] += 1;
    }
}

fn question(at: usize) -> String {
    format!("{}在哪里办", PAPERS[at])
}

/// What a person asked in a chat, by update.
fn asked(record: &Record, first: u32, chat: i64, user: i64) -> BTreeMap<u32, Asked> {
    let by = |content: &Value, chat_id: &Value| content["from"]["id"] == user && *chat_id == chat;
    let log = record.updates.log.range(first..);
    let asked = log.filter_map(|(id, update)| {
        let (message, press) = (&update.body["message"], &update.body["callback_query"]);
        let (paper, pressed) = if by(message, &message["chat"]["id"]) {
            let text = message["text"].as_str()?;
            (PAPERS.iter().position(|paper| text.contains(paper))?, false)
        } else if by(press, &press["message"]["chat"]["id"]) {
            (paper(press["data"].as_str()?.strip_prefix("i:"))?, true)
        } else {
            return None;
        };
        Some((
            *id,
            Asked {
                paper,
                pressed,
                fate: update.fate,
            },
        ))
    });
    asked.collect()
}

/// What a person was answered in a chat; in a group the bot quotes whom it answers.
fn shown(record: &Record, chat: i64, user: i64) -> Vec<Option<usize>> {
    let theirs = record.chat(chat).iter().filter(|message| {
        message
            .head
            .get("from")
            .is_some_and(|from| from["id"] == user)
    });
    let theirs: BTreeSet<i32> = theirs.map(|message| message.id).collect();
    let is_for_them = |quoted: &i32| theirs.contains(quoted);
    let replies = record
        .replies(chat)
        .filter(|reply| chat == user || reply.reply_to.as_ref().is_some_and(is_for_them));
    replies
        .map(|reply| {
            PAPERS
                .iter()
                .position(|paper| reply.text.contains(&format!("{paper}在 ")))
        })
        .collect()
}

fn update(message: Option<&str>) -> u32 {
    message
        .and_then(|name| name.rsplit(':').next()?.parse().ok())
        .unwrap_or_else(|| panic!("no update: {message:?}"))
}

fn paper(intent: Option<&str>) -> Option<usize> {
    intent?.strip_prefix("paper-")?.parse().ok()
}

/// How many replies came twice, or what is wrong.
fn judge(
    asked: &BTreeMap<u32, Asked>,
    entries: &[(u32, Option<usize>)],
    shown: &[Option<usize>],
    way: Way,
) -> Result<usize, String> {
    for (update, asked) in asked {
        let count = entries.iter().filter(|(of, _)| of == update).count();
        match asked.fate {
            Fate::Acknowledged if count == 1 => {}
            // a press that nobody fetched in time; a kill may have come after it was kept, and before it was acknowledged
            Fate::Expired if asked.pressed && count <= 1 => {}
            fate => {
                return Err(format!(
                    "update {update} is {fate:?} and has {count} journal entries"
                ));
            }
        }
    }
    if let Some((of, _)) = entries
        .iter()
        .find(|(of, paper)| asked.get(of).map(|asked| asked.paper) != *paper)
    {
        return Err(format!("the journal has another question for update {of}"));
    }
    // By webhook a press may overtake a message: Telegram delivers them side by side.
    let kinds: &[&dyn Fn(&u32) -> bool] = match way {
        Way::Polling => &[&|_| true],
        Way::Webhook => &[&|of| asked[of].pressed, &|of| !asked[of].pressed],
    };
    for kind in kinds {
        let order: Vec<u32> = entries
            .iter()
            .map(|(of, _)| *of)
            .filter(|of| kind(of))
            .collect();
        if !order.is_sorted() {
            return Err("the journal is out of order".to_owned());
        }
    }
    // What comes twice comes one after the other. Two questions in a row may be the same: a press overtakes messages.
    let (replies, questions) = (
        runs(shown.iter().copied()),
        runs(entries.iter().map(|(_, paper)| *paper)),
    );
    let fits = |(shown, asked): &(&Run, &Run)| shown.0 == asked.0 && shown.1 >= asked.1;
    let at = replies.iter().zip(&questions).take_while(fits).count();
    if at < replies.len().max(questions.len()) {
        let (shown, asked) = (shown.len(), entries.len());
        return Err(format!(
            "{shown} replies to {asked} questions; they differ from the {at}th kind in a row on"
        ));
    }
    Ok(shown.len() - entries.len())
}

/// A paper, and how often it comes in a row.
type Run = (Option<usize>, usize);

fn runs(papers: impl Iterator<Item = Option<usize>>) -> Vec<Run> {
    let mut runs: Vec<Run> = vec![];
    for paper in papers {
        match runs.last_mut() {
            Some((last, count)) if *last == paper => *count += 1,
            _ => runs.push((paper, 1)),
        }
    }
    runs
}

fn story(
    asked: &BTreeMap<u32, Asked>,
    entries: &[(u32, Option<usize>)],
    shown: &[Option<usize>],
) -> String {
    let name = |paper: Option<usize>| paper.map_or("?", |at| PAPERS[at]);
    let mut story = String::from("asked:");
    for (
        update,
        Asked {
            paper,
            pressed,
            fate,
        },
    ) in asked
    {
        let _ = write!(
            story,
            " {update} {}{}{}",
            PAPERS[*paper],
            if *pressed { "*" } else { "" },
            note(*fate)
        );
    }
    story += "\njournal:";
    for (update, paper) in entries {
        let _ = write!(story, " {update} {}", name(*paper));
    }
    story += "\nshown:";
    for paper in shown {
        let _ = write!(story, " {}", name(*paper));
    }
    story
}

fn note(fate: Fate) -> String {
    if fate == Fate::Acknowledged {
        String::new()
    } else {
        format!(" ({fate:?})")
    }
}
