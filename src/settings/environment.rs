//! The environment. In: names. Out: what they are set to. The only module that reads it. Must not
//! know: what a setting means.

use super::env_file::EnvFile;
use super::knowledge::THRESHOLD;
use super::mistake::{BadSetting, SettingOrigin};
use super::proxy::lower_case_twin;
use std::env;
use std::path::PathBuf;

/// Looks names up in the environment, else in `.env`; a proxy by its name in lower case too.
pub(super) fn lookup(file: &EnvFile) -> impl Fn(&str) -> Result<Option<String>, BadSetting> {
    |name| {
        let twin = lower_case_twin(name);
        let names = || std::iter::once(name).chain(twin.as_deref());
        match names().find_map(env::var_os) {
            Some(value) => value
                .into_string()
                .map(Some)
                .map_err(|_| BadSetting::new(name, "must be UTF-8")),
            None => Ok(names().find_map(|name| file.value(name)).map(str::to_owned)),
        }
    }
}

/// Where [`lookup`] finds `name`.
pub(super) fn origin(name: &str, file: &EnvFile) -> Option<SettingOrigin> {
    let twin = lower_case_twin(name);
    let names = || std::iter::once(name).chain(twin.as_deref());
    if names().any(|name| env::var_os(name).is_some()) {
        return Some(SettingOrigin::Environment);
    }
    let line = names().find_map(|name| file.line(name))?.line;
    Some(SettingOrigin::EnvFile { line })
}

/// A variable, if it is UTF-8.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The names of all variables, sorted, so that warnings have a fixed order.
pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = env::vars_os()
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The locale of messages.
pub(super) fn locale() -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(not_blank)
}

/// The folder for state that is not a document, such as the terminal's history; `None` if the
/// environment names none.
pub(crate) fn state_folder() -> Option<PathBuf> {
    folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))
}

/// The system's name of the current user.
pub(crate) fn user_name() -> String {
    not_blank("USER")
        .or_else(|| not_blank("LOGNAME"))
        .unwrap_or_else(|| "terminal".to_owned())
}

/// Whether the environment sets the threshold, so that one in `.env` has no effect.
pub(crate) fn environment_sets_threshold() -> bool {
    env::var_os(THRESHOLD).is_some()
}

fn folder(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

fn not_blank(name: &str) -> Option<String> {
    variable(name).filter(|value| !value.trim().is_empty())
}
