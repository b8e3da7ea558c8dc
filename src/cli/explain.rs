//! `wenlu explain`: why a text is answered as it is.

use super::{Global, load};
use crate::router::decide::Gate;
use crate::router::explain::Explanation;
use crate::router::{Decision, Router};
use std::fmt::Write;
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
    let knowledge = load(global, None)?;
    let explanation = Router::build(&knowledge).explain(&knowledge, &args.text);
    if args.json {
        anstream::println!("{}", serde_json::to_string_pretty(&explanation)?);
    } else {
        anstream::print!("{}", text(&explanation));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(e: &Explanation) -> String {
    let mut out = String::new();
    let r = &e.routing;
    let named = |id: &str| if id.is_empty() { "（范围外）".to_owned() } else { id.to_owned() };
    let what = match (r.decision, &r.intent, &r.gap) {
        (Decision::Answer, Some(intent), _) => format!("回答 {intent}"),
        (Decision::Menu, Some(intent), _) => format!("打开菜单 {intent}"),
        (Decision::Clarify, _, _) => format!("反问：{}", r.choices.join("、")),
        (_, _, Some(gap)) => format!("未收录的话题 {gap}"),
        _ => "不知道".to_owned(),
    };
    let _ = writeln!(out, "决定    {what}（{}）", reason(e.gate));
    if let Some(also) = &r.also {
        let _ = writeln!(out, "        另一问：{} {:.4}", also.intent, also.confidence);
    }
    let _ = writeln!(out, "把握    {:.4}，阈值 {:.4}", e.confidence, e.threshold);
    let _ = writeln!(out, "规范化  {}", e.normalised);
    if e.scored != e.normalised {
        let _ = writeln!(out, "计分的  {}", e.scored);
    }
    if !e.negated.is_empty() {
        let _ = writeln!(out, "被否定  {}", e.negated.join(" / "));
    }
    let words: Vec<String> =
        e.words.iter().map(|w| if w.content { format!("[{}]", w.word) } else { w.word.clone() }).collect();
    let _ = writeln!(out, "词语    {}   （方括号里的是实词）", words.join(" "));
    if !e.concepts.is_empty() {
        let _ = writeln!(out, "同义词组 {}", e.concepts.join("、"));
    }
    for keyword in &e.keywords {
        let _ = writeln!(out, "关键词  {} → {}（权重 {}）", keyword.keyword, keyword.intent, keyword.weight);
    }
    let _ = writeln!(out, "\n各意图的得分（对数几率，概率）");
    for class in &e.classes {
        let _ = writeln!(out, "  {:>8.3}  {:.4}  {}", class.logit, class.probability, named(&class.intent));
    }
    if let [first, second, ..] = e.classes.as_slice() {
        let _ = writeln!(out, "  领先第二名 {:.3}", first.logit - second.logit);
    }
    let _ = writeln!(out, "\n把握的由来（各项相加得 {:.3}）", e.scope_logit);
    let _ = writeln!(out, "  {:>8.3}  基数", e.bias);
    for part in &e.evidence {
        let _ = writeln!(out, "  {:>8.3}  {}（值 {:.4}）", part.adds, evidence_name(part.name), part.value);
    }
    let _ = writeln!(out, "\n最像的例句");
    for near in &e.nearest {
        let _ = writeln!(out, "  {:.2}  {}  {}", near.similarity, near.intent, near.example);
    }
    if !e.without.is_empty() {
        let _ = writeln!(out, "\n去掉一个词会怎样");
    }
    for without in &e.without {
        let flip = if without.flips { "，决定会改变" } else { "" };
        let _ = writeln!(out, "  −{}：把握 {:.4}{flip}", without.word, without.confidence);
    }
    out
}

fn reason(gate: Gate) -> &'static str {
    match gate {
        Gate::Exact => "与例句相同",
        Gate::Topic => "只有菜单的主题词",
        Gate::NoContent => "没有实词",
        Gate::Confident => "把握达到阈值",
        Gate::CloseRival => "达到阈值，但有相近的对手",
        Gate::MenuLikelier => "菜单更有可能",
        Gate::GapLikelier => "更像未收录的话题",
        Gate::OutOfScopeLikelier => "更像范围外的话",
        Gate::NearlySure => "略低于阈值",
        Gate::BelowThreshold => "低于阈值",
        Gate::NoCandidates => "没有可选的意图",
    }
}

fn evidence_name(name: &str) -> &str {
    match name {
        "logit" => "首选的得分",
        "log_probability" => "首选的概率（对数）",
        "centroid_cosine" => "与首选例句的平均相似度",
        "coverage" => "消息里例句见过的部分",
        "other_mass" => "菜单、未收录和范围外所占（对数几率）",
        other => other,
    }
}
