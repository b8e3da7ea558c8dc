//! Keywords without the intended effect. In: a corpus. Out: keywords that mean the same in two
//! intents, that never match without one of another intent, or that match everywhere. What a
//! keyword matches is decided by the router's own matcher: the keyword's words are passed to it as
//! a message.

use super::corpus::ExampleCorpus;
use crate::knowledge::diagnostic::{Code, Diagnostic};
use crate::knowledge::{IntentKind, Keyword};
use crate::router::keyword_index::KeywordMatch;
use crate::text::normalize::normalize;
use std::collections::{BTreeMap, BTreeSet};

/// A keyword decides nothing if examples of this many other intents contain it …
const MIN_OTHER_INTENTS: usize = 5;
/// … and less than this share of the examples that contain it are its own intent's.
const OWN_SHARE: f64 = 0.25;

/// How many other keywords a diagnostic quotes.
const SHOWN: usize = 2;

/// An intent's index, and the index of one of its keywords.
type KeywordPosition = (usize, usize);

pub(super) fn check(corpus: &ExampleCorpus, out: &mut Vec<Diagnostic>) {
    let common = common(corpus, out);
    let implied = implied(corpus);
    let mut narrower: BTreeMap<KeywordPosition, Vec<KeywordPosition>> = BTreeMap::new();
    for (&keyword, others) in &implied {
        for &other in others {
            match implied
                .get(&other)
                .is_some_and(|back| back.contains(&keyword))
            {
                // once a pair, at the later keyword
                true if other < keyword => out.push(shared(corpus, keyword, other)),
                true => {}
                // a keyword that decides nothing, or weighs less, shadows no other
                false
                    if common.contains(&other)
                        || weight(corpus, other) < weight(corpus, keyword) => {}
                false => narrower.entry(other).or_default().push(keyword),
            }
        }
    }
    out.extend(
        narrower
            .iter()
            .map(|(&wide, narrow)| shadowing(corpus, wide, narrow)),
    );
}

/// For each keyword, the keywords of unrelated intents that match whenever it does.
fn implied(corpus: &ExampleCorpus) -> BTreeMap<KeywordPosition, BTreeSet<KeywordPosition>> {
    let mut all = BTreeMap::new();
    for (intent, of) in corpus.knowledge.intents.iter().enumerate() {
        for (number, keyword) in of.keywords.iter().enumerate() {
            let mut ways = ways(keyword).map(|message| found(corpus, &message));
            let Some(mut always) = ways.next() else {
                continue;
            };
            ways.for_each(|way| always.retain(|other| way.contains(other)));
            always.retain(|other| other.0 != intent && may_clash(corpus, intent, other.0));
            if !always.is_empty() {
                all.insert((intent, number), always);
            }
        }
    }
    all
}

/// Whether two intents' keywords may conflict. Those of a menu are the topic of its questions: they
/// occur together by design.
fn may_clash(corpus: &ExampleCorpus, a: usize, b: usize) -> bool {
    ![a, b]
        .iter()
        .any(|&class| corpus.kind(class) == Some(IntentKind::Menu))
}

/// One message for each way in which the keyword can match.
fn ways(keyword: &Keyword) -> impl Iterator<Item = String> {
    keyword.any.iter().map(|word| {
        std::iter::once(word)
            .chain(&keyword.with)
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    })
}

fn found(corpus: &ExampleCorpus, message: &str) -> BTreeSet<KeywordPosition> {
    corpus
        .lexical
        .find(message)
        .keywords
        .iter()
        .map(|&KeywordMatch { intent, number, .. }| (intent, number))
        .collect()
}

fn shared(corpus: &ExampleCorpus, keyword: KeywordPosition, same: KeywordPosition) -> Diagnostic {
    let message = format!(
        "{}也有这个关键词（或它的同义词），它分不出该由谁回答",
        corpus.name(same.0)
    );
    let (file, span) = place(corpus, same);
    at(corpus, Code::SharedKeyword, keyword, message)
        .also(file, span, "也写在这里")
        .help("只留在一个意图里，或者各加一个词：「甲 + 乙」")
}

/// One diagnostic for the wider keyword, however many it shadows, since it is the one to change.
fn shadowing(
    corpus: &ExampleCorpus,
    wide: KeywordPosition,
    narrow: &[KeywordPosition],
) -> Diagnostic {
    let count = narrow.len();
    let message =
        format!("这个关键词太宽：别的意图有 {count} 个更具体的关键词，它们出现时它也总出现");
    let diagnostic = at(corpus, Code::ShadowedKeyword, wide, message);
    let shown = narrow
        .iter()
        .take(SHOWN)
        .fold(diagnostic, |diagnostic, &keyword| {
            let (file, span) = place(corpus, keyword);
            diagnostic.also(file, span, format!("属于{}", corpus.name(keyword.0)))
        });
    shown.help("加一个词，写成「甲 + 乙」，或者给更具体的那些写上更大的 weight")
}

fn weight(corpus: &ExampleCorpus, (intent, number): KeywordPosition) -> f32 {
    corpus
        .knowledge
        .intents
        .get(intent)
        .and_then(|i| i.keywords.get(number))
        .map_or(1.0, |keyword| keyword.weight)
}

/// Keywords that match examples of many intents, and mostly not of their own.
fn common(corpus: &ExampleCorpus, out: &mut Vec<Diagnostic>) -> BTreeSet<KeywordPosition> {
    let mut common = BTreeSet::new();
    let mut hits: BTreeMap<KeywordPosition, BTreeMap<usize, usize>> = BTreeMap::new();
    for line in corpus
        .lines
        .iter()
        .filter(|line| line.class < corpus.knowledge.intents.len())
    {
        for keyword in found(corpus, corpus.lexical.strip(&normalize(line.text))) {
            *hits
                .entry(keyword)
                .or_default()
                .entry(line.class)
                .or_default() += 1;
        }
    }
    for (keyword, intents) in hits {
        let own = intents.get(&keyword.0).copied().unwrap_or(0);
        let others = intents.keys().filter(|&&class| class != keyword.0).count();
        let all: usize = intents.values().sum();
        if corpus.kind(keyword.0) != Some(IntentKind::Menu)
            && others >= MIN_OTHER_INTENTS
            && (own as f64) < OWN_SHARE * all as f64
        {
            let message = format!(
                "这个关键词在另外 {others} 个意图的例句里也有（{all} 句里只有 {own} 句是自己的），它决定不了什么"
            );
            out.push(
                at(corpus, Code::CommonKeyword, keyword, message)
                    .help("加一个词，写成「甲 + 乙」，或者删掉"),
            );
            common.insert(keyword);
        }
    }
    common
}

fn at(corpus: &ExampleCorpus, code: Code, keyword: KeywordPosition, message: String) -> Diagnostic {
    let (file, span) = place(corpus, keyword);
    Diagnostic::new(code, file, span, message)
}

fn place<'c>(
    corpus: &'c ExampleCorpus,
    (intent, number): KeywordPosition,
) -> (&'c str, std::ops::Range<usize>) {
    let span = corpus
        .raw
        .get(intent)
        .and_then(|raw| raw.keywords.get(number))
        .map(|k| k.written.span.clone());
    (corpus.file(intent), span.unwrap_or_default())
}
