//! `wenlu explain`: shows why a text is answered as it is.

use super::output::{say, say_text};
use super::paint::{BAD, DOUBTFUL, FAINT, GOOD, HEADING, NAME, SHARED, left, paint, right};
use super::{Global, load_router};
use crate::channel::terminal::harmless;
use crate::knowledge::Knowledge;
use crate::router::Decision;
use crate::router::decide::Gate;
use crate::router::explain::{ClassKind, ClassScore, Explanation, Keyword, Nearest, Rival};
use crate::router::features::Family;
use crate::text::changes::Change;
use crate::wording::{evidence, family, gate, kind, outcome, percent, rule};
use std::process::ExitCode;

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// The message
    #[arg(value_name = "TEXT")]
    text: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let (knowledge, router) = load_router(global)?;
    let explanation = router.explain(&knowledge, &args.text);
    if args.json {
        say(&serde_json::to_string_pretty(&explanation)?)?;
    } else {
        say_text(&Shown { e: &explanation, knowledge: &knowledge }.text())?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Shown<'a> {
    e: &'a Explanation,
    knowledge: &'a Knowledge,
}

impl Shown<'_> {
    fn text(&self) -> String {
        let parts = [self.decision(), self.reading(), self.scores(), self.confidence(), self.nearest(), self.flips()];
        let shown: Vec<String> =
            parts.into_iter().filter(|part| !part.is_empty()).map(|lines| lines.join("\n") + "\n").collect();
        shown.join("\n")
    }

    fn decision(&self) -> Vec<String> {
        let (e, r) = (self.e, &self.e.routing);
        let (style, what) = match (r.decision, &r.intent, &r.gap) {
            (Decision::Answer, Some(intent), _) => (GOOD, format!("回答 {}", self.named(intent))),
            (Decision::Menu, Some(intent), _) => (DOUBTFUL, format!("打开菜单 {}", self.named(intent))),
            (Decision::Clarify, _, _) => (DOUBTFUL, format!("反问：{}", r.choices.join("、"))),
            (_, _, Some(gap)) => (BAD, format!("不知道；是没有资料的话题 {}", self.named(gap))),
            _ => (BAD, "不知道".to_owned()),
        };
        let mut lines = vec![line("决定", &paint(style.bold(), what))];
        if let Some(also) = &r.also {
            lines.push(line("第二问", &format!("{} {:.4}", self.named(&also.intent), also.confidence)));
        }
        lines.push(line("原因", &gate(e)));
        lines.push(line("把握", &format!("{:.4}，阈值 {:.4}（{}）", e.confidence.value, e.limits.answer, distance(e))));
        for (label, rival) in [("第二名", &e.runner_up), ("另一边", &e.strongest_other)] {
            lines.extend(rival.iter().map(|rival| line(label, &self.rival(rival))));
        }
        lines
    }

    fn rival(&self, rival: &Rival) -> String {
        let gap = if rival.behind >= 0.0 {
            format!("得分低 {:.2}", rival.behind)
        } else {
            format!("得分高 {:.2}", -rival.behind)
        };
        let limit = match rival.kind {
            ClassKind::Answer => format!("，到 {:.0}% 就不直接回答而是反问", 100.0 * self.e.limits.close),
            _ => String::new(),
        };
        let kind = kind(rival.kind);
        format!("{}{kind}，{gap}，可能性是首选的 {}{limit}", self.named(&rival.intent), percent(rival.share))
    }

    fn reading(&self) -> Vec<String> {
        let e = self.e;
        let mut lines = vec![paint(HEADING, "读成什么"), line("规范化", &e.normalised)];
        lines.extend(e.changes.iter().map(|change| line("", &paint(FAINT, changed(change)))));
        if !e.negated.is_empty() {
            lines.push(line("被否定", &paint(FAINT, format!("{}（不计）", e.negated.join(" / ")))));
        }
        if e.scored != e.normalised {
            lines.push(line("计分的", &e.scored));
        }
        let word = |w: &crate::router::explain::Word| {
            if w.content { paint(NAME, format!("[{}]", w.word)) } else { w.word.clone() }
        };
        let words: Vec<String> = e.words.iter().map(word).collect();
        lines.push(line("词语", &format!("{}  {}", words.join(" "), paint(FAINT, "方括号里的是实词"))));
        if !e.concepts.is_empty() {
            lines.push(line("同义词", &e.concepts.join("、")));
        }
        for (n, of_one) in e.keywords.chunk_by(|a, b| a.intent == b.intent).enumerate() {
            let keyword =
                |k: &Keyword| if k.weight == 1.0 { k.keyword.clone() } else { format!("{} ×{}", k.keyword, k.weight) };
            let all: Vec<String> = of_one.iter().map(keyword).collect();
            lines.push(line(
                if n == 0 { "关键词" } else { "" },
                &format!("{}  {}", paint(NAME, &of_one[0].intent), all.join("；")),
            ));
        }
        lines
    }

    /// One row a class, one column a kind of feature; the columns of a row add up to its score.
    fn scores(&self) -> Vec<String> {
        let e = self.e;
        let mut families: Vec<Family> = e.classes.iter().flat_map(|c| c.families.iter().map(|f| f.family)).collect();
        families.sort_unstable();
        families.dedup();
        if e.classes.is_empty() {
            return Vec::new();
        }
        let names: String = families.iter().map(|f| right(family(*f), 8)).collect();
        let row = |class: &ClassScore| {
            let adds = |f: &Family| class.families.iter().find(|part| part.family == *f).map_or(0.0, |part| part.adds);
            let parts: String = families.iter().map(|f| format!("{:>+8.2}", adds(f))).collect();
            let style = if Some(&class.intent) == e.confidence.candidate.as_ref() { GOOD } else { FAINT };
            let name = paint(style, format!("{}{}", self.id(&class.intent), kind(class.kind)));
            format!("{:>8.2}{:>8}{parts}{:>+8.2}  {name}", class.logit, percent(class.probability), class.bias)
        };
        let heading = format!("{}  {}", paint(HEADING, "各意图的得分"), paint(FAINT, "右边各列相加就是得分"));
        let columns =
            paint(FAINT, format!("{}{}{names}{}  意图", right("得分", 8), right("概率", 8), right("基数", 8)));
        [heading, columns].into_iter().chain(e.classes.iter().map(row)).collect()
    }

    fn confidence(&self) -> Vec<String> {
        let c = &self.e.confidence;
        let Some(candidate) = &c.candidate else { return Vec::new() };
        let sum = format!("基数加各项 = {:.3}，换成概率 = {:.4}；每一项 = 权重 ×（值 − 平常值）", c.logit, c.scored);
        let columns = ["加上", "权重", "值", "平常值"].map(|name| right(name, 9)).concat();
        let mut lines = vec![
            format!("{}  {}", paint(HEADING, format!("把握的由来：{}", self.id(candidate))), paint(FAINT, sum)),
            paint(FAINT, columns),
            format!("{:>+9.3}{:>27}  基数", c.bias, ""),
        ];
        for part in &c.parts {
            let style = if part.adds < 0.0 { BAD } else { GOOD };
            let adds = paint(style, format!("{:>+9.3}", part.adds));
            lines.push(format!(
                "{adds}{:>9.3}{:>9.3}{:>9.3}  {}",
                part.weight,
                part.value,
                part.usual,
                evidence(part.name)
            ));
        }
        if self.e.gate == Gate::Exact {
            lines.push(paint(FAINT, "这句话与例句相同，不用算：按例句所属的意图处理"));
        }
        lines
    }

    fn nearest(&self) -> Vec<String> {
        let width = self.e.nearest.iter().map(|near| self.id(&near.intent).len()).max().unwrap_or_default();
        let one = |near: &Nearest| {
            format!("{:>8.2}  {}  {}", near.similarity, paint(NAME, left(self.id(&near.intent), width)), marked(near))
        };
        let heading = format!("{}  {}", paint(HEADING, "最像的例句"), paint(FAINT, "划线的部分字或音相同"));
        let all: Vec<String> = self.e.nearest.iter().map(one).collect();
        if all.is_empty() { all } else { [vec![heading], all].concat() }
    }

    fn flips(&self) -> Vec<String> {
        let mut lines = vec![paint(HEADING, "怎样会变")];
        let mut from = 0.0;
        for step in &self.e.at_thresholds {
            let what = outcome(step.decision, step.intent.as_deref());
            let now = if from < self.e.limits.answer && self.e.limits.answer <= step.upto {
                paint(FAINT, "  ← 现在")
            } else {
                String::new()
            };
            lines.push(format!("  阈值 {from:.3}–{:.3}：{what}{now}", step.upto));
            from = step.upto;
        }
        for without in &self.e.without {
            let what = outcome(without.decision, without.intent.as_deref());
            let then = if without.flips { paint(DOUBTFUL, format!("变成{what}")) } else { "不变".to_owned() };
            lines.push(format!("  去掉“{}”：{then}，把握 {:.4}", without.word, without.confidence));
        }
        lines
    }

    fn id<'b>(&self, id: &'b str) -> &'b str {
        if id.is_empty() { "范围外" } else { id }
    }

    fn named(&self, id: &str) -> String {
        self.knowledge
            .intent(id)
            .map_or_else(|| self.id(id).to_owned(), |intent| format!("{id}「{}」", harmless(&intent.title)))
    }
}

fn line(label: &str, text: &str) -> String {
    format!("{}{text}", paint(FAINT, left(label, 8)))
}

fn marked(near: &Nearest) -> String {
    let mut out = String::new();
    let mut at = 0;
    let piece = |from: usize, to: usize| harmless(near.example.get(from..to).unwrap_or_default());
    for &[start, end] in &near.shared {
        out += &format!("{}{}", piece(at, start), paint(SHARED, piece(start, end)));
        at = end;
    }
    out + &piece(at, near.example.len())
}

fn distance(e: &Explanation) -> String {
    let gap = e.confidence.value - e.limits.answer;
    let clarify = if gap < 0.0 { format!("；到 {:.4} 会反问", e.limits.clarify) } else { String::new() };
    let odds =
        if e.gate == Gate::Exact { String::new() } else { format!("，对数几率 {:+.2}", e.confidence.to_spare) };
    format!("{} {:.4}{odds}{clarify}", if gap < 0.0 { "还差" } else { "高出" }, gap.abs())
}

fn changed(change: &Change) -> String {
    let name = rule(change.rule);
    let pieces: Vec<String> = match change.to.is_empty() {
        true => change.from.clone(),
        false => change.from.iter().zip(&change.to).map(|(from, to)| format!("{from}→{to}")).collect(),
    };
    let pieces = pieces.iter().map(|piece| if piece == " " { "空格" } else { piece }).collect::<Vec<_>>().join(" ");
    format!("{name}  {}", harmless(&pieces))
}
