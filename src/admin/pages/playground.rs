//! The playground: routes a sentence and shows the answer and the numbers behind the decision.

use crate::admin::AdminState;
use crate::admin::html::{self, PageResult, field, page, text};
use crate::admin::middleware::{FormInput, SignedInUser};
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::labels::{
    class_kind_label, decision_label, decision_reason_label, evidence_label, feature_kind_label,
    normalization_rule_label, percent,
};
use wenlu_core::model::Decision;
use wenlu_core::router::FeatureKind;
use wenlu_core::router::explanation::{
    ExplainedClass, Explanation, FeatureContribution, NearestExample,
};

/// In characters, as for a message on the chat page.
const LONGEST: usize = 2_000;

#[derive(Deserialize)]
pub(super) struct PlaygroundQuery {
    #[serde(default)]
    text: String,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(tried): FormInput<PlaygroundQuery>,
) -> PageResult {
    let asked: String = tried.text.trim().chars().take(LONGEST).collect();
    let engine = admin.bot.engine();
    admin.bot.prepare_text(&engine, &asked).await;
    let sentence = asked.clone();
    let explained = match asked.is_empty() {
        true => None,
        false => {
            admin
                .run_limited(move || engine.router.explain(&engine.knowledge, &sentence))
                .await?
        }
    };
    let body = html! {
        form method="get" action="/admin/try" {
            div.line {
                div.field.wide { (field("一句话", html! { input type="search" name="text" value=(text(&asked)) maxlength=(LONGEST) autofocus[asked.is_empty()] required; }, "")) }
                button.strong type="submit" { "试一试" }
            }
        }
        @match &explained {
            Some(explanation) => (drawn(&admin, explanation)),
            None => p.soft { "输入一句话，看它会得到什么回答、为什么。这里试的不会记进对话记录。" },
        }
    };
    Ok(page(&user, "/admin/try", "试一句", body))
}

fn drawn(admin: &AdminState, e: &Explanation) -> Markup {
    html! {
        (decision(admin, e))
        div.columns { (read(e)) (classes(admin, e)) (confidence(e)) (flips(e)) }
        (nearest(admin, e))
    }
}

fn decision(admin: &AdminState, e: &Explanation) -> Markup {
    let r = &e.routing;
    let tone = if r.decision == Decision::Answer {
        "good"
    } else {
        "bad"
    };
    html! {
        section.card.(tone) {
            h2 {
                @match (r.decision, &r.intent, &r.gap) {
                    (Decision::Answer, Some(id), _) => { "回答 " (html::intent_link(admin, id)) }
                    (Decision::Menu, Some(id), _) => { "打开菜单 " (html::intent_link(admin, id)) }
                    (Decision::Clarify, ..) => { "反问：" @for id in &r.choices { (html::intent_link(admin, id)) " " } }
                    (_, _, Some(gap)) => { "不知道；是没有资料的话题 " (html::intent_link(admin, gap)) }
                    _ => "不知道",
                }
            }
            p { (decision_reason_label(e)) "。" }
            dl.bars { (bar("把握", e.confidence.value, &format!("{:.4}", e.confidence.value), Some(e.limits.answer))) }
            p.soft { "竖线是阈值 " (format!("{:.4}", e.limits.answer)) }
            @if let Some(without) = &e.without_encoder {
                p.soft { "没有编码器的话：" (decision_label(without.decision, without.intent.as_deref())) (format!("，把握 {:.4}", without.confidence)) }
            }
            @if let Some(also) = &r.also { p { "第二问：" (html::intent_link(admin, &also.intent)) (format!(" {:.4}", also.confidence)) } }
        }
    }
}

fn read(e: &Explanation) -> Markup {
    html! {
        section.card {
            h2 { "读成什么" }
            p { (text(&e.normalised)) }
            @for change in &e.changes { p.soft { (normalization_rule_label(change.rule)) "：" (text(&change.from.join(" "))) } }
            ul.chips { @for word in &e.words { li.content[word.content] { (text(&word.word)) } } }
            p.soft { "标出的是实词。" @if !e.negated.is_empty() { "被否定、不计的：" (text(&e.negated.join("、"))) } }
            @if !e.concepts.is_empty() { p { "同义词：" (text(&e.concepts.join("、"))) } }
            @if !e.keywords.is_empty() {
                p { "关键词：" @for k in &e.keywords { span.tag { (text(&k.keyword)) " → " (k.intent) } " " } }
            }
        }
    }
}

fn classes(admin: &AdminState, e: &Explanation) -> Markup {
    let name = |class: &ExplainedClass| match class.intent.as_str() {
        "" => html! { "范围外" },
        id => html! { (html::intent_link(admin, id)) (class_kind_label(class.kind)) },
    };
    html! {
        section.card {
            h2 { "最可能的" }
            dl.bars {
                @for class in &e.classes {
                    dt { (name(class)) }
                    dd { (track(0.0, class.probability, None)) }
                    dd.number { (percent(class.probability)) (encoder_share(class)) }
                }
            }
        }
    }
}

/// What the encoder adds to the score of a class.
fn encoder_share(class: &ExplainedClass) -> Markup {
    let is_encoder = |part: &&FeatureContribution| part.family == FeatureKind::Encoder;
    let share = class.families.iter().find(is_encoder);
    html! {
        @if let Some(part) = share {
            span.soft { (format!("　{} {:+.2}", feature_kind_label(part.family), part.adds)) }
        }
    }
}

fn confidence(e: &Explanation) -> Markup {
    let c = &e.confidence;
    let most = c
        .parts
        .iter()
        .map(|part| part.adds.abs())
        .fold(c.bias.abs(), f64::max)
        .max(1e-9);
    let one = |label: &str, adds: f64| {
        let end = 0.5 + 0.5 * adds / most;
        html! { dt { (label) } dd { (track(0.5, end, Some(0.5))) } dd.number { (format!("{adds:+.3}")) } }
    };
    html! {
        @if c.candidate.is_some() {
            section.card {
                h2 { "把握的由来" }
                dl.bars {
                    (one("基数", c.bias))
                    @for part in &c.parts { (one(evidence_label(part.name), part.adds)) }
                }
                p.soft { (format!("合计 {:.3}，换成概率 {:.4}", c.logit, c.scored)) }
            }
        }
    }
}

fn flips(e: &Explanation) -> Markup {
    html! {
        section.card {
            h2 { "怎样会变" }
            ul.tally {
                @for without in &e.without {
                    li {
                        "去掉“" (text(&without.word)) "”："
                        @if without.flips { b { (decision_label(without.decision, without.intent.as_deref())) } } @else { "不变" }
                        (format!("，把握 {:.4}", without.confidence))
                    }
                }
                @for step in &e.at_thresholds {
                    li { (format!("阈值到 {:.3}：", step.upto)) (decision_label(step.decision, step.intent.as_deref())) }
                }
            }
        }
    }
}

fn nearest(admin: &AdminState, e: &Explanation) -> Markup {
    html! {
        @if !e.nearest.is_empty() {
            section.card {
                h2 { "最像的例句" }
                ul.rows {
                    @for near in &e.nearest {
                        li {
                            div { (marked(near)) }
                            span.soft { @if near.intent.is_empty() { "范围外" } @else { (html::intent_link(admin, &near.intent)) } (format!("　{:.2}", near.similarity)) }
                        }
                    }
                }
                p.soft { "标出的部分字或音相同。" }
            }
        }
    }
}

/// An example; what it shares with the message is marked.
fn marked(near: &NearestExample) -> Markup {
    let piece = |from: usize, to: usize| text(near.example.get(from..to).unwrap_or_default());
    let ends: Vec<usize> = std::iter::once(0)
        .chain(near.shared.iter().map(|span| span[1]))
        .collect();
    html! {
        @for (at, [start, end]) in ends.iter().zip(&near.shared) { (piece(*at, *start)) mark { (piece(*start, *end)) } }
        (piece(ends.last().copied().unwrap_or_default(), near.example.len()))
    }
}

fn bar(label: &str, value: f64, said: &str, limit: Option<f64>) -> Markup {
    html! { dt { (label) } dd { (track(0.0, value, limit)) } dd.number { (said) } }
}

/// A bar from one share of the width to another, with an optional mark.
fn track(from: f64, to: f64, mark: Option<f64>) -> Markup {
    let (low, high) = (
        100.0 * from.min(to).clamp(0.0, 1.0),
        100.0 * from.max(to).clamp(0.0, 1.0),
    );
    let class = if to >= from { "plus" } else { "minus" };
    html! {
        svg.track viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.ground width="100" height="10" {}
            rect.(class) x=(format!("{low:.2}")) width=(format!("{:.2}", high - low)) height="10" {}
            @if let Some(mark) = mark { @let x = format!("{:.2}", 100.0 * mark); line x1=(x) x2=(x) y1="0" y2="10" {} }
        }
    }
}
