//! The text of `wenlu explain`. In: an explanation, the knowledge, the part about replies. Out: coloured
//! lines. Must not know: how the router decides.

use super::parts::ExplainedParts;
use crate::channel::terminal::strip_control_chars;
use crate::cli::style::{
    BAD, DOUBTFUL, FAINT, GOOD, HEADING, NAME, SHARED, align_left, align_right, paint,
};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::labels::{
    class_kind_label, decision_label, decision_reason_label, evidence_label, feature_kind_label,
    normalization_rule_label, percent,
};
use wenlu_core::model::Decision;
use wenlu_core::router::DecisionReason;
use wenlu_core::router::FeatureKind;
use wenlu_core::router::explanation::{
    ClassKind, ExplainedClass, ExplainedKeyword, Explanation, NearestExample, RivalClass,
};
use wenlu_core::text::changes::NormalizationChange;

/// An explanation, to be shown.
pub(super) struct ExplanationView<'a> {
    pub e: &'a Explanation,
    pub knowledge: &'a Knowledge,
}

impl ExplanationView<'_> {
    pub(super) fn text(&self, reply: &ExplainedParts) -> String {
        let parts = [
            self.decision(),
            reply.lines(),
            self.reading(),
            self.scores(),
            self.confidence(),
            self.nearest(),
            self.flips(),
        ];
        let shown: Vec<String> = parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|lines| lines.join("\n") + "\n")
            .collect();
        shown.join("\n")
    }

    fn decision(&self) -> Vec<String> {
        let (e, r) = (self.e, &self.e.routing);
        let (style, what) = match (r.decision, &r.intent, &r.gap) {
            (Decision::Answer, Some(intent), _) => (GOOD, format!("回答 {}", self.named(intent))),
            (Decision::Menu, Some(intent), _) => {
                (DOUBTFUL, format!("打开菜单 {}", self.named(intent)))
            }
            (Decision::Clarify, _, _) => (DOUBTFUL, format!("反问：{}", r.choices.join("、"))),
            (_, _, Some(gap)) => (BAD, format!("不知道；是没有资料的话题 {}", self.named(gap))),
            _ => (BAD, "不知道".to_owned()),
        };
        let mut lines = vec![line("决定", &paint(style.bold(), what))];
        if let Some(also) = &r.also {
            lines.push(line(
                "第二问",
                &format!("{} {:.4}", self.named(&also.intent), also.confidence),
            ));
        }
        lines.push(line("原因", &decision_reason_label(e)));
        lines.push(line(
            "把握",
            &format!(
                "{:.4}，阈值 {:.4}（{}）",
                e.confidence.value,
                e.limits.answer,
                distance(e)
            ),
        ));
        if let Some(without) = &e.without_encoder {
            let decided = decision_label(without.decision, without.intent.as_deref());
            let said = format!("{decided}，把握 {:.4}（没有编码器时）", without.confidence);
            lines.push(line("只按字", &said));
        }
        for (label, rival) in [("第二名", &e.runner_up), ("另一边", &e.strongest_other)] {
            lines.extend(rival.iter().map(|rival| line(label, &self.rival(rival))));
        }
        lines
    }

    fn rival(&self, rival: &RivalClass) -> String {
        let gap = if rival.behind >= 0.0 {
            format!("得分低 {:.2}", rival.behind)
        } else {
            format!("得分高 {:.2}", -rival.behind)
        };
        let limit = match rival.kind {
            ClassKind::Answer => format!(
                "，到 {:.0}% 就不直接回答而是反问",
                100.0 * self.e.limits.close
            ),
            _ => String::new(),
        };
        let kind = class_kind_label(rival.kind);
        format!(
            "{}{kind}，{gap}，可能性是首选的 {}{limit}",
            self.named(&rival.intent),
            percent(rival.share)
        )
    }

    fn reading(&self) -> Vec<String> {
        let e = self.e;
        let mut lines = vec![paint(HEADING, "读成什么"), line("规范化", &e.normalised)];
        lines.extend(
            e.changes
                .iter()
                .map(|change| line("", &paint(FAINT, changed(change)))),
        );
        if !e.negated.is_empty() {
            lines.push(line(
                "被否定",
                &paint(FAINT, format!("{}（不计）", e.negated.join(" / "))),
            ));
        }
        if e.scored != e.normalised {
            lines.push(line("计分的", &e.scored));
        }
        let word = |w: &wenlu_core::router::explanation::ExplainedWord| {
            if w.content {
                paint(NAME, format!("[{}]", w.word))
            } else {
                w.word.clone()
            }
        };
        let words: Vec<String> = e.words.iter().map(word).collect();
        lines.push(line(
            "词语",
            &format!("{}  {}", words.join(" "), paint(FAINT, "方括号里的是实词")),
        ));
        if !e.concepts.is_empty() {
            lines.push(line("同义词", &e.concepts.join("、")));
        }
        for (n, of_one) in e.keywords.chunk_by(|a, b| a.intent == b.intent).enumerate() {
            let keyword = |k: &ExplainedKeyword| {
                if k.weight == 1.0 {
                    k.keyword.clone()
                } else {
                    format!("{} ×{}", k.keyword, k.weight)
                }
            };
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
        let classes = &self.e.classes;
        if classes.is_empty() {
            return Vec::new();
        }
        let mut families: Vec<FeatureKind> = classes
            .iter()
            .flat_map(|c| c.families.iter().map(|f| f.family))
            .collect();
        families.sort_unstable();
        families.dedup();
        let names: String = families
            .iter()
            .map(|f| align_right(feature_kind_label(*f), 8))
            .collect();
        let heading = format!(
            "{}  {}",
            paint(HEADING, "各意图的得分"),
            paint(FAINT, "右边各列相加就是得分")
        );
        let columns = paint(
            FAINT,
            format!(
                "{}{}{names}{}  意图",
                align_right("得分", 8),
                align_right("概率", 8),
                align_right("基数", 8)
            ),
        );
        let rows = classes.iter().map(|class| self.score_row(class, &families));
        [heading, columns].into_iter().chain(rows).collect()
    }

    fn score_row(&self, class: &ExplainedClass, families: &[FeatureKind]) -> String {
        let adds = |f: &FeatureKind| {
            class
                .families
                .iter()
                .find(|part| part.family == *f)
                .map_or(0.0, |part| part.adds)
        };
        let parts: String = families
            .iter()
            .map(|f| format!("{:>+8.2}", adds(f)))
            .collect();
        let style = if Some(&class.intent) == self.e.confidence.candidate.as_ref() {
            GOOD
        } else {
            FAINT
        };
        let name = paint(
            style,
            format!("{}{}", self.id(&class.intent), class_kind_label(class.kind)),
        );
        format!(
            "{:>8.2}{:>8}{parts}{:>+8.2}  {name}",
            class.logit,
            percent(class.probability),
            class.bias
        )
    }

    fn confidence(&self) -> Vec<String> {
        let c = &self.e.confidence;
        let Some(candidate) = &c.candidate else {
            return Vec::new();
        };
        let sum = format!(
            "基数加各项 = {:.3}，换成概率 = {:.4}；每一项 = 权重 ×（值 − 平常值）",
            c.logit, c.scored
        );
        let columns = ["加上", "权重", "值", "平常值"]
            .map(|name| align_right(name, 9))
            .concat();
        let mut lines = vec![
            format!(
                "{}  {}",
                paint(HEADING, format!("把握的由来：{}", self.id(candidate))),
                paint(FAINT, sum)
            ),
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
                evidence_label(part.name)
            ));
        }
        if self.e.gate == DecisionReason::Exact {
            lines.push(paint(
                FAINT,
                "这句话与例句相同，不用算：按例句所属的意图处理",
            ));
        }
        lines
    }

    fn nearest(&self) -> Vec<String> {
        let width = self
            .e
            .nearest
            .iter()
            .map(|near| self.id(&near.intent).len())
            .max()
            .unwrap_or_default();
        let one = |near: &NearestExample| {
            format!(
                "{:>8.2}  {}  {}",
                near.similarity,
                paint(NAME, align_left(self.id(&near.intent), width)),
                marked(near)
            )
        };
        let heading = format!(
            "{}  {}",
            paint(HEADING, "最像的例句"),
            paint(FAINT, "划线的部分字或音相同")
        );
        let all: Vec<String> = self.e.nearest.iter().map(one).collect();
        if all.is_empty() {
            all
        } else {
            [vec![heading], all].concat()
        }
    }

    fn flips(&self) -> Vec<String> {
        let mut lines = vec![paint(HEADING, "怎样会变")];
        let mut from = 0.0;
        for step in &self.e.at_thresholds {
            let what = decision_label(step.decision, step.intent.as_deref());
            let now = if from < self.e.limits.answer && self.e.limits.answer <= step.upto {
                paint(FAINT, "  ← 现在")
            } else {
                String::new()
            };
            lines.push(format!("  阈值 {from:.3}–{:.3}：{what}{now}", step.upto));
            from = step.upto;
        }
        for without in &self.e.without {
            let what = decision_label(without.decision, without.intent.as_deref());
            let then = if without.flips {
                paint(DOUBTFUL, format!("变成{what}"))
            } else {
                "不变".to_owned()
            };
            lines.push(format!(
                "  去掉“{}”：{then}，把握 {:.4}",
                without.word, without.confidence
            ));
        }
        lines
    }

    fn id<'b>(&self, id: &'b str) -> &'b str {
        if id.is_empty() { "范围外" } else { id }
    }

    fn named(&self, id: &str) -> String {
        self.knowledge.intent(id).map_or_else(
            || self.id(id).to_owned(),
            |intent| format!("{id}「{}」", strip_control_chars(&intent.title)),
        )
    }
}

fn line(label: &str, text: &str) -> String {
    format!("{}{text}", paint(FAINT, align_left(label, 8)))
}

fn marked(near: &NearestExample) -> String {
    let mut out = String::new();
    let mut at = 0;
    let piece = |from: usize, to: usize| {
        strip_control_chars(near.example.get(from..to).unwrap_or_default())
    };
    for &[start, end] in &near.shared {
        out += &format!("{}{}", piece(at, start), paint(SHARED, piece(start, end)));
        at = end;
    }
    out + &piece(at, near.example.len())
}

fn distance(e: &Explanation) -> String {
    let gap = e.confidence.value - e.limits.answer;
    let clarify = if gap < 0.0 {
        format!("；到 {:.4} 会反问", e.limits.clarify)
    } else {
        String::new()
    };
    let odds = if e.gate == DecisionReason::Exact {
        String::new()
    } else {
        format!("，对数几率 {:+.2}", e.confidence.to_spare)
    };
    format!(
        "{} {:.4}{odds}{clarify}",
        if gap < 0.0 { "还差" } else { "高出" },
        gap.abs()
    )
}

fn changed(change: &NormalizationChange) -> String {
    let name = normalization_rule_label(change.rule);
    let pieces: Vec<String> = match change.to.is_empty() {
        true => change.from.clone(),
        false => change
            .from
            .iter()
            .zip(&change.to)
            .map(|(from, to)| format!("{from}→{to}"))
            .collect(),
    };
    let pieces = pieces
        .iter()
        .map(|piece| if piece == " " { "空格" } else { piece })
        .collect::<Vec<_>>()
        .join(" ");
    format!("{name}  {}", strip_control_chars(&pieces))
}
