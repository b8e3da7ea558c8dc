//! The sections of a reply as it is written. In: the Markdown of a reply. Out: its sections' titles
//! and ids; the same Markdown with ids where there are none, or with another title. Must not know:
//! what stands in a section.

use super::form::one_line;
use std::collections::BTreeSet;
use wenlu_core::text::slug::slug;

/// A heading `## title {#id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SectionHeading {
    pub title: String,
    /// `None`: it has none of its own.
    pub id: Option<String>,
    /// Counted from 1, for the id that the position gives.
    number: usize,
}

impl SectionHeading {
    /// Its own id, or the one that its position gives.
    pub(super) fn id(&self) -> String {
        let by_place = || format!("section-{}", self.number);
        self.id.clone().unwrap_or_else(by_place)
    }
}

/// The headings in order.
pub(super) fn headings(body: &str) -> Vec<SectionHeading> {
    let lines = body.lines().filter_map(heading);
    lines
        .enumerate()
        .map(|(at, (title, id))| SectionHeading {
            title: one_line(title),
            id: id.map(str::to_owned),
            number: at + 1,
        })
        .collect()
}

fn heading(line: &str) -> Option<(&str, Option<&str>)> {
    let text = line
        .strip_prefix("##")
        .filter(|rest| !rest.starts_with('#'))?;
    let text = text.starts_with([' ', '\t']).then(|| text.trim())?;
    let named = text
        .strip_suffix('}')
        .and_then(|text| text.rsplit_once("{#"));
    Some(match named {
        Some((title, id)) => (title.trim(), Some(id.trim())),
        None => (text, None),
    })
}

/// The Markdown with an id for each section: that of the section at the same place in `like`, which
/// is the same reply in another language, else its title's pinyin.
pub(super) fn with_ids(body: &str, like: &[SectionHeading]) -> String {
    let own = headings(body);
    let mut taken: BTreeSet<String> = own.iter().filter_map(|one| one.id.clone()).collect();
    let is_same_shape = like.len() == own.len();
    let mut number = 0;
    let named = body.lines().map(|line| match heading(line) {
        None => line.to_owned(),
        Some((_, Some(_))) => {
            number += 1;
            line.to_owned()
        }
        Some((title, None)) => {
            number += 1;
            let other = like.get(number - 1).filter(|_| is_same_shape);
            let wanted = other.and_then(|one| one.id.clone());
            let wanted = wanted.unwrap_or_else(|| slug(title));
            format!("{} {{#{}}}", line.trim_end(), free(&wanted, &mut taken))
        }
    });
    named.collect::<Vec<_>>().join("\n")
}

/// The name, or the first of `name-2`, `name-3` … that is not taken.
fn free(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let wanted = if wanted.is_empty() { "section" } else { wanted };
    let mut name = wanted.to_owned();
    for number in 2.. {
        if taken.insert(name.clone()) {
            break;
        }
        // with room for the number
        name = format!("{}-{number}", wanted.get(..40).unwrap_or(wanted));
    }
    name
}

/// The Markdown with another title for the section `id`.
pub(super) fn retitled(body: &str, id: &str, title: &str) -> String {
    let mut all = headings(body).into_iter();
    let lines = body.lines().map(|line| match heading(line) {
        Some((_, own)) if all.next().is_some_and(|one| one.id() == id) => match own {
            Some(own) => format!("## {title} {{#{own}}}"),
            None => format!("## {title}"),
        },
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_get_ids_that_stay() {
        let zh = "开头\n\n## 要多久\n\n三天\n\n## 要多久 {#time}\n\n## 要多久\n### 小\n##不是";
        let made = with_ids(zh, &[]);
        assert_eq!(
            made,
            "开头\n\n## 要多久 {#yao-duo-jiu}\n\n三天\n\n## 要多久 {#time}\n\n## 要多久 {#yao-duo-jiu-2}\n### 小\n##不是"
        );
        assert_eq!(with_ids(&made, &[]), made);
        let en = with_ids("## How long\n\n## Time\n\n## Again", &headings(&made));
        assert_eq!(
            en,
            "## How long {#yao-duo-jiu}\n\n## Time {#time}\n\n## Again {#yao-duo-jiu-2}"
        );
        assert_eq!(
            with_ids("## How long", &headings(&made)),
            "## How long {#how-long}"
        );
    }

    #[test]
    fn one_title_changes() {
        let body = "## 甲 {#a}\n\n## 乙";
        assert_eq!(retitled(body, "a", "丙"), "## 丙 {#a}\n\n## 乙");
        assert_eq!(retitled(body, "section-2", "丙"), "## 甲 {#a}\n\n## 丙");
    }
}
