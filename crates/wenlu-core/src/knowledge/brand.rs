//! The brand: what the bot calls itself, and its colours. In: a brand as its file has it. Out: the
//! words in a language. Must not know: files, pages.

use crate::model::Lang;
use std::collections::BTreeMap;

/// What a service wants to look like. What is left out keeps its built-in form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The colour of buttons and links on light ground.
    pub accent: Option<Colour>,
    /// The same on dark ground.
    pub accent_dark: Option<Colour>,
    /// The text of an SVG picture.
    pub logo: Option<String>,
    /// The words of each language.
    pub words: BTreeMap<Lang, BrandWords>,
}

/// What stands on the pages in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrandWords {
    /// The bot's name.
    pub name: Option<String>,
    /// What it is for, in a few words.
    pub subtitle: Option<String>,
    /// A line below the field in which one types.
    pub footer: Option<String>,
    /// The address of the privacy notice.
    pub privacy: Option<String>,
}

/// A colour of three bytes: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

/// What stands on the pages in one language, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageWords {
    /// The bot's name.
    pub name: String,
    /// What it is for, in a few words.
    pub subtitle: String,
    /// A line below the field in which one types.
    pub footer: String,
    /// The address of the privacy notice.
    pub privacy: Option<String>,
}

impl Brand {
    /// The words in `lang`. Those that are left out in it are taken from another language; those
    /// that are left out in all are the built-in ones.
    pub fn words_in(&self, lang: Lang) -> PageWords {
        let order = std::iter::once(lang).chain(Lang::ALL.into_iter().filter(|l| *l != lang));
        let all: Vec<&BrandWords> = order.filter_map(|lang| self.words.get(&lang)).collect();
        let first =
            |of: fn(&BrandWords) -> &Option<String>| all.iter().find_map(|words| of(words).clone());
        let built_in = PageWords::built_in(lang);
        PageWords {
            name: first(|words| &words.name).unwrap_or(built_in.name),
            subtitle: first(|words| &words.subtitle).unwrap_or(built_in.subtitle),
            footer: first(|words| &words.footer).unwrap_or(built_in.footer),
            privacy: first(|words| &words.privacy),
        }
    }
}

impl PageWords {
    fn built_in(lang: Lang) -> Self {
        let (name, subtitle, footer) = match lang {
            Lang::Zh => ("问路", "在线客服", "自动回复，仅供参考，请以最新规则为准"),
            Lang::En => (
                "Wenlu",
                "Support",
                "Automatic answers for reference; the latest rules prevail",
            ),
        };
        PageWords {
            name: name.to_owned(),
            subtitle: subtitle.to_owned(),
            footer: footer.to_owned(),
            privacy: None,
        }
    }

    /// Name and subtitle in one line.
    pub fn title(&self) -> String {
        format!("{} · {}", self.name, self.subtitle)
    }
}

impl Colour {
    /// `#rrggbb` or `#rgb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let digit = |at: usize| {
            let c = digits.as_bytes().get(at)?;
            char::from(*c).to_digit(16).map(|value| value as u8)
        };
        let channel = |at: usize| match digits.len() {
            6 => Some(digit(2 * at)? * 16 + digit(2 * at + 1)?),
            3 => Some(digit(at)? * 17),
            _ => None,
        };
        Some(Colour([channel(0)?, channel(1)?, channel(2)?]))
    }

    /// Contrast with another colour, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2).
    fn luminance(self) -> f64 {
        let channel = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                libm::pow((c + 0.055) / 1.055, 2.4)
            }
        };
        let [red, green, blue] = self.0.map(channel);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// This colour laid over `ground`, with `share` of it, 0 to 1.
    pub(super) fn over(self, ground: Self, share: f64) -> Self {
        let mixed = |at: usize| {
            let (mine, under) = (f64::from(self.0[at]), f64::from(ground.0[at]));
            libm::round(mine * share + under * (1.0 - share)) as u8
        };
        Colour([mixed(0), mixed(1), mixed(2)])
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_compared() {
        assert_eq!(Colour::parse("#067D40"), Some(Colour([6, 125, 64])));
        assert_eq!(Colour::parse("#fff"), Some(Colour([255; 3])));
        for bad in ["067d40", "#067d4", "#06 d40", "green", "#蓝蓝", ""] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
        let (black, white) = (Colour([0; 3]), Colour([255; 3]));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert!((white.contrast(white) - 1.0).abs() < 1e-9);
        // WebAIM's contrast checker gives 4.54 for this grey
        assert!((Colour([118; 3]).contrast(white) - 4.54).abs() < 0.01);
        assert_eq!(black.over(white, 0.1).to_string(), "#e6e6e6");
    }

    #[test]
    fn what_a_language_leaves_out_another_says() {
        let words = |name: &str| BrandWords {
            name: Some(name.to_owned()),
            ..BrandWords::default()
        };
        let brand = Brand {
            words: BTreeMap::from([(Lang::Zh, words("小店"))]),
            ..Brand::default()
        };
        assert_eq!(brand.words_in(Lang::En).title(), "小店 · Support");
        assert_eq!(
            Brand::default().words_in(Lang::Zh).title(),
            "问路 · 在线客服"
        );
    }
}
