//! `wenlu check`: every mistake, conflict and failing test of the data files. Exit code 1 if there is any.

use super::Global;
use crate::knowledge::diagnostic::{self, Code, Diagnostic, Texts};
use crate::knowledge::files::{Loaded, Source, load};
use crate::knowledge::{Intent, Kind, Knowledge, Test};
use crate::router::{Decision, Router, Routing};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// Folder that holds intents/ and content/ [default: as --root]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// One JSON array of {code, severity, file, line, column, message, help}
    #[arg(long)]
    json: bool,
    /// What else to fail on
    #[arg(long, value_name = "WHAT", value_parser = ["warnings"])]
    deny: Option<String>,
}

pub fn run(global: &Global, args: Args) -> anyhow::Result<ExitCode> {
    let source = Source::find(args.dir.as_deref().or(global.root.as_deref()));
    let report = check(&source);
    if args.json {
        let all: Vec<_> = report.diagnostics.iter().map(Diagnostic::to_json).collect();
        anstream::println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        anstream::println!("{}", report.summary());
        let rendered = diagnostic::render(&report.diagnostics, &report.texts, true);
        if !rendered.is_empty() {
            anstream::print!("\n{rendered}");
        }
    }
    let bad = report.errors() > 0 || (args.deny.is_some() && !report.diagnostics.is_empty());
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What was found, and in how much.
struct Report {
    diagnostics: Vec<Diagnostic>,
    texts: Texts,
    /// Intents, examples, tests; none where the files cannot be used.
    counted: Option<[usize; 3]>,
}

fn check(source: &Source) -> Report {
    match load(source) {
        Err(error) => Report { diagnostics: error.diagnostics, texts: error.texts, counted: None },
        Ok(Loaded { knowledge, mut warnings, texts }) => {
            warnings.extend(failures(&knowledge, &texts));
            diagnostic::settle(&mut warnings, &texts);
            let count = |of: fn(&Intent) -> usize| knowledge.intents.iter().map(of).sum();
            let counted = [knowledge.intents.len(), count(|i| i.examples.len()), count(|i| i.tests.len())];
            Report { diagnostics: warnings, texts, counted: Some(counted) }
        }
    }
}

impl Report {
    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|d| d.is_error()).count()
    }

    /// `22 个意图、614 条例句、131 条测试：全部通过`
    fn summary(&self) -> String {
        let (errors, warnings) = (self.errors(), self.diagnostics.len() - self.errors());
        let mut found = Vec::new();
        if errors > 0 {
            found.push(if self.counted.is_some() {
                format!("{errors} 条测试没有通过")
            } else {
                format!("{errors} 处错误")
            });
        }
        if warnings > 0 {
            found.push(format!("{warnings} 处警告"));
        }
        let found = if found.is_empty() { "全部通过".to_owned() } else { found.join("，") };
        match self.counted {
            Some([intents, examples, tests]) => format!("{intents} 个意图、{examples} 条例句、{tests} 条测试：{found}"),
            None => format!("数据文件不能使用：{found}（错误改好之后才会运行测试）"),
        }
    }
}

/// Asks every test.
fn failures(knowledge: &Knowledge, texts: &Texts) -> Vec<Diagnostic> {
    let router = Router::build(knowledge);
    let mut failed = Vec::new();
    for intent in &knowledge.intents {
        for test in &intent.tests {
            let routing = router.route(&test.say);
            if !passes(intent, test, &routing) {
                failed.push(failure(knowledge, intent, test, &routing, texts));
            }
        }
    }
    failed
}

fn passes(intent: &Intent, test: &Test, routing: &Routing) -> bool {
    let is = |id: &Option<String>| id.as_deref() == Some(&intent.id);
    let here = is(&routing.intent) || routing.also.as_ref().is_some_and(|also| also.intent == intent.id);
    let in_gap = is(&routing.gap);
    if test.wants.is_some_and(|wants| wants != routing.decision) {
        return false;
    }
    match (test.here, test.wants, intent.kind) {
        (false, ..) => !here && !in_gap,
        (true, Some(Decision::Unknown), Kind::Answer | Kind::Menu) => true,
        (true, Some(_), _) => here || in_gap || routing.choices.contains(&intent.id),
        (true, None, Kind::Answer) => here && routing.decision == Decision::Answer,
        (true, None, Kind::Menu) => here && matches!(routing.decision, Decision::Menu | Decision::Clarify),
        (true, None, Kind::Gap) => in_gap && routing.decision == Decision::Unknown,
    }
}

fn failure(knowledge: &Knowledge, intent: &Intent, test: &Test, routing: &Routing, texts: &Texts) -> Diagnostic {
    let file = format!("intents/{}.toml", intent.id);
    let span = texts.get(&file).map_or(0..0, |text| place(text, test));
    let message = match (test.here, intent.kind) {
        (false, _) => format!("不该到「{}」", intent.title),
        (true, Kind::Answer) => format!("应该由「{}」回答", intent.title),
        (true, Kind::Menu) => format!("应该打开菜单「{}」", intent.title),
        (true, Kind::Gap) => format!("应该落到缺口「{}」", intent.title),
    };
    let wanted = test.wants.map_or_else(String::new, |wants| format!("，结果应该是{}", word(wants)));
    Diagnostic::new(Code::FailedTest, &file, span, message + &wanted)
        .help(format!("实际：{}；`wenlu explain` 可以看到为什么", outcome(knowledge, routing)))
}

/// What the message was answered with instead.
fn outcome(knowledge: &Knowledge, routing: &Routing) -> String {
    let name =
        |id: &str| knowledge.intent(id).map_or_else(|| id.to_owned(), |intent| format!("「{}」（{id}）", intent.title));
    let mut parts = vec![word(routing.decision).to_owned()];
    parts.extend(routing.intent.as_deref().map(name));
    parts.extend(routing.also.as_ref().map(|also| format!("和{}", name(&also.intent))));
    parts.extend(routing.gap.as_deref().map(|gap| format!("缺口{}", name(gap))));
    if !routing.choices.is_empty() {
        parts.push(format!("可选：{}", routing.choices.join("、")));
    }
    if let Some(best) = routing.candidates.first().filter(|_| routing.intent.is_none() && routing.choices.is_empty()) {
        parts.push(format!("最接近{}", name(&best.intent)));
    }
    format!("{}，把握 {:.2}", parts.join("，"), routing.confidence)
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Answer => "回答（answer）",
        Decision::Clarify => "反问（clarify）",
        Decision::Menu => "菜单（menu）",
        Decision::Unknown => "不知道（unknown）",
    }
}

/// Where the test's text stands; its line if it is written with escapes.
fn place(text: &str, test: &Test) -> Range<usize> {
    let start = text.split_inclusive('\n').take(test.line.saturating_sub(1)).map(str::len).sum::<usize>();
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    match line.find(&test.say) {
        Some(at) => start + at..start + at + test.say.len(),
        None => start..start + line.len(),
    }
}
