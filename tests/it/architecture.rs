//! What may import what. Reads the sources of the project as text: Cargo keeps the crates apart, these tests the rooms
//! inside them. ARCHITECTURE.md explains the map.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The rooms of the application from the ground up, and which rooms each may import. Every name on the right stands
/// further up in this list: no arrow points up, and there is no circle between rooms.
const ROOMS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("folder_flush", &[]),
    ("folder_lock", &[]),
    ("hash", &[]),
    ("log_throttle", &[]),
    ("secret", &[]),
    ("model_folder", &["clock"]),
    ("source", &[]),
    ("store", &["folder_flush", "hash", "log_throttle"]),
    ("labels", &["store"]),
    ("language_model", &["secret"]),
    ("encoder", &["language_model", "log_throttle", "secret"]),
    ("settings", &["secret"]),
    ("people", &["clock", "hash", "store"]),
    ("turn", &["clock", "encoder", "hash", "people", "store"]),
    ("attachment", &["hash", "store"]),
    (
        "review",
        &[
            "clock",
            "folder_flush",
            "folder_lock",
            "hash",
            "source",
            "store",
            "turn",
        ],
    ),
    ("reload", &["clock", "review", "source", "store", "turn"]),
    ("maintenance", &["clock", "store"]),
    (
        "http",
        &[
            "clock",
            "encoder",
            "log_throttle",
            "reload",
            "review",
            "store",
            "turn",
        ],
    ),
    (
        "channel",
        &[
            "attachment",
            "clock",
            "hash",
            "http",
            "log_throttle",
            "people",
            "secret",
            "store",
            "turn",
        ],
    ),
    (
        "admin",
        &[
            "attachment",
            "clock",
            "hash",
            "http",
            "labels",
            "log_throttle",
            "reload",
            "review",
            "source",
            "store",
            "turn",
        ],
    ),
    (
        "app",
        &[
            "admin",
            "attachment",
            "channel",
            "encoder",
            "http",
            "maintenance",
            "model_folder",
            "people",
            "reload",
            "review",
            "settings",
            "source",
            "store",
            "turn",
        ],
    ),
    (
        "cli",
        &[
            "admin",
            "app",
            "channel",
            "clock",
            "encoder",
            "folder_flush",
            "folder_lock",
            "labels",
            "language_model",
            "reload",
            "review",
            "settings",
            "source",
            "store",
            "turn",
        ],
    ),
];

/// Foreign names, and the folders and files of the application that alone may use them.
const AT_HOME: &[(&str, &[&str])] = &[
    ("sqlx", &["src/store"]),
    ("axum", &["src/http", "src/channel", "src/admin"]),
    ("teloxide", &["src/channel/telegram"]),
    (
        "reqwest",
        &[
            "src/channel/event_hook",
            "src/channel/telegram",
            "src/channel/tencent",
            "src/channel/wecom",
            "src/channel/web/embed",
            "src/channel/weixin",
            "src/language_model",
        ],
    ),
    ("clap", &["src/cli"]),
    ("rmcp", &["src/cli/mcp"]),
    ("cbc", &["src/channel/tencent"]),
    ("sha1", &["src/channel/tencent"]),
    ("quick_xml", &["src/channel/tencent"]),
    (
        "base64",
        &[
            "src/channel/event_hook",
            "src/channel/tencent",
            "src/channel/web/embed",
            "src/secret",
        ],
    ),
    ("hmac", &["src/channel/event_hook", "src/channel/web/embed"]),
    ("ImageReader", &["src/attachment"]),
    ("lettre", &["src/channel/notices"]),
    ("tokenizers", &["src/encoder"]),
    ("safetensors", &["src/encoder"]),
    ("std::env", &["src/settings", "src/main.rs"]),
    ("SystemTime::now", &["src/clock.rs"]),
];

/// What the pure crate must not touch.
const IMPURE: &[&str] = &[
    "tokio",
    "sqlx",
    "axum",
    "reqwest",
    "teloxide",
    "clap",
    "std::fs",
    "std::env",
    "std::net",
    "std::io",
    "SystemTime",
    "Instant",
];

/// Macros that print, and where they may.
const PRINTING: &[&str] = &["println!", "print!", "eprintln!", "eprint!", "dbg!"];
const PRINTERS: &[&str] = &["src/cli", "src/channel/terminal.rs", "src/main.rs"];

/// The most files that may import each other in a circle.
const LARGEST_CIRCLE: usize = 3;

struct SourceFile {
    /// From the root of the project.
    path: String,
    /// Without comments, strings and unit tests.
    code: String,
}

#[test]
fn rooms_import_only_what_lies_below() {
    for (at, (room, below)) in ROOMS.iter().enumerate() {
        for other in *below {
            let place = ROOMS.iter().position(|(name, _)| name == other);
            assert!(
                place.is_some_and(|place| place < at),
                "{room} → {other} points up in ROOMS"
            );
        }
    }
    let mut wrong = BTreeSet::new();
    for file in sources("src") {
        let Some(room) = room_of(&file.path) else {
            continue;
        };
        let Some((_, below)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            panic!("{} stands in no room: add it to ROOMS", file.path)
        };
        for used in paths_after(&file.code, "crate::") {
            let first = used.split("::").next().unwrap_or_default().to_owned();
            if first != room && !below.contains(&first.as_str()) {
                wrong.insert(format!("{}: crate::{first}", file.path));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that point up or are not on the map: {wrong:#?}"
    );
}

#[test]
fn foreign_crates_stay_where_they_belong() {
    let mut wrong = BTreeSet::new();
    for file in sources("src") {
        for (name, homes) in AT_HOME {
            if names(&file.code, name) && !homes.iter().any(|home| is_in(&file.path, home)) {
                wrong.insert(format!("{}: {name}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_is_pure() {
    let mut wrong = BTreeSet::new();
    for file in sources("crates/wenlu-core/src") {
        wrong.extend(
            IMPURE
                .iter()
                .filter(|name| names(&file.code, name))
                .map(|name| format!("{}: {name}", file.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let manifest =
        std::fs::read_to_string(root().join("crates/wenlu-core/Cargo.toml")).expect("a manifest");
    for name in ["tokio", "sqlx", "axum", "reqwest", "wenlu-formats"] {
        assert!(
            !manifest.lines().any(|line| line.starts_with(name)),
            "wenlu-core depends on {name}"
        );
    }
}

#[test]
fn only_the_terminal_prints() {
    let mut wrong = BTreeSet::new();
    for file in ["src", "crates/wenlu-core/src", "crates/wenlu-formats/src"]
        .iter()
        .flat_map(|folder| sources(folder))
    {
        if PRINTERS.iter().any(|home| is_in(&file.path, home)) {
            continue;
        }
        wrong.extend(
            PRINTING
                .iter()
                .filter(|name| names(&file.code, name))
                .map(|name| format!("{}: {name}", file.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_large_circle_of_files() {
    for (folder, name) in [
        ("src", "crate"),
        ("crates/wenlu-core/src", "crate"),
        ("crates/wenlu-formats/src", "crate"),
    ] {
        let files: BTreeMap<Vec<String>, SourceFile> = sources(folder)
            .map(|file| (module_of(&file.path, folder), file))
            .collect();
        let arrows: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> = files
            .iter()
            .map(|(module, file)| (module, imports(module, &file.code, name, &files)))
            .collect();
        let large: Vec<Vec<&str>> = circles(&arrows)
            .iter()
            .filter(|circle| circle.len() > LARGEST_CIRCLE)
            .map(|circle| {
                circle
                    .iter()
                    .map(|module| files[*module].path.as_str())
                    .collect()
            })
            .collect();
        assert!(
            large.is_empty(),
            "files that import each other in a circle: {large:#?}"
        );
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> impl Iterator<Item = SourceFile> + use<> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(&folder)
            .expect("a folder")
            .map(|item| item.expect("an item").path())
        {
            if item.is_dir() {
                folders.push(item);
            } else if item.extension().is_some_and(|end| end == "rs") {
                found.push(item);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no sources");
    found.sort();
    found.into_iter().map(read)
}

fn read(path: PathBuf) -> SourceFile {
    let text = std::fs::read_to_string(&path).expect("a source");
    let path = path
        .strip_prefix(root())
        .expect("inside the project")
        .to_string_lossy()
        .into_owned();
    SourceFile {
        path,
        code: code_of(&text),
    }
}

/// The text without comments, string literals and what follows `#[cfg(test)]` at the beginning of a line.
fn code_of(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let mut code = String::new();
    for line in text.lines() {
        let mut inside = false;
        let mut last = ' ';
        for (at, c) in line.char_indices() {
            if c == '"' && last != '\\' && last != '\'' {
                inside = !inside;
            } else if !inside {
                if line[at..].starts_with("//") {
                    break;
                }
                code.push(c);
            }
            last = if last == '\\' && c == '\\' { ' ' } else { c };
        }
        code.push('\n');
    }
    code
}

/// The room of a file: the folder under `src`, or the file itself; `None` for the crate's root files.
fn room_of(path: &str) -> Option<String> {
    let rest = path.strip_prefix("src/")?;
    let name = rest.split('/').next()?.trim_end_matches(".rs");
    (!["lib", "main"].contains(&name)).then(|| name.to_owned())
}

fn is_in(path: &str, home: &str) -> bool {
    path == home
        || path
            .strip_prefix(home)
            .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// Whether `name` occurs as a whole word.
fn names(code: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        !before.is_some_and(is_word) && (name.ends_with('!') || !after.is_some_and(is_word))
    })
}

/// What follows each `prefix`, with the members of a group apart.
fn paths_after(code: &str, prefix: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        let is_visibility = code[..at].ends_with("pub(in ");
        if is_visibility || before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        expand(&code[at + prefix.len()..], String::new(), &mut out);
    }
    out
}

/// Puts the paths that `text` begins with into `out`; `done` stands before each.
fn expand(text: &str, done: String, out: &mut Vec<String>) {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(text.len());
    let path = format!("{done}{}", &text[..end]);
    let is_open = path.is_empty() || path.ends_with("::");
    if is_open && text[end..].starts_with('{') {
        members(&text[end + 1..])
            .into_iter()
            .for_each(|member| expand(member.trim_start(), path.clone(), out));
    } else {
        out.push(path.trim_end_matches("::").to_owned());
    }
}

/// The members of a group, up to its closing brace.
fn members(text: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&text[begin..at]);
                return found;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// `src/store/outbox.rs` → `["store", "outbox"]`.
fn module_of(path: &str, folder: &str) -> Vec<String> {
    let rest = path
        .strip_prefix(folder)
        .unwrap_or(path)
        .trim_start_matches('/')
        .trim_end_matches(".rs");
    let mut parts: Vec<String> = rest.split('/').map(str::to_owned).collect();
    if parts
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
    {
        parts.pop();
    }
    parts
}

/// The modules that a file names by `crate::` or `super::`, and those of its children whose items it names.
fn imports<'a>(
    module: &Vec<String>,
    code: &str,
    name: &str,
    files: &'a BTreeMap<Vec<String>, SourceFile>,
) -> BTreeSet<&'a Vec<String>> {
    let mut found = BTreeSet::new();
    let mut add = |path: Vec<String>| {
        let known = (0..=path.len())
            .rev()
            .find_map(|len| files.get_key_value(&path[..len]));
        let Some((other, file)) = known else { return };
        let item = path.get(other.len()).map_or("", String::as_str);
        let home = handed_on(other, &file.code, item, files).unwrap_or(other);
        if home != module && !home.is_empty() {
            found.insert(home);
        }
    };
    let split = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    for path in paths_after(code, &format!("{name}::")) {
        add(split(&path));
    }
    for child in files
        .keys()
        .filter(|other| other.len() == module.len() + 1 && other.starts_with(module))
    {
        let last = child.last().map_or("", String::as_str);
        if !paths_after(code, &format!("{last}::")).is_empty() {
            add(child.clone());
        }
    }
    for path in paths_after(code, "super::") {
        let mut base = module.clone();
        let mut path = path.as_str();
        base.pop();
        while let Some(rest) = path.strip_prefix("super::") {
            base.pop();
            path = rest;
        }
        add([base, split(path)].concat());
    }
    found
}

/// The child from which `module` only hands `item` on, by a `pub use`.
fn handed_on<'a>(
    module: &[String],
    code: &str,
    item: &str,
    files: &'a BTreeMap<Vec<String>, SourceFile>,
) -> Option<&'a Vec<String>> {
    let uses = code.split(';').filter_map(|statement| {
        let (visibility, path) = statement.trim().split_once("use ")?;
        visibility.trim().starts_with("pub").then_some(path)
    });
    let mut paths = Vec::new();
    uses.for_each(|path| expand(path, String::new(), &mut paths));
    let path = paths
        .iter()
        .find(|path| path.rsplit("::").next() == Some(item))?;
    let child = [module, &[path.split("::").next()?.to_owned()]].concat();
    files.get_key_value(&child).map(|(child, _)| child)
}

/// The groups of two or more that reach each other.
fn circles<'a>(
    arrows: &BTreeMap<&'a Vec<String>, BTreeSet<&'a Vec<String>>>,
) -> Vec<Vec<&'a Vec<String>>> {
    let reached: BTreeMap<_, _> = arrows
        .keys()
        .map(|from| (*from, reach(from, arrows)))
        .collect();
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for (from, far) in &reached {
        let circle: Vec<_> = far
            .iter()
            .copied()
            .filter(|to| reached[to].contains(from))
            .collect();
        if circle.len() > 1 && circle.iter().all(|member| done.insert(*member)) {
            found.push(circle);
        }
    }
    found
}

fn reach<'a>(
    from: &'a Vec<String>,
    arrows: &BTreeMap<&'a Vec<String>, BTreeSet<&'a Vec<String>>>,
) -> BTreeSet<&'a Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        for to in arrows.get(module).into_iter().flatten() {
            if seen.insert(*to) {
                next.push(to);
            }
        }
    }
    seen
}
