//! Plain text as Markdown. In: a text as people type it. Out: its line breaks kept, its steps, bullets
//! and addresses marked, everything else escaped. Must not know: what a reply may contain.
//!
//! Steps are numbered as `1.`, `1、`, `①`, `（1）`, `第一步：` or `步骤1：`. The first way of a text is the one
//! of its steps; numbers of another kind below them are parts of a step, and so is a line without a
//! number before the next step.

use super::blocks::escape;
use std::fmt::Write;

/// How a line is numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StepStyle {
    Digits,
    Circled,
    Bracketed,
    Words,
}

/// A numbered line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct StepLine<'t> {
    style: StepStyle,
    number: u32,
    text: &'t str,
}

/// Plain text as Markdown.
pub(super) fn as_markdown(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let steps: Vec<Option<StepLine>> = lines.iter().map(|line| step_line(line)).collect();
    let style = steps.iter().flatten().next().map(|step| step.style);
    let next = next_steps(&steps, style);
    let mut writer = PlainWriter {
        style,
        open: None,
        before: LineKind::Blank,
        out: String::new(),
    };
    for ((line, step), next) in lines.into_iter().zip(steps).zip(next) {
        writer.line(line, step, next);
    }
    writer.out
}

/// For each line the number of the next step below it.
fn next_steps(steps: &[Option<StepLine>], style: Option<StepStyle>) -> Vec<Option<u32>> {
    let mut next = None;
    let below = steps.iter().rev().map(|step| {
        let own = step.filter(|step| Some(step.style) == style);
        let above = own.map(|step| step.number).or(next);
        std::mem::replace(&mut next, above)
    });
    let mut below: Vec<Option<u32>> = below.collect();
    below.reverse();
    below
}

/// Markdown in which people numbered their steps as they do: `1、` begins an item there too.
pub(super) fn with_list_markers(text: &str) -> String {
    let style = text
        .lines()
        .find_map(|line| Some(step_line(line.trim_start())?.style));
    let lines = text.lines().map(|line| {
        let indent = line.len() - line.trim_start().len();
        match step_line(line.trim_start()).filter(|step| Some(step.style) == style) {
            Some(step) => format!("{}{}. {}", " ".repeat(indent), step.number, step.text),
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineKind {
    Blank,
    Text,
    Bullet,
    Step,
}

struct PlainWriter {
    /// How the steps are numbered.
    style: Option<StepStyle>,
    /// The step that lines may belong to: its number.
    open: Option<u32>,
    before: LineKind,
    out: String,
}

impl PlainWriter {
    /// `step`: the line as a numbered one; `next`: the number of the next step below it.
    fn line(&mut self, line: &str, step: Option<StepLine>, next: Option<u32>) {
        match step {
            Some(step) if Some(step.style) == self.style => {
                self.open = Some(step.number);
                self.put(LineKind::Step, &format!("{}. ", step.number), step.text);
            }
            Some(part) if self.is_within(next) => self.below("- ", part.text),
            _ if line.is_empty() => self.put(LineKind::Blank, "", ""),
            _ => self.unnumbered(line, next),
        }
    }

    fn unnumbered(&mut self, line: &str, next: Option<u32>) {
        match (bullet(line), self.is_within(next)) {
            (Some(text), true) => self.below("- ", text),
            (Some(text), false) => self.put(LineKind::Bullet, "- ", text),
            (None, true) => self.below("", line),
            (None, false) => {
                self.open = None;
                self.put(LineKind::Text, "", line);
            }
        }
    }

    /// Whether a step is open that is followed by the next.
    fn is_within(&self, next: Option<u32>) -> bool {
        self.open.is_some_and(|number| next == Some(number + 1))
    }

    /// A line that belongs to the open step.
    fn below(&mut self, marker: &str, text: &str) {
        let number = self.open.map_or(String::new(), |number| number.to_string());
        let indent = " ".repeat(number.len() + 2);
        let is_broken = marker.is_empty() && self.before == LineKind::Step;
        let _ = write!(
            self.out,
            "{}\n{indent}{marker}",
            if is_broken { "\\" } else { "" }
        );
        // on its own, so that what begins the line is escaped
        let mut words = String::new();
        addresses(text, &mut words);
        self.out += &words;
        // the next line of its text needs a break as well
        self.before = match marker.is_empty() {
            true => LineKind::Step,
            false => LineKind::Bullet,
        };
    }

    fn put(&mut self, kind: LineKind, marker: &str, text: &str) {
        match (self.before, kind) {
            (_, LineKind::Blank) | (LineKind::Blank, _) => {}
            (LineKind::Text, LineKind::Text) => self.out.push('\\'),
            (before, kind) if before == kind => {}
            // what is below a step parts it from no other
            (LineKind::Bullet, LineKind::Step) if self.open.is_some_and(|number| number > 1) => {}
            _ => self.out.push('\n'),
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.before = kind;
        self.out += marker;
        addresses(text, &mut self.out);
    }
}

fn bullet(line: &str) -> Option<&str> {
    let marks = ["- ", "* ", "• ", "·"];
    let rest = marks.iter().find_map(|mark| line.strip_prefix(mark))?;
    Some(rest.trim_start())
}

/// The number of a line, and what it says.
fn step_line(line: &str) -> Option<StepLine<'_>> {
    let read = [digits(line), circled(line), bracketed(line), words(line)];
    let step = read.into_iter().flatten().next()?;
    (!step.text.is_empty()).then_some(step)
}

/// `1.`, `1)`, `1、`; `3.5` is no such number.
fn digits(line: &str) -> Option<StepLine<'_>> {
    let (number, rest) = leading_number(line)?;
    let text = rest.strip_prefix(['.', ')', '、', '．', '）'])?;
    let goes_on = text.starts_with(|c: char| c.is_ascii_digit());
    (!goes_on).then(|| step(StepStyle::Digits, number, text))
}

/// `①`
fn circled(line: &str) -> Option<StepLine<'_>> {
    let first = line.chars().next().filter(|c| ('①'..='⑳').contains(c))?;
    let text = line.strip_prefix(first)?;
    let number = u32::from(first) - u32::from('①') + 1;
    Some(step(StepStyle::Circled, number, text))
}

/// `（1）`
fn bracketed(line: &str) -> Option<StepLine<'_>> {
    let (number, rest) = leading_number(line.strip_prefix(['（', '('])?)?;
    let text = rest.strip_prefix(['）', ')'])?;
    Some(step(StepStyle::Bracketed, number, text))
}

/// `第一步：`, `步骤1：`, `Step 1:`
fn words(line: &str) -> Option<StepLine<'_>> {
    let ordinal = || {
        let (number, rest) = spelt_number(line.strip_prefix('第')?)?;
        Some((number, rest.strip_prefix('步')?))
    };
    let named = || {
        let names = ["步骤", "Step ", "step ", "STEP "];
        let rest = names.iter().find_map(|name| line.strip_prefix(name))?;
        spelt_number(rest.trim_start())
    };
    let (number, rest) = ordinal().or_else(named)?;
    let text = rest.strip_prefix(['：', ':', '，', ',', '、', '.', ' '])?;
    Some(step(StepStyle::Words, number, text))
}

fn step(style: StepStyle, number: u32, text: &str) -> StepLine<'_> {
    StepLine {
        style,
        number,
        text: text.trim_start(),
    }
}

/// A number of one or two digits.
fn leading_number(text: &str) -> Option<(u32, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = text.split_at_checked(digits)?;
    let number = (1..=2).contains(&digits).then(|| number.parse().ok());
    Some((number.flatten()?, rest))
}

/// `2`, or `二`.
fn spelt_number(text: &str) -> Option<(u32, &str)> {
    const SPELT: [char; 10] = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];
    leading_number(text).or_else(|| {
        let first = text.chars().next()?;
        let at = SPELT.iter().position(|spelt| *spelt == first)?;
        Some((at as u32 + 1, text.strip_prefix(first)?))
    })
}

fn addresses(mut text: &str, out: &mut String) {
    while let Some(at) = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| text.find(scheme))
        .min()
    {
        let (before, rest) = text.split_at(at);
        let is_part = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | '`');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let address = rest
            .split_at(end)
            .0
            .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*', '_']);
        escape(before, out);
        let _ = write!(out, "<{address}>");
        text = rest.strip_prefix(address).unwrap_or_default();
    }
    escape(text, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_found_however_people_number_them() {
        let steps = "1. 关机\n2. 长按";
        for text in [
            "1、关机\n2、长按",
            "①关机\n② 长按",
            "（1）关机\n(2) 长按",
            "第一步：关机\n第二步，长按",
            "步骤1：关机\n步骤 2：长按",
        ] {
            assert_eq!(as_markdown(text), steps, "{text}");
        }
        assert_eq!(as_markdown("3.5 折\n第二天到"), "3\\.5 折\\\n第二天到");
    }

    #[test]
    fn what_stands_between_two_steps_belongs_to_the_first() {
        assert_eq!(
            as_markdown("请看：\n1. 关机\n别拔电\n（1）先存盘\n（2）再关\n2. 长按\n好了"),
            "请看：\n\n1. 关机\\\n   别拔电\n   - 先存盘\n   - 再关\n2. 长按\n\n好了"
        );
    }
}
