//! The blocks that a reply may contain, and their Markdown. In: text. Out: Markdown. Must not know:
//! how they were read.

/// A block of a reply; its texts are Markdown already.
pub(crate) enum ImportedBlock {
    Text(String),
    Note(String),
    Bullets(Vec<String>),
    Steps(Vec<(String, Vec<String>)>),
}

/// Appends `text` with everything escaped that Markdown would read as markup at that position.
pub(crate) fn escape(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    let mut digits = out.ends_with('\n') || out.is_empty();
    while let Some(c) = chars.next() {
        let first = out.is_empty() || out.ends_with('\n');
        let within = |c: char| c.is_alphanumeric();
        let marks = match c {
            '\\' | '`' | '*' | '[' | ']' | '|' => true,
            '<' => chars
                .peek()
                .is_some_and(|next| next.is_ascii_alphanumeric() || "/!?".contains(*next)),
            '&' => chars
                .peek()
                .is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#'),
            '_' => !(out.ends_with(within) && chars.peek().is_some_and(|next| within(*next))),
            '#' | '-' | '+' | '=' | '~' | '>' => first,
            '.' | ')' => digits && !first,
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        digits = (first || digits) && c.is_ascii_digit();
        out.push(c);
    }
}

/// Takes `written` (which is left empty) as a block, without line breaks at its ends.
pub(crate) fn text(written: &mut String) -> Option<ImportedBlock> {
    let written = std::mem::take(written);
    let mut inner = written.trim();
    loop {
        let cut = inner
            .strip_prefix("\\\n")
            .or(inner.strip_suffix("\\\n"))
            .or(inner.strip_suffix("\\\n\\"))
            .unwrap_or(inner)
            .trim();
        if cut.len() == inner.len() {
            break;
        }
        inner = cut;
    }
    (!inner.is_empty()).then(|| ImportedBlock::Text(inner.to_owned()))
}

/// Flattens blocks to the lines of one paragraph.
pub(crate) fn lines(blocks: Vec<ImportedBlock>) -> Vec<String> {
    let flat = blocks.into_iter().flat_map(|block| match block {
        ImportedBlock::Text(text) | ImportedBlock::Note(text) => vec![text],
        ImportedBlock::Bullets(items) => items,
        ImportedBlock::Steps(steps) => steps
            .into_iter()
            .flat_map(|(own, below)| [vec![own], below].concat())
            .collect(),
    });
    flat.filter(|line| !line.is_empty()).collect()
}

pub(crate) fn escaped_lines(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !out.is_empty() {
            out.push_str("\\\n");
        }
        escape(line, &mut out);
    }
    out
}

pub(crate) fn without_tags(html: &str) -> String {
    let mut out = String::new();
    for (at, part) in html.split('<').enumerate() {
        out += if at == 0 {
            part
        } else {
            part.split_once('>').map_or("", |(_, after)| after)
        };
    }
    out
}

/// The Markdown of a reply, without its title.
pub(crate) fn render(blocks: &[ImportedBlock]) -> String {
    let mut out = String::new();
    for block in blocks {
        if !out.is_empty() {
            out.push('\n');
        }
        match block {
            ImportedBlock::Text(text) => out += &(text.clone() + "\n"),
            ImportedBlock::Note(text) => out += &format!("> {}\n", text.replace('\n', "\n> ")),
            ImportedBlock::Bullets(items) => out.extend(
                items
                    .iter()
                    .map(|item| format!("- {}\n", indented(item, 2))),
            ),
            ImportedBlock::Steps(steps) => {
                for (at, (own, below)) in steps.iter().enumerate() {
                    let marker = format!("{}. ", at + 1);
                    out += &format!("{marker}{}\n", indented(own, marker.len()));
                    let bullet = |item: &String| {
                        format!(
                            "{}- {}\n",
                            " ".repeat(marker.len()),
                            indented(item, marker.len() + 2)
                        )
                    };
                    out.extend(below.iter().map(bullet));
                }
            }
        }
    }
    out
}

fn indented(text: &str, by: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(by)))
}
