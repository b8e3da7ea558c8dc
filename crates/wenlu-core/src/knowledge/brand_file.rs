//! `content/_brand.toml` and `content/_logo.svg`. In: their texts. Out: the [`Brand`] with variables
//! filled in, and mistakes at their places. Must not know: what pages do with it.

use super::brand::{Brand, BrandWords, Colour};
use super::content::{Variables, fill_sentence};
use super::diagnostic::{Code, Diagnostic};
use super::parse::{self, SpannedText};
use super::schema;
use crate::model::Lang;
use toml::de::DeTable;

/// Least contrast of text with its ground (WCAG 2.2, level AA).
const LEAST_CONTRAST: f64 = 4.5;
/// How much of the accent the pages lay over white where it is a tint, below text in the accent.
pub(super) const TINT: f64 = 0.1;
/// What stands on a button of the accent, and what the accent stands on as text.
const ON_LIGHT: Colour = Colour([255; 3]);
const ON_DARK_BUTTON: Colour = Colour([4, 24, 12]);
const DARK_CARD: Colour = Colour([30, 36, 33]);
/// Longest name: it stands in one line on a phone.
const LONGEST_NAME: usize = 16;
const LONGEST_LOGO: usize = 65_536;

/// The brand without its logo.
pub(super) fn read(
    file: &str,
    text: &str,
    variables: &Variables,
    out: &mut Vec<Diagnostic>,
) -> Brand {
    let table = parse::parse(file, text, &schema::BRAND, out).table;
    let mut brand = Brand::default();
    if let Some(written) = parse::text(&table, "accent") {
        let tint = |colour: Colour| colour.over(ON_LIGHT, TINT);
        brand.accent = colour(file, &written, |c| c.contrast(tint(c)), out);
    }
    if let Some(written) = parse::text(&table, "accent_dark") {
        let least = |c: Colour| c.contrast(ON_DARK_BUTTON).min(c.contrast(DARK_CARD));
        brand.accent_dark = colour(file, &written, least, out);
    }
    for lang in Lang::ALL {
        let Some(words) = table.get(lang.tag()) else {
            continue;
        };
        if let Some(words) = words.get_ref().as_table() {
            let read = read_words((file, text), words, variables, out);
            brand.words.insert(lang, read);
        }
    }
    brand
}

fn read_words(
    (file, text): (&str, &str),
    table: &DeTable,
    variables: &Variables,
    out: &mut Vec<Diagnostic>,
) -> BrandWords {
    let mut said = |name: &str, most: usize| {
        let written = parse::text(table, name)?;
        let filled = fill_sentence((file, text), &written, &[], variables, out);
        let length = filled.chars().count();
        if length > most {
            let message = format!("有 {length} 个字，最多 {most} 个");
            out.push(Diagnostic::new(Code::BadValue, file, written.span, message));
            return None;
        }
        Some(filled.trim().to_owned()).filter(|filled| !filled.is_empty())
    };
    let (name, subtitle, footer) = (
        said("name", LONGEST_NAME),
        said("subtitle", 2 * LONGEST_NAME),
        said("footer", 120),
    );
    let privacy = parse::text(table, "privacy").and_then(|written| {
        let is_web = written.value.starts_with("https://") || written.value.starts_with('/');
        let is_plain = !written.value.contains(char::is_whitespace);
        if !is_web || !is_plain {
            let message = "这里要写隐私说明的网址".to_owned();
            let mistake = Diagnostic::new(Code::BadValue, file, written.span, message);
            out.push(mistake.help("以 https:// 开头，或者以 / 开头的本站地址"));
            return None;
        }
        Some(written.value)
    });
    BrandWords {
        name,
        subtitle,
        footer,
        privacy,
    }
}

/// A colour whose `contrast` with what it stands on, or what stands on it, lets people read it.
fn colour(
    file: &str,
    written: &SpannedText,
    contrast: impl Fn(Colour) -> f64,
    out: &mut Vec<Diagnostic>,
) -> Option<Colour> {
    let Some(colour) = Colour::parse(&written.value) else {
        let message = format!("“{}”不是颜色", written.value);
        let mistake = Diagnostic::new(Code::BadValue, file, written.span.clone(), message);
        out.push(mistake.help("写成 # 和六位十六进制数，例如 \"#067d40\""));
        return None;
    };
    let found = contrast(colour);
    if found < LEAST_CONTRAST {
        let message = format!("这个颜色上的字看不清：对比度 {found:.1}，至少要 {LEAST_CONTRAST}");
        let mistake = Diagnostic::new(Code::FaintColour, file, written.span.clone(), message);
        out.push(
            mistake.help("浅色页面（accent）用深一点的颜色，深色页面（accent_dark）用浅一点的"),
        );
    }
    Some(colour)
}

/// The logo, if it is a picture.
pub(super) fn read_logo(file: &str, text: &str, out: &mut Vec<Diagnostic>) -> Option<String> {
    let problem = if text.len() > LONGEST_LOGO {
        "标志太大：最多 64 KiB"
    } else if !text.contains("<svg") || !text.contains("http://www.w3.org/2000/svg") {
        "这不是一张 SVG 图片：缺少带 xmlns=\"http://www.w3.org/2000/svg\" 的 <svg>"
    } else {
        return Some(text.to_owned());
    };
    out.push(Diagnostic::new(
        Code::BadValue,
        file,
        0..0,
        problem.to_owned(),
    ));
    None
}
