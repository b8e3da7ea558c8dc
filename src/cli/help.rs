//! Help texts and usage errors, in the user's language. In: the arguments and a language. Out:
//! the parsed command, or a printed text and an exit code. Must not know: what a command does.
//!
//! The English texts are the doc comments of the flags; [`chinese`] has their translations, and a
//! test finds missing ones.

mod chinese;
mod usage;

use super::context::tell_failure;
use super::output::{err_text, out_text};

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::process::ExitCode;
use wenlu_core::model::Lang;

/// Parses the arguments. If help was asked for or they are wrong, prints the text and returns the
/// exit code.
pub(super) fn parse<C: CommandFactory + FromArgMatches>(
    arguments: impl IntoIterator<Item = OsString>,
    lang: Lang,
) -> Result<C, ExitCode> {
    let mut command = command::<C>(lang);
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|mut matches| {
            C::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
        });
    parsed.map_err(|error| {
        let text = match (lang, error.kind()) {
            (Lang::En, _) => error.render().ansi().to_string(),
            (Lang::Zh, ErrorKind::DisplayVersion | ErrorKind::Io | ErrorKind::Format) => {
                error.render().ansi().to_string()
            }
            (
                Lang::Zh,
                ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
            ) => claps_words(&error.render().ansi().to_string()),
            (Lang::Zh, _) => usage::mistake(&error),
        };
        if error.use_stderr() {
            err_text(&text);
        } else if let Err(error) = out_text(&text) {
            tell_failure(&error);
            return ExitCode::FAILURE;
        }
        u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
    })
}

fn command<C: CommandFactory>(lang: Lang) -> Command {
    let mut command = C::command();
    if lang == Lang::Zh {
        // adds what clap generates (`help`, `--help`, `--version`), so that it is translated too
        command.build();
        command = in_chinese(command);
    }
    command
}

fn in_chinese(command: Command) -> Command {
    let [about, long_about, after] = [
        command.get_about(),
        command.get_long_about(),
        command.get_after_help(),
    ]
    .map(|text| text.and_then(translated));
    let mut command = command
        .mut_args(argument_in_chinese)
        .mut_subcommands(in_chinese);
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(about) = long_about {
        command = command.long_about(about);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    command
}

fn argument_in_chinese(argument: Arg) -> Arg {
    let values = argument.get_possible_values();
    let has_help = values.iter().any(|value| value.get_help().is_some());
    let [help, long_help] =
        [argument.get_help(), argument.get_long_help()].map(|text| text.and_then(translated));
    let mut argument = argument;
    if let Some(help) = help {
        argument = argument.help(help);
    }
    if let Some(help) = long_help {
        argument = argument.long_help(help);
    }
    if has_help {
        // `--help` lists the meaning of each value
        let listed = values.iter().map(|value| {
            let help = value.get_help().and_then(translated).unwrap_or_default();
            format!("\n  {:<12}{help}", value.get_name())
        });
        let long = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
            + &listed.collect::<String>();
        argument = argument.long_help(long).hide_possible_values(true);
    }
    argument
}

/// The translation of an English text, if there is one.
fn translated(english: &StyledStr) -> Option<&'static str> {
    let english = english.to_string();
    chinese::TEXTS
        .iter()
        .find(|(text, _)| *text == english)
        .map(|(_, chinese)| *chinese)
}

/// Words that clap itself puts into help texts.
const CLAPS_WORDS: &[(&str, &str)] = &[
    ("Usage:", "用法："),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("[OPTIONS]", "[选项]"),
    ("[COMMAND]", "[命令]"),
    ("<COMMAND>", "<命令>"),
    ("[default: ", "[默认："),
    ("[possible values: ", "[可选："),
];

fn claps_words(help: &str) -> String {
    let text = CLAPS_WORDS
        .iter()
        .fold(help.to_owned(), |text, (english, chinese)| {
            text.replace(english, chinese)
        });
    // a full-width colon needs no space after it
    text.replace("用法： ", "用法：")
        .replace("用法：\u{1b}[0m ", "用法：\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use std::collections::BTreeSet;

    /// All texts of the help pages, each with its command and flag.
    fn texts(command: &Command, path: &str, out: &mut Vec<(String, String)>) {
        let mut put = |at: String, text: Option<&StyledStr>| {
            out.extend(text.map(|text| (at, text.to_string())))
        };
        put(path.to_owned(), command.get_about());
        put(path.to_owned(), command.get_long_about());
        put(path.to_owned(), command.get_after_help());
        for argument in command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
        {
            let at = format!("{path} {}", argument.get_id());
            assert!(
                argument.get_help().is_some() || argument.is_positional(),
                "{at} says nothing of itself"
            );
            put(at.clone(), argument.get_help());
            put(at.clone(), argument.get_long_help());
            // in Chinese the long help lists the values
            if !argument.is_hide_possible_values_set() {
                argument
                    .get_possible_values()
                    .iter()
                    .for_each(|value| put(at.clone(), value.get_help()));
            }
        }
        // `help` repeats all subcommands
        for inner in command
            .get_subcommands()
            .filter(|inner| path != "wenlu" || inner.get_name() != "help")
        {
            if !path.ends_with(" help") {
                texts(inner, &format!("{path} {}", inner.get_name()), out);
            }
        }
    }

    fn shown(lang: Lang) -> Vec<(String, String)> {
        let (mut command, mut out) = (command::<Cli>(lang), Vec::new());
        command.build();
        texts(&command, "wenlu", &mut out);
        out
    }

    #[test]
    fn every_text_has_its_chinese_and_none_is_left_over() {
        let english = shown(Lang::En);
        let known: BTreeSet<&str> = chinese::TEXTS.iter().map(|(english, _)| *english).collect();
        let missing: Vec<_> = english
            .iter()
            .filter(|(_, text)| !known.contains(text.as_str()))
            .collect();
        assert!(
            missing.is_empty(),
            "no Chinese in src/cli/help/chinese.rs for {missing:#?}"
        );
        let used: BTreeSet<&str> = english.iter().map(|(_, text)| text.as_str()).collect();
        let left: Vec<_> = known.iter().filter(|text| !used.contains(*text)).collect();
        assert!(left.is_empty(), "no help text reads so: {left:#?}");
        assert_eq!(
            known.len(),
            chinese::TEXTS.len(),
            "a text stands there twice"
        );
        let is_chinese = |text: &str| text.chars().any(wenlu_core::text::normalize::is_han);
        let foreign: Vec<_> = shown(Lang::Zh)
            .into_iter()
            .filter(|(_, text)| !is_chinese(text))
            .collect();
        assert!(foreign.is_empty(), "{foreign:#?}");
    }

    #[test]
    fn both_languages_take_the_same_arguments() {
        for lang in Lang::ALL {
            command::<Cli>(lang).debug_assert();
            let parsed = parse::<Cli>(
                ["wenlu", "--root", "x", "check", "--json"].map(OsString::from),
                lang,
            )
            .unwrap();
            assert_eq!(
                parsed.global.root.as_deref(),
                Some(std::path::Path::new("x"))
            );
        }
    }
}
