//! Text of a report on dialogues. In: a report. Out: lines with colours. Must not know: where they
//! are printed.

use crate::channel::terminal::strip_control_chars;
use crate::cli::style::{BAD, FAINT, GOOD, HEADING, NAME, align_left, align_right, paint};
use wenlu_core::eval::dialogues::{
    ClassCount, DialogueReport, KindFigures, MissedTurn, RightCount,
};

/// Width of the first column.
const NAMES: usize = 24;
/// Width of a column of figures.
const FIGURES: usize = 18;

pub(super) fn report(r: &DialogueReport) -> String {
    let head = format!(
        "{} 段对话，{} 轮有期望，{} 轮如愿",
        r.dialogues, r.judged, r.right
    );
    let mut parts = vec![
        vec![paint(HEADING, head)],
        kinds(r),
        classes(&r.classes),
        voices(r),
    ];
    if !r.misses.is_empty() {
        parts.push(vec![paint(HEADING, "不如愿的")]);
        parts.extend(r.misses.iter().map(miss));
    }
    if !r.unknown_intents.is_empty() {
        let ids = strip_control_chars(&r.unknown_intents.join("、"));
        parts.push(vec![paint(BAD, format!("对话里有知识库没有的意图：{ids}"))]);
    }
    let parts = parts.into_iter().filter(|lines| !lines.is_empty());
    let parts: Vec<String> = parts.map(|lines| lines.join("\n") + "\n").collect();
    parts.join("\n")
}

fn kinds(r: &DialogueReport) -> Vec<String> {
    let columns = ["如愿", "话题对", "事实给出", "事实在开头"];
    let columns: String = columns.map(|name| align_right(name, FIGURES)).concat();
    let row = |kind: &KindFigures| {
        let name = format!("{} {}", kind.kind.chinese(), kind.kind.name());
        let counts = [kind.all, kind.topic, kind.fact, kind.early].map(figures);
        align_left(&name, NAMES) + counts.concat().trim_end()
    };
    let opening = align_left("开场的一句", NAMES) + &figures(r.openings);
    [paint(FAINT, align_left("", NAMES) + &columns)]
        .into_iter()
        .chain(r.kinds.iter().map(row))
        .chain([opening])
        .collect()
}

/// `12/13  92.3%`, right-aligned.
fn figures(count: RightCount) -> String {
    let text = match count.share() {
        Some(share) => format!("{}/{} {:>6.1}%", count.right, count.judged, share * 100.0),
        None => String::new(),
    };
    align_right(&text, FIGURES)
}

fn classes(classes: &[ClassCount]) -> Vec<String> {
    let row = |count: &ClassCount| {
        let kinds = count.kinds.iter().map(|(kind, n)| format!("{kind} {n}"));
        let kinds = kinds.collect::<Vec<_>>().join("，");
        let name = align_left(count.class.chinese(), NAMES);
        format!("{name}{:>6}  {}", count.turns, paint(FAINT, kinds))
    };
    if classes.is_empty() {
        return Vec::new();
    }
    let heading = paint(HEADING, "哪里不如愿（一轮只算最先的一处）");
    [heading]
        .into_iter()
        .chain(classes.iter().map(row))
        .collect()
}

fn voices(r: &DialogueReport) -> Vec<String> {
    let row = |(voice, count): (&str, RightCount)| {
        align_left(&strip_control_chars(voice), NAMES) + &figures(count)
    };
    let rows = r
        .voices
        .iter()
        .map(|figures| row((&figures.voice, figures.all)));
    [paint(HEADING, "提问的人怎么说话")]
        .into_iter()
        .chain(rows)
        .collect()
}

fn miss(miss: &MissedTurn) -> Vec<String> {
    let also: Vec<&str> = miss.also.iter().map(|class| class.chinese()).collect();
    let also = match also.is_empty() {
        true => String::new(),
        false => format!("；还有：{}", also.join("、")),
    };
    let shown = miss.shown.replace('\n', " ⏎ ");
    vec![
        format!(
            "{} #{} {}{also}",
            paint(NAME, strip_control_chars(&miss.dialogue)),
            miss.turn,
            paint(BAD, miss.class.chinese())
        ),
        format!("  说：{}", strip_control_chars(&miss.say)),
        format!("  要：{}", paint(GOOD, strip_control_chars(&miss.wanted))),
        format!(
            "  在谈：{}；给出：{}",
            strip_control_chars(&miss.open),
            strip_control_chars(&shown)
        ),
    ]
}
