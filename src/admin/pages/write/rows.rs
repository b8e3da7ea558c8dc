//! The rows of the form: sections and tests, with empty ones below. In: the form. Out: HTML. Must not
//! know: what is wrong in them.

use crate::review::intent_form::{IntentForm, SectionRow, TestRow};
use maud::{Markup, html};

/// Empty rows below the others.
const EMPTY_SECTIONS: usize = 1;
const EMPTY_TESTS: usize = 3;

pub(super) fn sections(form: &IntentForm) -> Markup {
    let empty = std::iter::repeat_n(SectionRow::default(), EMPTY_SECTIONS);
    html! {
        @for row in form.sections.iter().cloned().chain(empty) {
            div.pair data-section {
                input type="hidden" name="section_id" value=(row.id);
                label.field { span { "小节的标题" } input name="section_title" value=(row.title) maxlength="100" autocomplete="off"; }
                label.field { span { "大家会怎么问到这一节，一行一句" } (area("section_examples", &row.examples.join("\n"), 3)) }
            }
        }
    }
}

pub(super) fn tests(form: &IntentForm) -> Markup {
    let empty = std::iter::repeat_n(TestRow::default(), EMPTY_TESTS);
    html! {
        @for row in form.tests.iter().cloned().chain(empty) {
            div.pair data-test {
                label.field { span { "说" } input name="test_say" value=(row.say) autocomplete="off"; }
                label.field { span { "应该" } (expected(form, &row.expects)) }
            }
        }
    }
}

fn expected(form: &IntentForm, chosen: &str) -> Markup {
    let fixed = [
        ("", "到这里"),
        ("not", "不到这里"),
        ("#", "到这里，先给出开头"),
    ];
    let decisions = [
        ("answer", "直接回答"),
        ("clarify", "反问，列出几个可能"),
        ("menu", "打开菜单"),
        ("unknown", "说不知道"),
    ];
    let mut options: Vec<(String, String)> = Vec::new();
    let own = |(word, label): &(&str, &str)| ((*word).to_owned(), (*label).to_owned());
    options.extend(fixed.iter().map(own));
    for row in form.sections.iter().filter(|row| !row.id.is_empty()) {
        let title = if row.title.is_empty() {
            &row.id
        } else {
            &row.title
        };
        options.push((format!("#{}", row.id), format!("到这里，先给出“{title}”")));
    }
    options.extend(decisions.iter().map(own));
    if options.iter().all(|(word, _)| word != chosen) {
        options.push((chosen.to_owned(), told(chosen, &options)));
    }
    html! {
        select name="test_expects" {
            @for (word, label) in &options { option value=(word) selected[word == chosen] { (label) } }
        }
    }
}

/// Several words in one.
fn told(words: &str, options: &[(String, String)]) -> String {
    let label = |word: &str| {
        let found = options.iter().find(|(known, _)| known == word);
        found.map_or(word.to_owned(), |(_, label)| label.clone())
    };
    words
        .split_whitespace()
        .map(label)
        .collect::<Vec<_>>()
        .join("，")
}

/// HTML drops the first line break in a text area.
fn area(name: &str, content: &str, rows: usize) -> Markup {
    html! { textarea.plain name=(name) rows=(rows) { "\n" (content) } }
}
