//! The bot over a real SQLite file and a real PostgreSQL: one transaction a turn, in order, and a retry changes nothing.

use crate::database::{Database, Engine, on_both};
use crate::tiny;
use std::sync::Arc;
use std::time::Duration;
use wenlu::review::change::FileChange;
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditActor;
use wenlu::store::records::CallReceipt;
use wenlu::store::reviews::NewChange;
use wenlu::store::{JournalShrink, JournalSince, JournalSize, JournalWindow, Store, StoreError};
use wenlu::turn::{AnswerEngine, Bot, TurnAnswer};
use wenlu_core::model::UnansweredReason::{
    self, Clarified, Gap, HandedOver, NoneOfThese, Repeated, Unknown, Unsolved,
};
use wenlu_core::model::{ConversationId, IncomingBody, MessageId, Timestamp};

async fn bot(database: &Database) -> Bot {
    let store = Store::open(&database.url).await.unwrap();
    Bot::new(
        Arc::new(AnswerEngine::new(tiny::knowledge(), tiny::Table)),
        store,
    )
}

async fn say(bot: &Bot, conversation: &str, message: Option<&str>, text: &str) -> TurnAnswer {
    let conversation = ConversationId::parse(conversation).unwrap();
    let message = message.map(|id| MessageId::parse(id).unwrap());
    bot.handle(
        &conversation,
        message.as_ref(),
        IncomingBody::Text(text.into()),
        Timestamp(1_000),
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn a_retry_gets_the_same_answer_and_no_second_entry() {
    on_both(async |database| {
        let bot = bot(&database).await;
        let first = say(&bot, "web:a", Some("m1"), "小程序怎么迁移").await;
        say(&bot, "web:a", Some("m2"), "下一步").await;
        let again = say(&bot, "web:a", Some("m1"), "小程序怎么迁移").await;
        assert_eq!(again, first);
        assert_eq!(bot.store().journal().count().await.unwrap(), 2);
        // The state is that after m2, not after m1 once more; and another conversation may use the same id.
        let next = say(&bot, "web:a", Some("m3"), "下一步").await;
        assert_eq!(next.replies[0].cursor, Some(2));
        say(&bot, "web:b", Some("m1"), "openid 会变吗").await;
        assert_eq!(bot.store().journal().count().await.unwrap(), 4);
    })
    .await;
}

#[tokio::test]
async fn reopening_keeps_what_was_answered() {
    on_both(async |database| {
        let before = bot(&database).await;
        let first = say(&before, "web:a", Some("m1"), "小程序怎么迁移").await;
        // Not closed: as if the process had been killed after the answer.
        std::mem::forget(before);
        let after = bot(&database).await;
        assert_eq!(
            say(&after, "web:a", Some("m1"), "小程序怎么迁移").await,
            first
        );
        assert_eq!(
            say(&after, "web:a", Some("m2"), "下一步").await.replies[0].cursor,
            Some(1)
        );
        assert_eq!(after.store().journal().count().await.unwrap(), 2);
    })
    .await;
}

/// Two bots stand for two processes on one file: neither knows the other's locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn turns_of_one_conversation_stay_in_order() {
    on_both(async |database| {
        let bots = [bot(&database).await, bot(&database).await];
        say(&bots[0], "web:a", None, "小程序怎么迁移").await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..20 {
            let bot = bots[number % 2].clone();
            tasks.spawn(async move {
                say(&bot, "web:a", Some(&format!("m{number}")), "多谢啦").await
            });
        }
        // The same message through both at once.
        for bot in bots.clone() {
            tasks.spawn(async move { say(&bot, "web:a", Some("next"), "下一步").await });
        }
        assert_eq!(tasks.join_all().await.len(), 22);
        let store = bots[0].store();
        assert_eq!(store.journal().count().await.unwrap(), 22);
        assert_eq!(store.turns().open("web:a", None).await.unwrap().version, 22);
        assert_eq!(
            say(&bots[1], "web:a", None, "下一步").await.replies[0].cursor,
            Some(2)
        );
    })
    .await;
}

/// A conversation, each message with the minute it comes in, and what of it counts as unanswered.
type Case = (
    &'static str,
    &'static [(i64, &'static str)],
    &'static [(&'static str, UnansweredReason)],
);

const CASES: &[Case] = &[
    (
        "asked back, chosen",
        &[(0, "注销怎么弄"), (1, "第一个")],
        &[],
    ),
    (
        "asked back, nothing fits",
        &[(0, "注销怎么弄"), (1, "都不是")],
        &[("注销怎么弄", NoneOfThese)],
    ),
    (
        "asked back, something else",
        &[(0, "注销怎么弄"), (1, "openid 会变吗")],
        &[("注销怎么弄", Clarified)],
    ),
    (
        "asked back, no help",
        &[(0, "注销怎么弄"), (1, "没解决")],
        &[("注销怎么弄", Unsolved)],
    ),
    (
        "asked back, gone",
        &[(0, "注销怎么弄")],
        &[("注销怎么弄", Clarified)],
    ),
    (
        "asked back, a colleague wrote, chosen",
        &[(0, "注销怎么弄"), (1, "同事：在"), (2, "第一个")],
        &[],
    ),
    (
        "asked back, a colleague wrote, gone",
        &[(0, "注销怎么弄"), (1, "同事：在")],
        &[("注销怎么弄", Clarified)],
    ),
    (
        "asked back, a person",
        &[(0, "注销怎么弄"), (1, "转人工")],
        &[("注销怎么弄", Clarified)],
    ),
    (
        "other words",
        &[(0, "小程序怎么迁移"), (1, "how to move a mini program")],
        &[("小程序怎么迁移", Repeated)],
    ),
    (
        "other words, a thank between",
        &[
            (0, "小程序怎么迁移"),
            (1, "多谢啦"),
            (2, "how to move a mini program"),
        ],
        &[("小程序怎么迁移", Repeated)],
    ),
    (
        "other words after a step",
        &[
            (0, "小程序怎么迁移"),
            (1, "下一步"),
            (2, "how to move a mini program"),
        ],
        &[("小程序怎么迁移", Repeated)],
    ),
    (
        "other words about the open topic",
        &[(0, "openid 会变吗"), (1, "openid 会不会变")],
        &[],
    ),
    (
        "other words, answered elsewhere",
        &[(0, "小程序怎么迁移"), (1, "小程序怎么转走")],
        &[("小程序怎么迁移", Repeated)],
    ),
    (
        "other words after a choice",
        &[(0, "注销怎么弄"), (1, "第一个"), (2, "小店怎么注销")],
        &[("注销怎么弄", Repeated)],
    ),
    (
        "a follow-up",
        &[(0, "小程序怎么迁移"), (1, "迁移小程序要多久")],
        &[],
    ),
    (
        "other words much later",
        &[(0, "小程序怎么迁移"), (11, "how to move a mini program")],
        &[],
    ),
    (
        "other words, though it helped",
        &[
            (0, "小程序怎么迁移"),
            (1, "有用"),
            (2, "how to move a mini program"),
        ],
        &[],
    ),
    (
        "the same words",
        &[(0, "小程序怎么迁移"), (1, "小程序怎么迁移")],
        &[],
    ),
    (
        "another question",
        &[(0, "小程序怎么迁移"), (1, "openid 会变吗")],
        &[],
    ),
    (
        "thanks, twice",
        &[(0, "多谢啦"), (1, "多谢啦！")],
        &[("多谢啦！", Unknown)],
    ),
    (
        "a menu and a question",
        &[(0, "注销"), (1, "小店怎么注销")],
        &[],
    ),
    (
        "a person after an answer",
        &[(0, "小程序怎么迁移"), (20, "转人工")],
        &[("小程序怎么迁移", HandedOver)],
    ),
    (
        "a person after a menu",
        &[(0, "注销"), (1, "让你们的人来")],
        &[("注销", HandedOver)],
    ),
    (
        "a person after steps",
        &[
            (0, "小程序怎么迁移"),
            (1, "下一步"),
            (2, "转人工"),
            (3, "转人工"),
        ],
        &[("小程序怎么迁移", HandedOver)],
    ),
    (
        "a person after the second",
        &[
            (0, "小程序怎么迁移"),
            (1, "how to move a mini program"),
            (2, "转人工"),
        ],
        &[
            ("小程序怎么迁移", Repeated),
            ("how to move a mini program", HandedOver),
        ],
    ),
    (
        "a person on another day",
        &[(0, "小程序怎么迁移"), (1_440, "转人工")],
        &[],
    ),
    ("a person, nothing asked", &[(0, "转人工")], &[]),
    (
        "a person after what counts itself",
        &[(0, "小程序怎么迁移"), (1, "没解决"), (2, "转人工")],
        &[("小程序怎么迁移", Unsolved)],
    ),
    (
        "a person after what is not known",
        &[(0, "附近有什么好吃的"), (1, "转人工")],
        &[("附近有什么好吃的", Unknown)],
    ),
    ("a gap", &[(0, "怎么开通支付")], &[("怎么开通支付", Gap)]),
];

#[tokio::test]
async fn what_counts_as_unanswered() {
    on_both(async |database| {
        let bot = bot(&database).await;
        // All at once: what others say in between changes nothing.
        let mut steps: Vec<(i64, &str, &str)> = vec![];
        for (name, said, _) in CASES {
            steps.extend(said.iter().map(|(minute, text)| (*minute, *name, *text)));
        }
        steps.sort_by_key(|(minute, ..)| *minute);
        for (minute, name, text) in steps {
            let conversation = ConversationId::parse(&name.replace([' ', ','], "-")).unwrap();
            let body = match text.strip_prefix("同事：") {
                Some(text) => IncomingBody::FromPerson(text.into()),
                None => IncomingBody::Text(text.into()),
            };
            bot.handle(
                &conversation,
                None,
                body,
                Timestamp(1_000 + minute * 60_000),
            )
            .await
            .unwrap();
        }
        let rows = bot
            .store()
            .journal()
            .unanswered(JournalSince(None))
            .await
            .unwrap();
        assert!(rows.is_sorted_by_key(|row| row.id));
        for (name, _, wanted) in CASES {
            let own = rows
                .iter()
                .filter(|row| row.conversation == name.replace([' ', ','], "-"));
            let found: Vec<_> = own
                .map(|row| (wenlu::review::question(row), wenlu::review::reason(row)))
                .collect();
            assert_eq!(found, *wanted, "{name}");
        }
        let questions = wenlu::review::group_questions(&rows);
        let asked = questions
            .iter()
            .find(|question| question.text == "注销怎么弄")
            .unwrap();
        assert_eq!(
            (asked.count, asked.conversations, asked.reasons[0]),
            (7, 7, Clarified)
        );
        assert_eq!(asked.candidates.len(), 3);
        // What came before is not looked at.
        let later = bot
            .store()
            .journal()
            .unanswered(JournalSince(Some(Timestamp(1_001))))
            .await
            .unwrap();
        assert!(later.iter().all(|row| row.entry.at.0 > 1_000) && !later.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_turn_from_a_stale_state_leaves_nothing_behind() {
    use wenlu::store::records::{TurnEffects, TurnRecord};
    use wenlu_core::model::{JournalEntry, TurnOutcome};
    let entry = JournalEntry {
        at: Timestamp(1),
        text: "注销".into(),
        question: None,
        lang: wenlu_core::model::Lang::En,
        decision: None,
        intent: None,
        gap: None,
        confidence: 0.0,
        candidates: vec![],
        knowledge: "v".into(),
        outcome: TurnOutcome::Start,
        unanswered: None,
        handed_over: true,
        scored_by: Some(wenlu_core::model::ScoreSource::Encoder),
    };
    let turn = |message: &str, version| TurnRecord {
        conversation: "a".into(),
        message: Some(message.into()),
        version,
        state: "{}".into(),
        response: Some("{}".into()),
        entry: entry.clone(),
        inbox: None,
        effects: TurnEffects::default(),
    };
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        store.turns().commit(turn("1", 0)).await.unwrap();
        assert!(matches!(
            store.turns().commit(turn("2", 0)).await,
            Err(StoreError::Conflict)
        ));
        assert!(matches!(
            store.turns().commit(turn("2", 7)).await,
            Err(StoreError::Conflict)
        ));
        assert_eq!(store.journal().count().await.unwrap(), 1);
        assert_eq!(
            store.journal().until("a", i64::MAX, 9).await.unwrap()[0].entry,
            entry
        );
        assert_eq!(
            store.turns().open("a", Some("2")).await.unwrap().answered,
            None
        );
        assert!(
            store
                .journal()
                .unanswered(JournalSince(None))
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_state_that_cannot_be_read_starts_over() {
    on_both(async |database| {
        let bot = bot(&database).await;
        say(&bot, "web:a", None, "小程序怎么迁移").await;
        database
            .sql("UPDATE conversations SET state = 'half a state'")
            .await;
        assert_eq!(
            say(&bot, "web:a", None, "openid 会变吗")
                .await
                .intent
                .as_deref(),
            Some("ids")
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_opened_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let refusal = async |url: String| {
        let error = Store::open(&url).await.unwrap_err();
        error
            .to_string()
            .replace(&folder.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(
        refusal(format!("sqlite://{}", at("none/bot.db").display())).await,
        @"the folder DIR/none does not exist; create it, or name another database in DATABASE_URL"
    );
    std::fs::create_dir(at("folder")).unwrap();
    insta::assert_snapshot!(
        refusal(format!("sqlite://{}", at("folder").display())).await,
        @"cannot open the database DIR/folder: it is missing, or reading and writing it is not allowed"
    );
    std::fs::write(at("text.db"), "这不是数据库。".repeat(400)).unwrap();
    insta::assert_snapshot!(
        refusal(format!("sqlite://{}", at("text.db").display())).await,
        @"DIR/text.db is not an SQLite database, or is damaged; move it away, or restore a backup"
    );
    let newer = format!("sqlite://{}", at("newer.db").display());
    Store::open(&newer).await.unwrap().close().await;
    Database {
        url: newer.clone(),
        folder: tempfile::tempdir().unwrap(),
    }
    .sql("INSERT INTO _sqlx_migrations VALUES (999, 'later', '2030-01-01', 1, x'00', 0)")
    .await;
    insta::assert_snapshot!(
        refusal(newer).await,
        @"DIR/newer.db was written by a newer version of wenlu (schema 999, this one knows 28); use that version"
    );
    insta::assert_snapshot!(
        refusal("postgres://bot:secret@127.0.0.1:1/wenlu".into()).await,
        @"cannot reach the database 127.0.0.1:1/wenlu; is it running, and are user, password and database right?"
    );
}

#[tokio::test]
async fn a_password_is_never_printed() {
    for url in [
        "sqlite://bot:secret@db/wenlu",
        "sqlite://bot:secret@wenlu.db",
        "secret",
        "mysql://bot:secret@db/wenlu",
        "postgres://bot:secret@127.0.0.1:1/wenlu",
        "postgres://bot:secret@127.0.0.1:x/wenlu",
    ] {
        let mut text = String::new();
        let mut error: Option<&dyn std::error::Error> = None;
        let refused = Store::open(url).await.unwrap_err();
        text += &format!("{refused:?}");
        error.replace(&refused);
        while let Some(cause) = error {
            text += &cause.to_string();
            error = cause.source();
        }
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn old_answers_go_and_the_journal_stays() {
    on_both(async |database| {
        const DAY: i64 = 24 * 3_600 * 1_000;
        let bot = bot(&database).await;
        let (a, message) = (ConversationId::parse("web:a").unwrap(), |id: &str| {
            MessageId::parse(id).unwrap()
        });
        let say = async |id: &str, at: i64| {
            bot.handle(
                &a,
                Some(&message(id)),
                IncomingBody::Text("openid 会变吗".into()),
                Timestamp(at),
            )
            .await
            .unwrap()
        };
        for day in [1, 2, 9] {
            say(&format!("m{day}"), day * DAY + 1).await;
        }
        let now = Timestamp(9 * DAY + 1);
        let swept = bot.store().retention().sweep(now, None, false).await;
        assert_eq!(swept.unwrap().deleted, [("answered", 1)]);
        let answered = async |id: &str| {
            bot.store()
                .turns()
                .open("web:a", Some(id))
                .await
                .unwrap()
                .answered
                .is_some()
        };
        assert_eq!(
            [
                answered("m1").await,
                answered("m2").await,
                answered("m9").await
            ],
            [false, true, true]
        );
        assert_eq!(bot.store().journal().count().await.unwrap(), 3);
        // So late, it is a message of its own.
        say("m1", 9 * DAY + 2).await;
        assert_eq!(bot.store().journal().count().await.unwrap(), 4);
    })
    .await;
}

#[tokio::test]
async fn of_too_many_questions_the_last_are_read() {
    on_both(async |database| {
        let bot = bot(&database).await;
        let conversation = ConversationId::parse("web:a").unwrap();
        let texts = ["openid 会变吗", "没有人懂", "openid 会变吗", "也没人懂"];
        for (at, text) in texts.into_iter().enumerate() {
            let body = IncomingBody::Text(text.into());
            let at = Timestamp(at as i64);
            bot.handle(&conversation, None, body, at).await.unwrap();
        }
        let read = async |most: i64| {
            let journal = bot.store().journal();
            journal
                .questions(JournalWindow::default(), most)
                .await
                .unwrap()
        };
        let asked = |text: &str, count| (text.to_owned(), count);
        let all = [
            asked("openid 会变吗", 2),
            asked("没有人懂", 1),
            asked("也没人懂", 1),
        ];
        assert_eq!(read(3).await, all);
        assert_eq!(read(2).await, [all[0].clone(), all[2].clone()]);
    })
    .await;
}

#[tokio::test]
async fn a_chat_that_only_had_to_wait_is_forgotten() {
    on_both(async |database| {
        let bot = bot(&database).await;
        // waited long ago, just waited, cannot be written to, has moved
        database
            .sql(
                "INSERT INTO chats (channel, chat, ready_at, gone, moved_to) VALUES ('t', 1, 5, NULL, NULL),
                 ('t', 2, 400000000, NULL, NULL), ('t', 3, 5, 'blocked', NULL), ('t', 4, 5, NULL, 9)",
            )
            .await;
        let now = Timestamp(400_000_001);
        let swept = bot.store().retention().sweep(now, None, false).await;
        assert_eq!(swept.unwrap().deleted, [("chats that waited", 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_long_text_is_kept_once_and_so_is_an_equal_response() {
    on_both(async |database| {
        let bot = bot(&database).await;
        let long = "这句话很长很长，问的是什么谁也不知道。".repeat(30);
        let first = say(&bot, "web:a", Some("m1"), &long).await;
        let state = bot.store().turns().open("web:a", None).await.unwrap();
        assert!(!state.state.unwrap().contains("很长很长"));
        database
            .sql("UPDATE journal SET text = 'x' WHERE question <> ''")
            .await;
        // the question is still known, in the journal and in the conversation
        let asker = ConversationId::parse("web:a").unwrap();
        let human = bot.handle(&asker, None, IncomingBody::Human, Timestamp(1_001));
        human.await.unwrap();
        let turns = bot
            .store()
            .journal()
            .until("web:a", i64::MAX, 9)
            .await
            .unwrap();
        let questions: Vec<_> = turns
            .iter()
            .map(|turn| turn.entry.question.as_ref())
            .collect();
        assert_eq!(questions, [Some(&long), Some(&long)]);
        assert_eq!(turns[0].entry.text, long);

        for conversation in ["web:b", "web:c"] {
            assert_eq!(
                say(&bot, conversation, Some("m1"), "不知道的")
                    .await
                    .replies,
                first.replies
            );
        }
        let responses = crate::erase::count(&database.url, "responses").await;
        assert_eq!(responses, 1);
        assert_eq!(
            say(&bot, "web:b", Some("m1"), "不知道的").await.replies,
            first.replies
        );
        // they go when no answer refers to them any longer
        const DAY: i64 = 24 * 3_600 * 1_000;
        let sweep = async |days: i64| {
            let now = Timestamp(1_000 + days * DAY);
            let swept = bot
                .store()
                .retention()
                .sweep(now, None, true)
                .await
                .unwrap();
            swept.deleted
        };
        assert_eq!(sweep(8).await, [("answered", 3)]);
        assert_eq!(sweep(10).await, [("responses", 1)]);
    })
    .await;
}

/// The oldest answered turns go first, what waits for review after them, and no open hand-over.
#[tokio::test]
async fn a_full_journal_loses_its_oldest_answered_turns() {
    on_both(async |database| {
        let bot = bot(&database).await;
        let at = async |conversation: &str, text: &str, time: i64| {
            let conversation = ConversationId::parse(conversation).unwrap();
            let message = MessageId::parse(&time.to_string()).unwrap();
            let body = IncomingBody::Text(text.into());
            bot.handle(&conversation, Some(&message), body, Timestamp(time))
                .await
                .unwrap();
        };
        for turn in 0..400 {
            let text = match turn % 10 {
                0 => "不知道的",
                _ => "openid 会变吗",
            };
            at(&format!("web:{turn}"), text, turn).await;
        }
        let handover = "INSERT INTO handovers (conversation, chat, thread, card, opened_at, last_at, open) VALUES ('web:1', -7, 1, 1, 0, 1, 1)";
        crate::erase::execute(&database.url, &[handover.to_owned()]).await;
        let retention = bot.store().retention();
        let now = Timestamp(10 * 24 * 3_600 * 1_000);
        let bytes = retention.journal_bytes().await.unwrap();
        let limited = |max: u64| JournalSize {
            bytes,
            max: Some(max),
        };
        let shrink = async |size, confirmed| {
            retention
                .shrink_journal(now, size, confirmed)
                .await
                .unwrap()
        };
        assert_eq!(shrink(limited(bytes), false).await, JournalShrink::Fits);
        assert_eq!(shrink(limited(bytes / 2), false).await, JournalShrink::Asks);
        assert_eq!(bot.store().journal().count().await.unwrap(), 400);
        // a little above the limit: it runs by itself, and makes a tenth free
        let max = bytes * 95 / 100;
        let JournalShrink::Deleted { turns: gone, .. } = shrink(limited(max), false).await else {
            panic!("nothing was deleted");
        };
        let left = retention.journal_bytes().await.unwrap();
        assert!(
            left <= max * 9 / 10 && left > max * 8 / 10,
            "{left} of {max}, {gone} gone"
        );
        let turns = async || {
            let sql = "SELECT CAST(conversation AS TEXT) FROM journal ORDER BY id";
            let found = crate::erase::texts(&database.url, sql).await;
            let number = |name: &String| name.strip_prefix("web:").unwrap().parse::<u64>().unwrap();
            found.iter().map(number).collect::<Vec<_>>()
        };
        let stays = |turn: u64| turn.is_multiple_of(10) || turn == 1;
        let first = turns()
            .await
            .into_iter()
            .find(|turn| !stays(*turn))
            .unwrap();
        let expected: Vec<u64> = (0..400)
            .filter(|turn| stays(*turn) || *turn >= first)
            .collect();
        assert_eq!(turns().await, expected);
        assert_eq!(400 - expected.len() as u64, gone);
        for table in ["conversations", "answered"] {
            let rows = crate::erase::count(&database.url, table).await;
            assert_eq!(rows, i64::try_from(expected.len()).unwrap(), "{table}");
        }
        // when no answered turn is left, what waits for review goes too; the hand-over stays
        let size = JournalSize {
            bytes: left,
            max: Some(1),
        };
        shrink(size, true).await;
        assert_eq!(turns().await, [1]);
    })
    .await;
}

/// It is said long before, and done by the server itself.
#[tokio::test]
async fn a_journal_that_is_nearly_full_is_said() {
    let database = Database::new(Engine::Sqlite).await;
    let bot = bot(&database).await;
    for turn in 0..150 {
        let text = format!("{turn}{}", "很长的一句话，".repeat(250));
        say(&bot, &format!("web:{turn}"), Some("m"), &text).await;
    }
    let bytes = bot.store().retention().journal_bytes().await.unwrap();
    assert!(bytes > 750 << 10 && bytes < 1 << 20, "{bytes}");
    let house = crate::admin::House::on(
        &database,
        &[("WENLU_JOURNAL_MAX", "1MB"), ("WENLU_RETENTION", "off")],
    )
    .await;
    let mut browser = house.signed_in(AccountRole::Operator).await;
    while !browser
        .get("/admin")
        .await
        .body
        .contains("对话记录快到上限了")
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // kept answers of long ago are swept
    let bytes = bot.store().retention().journal_bytes().await.unwrap();
    let metrics = reqwest::get(house.server.url("/metrics")).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(
        metrics.contains(&format!("wenlu_journal_bytes {bytes}")),
        "{metrics}"
    );
    assert!(
        metrics.contains("wenlu_journal_max_bytes 1048576"),
        "{metrics}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_reads_a_database_or_a_backup() {
    use std::os::unix::fs::PermissionsExt as _;
    let database = Database::new(Engine::Sqlite).await;
    let folder = database.folder.path();
    let run = |args: &str| {
        let script = format!("umask 000 && exec {} {args}", env!("CARGO_BIN_EXE_wenlu"));
        let ended = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder)
            .env_clear()
            .env("DATABASE_URL", &database.url)
            .output()
            .unwrap();
        assert!(
            ended.status.success(),
            "{}",
            String::from_utf8_lossy(&ended.stderr)
        );
    };
    let mode = |name: &str| folder.join(name).metadata().unwrap().permissions().mode() & 0o777;
    let bot = bot(&database).await;
    say(&bot, "web:a", None, "注销").await;
    for file in ["bot.db", "bot.db-wal", "bot.db-shm"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    run("store backup backup.db");
    run("store restore backup.db --to sqlite://restored.db");
    run("review erase --conversation web:a --yes --backup backup.db");
    for file in ["backup.db", "restored.db", "bot.db"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
}

/// A file of an earlier version holds its answers in another kind of table.
#[tokio::test]
async fn answers_of_an_earlier_version_are_kept() {
    let database = Database::new(Engine::Sqlite).await;
    let before = bot(&database).await;
    let first = say(&before, "web:a", Some("m1"), "小程序怎么迁移").await;
    before.store().close().await;
    database
        .sql(
            "CREATE TABLE old (conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
                 message TEXT NOT NULL, response TEXT NOT NULL, at INTEGER NOT NULL,
                 PRIMARY KEY (conversation, message)) STRICT, WITHOUT ROWID;
             INSERT INTO old SELECT conversation, message, r.response, at FROM answered JOIN responses r USING (digest);
             DROP TABLE answered;
             DROP TABLE responses;
             ALTER TABLE old RENAME TO answered;
             CREATE INDEX answered_at ON answered (at);
             CREATE INDEX journal_unanswered ON journal (at) WHERE unanswered IS NOT NULL OR outcome = 'clarified';
             DELETE FROM _sqlx_migrations WHERE version IN (6, 11)",
        )
        .await;
    let after = bot(&database).await;
    assert_eq!(
        say(&after, "web:a", Some("m1"), "小程序怎么迁移").await,
        first
    );
    assert_eq!(after.store().journal().count().await.unwrap(), 1);
    // They go with their conversation, and with time, as before.
    say(&after, "web:b", Some("m1"), "openid 会变吗").await;
    database
        .sql("PRAGMA foreign_keys = ON; DELETE FROM conversations WHERE id = 'web:a'")
        .await;
    assert_eq!(
        after
            .store()
            .turns()
            .open("web:b", Some("m1"))
            .await
            .unwrap()
            .version,
        1
    );
    assert_eq!(
        say(&after, "web:a", Some("m1"), "小程序怎么迁移").await,
        first
    );
    assert_eq!(after.store().journal().count().await.unwrap(), 2);
}

#[tokio::test]
async fn who_only_reads_makes_no_file() {
    let database = Database::new(Engine::Sqlite).await;
    assert!(
        matches!(Store::open_existing(&database.url).await, Err(StoreError::Missing(file)) if file.ends_with("bot.db"))
    );
    assert_eq!(
        std::fs::read_dir(database.folder.path()).unwrap().count(),
        0
    );
    bot(&database).await.store().close().await;
    assert!(Store::open_existing(&database.url).await.is_ok());
}

#[tokio::test]
async fn personal_data_is_masked_before_it_is_kept() {
    on_both(async |database| {
        let bot = bot(&database).await;
        say(
            &bot,
            "web:a",
            Some("m1"),
            "我的手机号是 13812345678，小程序怎么迁移",
        )
        .await;
        say(&bot, "web:a", Some("m2"), "没解决").await;
        let store = bot.store();
        let kept: String = store
            .journal()
            .until("web:a", i64::MAX, 9)
            .await
            .unwrap()
            .iter()
            .map(|r| format!("{r:?}"))
            .collect();
        let state = store
            .turns()
            .open("web:a", None)
            .await
            .unwrap()
            .state
            .unwrap();
        assert!(kept.contains("小程序怎么迁移"), "{kept}");
        assert!(
            !kept.contains("13812345678") && !state.contains("13812345678"),
            "{kept} {state}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_still_its_holders_until_somebody_else_takes_it() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let (short, long) = (Duration::from_millis(1), Duration::from_secs(60));
        let take = async |holder, ttl| store.leases().acquire("send", holder, ttl).await.unwrap();
        let first = take("a", short).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        // What was begun under it can be finished.
        let again = take("a", short).await.unwrap();
        assert_eq!(again, first);
        store
            .outbox()
            .mark_sent(&first, 0, CallReceipt::default())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let other = take("b", long).await.unwrap();
        assert_eq!(
            (other.epoch, take("a", long).await),
            (first.epoch + 1, None)
        );
        assert!(matches!(
            store
                .outbox()
                .mark_sent(&first, 0, CallReceipt::default())
                .await,
            Err(StoreError::LeaseLost)
        ));
        store.leases().release(&other).await.unwrap();
        assert_eq!(take("a", long).await.unwrap().epoch, other.epoch + 1);
    })
    .await;
}

/// However many were published since, and whatever other texts quote.
#[tokio::test]
async fn a_file_is_known_by_its_latest_publication() {
    on_both(async |database| {
        let store = Store::open(&database.url).await.unwrap();
        let by = || AuditActor::terminal(Timestamp(1));
        let publish = async |path: &str, text: &str| {
            let files = vec![FileChange {
                path: path.to_owned(),
                before: None,
                after: Some(text.to_owned()),
            }];
            let files = serde_json::to_string(&files).unwrap();
            let new = NewChange {
                summary: "x".to_owned(),
                files,
                edit: None,
                questions: Vec::new(),
                undoes: None,
            };
            let id = store.reviews().add_draft(by(), new).await.unwrap();
            let draft = store.reviews().change(id).await.unwrap().unwrap();
            assert!(
                store
                    .reviews()
                    .publish_draft(by(), draft, None)
                    .await
                    .unwrap()
            );
            id
        };
        let first = publish("intents/a.toml", "title = \"一\"\n").await;
        let second = publish("content/zh/_bot.toml", "").await;
        for _ in 0..60 {
            publish("intents/b.toml", "[{\"path\":\"intents/a.toml\"}]").await;
        }
        publish("content/zh/xbot.toml", "").await;
        let of = async |path: &str| {
            store
                .reviews()
                .latest_publication_of(path)
                .await
                .unwrap()
                .map(|change| change.id)
        };
        assert_eq!(of("intents/a.toml").await, Some(first));
        assert_eq!(of("content/zh/_bot.toml").await, Some(second));
        assert_eq!(
            [of("intents/%.toml").await, of("a.toml").await],
            [None, None]
        );
        store.close().await;
    })
    .await;
}
