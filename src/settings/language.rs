//! The language of help texts. In: `WENLU_LANG`, and the locale. Out: a language. Must not know: the
//! texts.

use super::env_file;
use super::environment;
use super::reader::SettingsReader;
use std::path::Path;
use wenlu_core::model::Lang;

/// The language of help texts: `WENLU_LANG` in the environment or in `.env`, else Chinese for a
/// Chinese locale, else English. Runs before the command line is parsed, so mistakes in `.env` are
/// not reported here.
pub(crate) fn help_language() -> Lang {
    let file = env_file::read(Path::new(env_file::ENV_FILE), |_| false).unwrap_or_default();
    let lookup = environment::lookup(&file);
    own_language(&mut SettingsReader::new(&lookup))
        .or_else(|| language(&environment::locale()?))
        .unwrap_or(Lang::En)
}

/// `WENLU_LANG`; `None` if unset.
pub(super) fn own_language(reader: &mut SettingsReader<'_>) -> Option<Lang> {
    reader.get("WENLU_LANG", "zh or en", language)
}

/// `zh`, `zh_CN.UTF-8`, `en-GB`; `None` for another language.
fn language(text: &str) -> Option<Lang> {
    let tag = text.split(['_', '-', '.', '@']).next().unwrap_or_default();
    Lang::ALL
        .into_iter()
        .find(|lang| tag.eq_ignore_ascii_case(lang.tag()))
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn a_language_by_its_tag() {
        let own = |text: &str| read_pairs(&[("WENLU_LANG", text)], own_language);
        assert_eq!(
            [own("zh"), own("EN"), own("")],
            [Ok(Some(Lang::Zh)), Ok(Some(Lang::En)), Ok(None)]
        );
        assert_eq!(own("français").unwrap_err().0.len(), 1);
        let locales = ["zh_CN.UTF-8", "zh-TW", "en_GB@euro", "C.UTF-8", "zhx"];
        assert_eq!(
            locales.map(language),
            [Some(Lang::Zh), Some(Lang::Zh), Some(Lang::En), None, None]
        );
    }
}
