//! The calibration as a data file. In: the checked table of `intents/calibration.toml`. Out:
//! [`SavedCalibration`], and the file's text from one. Must not know: how it is fitted, what the
//! evidence means.

use super::parse::number;
use super::schema::EVIDENCE_NAMES;
use std::collections::BTreeMap;
use std::fmt::Write;
use toml::de::DeTable;

/// A calibration as it is saved: the coefficients that turn evidence into a confidence, and the
/// threshold from which the router answers.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedCalibration {
    /// Above 0, at most 1.
    pub threshold: f64,
    /// Whether the router is trained with the background sentences as out-of-scope messages.
    pub background: bool,
    /// Bias of the log-odds that a message is in scope.
    pub bias: f64,
    /// In the order of [`EVIDENCE_NAMES`].
    pub evidence: [SavedEvidence; EVIDENCE_NAMES.len()],
    /// From those log-odds to the log-odds of being right.
    pub right: SavedEvidence,
    /// The intercept of the second model, from log-odds of being in scope to being right.
    pub right_bias: f64,
}

/// One term of a logistic regression: `weight × (value − mean) ⁄ deviation`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SavedEvidence {
    /// The mean over the messages it was fitted to.
    pub mean: f64,
    /// Above 0.
    pub deviation: f64,
    /// The weight of the standardised value.
    pub weight: f64,
}

impl SavedCalibration {
    /// `None` if a value is missing; that has been reported.
    pub(crate) fn read(table: &DeTable) -> Option<Self> {
        let right = subtable(table, "right")?;
        let evidence = subtable(table, "evidence")?;
        let terms = EVIDENCE_NAMES
            .iter()
            .map(|name| SavedEvidence::read(subtable(evidence, name)?));
        let terms: Vec<SavedEvidence> = terms.collect::<Option<_>>()?;
        Some(Self {
            threshold: float(table, "threshold")?,
            background: table
                .get("background")
                .and_then(|value| value.get_ref().as_bool())
                .unwrap_or(false),
            bias: float(table, "bias")?,
            evidence: terms.try_into().ok()?,
            right: SavedEvidence::read(right)?,
            right_bias: float(right, "bias")?,
        })
    }

    /// The file's text. Reading it gives exactly the same numbers.
    pub fn to_toml(&self) -> String {
        let mut text = SCHEMA_LINE.to_owned() + HEAD;
        let term = |e: &SavedEvidence| {
            format!(
                "mean = {:?}, deviation = {:?}, weight = {:?}",
                e.mean, e.deviation, e.weight
            )
        };
        let _ = write!(
            text,
            "threshold = {:?}\nbackground = {}\nbias = {:?}\n\n[evidence]\n",
            self.threshold, self.background, self.bias
        );
        let by_name: BTreeMap<&str, &SavedEvidence> =
            EVIDENCE_NAMES.into_iter().zip(&self.evidence).collect();
        for (name, evidence) in by_name {
            let _ = writeln!(text, "{name} = {{ {} }}", term(evidence));
        }
        let right = term(&self.right).replace(", ", "\n");
        let _ = write!(text, "\n[right]\n{right}\nbias = {:?}\n", self.right_bias);
        text
    }
}

/// The first line of the file, which names its schema for editors.
pub const SCHEMA_LINE: &str = "#:schema ../schema/calibration.schema.json\n";

const HEAD: &str = "\
# 机器人对自己的答案有多少把握、从多少把握起才回答。由 `wenlu calibrate --write` 写，不用手改。
# 有了它，改一个意图不会牵动其他意图的把握；`wenlu check` 会说什么时候值得重新校准、会改变什么。
# 删掉这个文件，就在每次启动时按例句现算。
# How sure the bot is, and from what confidence on it answers. Written by `wenlu calibrate --write`.
";

impl SavedEvidence {
    fn read(table: &DeTable) -> Option<Self> {
        let [mean, deviation, weight] =
            ["mean", "deviation", "weight"].map(|name| float(table, name));
        Some(Self {
            mean: mean?,
            deviation: deviation?,
            weight: weight?,
        })
    }
}

fn subtable<'a, 't>(table: &'a DeTable<'t>, name: &str) -> Option<&'a DeTable<'t>> {
    table.get(name)?.get_ref().as_table()
}

fn float(table: &DeTable, name: &str) -> Option<f64> {
    number(table.get(name)?.get_ref())
}
