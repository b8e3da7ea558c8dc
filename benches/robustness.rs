//! How much of the accuracy is kept when people mistype, write in traditional script, chat around their question or mix in
//! English. `cargo bench --bench robustness -- [SET…]`: folders with train.tsv and test.tsv (benches/data/massive_zh unless
//! said otherwise). Each message is spoilt in one place, the same one in every run. Prints a table in Markdown.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;
use wenlu_core::text::normalize::is_han;
use wenlu_core::text::pinyin::char_pinyin;
use wenlu_formats::{ImportFormat, import};

fn main() -> Result<(), Box<dyn Error>> {
    let mut sets: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if sets.is_empty() {
        sets.push(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/data/massive_zh").to_owned());
    }
    println!(
        "| | kind | messages | clean | spoilt | kept | routed as the clean one |\n|---|---|---:|---:|---:|---:|---:|"
    );
    sets.iter().try_for_each(|set| measure(Path::new(set)))
}

type Spoil = fn(&[char], &Characters, &mut Random) -> Option<String>;

const KINDS: [(&str, Spoil); 8] = [
    ("homophone", homophone),
    ("wrong character", wrong),
    ("doubled character", doubled),
    ("dropped character", dropped),
    ("swapped characters", swapped),
    ("traditional script", traditional),
    ("filler and emoji", filler),
    ("code-mixing", mixed),
];

fn measure(set: &Path) -> Result<(), Box<dyn Error>> {
    let (knowledge, labels) = imported(&set.join("train.tsv"))?;
    let router = Router::build(&knowledge);
    let characters = Characters::of(&knowledge);
    let rows = rows(&set.join("test.tsv"))?;
    let name = set.file_name().unwrap_or_default().to_string_lossy();
    let best = |text: &str| {
        router
            .route(text)
            .candidates
            .first()
            .map(|candidate| candidate.intent.clone())
    };
    for (kind, spoil) in KINDS {
        let mut random = Random(0x5eed);
        let (mut messages, mut clean, mut kept, mut same) = (0u32, 0u32, 0u32, 0u32);
        for (text, label) in &rows {
            let chars: Vec<char> = text.chars().collect();
            let Some(spoilt) =
                spoil(&chars, &characters, &mut random).filter(|spoilt| spoilt != text)
            else {
                continue;
            };
            let (before, after) = (best(text), best(&spoilt));
            let wanted = labels.get(label);
            messages += 1;
            clean += u32::from(before.as_ref() == wanted);
            kept += u32::from(after.as_ref() == wanted);
            let (mut a, b) = (router.route(text), router.route(&spoilt));
            a.text.clone_from(&b.text);
            same += u32::from(a == b);
        }
        let share = |n: u32| f64::from(n) / f64::from(messages.max(1));
        println!(
            "| {name} | {kind} | {messages} | {:.3} | {:.3} | {:.1} % | {:.1} % |",
            share(clean),
            share(kept),
            100.0 * f64::from(kept) / f64::from(clean.max(1)),
            100.0 * share(same)
        );
    }
    Ok(())
}

/// The knowledge that `wenlu import` makes of a file, and the intent of each label.
fn imported(file: &Path) -> Result<(Knowledge, BTreeMap<String, String>), Box<dyn Error>> {
    let imported = import(ImportFormat::Tsv, file)?;
    let folder = tempfile::tempdir()?;
    for (path, text) in &imported.files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        std::fs::write(path, text)?;
    }
    // labelled messages come without replies
    let knowledge = load(&KnowledgeSource::Folder(folder.path().to_owned()))?
        .knowledge
        .as_if_written();
    let labels = knowledge.intents.iter().map(|i| {
        (
            i.label.clone().unwrap_or_else(|| i.id.clone()),
            i.id.clone(),
        )
    });
    let labels = labels.collect();
    Ok((knowledge, labels))
}

fn rows(file: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let row = |line: &str| {
        line.split_once('\t')
            .map(|(text, label)| (text.to_owned(), label.to_owned()))
    };
    Ok(text.lines().skip(1).filter_map(row).collect())
}

/// The Han characters that the examples use, and those that sound alike.
struct Characters {
    all: Vec<char>,
    by_sound: BTreeMap<&'static str, Vec<char>>,
}

impl Characters {
    fn of(knowledge: &Knowledge) -> Self {
        let examples = knowledge.intents.iter().flat_map(|intent| &intent.examples);
        let mut all: Vec<char> = examples
            .flat_map(|text| text.chars())
            .filter(|&c| is_han(c))
            .collect();
        all.sort_unstable();
        all.dedup();
        let mut by_sound: BTreeMap<&'static str, Vec<char>> = BTreeMap::new();
        for &c in &all {
            by_sound
                .entry(char_pinyin(c).unwrap_or_default())
                .or_default()
                .push(c);
        }
        Self { all, by_sound }
    }
}

/// A place in the message where a Han character stands.
fn place(text: &[char], random: &mut Random) -> Option<usize> {
    let han: Vec<usize> = (0..text.len()).filter(|&at| is_han(text[at])).collect();
    (han.len() >= 3).then(|| han[random.below(han.len())])
}

fn with(text: &[char], at: usize, change: impl FnOnce(&mut Vec<char>, usize)) -> Option<String> {
    let mut text = text.to_vec();
    change(&mut text, at);
    Some(text.into_iter().collect())
}

fn homophone(text: &[char], characters: &Characters, random: &mut Random) -> Option<String> {
    let alike = |c: char| {
        characters
            .by_sound
            .get(char_pinyin(c)?)
            .filter(|alike| alike.len() > 1)
    };
    let places: Vec<usize> = (0..text.len())
        .filter(|&at| alike(text[at]).is_some())
        .collect();
    let at = *places.get(random.below(places.len().max(1)))?;
    let others: Vec<char> = alike(text[at])?
        .iter()
        .copied()
        .filter(|&c| c != text[at])
        .collect();
    with(text, at, |text, at| {
        text[at] = others[random.below(others.len())]
    })
}

fn wrong(text: &[char], characters: &Characters, random: &mut Random) -> Option<String> {
    let at = place(text, random)?;
    with(text, at, |text, at| {
        text[at] = characters.all[random.below(characters.all.len())]
    })
}

fn doubled(text: &[char], _: &Characters, random: &mut Random) -> Option<String> {
    with(text, place(text, random)?, |text, at| {
        text.insert(at, text[at])
    })
}

fn dropped(text: &[char], _: &Characters, random: &mut Random) -> Option<String> {
    with(text, place(text, random)?, |text, at| {
        text.remove(at);
    })
}

fn swapped(text: &[char], _: &Characters, random: &mut Random) -> Option<String> {
    let at = place(text, random)?;
    let other = if at + 1 < text.len() { at + 1 } else { at - 1 };
    with(text, at, |text, at| text.swap(at, other))
}

fn traditional(text: &[char], _: &Characters, _: &mut Random) -> Option<String> {
    Some(hanconv::s2tw(text.iter().collect::<String>()))
}

fn filler(text: &[char], _: &Characters, random: &mut Random) -> Option<String> {
    const BEFORE: [&str; 8] = [
        "你好，",
        "请问",
        "那个，",
        "麻烦问下，",
        "在吗？",
        "嗯，",
        "hi，",
        "😊",
    ];
    const AFTER: [&str; 8] = [
        "谢谢",
        "😭😭",
        "！！！",
        "，急",
        "啊",
        "🙏",
        "~~",
        "，谢谢你",
    ];
    let (before, after) = (BEFORE[random.below(8)], AFTER[random.below(8)]);
    Some(format!(
        "{before}{}{after}",
        text.iter().collect::<String>()
    ))
}

/// English for a Chinese word, as people in an office mix them.
fn mixed(text: &[char], _: &Characters, random: &mut Random) -> Option<String> {
    const WORDS: [(&str, &str); 30] = [
        ("邮件", "email"),
        ("会议", "meeting"),
        ("音乐", "music"),
        ("电影", "movie"),
        ("天气", "weather"),
        ("闹钟", "alarm"),
        ("新闻", "news"),
        ("列表", "list"),
        ("时间", "time"),
        ("今天", "today"),
        ("明天", "tomorrow"),
        ("歌曲", "song"),
        ("播放", "play"),
        ("打开", "open"),
        ("关闭", "close"),
        ("提醒", "remind"),
        ("日历", "calendar"),
        ("火车票", "train ticket"),
        ("票", "ticket"),
        ("出租车", "taxi"),
        ("咖啡", "coffee"),
        ("音量", "volume"),
        ("消息", "message"),
        ("电话", "phone"),
        ("星期一", "monday"),
        ("周末", "weekend"),
        ("外卖", "takeaway"),
        ("电台", "radio"),
        ("游戏", "game"),
        ("航班", "flight"),
    ];
    let text: String = text.iter().collect();
    let found: Vec<&(&str, &str)> = WORDS
        .iter()
        .filter(|(word, _)| text.contains(word))
        .collect();
    let (word, english) = found.get(random.below(found.len().max(1)))?;
    Some(text.replacen(word, &format!(" {english} "), 1))
}

/// splitmix64
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % limit as u64) as usize
    }
}
