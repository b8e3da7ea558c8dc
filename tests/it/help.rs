//! Help and usage errors, in the language of the locale.

use crate::small;
use std::path::Path;
use std::process::{Command, Output};

fn wenlu(folder: &Path, values: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command.args(args).current_dir(folder).env_clear().envs(values.iter().copied()).output().unwrap()
}

fn help(folder: &Path, values: &[(&str, &str)], args: &[&str]) -> String {
    let output = wenlu(folder, values, args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_variable_that_is_set_says_the_language() {
    let folder = tempfile::tempdir().unwrap();
    let is_chinese = |values: &[(&str, &str)]| {
        let text = help(folder.path(), values, &["check", "--help"]);
        assert_ne!(text.contains("用法："), text.contains("Usage:"), "{text}");
        text.contains("用法：")
    };
    assert!(!is_chinese(&[]));
    assert!(is_chinese(&[("LANG", "zh_CN.UTF-8")]));
    assert!(is_chinese(&[("LC_ALL", ""), ("LC_MESSAGES", "zh_TW"), ("LANG", "en_US.UTF-8")]));
    assert!(!is_chinese(&[("LC_ALL", "C.UTF-8"), ("LANG", "zh_CN.UTF-8")]));
    assert!(!is_chinese(&[("LANG", "de_DE.UTF-8")]));
    assert!(is_chinese(&[("WENLU_LANG", "zh"), ("LC_ALL", "en_US")]));
    std::fs::write(folder.path().join(".env"), "\u{feff}WENLU_LANG=zh\n").unwrap();
    assert!(is_chinese(&[("LC_ALL", "en_US")]));
    assert!(!is_chinese(&[("WENLU_LANG", "en"), ("LANG", "zh_CN")]));
}

#[test]
fn a_page_of_help_in_chinese() {
    let folder = tempfile::tempdir().unwrap();
    let chinese = |args: &[&str]| help(folder.path(), &[("WENLU_LANG", "zh")], args);
    insta::assert_snapshot!(chinese(&["import", "--help"]), @"");
    insta::assert_snapshot!(chinese(&["help", "init"]), @"");
    let all = chinese(&["--help"]);
    for word in ["Usage", "Options", "Commands", "Print", "default"] {
        assert!(!all.contains(word), "{word}: {all}");
    }
    assert_eq!(chinese(&["--version"]), help(folder.path(), &[], &["--version"]));
}

#[test]
fn mistakes_in_chinese() {
    let folder = small::folder();
    let said = |args: &[&str]| {
        let output = wenlu(folder.path(), &[("LANG", "zh_CN.UTF-8")], args);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{args:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("错误：") && !text.contains("Usage"), "{text}");
        text
    };
    insta::assert_snapshot!(said(&["chek"]), @"");
    insta::assert_snapshot!(said(&["check", "--jsn"]), @"");
    let first = |args: &[&str]| said(args).lines().next().unwrap_or_default().to_owned();
    let all = [
        first(&["check", "--deny", "all"]),
        first(&["check", "--deny"]),
        first(&["eval"]),
        first(&["eval", "--cross-validate", "--folds", "99"]),
        first(&["new", "a", "--gap", "--menu"]),
        first(&["new", "a", "--gap", "--gap"]),
        first(&["review", "show"]),
        first(&["store"]),
        first(&["explain", "a", "b"]),
        first(&["serve", "--listen", "nowhere"]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"");
    let english = wenlu(folder.path(), &[("LANG", "en_US.UTF-8")], &["chek"]);
    assert!(String::from_utf8(english.stderr).unwrap().starts_with("error: unrecognized subcommand 'chek'"));
}
