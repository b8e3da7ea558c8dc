//! What was found. In: what was looked at, and what came of it. Out: lines for people, JSON for
//! programs. Must not know: how something is looked at.

use crate::cli::style::{BAD, DOUBTFUL, FAINT, GOOD, HEADING, paint};
use serde::Serialize;
use serde_json::{Value, json};

/// What is looked at, in the order of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DoctorArea {
    Settings,
    Knowledge,
    Database,
    Clock,
    Telegram,
    Wecom,
    Encoder,
    Admin,
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DoctorVerdict {
    Good,
    /// Worth knowing; it works all the same.
    Note,
    /// Something must be mended.
    Bad,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct DoctorFinding {
    area: DoctorArea,
    /// A stable name of what was looked at.
    check: &'static str,
    pub verdict: DoctorVerdict,
    said: String,
    /// What to do; none if all is well.
    todo: Option<String>,
}

/// Findings of one area.
pub(super) struct AreaFindings<'a> {
    pub area: DoctorArea,
    pub all: &'a mut Vec<DoctorFinding>,
}

impl DoctorArea {
    fn title(self) -> &'static str {
        match self {
            DoctorArea::Settings => "设置 / settings",
            DoctorArea::Knowledge => "知识 / knowledge",
            DoctorArea::Database => "数据库 / database",
            DoctorArea::Clock => "时钟 / clock",
            DoctorArea::Telegram => "Telegram",
            DoctorArea::Wecom => "微信客服 / WeCom",
            DoctorArea::Encoder => "编码器 / encoder",
            DoctorArea::Admin => "运营页面 / operators' pages",
            DoctorArea::System => "系统 / system",
        }
    }
}

impl DoctorVerdict {
    fn mark(self) -> String {
        match self {
            DoctorVerdict::Good => paint(GOOD, "好    "),
            DoctorVerdict::Note => paint(DOUBTFUL, "注意  "),
            DoctorVerdict::Bad => paint(BAD, "要处理"),
        }
    }
}

impl AreaFindings<'_> {
    pub(super) fn good(&mut self, check: &'static str, said: impl Into<String>) {
        self.add(check, DoctorVerdict::Good, said.into(), None);
    }

    pub(super) fn note(&mut self, check: &'static str, said: impl Into<String>, todo: &str) {
        self.add(
            check,
            DoctorVerdict::Note,
            said.into(),
            Some(todo.to_owned()),
        );
    }

    pub(super) fn bad(&mut self, check: &'static str, said: impl Into<String>, todo: &str) {
        self.add(
            check,
            DoctorVerdict::Bad,
            said.into(),
            Some(todo.to_owned()),
        );
    }

    fn add(
        &mut self,
        check: &'static str,
        verdict: DoctorVerdict,
        said: String,
        todo: Option<String>,
    ) {
        self.all.push(DoctorFinding {
            area: self.area,
            check,
            verdict,
            said,
            todo,
        });
    }
}

/// For people: by area, what to do below what was found.
pub(super) fn shown(findings: &[DoctorFinding]) -> String {
    let mut lines = Vec::new();
    let mut area = None;
    for finding in findings {
        if area.replace(finding.area) != Some(finding.area) {
            lines.push(paint(HEADING, finding.area.title()));
        }
        lines.push(format!("  {}  {}", finding.verdict.mark(), finding.said));
        lines.extend(
            finding
                .todo
                .iter()
                .map(|todo| format!("          → {todo}")),
        );
    }
    let count = |verdict| {
        findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    };
    let (bad, note) = (count(DoctorVerdict::Bad), count(DoctorVerdict::Note));
    lines.push(paint(
        FAINT,
        format!(
            "看了 {} 项：要处理 {bad}，注意 {note} / {} checks: {bad} to mend, {note} to know",
            findings.len(),
            findings.len()
        ),
    ));
    lines.join("\n")
}

/// For programs.
pub(super) fn json_of(findings: &[DoctorFinding]) -> Value {
    json!({ "ok": is_well(findings), "findings": findings })
}

/// Whether nothing must be mended.
pub(super) fn is_well(findings: &[DoctorFinding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.verdict != DoctorVerdict::Bad)
}
