//! The real binary, killed while colleagues write to askers in WeChat, and started again: their words
//! arrive once and in order, or twice where the platform cannot tell, and one process renews the
//! token.
//!
//! `WENLU_KILLS` says how often in all three ways together, `WENLU_SEED` when.

use crate::database::{Database, Engine};
use crate::talk::Way;
use crate::talk::process::{PATIENCE, Process, Setup, kills, seeded};
use fake_telegram::{Fake, Group, Options as FakeOptions};
use fake_weixin::{Mode, Options, Platform, SECRET, Verdict};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wenlu::store::Store;

/// In all ways together; 100 by hand.
const KILLS: usize = 9;
const ALIVE: Duration = Duration::from_millis(400);
const ASKERS: usize = 3;
const GROUP: &str = "-1000000000009";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_sqlite() {
    killed_again_and_again(Engine::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_on_postgres() {
    killed_again_and_again(Engine::Postgres, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas() {
    killed_again_and_again(Engine::Postgres, 2).await;
}

struct Scene {
    platform: Arc<Platform>,
    fake: Fake,
    forum: Group,
    /// Where messages are delivered at present.
    addresses: watch::Receiver<Vec<String>>,
    hush: AtomicBool,
}

/// What one asker got.
struct Heard {
    openid: String,
    /// How many sentences were said to them.
    said: usize,
    /// Inside requests, in this order.
    replies: Vec<HeardReply>,
}

/// What an asker got inside a request.
struct HeardReply {
    text: String,
    /// How many calls had reached the asker before the request, and when it was answered.
    calls: Range<usize>,
}

impl Scene {
    /// Delivers a message until it is answered; with it, how many calls had reached the asker before and
    /// after that.
    async fn deliver(&self, openid: &str, text: &str) -> (Verdict, Range<usize>) {
        let message = self.platform.asker(openid).says(text);
        let begun = Instant::now();
        loop {
            let all = self.addresses.borrow().clone();
            for url in all {
                let before = self.platform.sent_to(openid).len();
                match self.platform.post(&url, &message).await {
                    Verdict::Fault(_) => {}
                    answered => return (answered, before..self.platform.sent_to(openid).len()),
                }
            }
            assert!(begun.elapsed() < 5 * PATIENCE, "{openid} is not answered");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Asks for a person; the topic of the hand-over.
    async fn hand_over(&self, openid: &str, others: &[i32]) -> i32 {
        self.deliver(openid, "小程序怎么迁移").await;
        self.deliver(openid, "转人工").await;
        let forum = self.forum.id;
        let topic = |record: &fake_telegram::Record| {
            let mut threads = record.replies(forum).filter_map(|m| m.thread);
            threads.find(|thread| !others.contains(thread))
        };
        self.fake.until(|record| topic(record).is_some()).await;
        self.fake.look(|record| topic(record).unwrap())
    }

    /// A colleague says one sentence after the other; the asker nods now and then, so that more may be
    /// said.
    async fn talk(&self, openid: String, topic: i32) -> Heard {
        let colleague = self.fake.user(100).named("小王").at(&self.forum);
        let colleague = colleague.within(topic);
        let mut heard = Heard {
            openid,
            said: 0,
            replies: vec![],
        };
        while !self.hush.load(Relaxed) {
            heard.said += 1;
            colleague.say(&format!("第{}句。", heard.said));
            tokio::time::sleep(Duration::from_millis(40)).await;
            if heard.said.is_multiple_of(3) {
                self.nod(&mut heard).await;
            }
        }
        // what waits comes with the next messages
        let begun = Instant::now();
        while self.missing(&heard) > 0 {
            assert!(begun.elapsed() < PATIENCE, "{} got not all", heard.openid);
            self.nod(&mut heard).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        heard
    }

    async fn nod(&self, heard: &mut Heard) {
        if let (Verdict::Text(text), calls) = self.deliver(&heard.openid, "嗯嗯").await {
            heard.replies.push(HeardReply { text, calls });
        }
    }

    /// The numbers of the sentences that the asker got by calls, and inside requests.
    fn numbers(&self, heard: &Heard) -> (Vec<usize>, Vec<usize>) {
        let sent = self.platform.sent_to(&heard.openid);
        let replies = heard.replies.iter().map(|reply| reply.text.clone());
        (sentences(&sent), sentences(&replies.collect::<Vec<_>>()))
    }

    fn missing(&self, heard: &Heard) -> usize {
        let (sent, replied) = self.numbers(heard);
        let is_there = |number: &usize| sent.contains(number) || replied.contains(number);
        (1..=heard.said).filter(|number| !is_there(number)).count()
    }
}

fn sentences(texts: &[String]) -> Vec<usize> {
    let all = texts.concat();
    let parts = all.split('第').skip(1);
    parts
        .filter_map(|part| part.split_once('句')?.0.parse().ok())
        .collect()
}

async fn killed_again_and_again(engine: Engine, replicas: usize) {
    let (kills, mut rng) = (kills(KILLS, 3), seeded());
    let fake = Fake::with(FakeOptions {
        flood: false,
        ..FakeOptions::default()
    });
    let forum = fake.forum(9, "客服组");
    let platform = Arc::new(Platform::new(Options {
        mode: Mode::Safe,
        ..Options::default()
    }));
    let database = Database::new(engine).await;
    let setup = setup(&fake, &platform, &database).await;
    let mut processes: Vec<Process> = (0..replicas).map(|_| setup.start()).collect();
    let (lead, addresses) = watch::channel(listening(&processes).await);
    let scene = Arc::new(Scene {
        platform: platform.clone(),
        fake,
        forum,
        addresses,
        hush: AtomicBool::new(false),
    });
    let mut topics = vec![];
    for at in 0..ASKERS {
        let topic = scene.hand_over(&format!("oAsker{at}"), &topics).await;
        topics.push(topic);
    }
    let talks: Vec<_> = (0..)
        .zip(topics)
        .map(|(at, topic): (usize, i32)| {
            let scene = scene.clone();
            tokio::spawn(async move { scene.talk(format!("oAsker{at}"), topic).await })
        })
        .collect();
    for _ in 0..kills {
        tokio::time::sleep(ALIVE + ALIVE.mul_f64(rng.f64())).await;
        let at = rng.usize(..replicas);
        std::mem::replace(&mut processes[at], setup.start()).kill();
        lead.send_replace(listening(&processes).await);
    }
    scene.hush.store(true, Relaxed);
    let (mut said, mut twice) = (0, 0);
    for talk in talks {
        let heard = talk.await.unwrap();
        said += heard.said;
        twice += check(&scene, &heard);
    }
    assert!(twice <= kills * ASKERS, "{twice} sentences came twice");
    assert!(platform.tokens().0 == 1, "{:?}", platform.tokens());
    assert_eq!(platform.mistakes(), [""; 0]);
    let log = processes[0].log();
    let token = Store::open(&database.url).await.unwrap();
    let token = token.service_access();
    let channel = format!("weixin:{}", platform.options().appid);
    let token = token.token(&channel).await.unwrap().unwrap();
    assert!(!log.contains(&token.value) && !log.contains(SECRET));
    println!("{engine:?}, {replicas} replicas: {kills} kills, {said} sentences, {twice} twice");
}

/// They are all there, and in order; returns how many came twice.
fn check(scene: &Scene, heard: &Heard) -> usize {
    let (sent, replied) = scene.numbers(heard);
    let mut all = [sent.clone(), replied.clone()].concat();
    assert!(sent.is_sorted(), "{}: {sent:?}", heard.openid);
    assert!(replied.is_sorted(), "{}: {replied:?}", heard.openid);
    check_between(&scene.platform.sent_to(&heard.openid), &heard.replies);
    all.sort_unstable();
    let count = all.len();
    all.dedup();
    let wanted: Vec<usize> = (1..=heard.said).collect();
    assert_eq!(all, wanted, "{}: {sent:?} {replied:?}", heard.openid);
    count - all.len()
}

/// A sentence that is new to the asker inside a request comes after all that calls had brought before,
/// and before all new ones that calls bring after it.
fn check_between(sent: &[String], replies: &[HeardReply]) {
    let mut replied: Vec<usize> = vec![];
    for reply in replies {
        let own = sentences(std::slice::from_ref(&reply.text));
        let before = [sentences(&sent[..reply.calls.start]), replied.clone()].concat();
        let is_new = |number: &&usize| !before.contains(number);
        if let Some(first) = own.iter().filter(is_new).min() {
            let late = before.iter().find(|number| *number > first);
            assert_eq!(late, None, "heard before {own:?}: {before:?}");
        }
        replied.extend(&own);
        let known = [sentences(&sent[..reply.calls.end]), replied.clone()].concat();
        let after = sentences(&sent[reply.calls.end..]);
        let early = after.iter().filter(|number| !known.contains(number));
        let early = early
            .min()
            .filter(|number| own.iter().any(|own| own > *number));
        assert_eq!(early, None, "heard after {own:?}: {after:?}");
    }
}

async fn setup(fake: &Fake, platform: &Platform, database: &Database) -> Setup {
    let options = platform.options();
    Setup::new(fake, &database.url, Way::Polling)
        .with("WENLU_RATE_PER_MINUTE", "0")
        .with("WENLU_TELEGRAM_GROUP", GROUP)
        .with("WENLU_WEIXIN_APPID", &options.appid)
        .with("WENLU_WEIXIN_TOKEN", &options.token)
        .with("WENLU_WEIXIN_AES_KEY", &options.aes_key)
        .with("WENLU_WEIXIN_SECRET", SECRET)
        .with("WENLU_WEIXIN_SEND", "active")
        .with("WENLU_WEIXIN_API_URL", &platform.serve_api().await)
}

async fn listening(processes: &[Process]) -> Vec<String> {
    let mut addresses = vec![];
    for process in processes {
        let address = process.listening().await.expect("it listens");
        addresses.push(format!("http://{address}/weixin"));
    }
    addresses
}
