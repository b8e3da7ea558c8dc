//! Checks of all phrases across files. In: raw intents. Out: mistakes in examples, near misses,
//! tests, keywords, follow-up phrases and the lexicon. Must not know: replies, links.

use super::diagnostic::{Code, Diagnostic};
use super::parse::SpannedText;
use super::raw::{RawIntent, RawKeyword, RawLexicon};
use super::schema::TITLE_LENGTH;
use crate::text::han_script::to_traditional;
use crate::text::normalize::normalize;
use std::collections::BTreeMap;

/// Where each normalised text stands first: file and text.
type FirstPlaces<'a> = BTreeMap<String, (&'a str, &'a SpannedText)>;

/// Checks all intents, and together with them `out_of_scope` (its file and its examples).
pub(super) fn check(
    intents: &[RawIntent],
    out_of_scope: (&str, &[SpannedText]),
    out: &mut Vec<Diagnostic>,
) {
    let mut examples = FirstPlaces::new();
    let lists = intents
        .iter()
        .map(|i| (i.file.as_str(), i.examples.as_slice()))
        .chain([out_of_scope]);
    for (file, list) in lists {
        report_duplicates(file, list, &mut examples, "这句例句", out);
    }
    titles(intents, out);
    labels(intents, out);
    repeated_tests(intents, out);
    for intent in intents {
        near_misses(intent, out);
        tests(intent, &examples, out);
        keywords(intent, out);
        phrases(intent, out);
        advice(intent, out);
    }
}

/// Checks `intents/lexicon.toml`.
pub(super) fn check_lexicon(file: &str, lexicon: &RawLexicon, out: &mut Vec<Diagnostic>) {
    for list in [&lexicon.words, &lexicon.generic, &lexicon.filler] {
        words(file, list.iter(), out);
    }
    words(file, lexicon.synonyms.iter().flatten(), out);
    words(file, lexicon.keep_simplified.iter(), out);
    words(file, lexicon.elsewhere.iter(), out);
    for word in &lexicon.keep_simplified {
        if to_traditional(&word.value) == word.value {
            let message = "这个词繁体也这样写，不用列出";
            let idle = Diagnostic::new(Code::DeadWord, file, word.span.clone(), message);
            out.push(idle.help("只列转成繁体时会变、又应当保持简体的词"));
        }
    }
}

/// With fewer examples than this an intent gets a warning.
const MIN_EXAMPLES: usize = 5;

/// Reports texts that are empty or in `seen` already, and adds the others to it.
fn report_duplicates<'a>(
    file: &'a str,
    list: &'a [SpannedText],
    seen: &mut FirstPlaces<'a>,
    what: &str,
    out: &mut Vec<Diagnostic>,
) {
    for text in list {
        let normal = normalize(&text.value);
        if normal.is_empty() {
            let message = format!("{what}里没有一个字");
            out.push(
                Diagnostic::new(Code::EmptyText, file, text.span.clone(), message)
                    .help("写上内容，或者删掉"),
            );
        } else if let Some((first_file, first)) = seen.get(&normal) {
            let help = match *first_file == file {
                true => "删掉一句；大小写、全角半角、繁简和标点不同不算不同",
                false => "一句话只能属于一个意图：留下一处，或者改写成不同的问题",
            };
            out.push(
                Diagnostic::new(
                    Code::DuplicateExample,
                    file,
                    text.span.clone(),
                    format!("{what}重复了"),
                )
                .label("又写了一次")
                .also(first_file, first.span.clone(), "先写在这里")
                .help(help),
            );
        } else {
            seen.insert(normal, (file, text));
        }
    }
}

/// Reports intents with the same button label. An English button shows the Chinese title where
/// there is no English one.
fn titles(intents: &[RawIntent], out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, (&RawIntent, &SpannedText)> = BTreeMap::new();
    for intent in intents {
        for title in intent.title.iter().chain(&intent.title_en) {
            let normal = normalize(&title.value);
            match seen.get(&normal).filter(|(first, _)| first.id != intent.id) {
                Some((first, there)) => out.push(
                    Diagnostic::new(
                        Code::SameTitle,
                        &intent.file,
                        title.span.clone(),
                        "另一个意图也叫这个标题",
                    )
                    .label("又叫这个")
                    .also(&first.file, there.span.clone(), "先叫这个")
                    .help("按钮上分不出谁是谁；改掉一个，或者并成一个意图"),
                ),
                None => drop(seen.entry(normal).or_insert((intent, title))),
            }
        }
    }
}

/// Reports intents with the same name in exports and evaluations.
fn labels(intents: &[RawIntent], out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, (&RawIntent, std::ops::Range<usize>)> = BTreeMap::new();
    for intent in intents.iter().filter(|intent| intent.label.is_none()) {
        seen.insert(&intent.id, (intent, intent.place()));
    }
    for (intent, label) in intents
        .iter()
        .filter_map(|intent| Some((intent, intent.label.as_ref()?)))
    {
        match seen.get(label.value.as_str()) {
            Some((first, there)) => out.push(
                Diagnostic::new(
                    Code::DuplicateLabel,
                    &intent.file,
                    label.span.clone(),
                    "另一个意图也用这个名称",
                )
                .label("又用了一次")
                .also(&first.file, there.clone(), "先用在这里")
                .help("导出和评测时分不出谁是谁；改掉一个"),
            ),
            None => drop(seen.insert(&label.value, (intent, label.span.clone()))),
        }
    }
}

/// Reports tests that stand twice in a file, or expect an answer from two intents.
fn repeated_tests(intents: &[RawIntent], out: &mut Vec<Diagnostic>) {
    let mut wanted: BTreeMap<String, (&str, &SpannedText)> = BTreeMap::new();
    for intent in intents {
        let mut own: BTreeMap<String, &SpannedText> = BTreeMap::new();
        for test in &intent.tests {
            let normal = normalize(&test.say.value);
            let twin = own
                .insert(normal.clone(), &test.say)
                .map(|first| (intent.file.as_str(), first));
            let is_answer = test.here && test.wants.is_none();
            let rival = if is_answer {
                wanted.get(&normal).copied()
            } else {
                None
            };
            if let Some((file, first)) = twin.or(rival) {
                out.push(
                    Diagnostic::new(
                        Code::DuplicateTest,
                        &intent.file,
                        test.say.span.clone(),
                        "这条测试重复了",
                    )
                    .label("又写了一次")
                    .also(file, first.span.clone(), "先写在这里")
                    .help("留下一处；一句话一般只能由一个意图回答"),
                );
            } else if is_answer {
                wanted.insert(normal, (&intent.file, &test.say));
            }
        }
    }
}

fn near_misses(intent: &RawIntent, out: &mut Vec<Diagnostic>) {
    report_duplicates(
        &intent.file,
        &intent.not,
        &mut FirstPlaces::new(),
        "not 里的这句话",
        out,
    );
    let own: BTreeMap<String, &SpannedText> = intent
        .examples
        .iter()
        .map(|e| (normalize(&e.value), e))
        .collect();
    for text in &intent.not {
        if let Some(example) = own.get(&normalize(&text.value)) {
            out.push(
                Diagnostic::new(
                    Code::NotIsExample,
                    &intent.file,
                    text.span.clone(),
                    "这句 not 同时又是自己的例句",
                )
                .label("不该到这里来")
                .also(&intent.file, example.span.clone(), "该到这里来")
                .help("想清楚它该不该由这个意图回答，删掉另一处"),
            );
        }
    }
}

fn tests(intent: &RawIntent, examples: &FirstPlaces, out: &mut Vec<Diagnostic>) {
    for test in &intent.tests {
        let normal = normalize(&test.say.value);
        let mistake =
            |code, message| Diagnostic::new(code, &intent.file, test.say.span.clone(), message);
        if normal.is_empty() {
            out.push(mistake(Code::EmptyText, "这条测试里没有一个字").help("写上内容，或者删掉"));
        } else if let Some((file, example)) = examples.get(&normal) {
            out.push(
                mistake(Code::TestIsExample, "这条测试和一句例句相同，测不出什么")
                    .label("测试")
                    .also(file, example.span.clone(), "例句")
                    .help("换一种例句里没有的说法"),
            );
        }
    }
}

fn keywords(intent: &RawIntent, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<(Vec<String>, Vec<String>), &RawKeyword> = BTreeMap::new();
    for keyword in &intent.keywords {
        let dead = keyword
            .any
            .iter()
            .chain(&keyword.with)
            .find(|part| normalize(&part.value).is_empty());
        if keyword.any.is_empty() {
            let message = "这个关键词永远不会出现：`any` 是空的";
            let diagnostic = Diagnostic::new(
                Code::DeadKeyword,
                &intent.file,
                keyword.written.span.clone(),
                message,
            );
            out.push(diagnostic.help("`any` 里至少写一个词"));
        } else if let Some(part) = dead {
            let message = "这个关键词永远不会出现：有一部分没有字";
            let help =
                match part.span == keyword.written.span && keyword.written.value.contains('+') {
                    true => "「甲 + 乙」的两边都要写；词里本来就有加号时，写成 { any = [\"c++\"] }",
                    false => "标点和表情在比较之前会被去掉，写上文字",
                };
            out.push(
                Diagnostic::new(Code::DeadKeyword, &intent.file, part.span.clone(), message)
                    .help(help),
            );
        } else if let Some(first) =
            seen.insert((sorted(&keyword.any), sorted(&keyword.with)), keyword)
        {
            out.push(
                Diagnostic::new(
                    Code::DuplicateKeyword,
                    &intent.file,
                    keyword.written.span.clone(),
                    "这个关键词重复了",
                )
                .label("又写了一次")
                .also(&intent.file, first.written.span.clone(), "先写在这里")
                .help("删掉一个；想让它更重要，就写 weight"),
            );
        }
    }
}

fn sorted(parts: &[SpannedText]) -> Vec<String> {
    let mut parts: Vec<_> = parts.iter().map(|p| normalize(&p.value)).collect();
    parts.sort();
    parts.dedup();
    parts
}

fn phrases(intent: &RawIntent, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &SpannedText> = BTreeMap::new();
    for (phrase, _) in &intent.follow_ups {
        let normal = normalize(&phrase.value);
        if normal.is_empty() {
            let diagnostic = Diagnostic::new(
                Code::EmptyText,
                &intent.file,
                phrase.span.clone(),
                "这句追问里没有一个字",
            );
            out.push(diagnostic.help("写上内容，或者删掉"));
        } else if let Some(first) = seen.insert(normal, phrase) {
            out.push(
                Diagnostic::new(
                    Code::DuplicateKey,
                    &intent.file,
                    phrase.span.clone(),
                    "这句追问重复了",
                )
                .label("又写了一次")
                .also(&intent.file, first.span.clone(), "先写在这里")
                .help("留下一句"),
            );
        }
    }
}

fn advice(intent: &RawIntent, out: &mut Vec<Diagnostic>) {
    let mut warn = |code, span, message: String, help: &str| {
        out.push(Diagnostic::new(code, &intent.file, span, message).help(help));
    };
    if let Some(title) = &intent.title {
        let length = title.value.chars().count();
        if length > TITLE_LENGTH {
            let message = format!("标题有 {length} 个字，按钮上最多显示 {TITLE_LENGTH} 个");
            warn(
                Code::LongTitle,
                title.span.clone(),
                message,
                "写短一些，细节放到回复里",
            );
        }
    }
    // a menu is opened by its name, and small talk is short: both need few examples
    if intent.bad || intent.menu.is_some() {
        return;
    }
    if intent.examples.len() < MIN_EXAMPLES {
        let message = format!("只有 {} 句例句", intent.examples.len());
        warn(
            Code::FewExamples,
            intent.place(),
            message,
            "至少写 5 句，最好 15 句以上：不同的人会怎么问",
        );
    }
    if intent.not.is_empty() && intent.gap.is_none() && !super::is_small_talk(&intent.id) {
        let help = "在 not 里写几句容易混淆、但不该到这里来的话";
        warn(
            Code::NoNearMisses,
            intent.place(),
            "没有写 not".to_owned(),
            help,
        );
    }
}

fn words<'a>(file: &str, list: impl Iterator<Item = &'a SpannedText>, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &SpannedText> = BTreeMap::new();
    for word in list {
        let normal = normalize(&word.value);
        if normal.is_empty() {
            let diagnostic = Diagnostic::new(
                Code::DeadWord,
                file,
                word.span.clone(),
                "这个词里没有一个字",
            );
            out.push(diagnostic.help("标点和表情在比较之前会被去掉，写上文字"));
        } else if let Some(first) = seen.insert(normal, word) {
            out.push(
                Diagnostic::new(Code::DuplicateWord, file, word.span.clone(), "这个词重复了")
                    .label("又写了一次")
                    .also(file, first.span.clone(), "先写在这里")
                    .help("删掉一个；一个词只能在一个同义词组里"),
            );
        }
    }
}
