//! The chat page in a service's own words and colours. In: the page as it is embedded, and the brand
//! of the knowledge. Out: the page. Must not know: data files, HTTP.

use maud::html;
use serde_json::{Value, json};
use wenlu_core::knowledge::{Brand, Colour};
use wenlu_core::model::Lang;

/// The colour that `widget.js` and `chat.css` have without a brand.
const BUILT_IN_ACCENT: &str = "#067d40";

/// `page` with the words of `brand` in the places left for them, and all of them as data for its
/// scripts.
pub(super) fn branded_page(page: &str, brand: &Brand) -> String {
    let words = brand.words_in(Lang::Zh);
    [
        ("%title%", html! { (words.title()) }.into_string()),
        ("%name%", html! { (words.name) }.into_string()),
        ("%subtitle%", html! { (words.subtitle) }.into_string()),
        ("%footer%", html! { (words.footer) }.into_string()),
        ("%brand%", as_script_data(&page_data(brand))),
    ]
    .into_iter()
    .fold(page.to_owned(), |page, (place, text)| {
        page.replace(place, &text)
    })
}

/// `script`, whose button has the colour of `brand`.
pub(super) fn branded_script(script: &str, brand: &Brand) -> String {
    match brand.accent {
        Some(accent) => script.replace(BUILT_IN_ACCENT, &accent.to_string()),
        None => script.to_owned(),
    }
}

fn page_data(brand: &Brand) -> Value {
    let words = |lang| {
        let words = brand.words_in(lang);
        json!({
            "name": words.name,
            "line": words.subtitle,
            "title": words.title(),
            "foot": words.footer,
            "privacyAddress": words.privacy,
        })
    };
    json!({
        "words": { "zh": words(Lang::Zh), "en": words(Lang::En) },
        "accent": brand.accent.map(|colour: Colour| colour.to_string()),
        "accentDark": brand.accent_dark.map(|colour| colour.to_string()),
        "logo": brand.logo.is_some(),
    })
}

/// JSON in which nothing ends the element that it stands in.
fn as_script_data(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use wenlu_core::knowledge::BrandWords;

    #[test]
    fn words_are_text_wherever_they_stand() {
        let words = BrandWords {
            name: Some("</script><b>小店&".to_owned()),
            ..BrandWords::default()
        };
        let brand = Brand {
            words: BTreeMap::from([(Lang::Zh, words)]),
            ..Brand::default()
        };
        let page = branded_page("<title>%title%</title><script>%brand%</script>", &brand);
        assert!(page.starts_with("<title>&lt;/script&gt;&lt;b&gt;小店&amp; · 在线客服</title>"));
        assert_eq!(page.matches("</script>").count(), 1);
        let data = page.split_once("<script>").unwrap().1;
        let data: Value = serde_json::from_str(data.trim_end_matches("</script>")).unwrap();
        assert_eq!(data["words"]["en"]["name"], "</script><b>小店&");
    }

    #[test]
    fn the_button_has_the_accent() {
        let script = include_str!("page/widget.js");
        assert_eq!(script.matches(BUILT_IN_ACCENT).count(), 1);
        let brand = Brand {
            accent: Colour::parse("#1a56db"),
            ..Brand::default()
        };
        assert_eq!(branded_script("a #067d40;", &brand), "a #1a56db;");
    }
}
