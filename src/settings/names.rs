//! Names that are set without effect. In: the known names, and those that are set. Out: a
//! [`SettingWarning`] for each that was probably meant as a setting. Must not know: what a setting
//! means, its values.

use super::env_syntax::EnvLine;
use super::mistake::SettingOrigin;
use super::proxy::lower_case_twin;
use std::fmt;
use wenlu_core::knowledge::diagnostic::did_you_mean;

/// A name that was set without effect. The value is left out: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingWarning {
    pub origin: SettingOrigin,
    pub name: String,
    pub problem: NameProblem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameProblem {
    /// There is no such setting; `meant` is a similar one.
    Unknown { meant: Option<String> },
    /// A later line of the file sets the same name.
    SetAgain { line: usize },
}

impl fmt::Display for SettingWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            name,
            problem,
        } = self;
        // an environment variable's name may hold any character
        let name = name.escape_debug();
        match problem {
            NameProblem::Unknown { meant: Some(meant) } => write!(
                f,
                "{origin}: 没有 {name} 这个设置，没有用它；您是不是要写 {meant}？ / unknown setting; did you mean {meant}?"
            ),
            NameProblem::Unknown { meant: None } => write!(
                f,
                "{origin}: 没有 {name} 这个设置，没有用它；都有哪些，见 .env.example / unknown setting; .env.example lists them"
            ),
            NameProblem::SetAgain { line } => {
                write!(
                    f,
                    "{origin}: 第 {line} 行又设了一次 {name}，以那一行为准 / {name} is set again in line {line}"
                )
            }
        }
    }
}

/// Names that other programs or their users have for a setting of ours, without `WENLU_`.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("ADDR", "WENLU_LISTEN"),
    ("ADDRESS", "WENLU_LISTEN"),
    ("BIND", "WENLU_LISTEN"),
    ("BOT_TOKEN", "TELOXIDE_TOKEN"),
    ("DATABASE", "DATABASE_URL"),
    ("DATABASE_URL", "DATABASE_URL"),
    ("DB", "DATABASE_URL"),
    ("DIR", "WENLU_ROOT"),
    ("HOST", "WENLU_LISTEN"),
    ("LANGUAGE", "WENLU_LANG"),
    ("LOCALE", "WENLU_LANG"),
    ("LOG_LEVEL", "WENLU_LOG"),
    ("PORT", "WENLU_LISTEN"),
    ("TELEGRAM_TOKEN", "TELOXIDE_TOKEN"),
    ("TOKEN", "TELOXIDE_TOKEN"),
    ("TZ", "WENLU_TIMEZONE"),
];
/// Names that the project's own tests and scripts use.
const OF_TESTS: &[&str] = &[
    "WENLU_AXE",
    "WENLU_KILLS",
    "WENLU_SEED",
    "WENLU_SHOTS",
    "WENLU_TEST_FSYNC",
    "WENLU_TEST_POSTGRES",
];
/// A name without the prefix counts as a misspelt setting up to this edit distance.
const MAX_TYPOS: usize = 2;

/// Whether a name is meant as one of our settings, spelt correctly or not.
pub(super) fn is_ours(name: &str, known: &[String]) -> bool {
    let upper = name.to_uppercase();
    // other programs have proxies of similar names
    let most = if upper.ends_with("_PROXY") {
        0
    } else {
        MAX_TYPOS
    };
    upper.starts_with("WENLU_")
        || known
            .iter()
            .any(|known| strsim::osa_distance(known, &upper) <= most)
}

/// The names that `.env` sets without effect.
pub(super) fn in_file(lines: &[EnvLine], known: &[String]) -> Vec<SettingWarning> {
    let mut warnings = Vec::new();
    let is_twin =
        |name: &str| lower_case_twin(&name.to_uppercase()).is_some_and(|twin| twin == name);
    for (at, line) in lines.iter().enumerate() {
        let origin = SettingOrigin::EnvFile { line: line.line };
        let later = lines
            .iter()
            .skip(at + 1)
            .find(|later| later.name == line.name);
        let problem = match later {
            _ if !is_ours(&line.name, known) => continue,
            _ if is_twin(&line.name) => continue,
            _ if !known.contains(&line.name) => unknown(&line.name, known),
            Some(later) => NameProblem::SetAgain { line: later.line },
            None => continue,
        };
        warnings.push(SettingWarning {
            origin,
            name: line.name.clone(),
            problem,
        });
    }
    warnings
}

/// The names that the environment sets without effect; `names` are all of its names. In a pod,
/// Kubernetes adds variables named after services, which are skipped.
pub(super) fn in_environment(names: &[String], known: &[String]) -> Vec<SettingWarning> {
    let in_pod = names.iter().any(|name| name == "KUBERNETES_SERVICE_HOST");
    let strange = names
        .iter()
        .filter(|name| name.to_uppercase().starts_with("WENLU_") && !known.contains(name));
    strange
        .filter(|name| !OF_TESTS.contains(&name.as_str()))
        .filter(|name| !in_pod || !is_of_service(name))
        .map(|name| SettingWarning {
            origin: SettingOrigin::Environment,
            name: name.clone(),
            problem: unknown(name, known),
        })
        .collect()
}

fn unknown(name: &str, known: &[String]) -> NameProblem {
    let upper = name.to_uppercase();
    let Some(rest) = upper.strip_prefix("WENLU_") else {
        return NameProblem::Unknown {
            meant: did_you_mean(&upper, known.iter().map(String::as_str)).map(str::to_owned),
        };
    };
    let other = OTHER_NAMES
        .iter()
        .find(|(name, _)| *name == rest)
        .map(|(_, meant)| (*meant).to_owned());
    let meant = other.or_else(|| {
        // compares without the common prefix
        let rests = known
            .iter()
            .filter_map(|known| known.strip_prefix("WENLU_"));
        did_you_mean(rest, rests).map(|rest| format!("WENLU_{rest}"))
    });
    NameProblem::Unknown { meant }
}

/// Whether it is a variable that Kubernetes adds for a service: `…_SERVICE_HOST`, `…_SERVICE_PORT`,
/// `…_SERVICE_PORT_HTTP`, `…_PORT`, `…_PORT_80_TCP`, `…_PORT_80_TCP_ADDR`.
fn is_of_service(name: &str) -> bool {
    let after = |part: &str| name.rsplit_once(part).map(|(_, rest)| rest);
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || after("_PORT").is_some_and(str::is_empty)
        || name
            .split_once("_PORT_")
            .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<String> {
        let names = [
            "DATABASE_URL",
            "TELOXIDE_TOKEN",
            "WENLU_LISTEN",
            "WENLU_LOG",
            "WENLU_ROOT",
            "WENLU_THRESHOLD",
        ];
        names.map(str::to_owned).to_vec()
    }

    fn meant(name: &str) -> Option<String> {
        match unknown(name, &known()) {
            NameProblem::Unknown { meant } => meant,
            NameProblem::SetAgain { .. } => None,
        }
    }

    #[test]
    fn what_was_meant() {
        for (name, wanted) in [
            ("WENLU_TRESHOLD", Some("WENLU_THRESHOLD")),
            ("WENLU_ROOOT", Some("WENLU_ROOT")),
            ("wenlu_root", Some("WENLU_ROOT")),
            ("WENLU_PORT", Some("WENLU_LISTEN")),
            ("WENLU_DATABASE_URL", Some("DATABASE_URL")),
            ("DATABSE_URL", Some("DATABASE_URL")),
            ("WENLU_COLOUR_SCHEME", None),
        ] {
            assert_eq!(meant(name).as_deref(), wanted, "{name}");
        }
    }

    #[test]
    fn names_of_others_are_left_alone() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let found = |set: &[&str]| {
            in_environment(&names(set), &known())
                .into_iter()
                .map(|warning| warning.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found(&["PATH", "WENLU_ROOT", "WENLU_TEST_POSTGRES", "WENLU_X"]),
            ["WENLU_X"]
        );
        let links = [
            "WENLU_SERVICE_HOST",
            "WENLU_SERVICE_PORT_HTTP",
            "WENLU_PORT",
            "WENLU_PORT_80_TCP_ADDR",
        ];
        assert_eq!(found(&links), links);
        assert_eq!(
            found(&[&links[..], &["KUBERNETES_SERVICE_HOST", "WENLU_LOGS"]].concat()),
            ["WENLU_LOGS"]
        );
        let line = |name: &str, line| EnvLine {
            name: name.into(),
            value: String::new(),
            line,
        };
        let lines = [
            line("REDIS_URL", 1),
            line("TELOXIDE_TOKENS", 2),
            line("WENLU_LOG", 3),
            line("WENLU_LOG", 5),
        ];
        let said: Vec<_> = in_file(&lines, &known())
            .into_iter()
            .map(|w| (w.name, w.problem))
            .collect();
        let meant = Some("TELOXIDE_TOKEN".to_owned());
        assert_eq!(
            said,
            [
                ("TELOXIDE_TOKENS".to_owned(), NameProblem::Unknown { meant }),
                ("WENLU_LOG".to_owned(), NameProblem::SetAgain { line: 5 })
            ]
        );
    }
}
