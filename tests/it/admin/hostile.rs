//! Whatever an asker types is text: on every page, and in what is taken along.

use super::House;
use super::pages::ask;
use crate::database::{Database, Engine};
use std::collections::BTreeSet;
use wenlu::store::accounts::AccountRole;

/// At least 500, from parts that have broken something somewhere.
fn strings() -> Vec<String> {
    let parts = [
        "<script>alert(1)</script>",
        "</textarea><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "<svg onload=alert(1)>",
        "<svg><animate onbegin=alert(1) attributeName=x>",
        "</title><script>1</script>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "javascript:alert(1)",
        "<!--",
        "]]>",
        "&lt;b&gt;",
        "{{7*7}}",
        "${7*7}",
        "<iframe srcdoc='<script>1</script>'>",
        "<base href=//evil>",
        "\u{202e}gnp.exe",
        "\u{2066}isolate\u{2069}",
        "\u{200b}zero",
        "\u{feff}bom",
        "\u{1b}[31mred\u{1b}[0m",
        "\u{1b}]0;title\u{7}",
        "\u{9b}31m",
        "\r\nSet-Cookie: a=b",
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "=HYPERLINK(\"http://evil\")",
        "\t=1",
        "=cmd|' /C calc'!A0",
        "＝1+1",
    ];
    let around: [fn(&str) -> String; 18] = [
        |p| p.into(),
        |p| format!("注销{p}"),
        |p| format!("{p}注销"),
        |p| format!("\"{p}\""),
        |p| format!("'{p}'"),
        |p| format!("`{p}`"),
        |p| p.to_uppercase(),
        |p| format!("{p}{p}"),
        |p| format!(" {p} "),
        |p| format!("<b>{p}"),
        |p| format!("{p}\u{202e}"),
        |p| format!("\u{2067}{p}"),
        |p| format!("a\n{p}"),
        |p| format!("{p}\u{1b}[2J"),
        |p| format!("&{p};"),
        |p| format!("=\"{p}\""),
        |p| format!("问：{p}。"),
        |p| format!("{p}\n{p}"),
    ];
    let all: Vec<String> = parts
        .iter()
        .flat_map(|part| around.iter().map(|wrap| wrap(part)))
        .collect();
    assert!(all.iter().collect::<BTreeSet<_>>().len() >= 500);
    all
}

#[tokio::test]
async fn five_hundred_hostile_strings_are_text() {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[]).await;
    let strings = strings();
    for (at, chunk) in strings.chunks(40).enumerate() {
        for text in chunk {
            ask(&house, &format!("c{at}"), text).await;
        }
    }
    let mut browser = house.signed_in(AccountRole::Admin).await;
    let mut pages = vec![
        "/admin".to_owned(),
        "/admin/audit".into(),
        "/admin/intents".into(),
    ];
    pages.extend((0..12).map(|at| format!("/admin/questions?page={at}")));
    let mut reviewer = house.signed_in(AccountRole::Reviewer).await;
    let clusters = super::review::all_clusters(&mut reviewer).await;
    assert!(clusters.len() > 20, "{}", clusters.len());
    for cluster in &clusters {
        let draft = super::review::act(
            &mut reviewer,
            cluster,
            &[("action", "example"), ("intent", "close")],
        )
        .await;
        if let Some(draft) = draft.location {
            pages.push(draft);
        }
    }
    pages.extend(clusters);
    pages.extend([
        "/admin/changes".to_owned(),
        "/admin/changes?before=30".to_owned(),
    ]);
    pages.extend((0..6).map(|at| format!("/admin/clusters?page={at}")));
    pages.extend((1..40).map(|at| format!("/admin/turns/{at}")));
    pages.extend(
        (0..strings.len())
            .step_by(39)
            .map(|at| format!("/admin/conversations/{}", at + 1)),
    );
    pages.extend((1..12).map(|at| format!("/admin/journal?before={}", at * 50)));
    for text in &strings {
        let query: String = reqwest::Url::parse_with_params("http://x/", [("text", text)])
            .unwrap()
            .query()
            .unwrap()
            .into();
        pages.push(format!("/admin/try?{query}"));
        pages.push(format!("/admin/journal?{query}"));
    }
    for path in &pages {
        let shown = browser.get(path).await;
        // what cannot be read asks nothing, and has no page to deal with it
        assert!(
            shown.status == 200 || (path.starts_with("/admin/turns") && shown.status == 404),
            "{path}"
        );
        assert_eq!(alien(&shown.body), None, "{path}");
    }

    browser.get("/admin/journal").await;
    let table = browser
        .post("/admin/journal/export", &[("format", "csv")])
        .await
        .body;
    assert_eq!(
        alien_character(table.trim_start_matches('\u{feff}'), "\n\r\t"),
        None
    );
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let mut cells = 0;
    for record in records.records() {
        for cell in &record.unwrap() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝']),
                "{cell:?}"
            );
            cells += 1;
        }
    }
    assert!(cells > 500 * 13);
    let lines = browser
        .post("/admin/journal/export", &[("format", "jsonl")])
        .await
        .body;
    assert_eq!(lines.lines().count(), strings.len());
    assert_eq!(alien_character(&lines, "\n"), None);
    let said = lines.lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["text"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let said: BTreeSet<String> = said.collect();
    assert!(
        said.contains("<script>alert(1)</script>") && said.contains("=1+1"),
        "nothing is lost"
    );
}

/// The first thing in a page that is not of our making.
fn alien(body: &str) -> Option<String> {
    const TAGS: &[&str] = &[
        "!DOCTYPE",
        "a",
        "b",
        "body",
        "button",
        "code",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "form",
        "g",
        "h1",
        "h2",
        "head",
        "header",
        "html",
        "i",
        "input",
        "kbd",
        "label",
        "li",
        "line",
        "link",
        "main",
        "mark",
        "meta",
        "meter",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "path",
        "pre",
        "progress",
        "rect",
        "script",
        "section",
        "select",
        "small",
        "span",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "textarea",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    ];
    for tag in body.split('<').skip(1) {
        let name = tag
            .trim_start_matches('/')
            .split([' ', '>'])
            .next()
            .unwrap();
        if !TAGS.contains(&name) {
            return Some(format!("<{tag}"));
        }
        let (attributes, after) = tag.split_once('>').unwrap();
        let bare: String = attributes.split('"').step_by(2).collect();
        if bare.contains(" on") || bare.contains(" style") || bare.contains('\'') {
            return Some(format!("<{attributes}>"));
        }
        if name == "script"
            && !(after.is_empty() && (tag.starts_with('/') || attributes.contains("src=\"/admin/")))
        {
            return Some(format!("<{tag}"));
        }
        if attributes.to_lowercase().contains("href=\"javascript:") {
            return Some(attributes.to_owned());
        }
    }
    alien_character(body, "\n\t").map(|c| format!("{c:?}"))
}

/// A character that cannot be seen, moves a terminal's cursor, or turns the rest of a line around.
fn alien_character(text: &str, allowed: &str) -> Option<char> {
    let hidden = |c: char| {
        (c.is_control() && !allowed.contains(c))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().find(|c| hidden(*c))
}
