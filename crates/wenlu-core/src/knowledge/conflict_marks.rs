//! Unfinished merges. In: a file's text. Out: one mistake if version control has left conflict
//! marks in it. Must not know: what the file means; such a file is not read any further.

use super::diagnostic::{Code, Diagnostic};
use std::ops::Range;

/// Written seven times in a row by git, Mercurial and Subversion, followed by a space and a name,
/// or by nothing.
const MARKS: [char; 4] = ['<', '|', '=', '>'];
const LENGTH: usize = 7;
/// How many marks a diagnostic points at.
const SHOWN: usize = 4;

/// The mistake, if `text` holds conflict marks. Lines of `=` or `|` alone are not enough: they may
/// underline a heading, or belong to a multi-line text.
pub(super) fn find_conflict(file: &str, text: &str) -> Option<Diagnostic> {
    let marks = marks(text);
    if !marks.iter().any(|(mark, _)| matches!(mark, '<' | '>')) {
        return None;
    }
    let conflicts = marks.iter().filter(|(mark, _)| *mark == '<').count();
    let message = match conflicts {
        0 | 1 => "合并留下的冲突还没有解决，这个文件没有读".to_owned(),
        count => format!("合并留下的 {count} 处冲突还没有解决，这个文件没有读"),
    };
    let mut marks = marks.into_iter();
    let (mark, span) = marks.next()?;
    let first = Diagnostic::new(Code::MergeConflict, file, span, message).label(says(mark));
    let all = marks
        .take(SHOWN - 1)
        .fold(first, |diagnostic, (mark, span)| {
            diagnostic.also(file, span, says(mark))
        });
    Some(all.help("留下要用的内容，删掉 <<<<<<<、|||||||、=======、>>>>>>> 这几行，再保存"))
}

/// The marks at the beginnings of lines, with their spans.
fn marks(text: &str) -> Vec<(char, Range<usize>)> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        // a file that was joined from parts may have a byte order mark in the middle
        let text = line.trim_start_matches('\u{feff}');
        let (at, written) = (start + line.len() - text.len(), text.trim_end());
        let mark = MARKS.into_iter().find(|mark| {
            let rest = written.trim_start_matches(*mark);
            // all marks are ASCII: the difference of the lengths is their number
            written.len() - rest.len() == LENGTH && (rest.is_empty() || rest.starts_with(' '))
        });
        found.extend(mark.map(|mark| (mark, at..at + written.len())));
        start += line.len();
    }
    found
}

fn says(mark: char) -> &'static str {
    match mark {
        '<' => "一边从这里开始",
        '|' => "合并之前的内容",
        '=' => "另一边从这里开始",
        _ => "到这里结束",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_mark() {
        let is = |text: &str| find_conflict("f", text).is_some();
        for text in [
            "<<<<<<< HEAD\n",
            "a\r\n<<<<<<<\r\n",
            "x\n>>>>>>> 分支\n",
            "甲\n<<<<<<< 我的\n=======\n",
        ] {
            assert!(is(text), "{text}");
        }
        for text in [
            "标题\n=======\n",
            "=======\n",
            "|||||||\n",
            "a <<<<<<< b\n",
            "<<<<<<<< 八个\n",
            "<<<<<<x\n",
            "========\n",
        ] {
            assert!(!is(text), "{text}");
        }
        let marked = find_conflict("f", "\u{feff}<<<<<<< a\nx\n=======\n>>>>>>> b\n");
        assert!(marked.is_some_and(|d| d.place.span == (3..12) && d.others.len() == 2));
        let two = find_conflict(
            "f",
            "<<<<<<< a\n=======\n>>>>>>> b\n<<<<<<< a\n=======\n>>>>>>> b\n",
        );
        assert!(two.is_some_and(|d| d.message.contains("2 处") && d.others.len() == 3));
    }
}
