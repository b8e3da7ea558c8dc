//! Help and usage errors, in the language of the locale.

use crate::small;
use std::path::Path;
use std::process::{Command, Output};

fn wenlu(folder: &Path, values: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(values.iter().copied())
        .output()
        .unwrap()
}

fn help(folder: &Path, values: &[(&str, &str)], args: &[&str]) -> String {
    let output = wenlu(folder, values, args);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
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
    assert!(is_chinese(&[
        ("LC_ALL", ""),
        ("LC_MESSAGES", "zh_TW"),
        ("LANG", "en_US.UTF-8")
    ]));
    assert!(!is_chinese(&[
        ("LC_ALL", "C.UTF-8"),
        ("LANG", "zh_CN.UTF-8")
    ]));
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
    insta::assert_snapshot!(chinese(&["import", "--help"]), @"
    把别的格式变成数据文件

    用法：wenlu import [选项] <PATH>

    参数：
      <PATH>
              要读的文件或文件夹

    选项：
          --from <FROM>
              PATH 是什么格式 [默认：看里面的内容]
                tsv         制表符分隔的表格：问题和答案，或者消息<TAB>意图；范围外写 `none`，用 `|` 连起来的几个意图取第一个
                csv         同上，用逗号或分号，有引号；也包括 FastGPT 和 Dify 的
                xlsx        同上，电子表格：XLSX、XLS 或 ODS
                jsonl       同上，JSON：一行一个对象，或对象的列表
                rasa        Rasa 1 到 3：项目文件夹，或其中的文件
                wechat      微信对话开放平台：技能的 CSV 或 JSON
                qnamaker    微软 QnA Maker 和自定义问答：TSV 或 JSON
                botpress    Botpress 12 及以前：问答和意图
                nlpjs       nlp.js 语料：JSON 文件，或一种语言一个文件的文件夹
                dialogflow  Dialogflow ES：导出的 zip，或文件夹
                qnabot      AWS 的 QnABot：导出的 JSON
                intents     intents.json：tag、patterns、responses 的列表
                chatterbot  ChatterBot 语料：对话的 YAML 文件，或它们的文件夹

          --root <DIR>
              放 intents/ 和 content/ 的文件夹 [默认：当前文件夹有 intents/ 就是它，否则用内置的知识] [环境变量：WENLU_ROOT]

          --log <FILTER>
              记哪些日志，如 `info`、`wenlu=debug` [环境变量：WENLU_LOG]

          --out <DIR>
              要写的文件夹；必须是空的，或还不存在

          --into <DIR>
              要并进去的知识文件夹：新的加进去，从它导出的表格改过的写回来，有冲突的保持原样

          --columns <COLUMNS>
              表格的各列是什么，写列号、字母或列名，例如 question=2,answer=3；header=no 表示第一行不是表头

          --dry-run
              只说会得到什么，什么都不写

          --notes <FILE>
              把每一条说明写进这个文件，一行一条；文件必须还不存在

          --json
              结果和每一条说明，写成一个 JSON 对象

      -h, --help
              显示说明（-h 是简要的）

    退出码：
      0  完成
      1  什么都没有写：读不了、被拒绝，或者已有这些文件
      2  用法不对
    ");
    insta::assert_snapshot!(chinese(&["help", "init"]), @"
    把内置的知识写成文件，供您修改

    用法：wenlu init [选项] [DIR]

    参数：
      [DIR]  要放 intents/、content/ 和 schema/ 的文件夹 [默认：.]

    选项：
          --empty         只建文件夹，用来写别的行业的知识
          --root <DIR>    放 intents/ 和 content/ 的文件夹 [默认：当前文件夹有 intents/ 就是它，否则用内置的知识] [环境变量：WENLU_ROOT]
          --log <FILTER>  记哪些日志，如 `info`、`wenlu=debug` [环境变量：WENLU_LOG]
      -h, --help          显示说明
    ");
    let all = chinese(&["--help"]);
    for word in ["Usage", "Options", "Commands", "Print", "default"] {
        assert!(!all.contains(word), "{word}: {all}");
    }
    assert_eq!(
        chinese(&["--version"]),
        help(folder.path(), &[], &["--version"])
    );
}

#[test]
fn mistakes_in_chinese() {
    let folder = small::folder();
    let said = |args: &[&str]| {
        let output = wenlu(folder.path(), &[("LANG", "zh_CN.UTF-8")], args);
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(2), &b""[..]),
            "{args:?}"
        );
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.starts_with("错误：") && !text.contains("Usage"),
            "{text}"
        );
        text
    };
    insta::assert_snapshot!(said(&["chek"]), @"
    错误：没有 `chek` 这个命令
      您是不是要写 `check` 或 `schema`？

    用法：wenlu [选项] [命令]

    详见 wenlu --help
    ");
    insta::assert_snapshot!(said(&["check", "--jsn"]), @"
    错误：没有 `--jsn` 这个参数
      您是不是要写 `--json`？

    用法：wenlu check --json [DIR]

    详见 wenlu check --help
    ");
    let first = |args: &[&str]| said(args).lines().next().unwrap_or_default().to_owned();
    let all = [
        first(&["check", "--deny", "all"]),
        first(&["check", "--deny"]),
        first(&["eval"]),
        first(&["eval", "--cross-validate", "--folds", "99"]),
        first(&["new", "a", "--gap", "--menu"]),
        first(&["new", "a", "--gap", "--gap"]),
        first(&["review", "show"]),
        first(&["explain", "a", "b"]),
        first(&["serve", "--listen", "nowhere"]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    错误：`--deny <WHAT>` 不能是 `all`；可选：warnings、notes
    错误：`--deny <WHAT>` 后面要有值；可选：warnings、notes
    错误：还缺 `<--data <FILE.tsv>...|--cross-validate|--dialogues [<DIR|FILE>...]>`
    错误：`--folds <N>` 不能是 `99`：99 is not in 2..=20
    错误：`--gap` 不能和 `--menu` 一起用
    错误：`--gap` 只能写一次
    错误：还缺 `<ID>`
    错误：没有 `b` 这个参数
    错误：`--listen <ADDR:PORT>` 不能是 `nowhere`：invalid socket address syntax
    ");
    let english = wenlu(folder.path(), &[("LANG", "en_US.UTF-8")], &["chek"]);
    assert!(
        String::from_utf8(english.stderr)
            .unwrap()
            .starts_with("error: unrecognized subcommand 'chek'")
    );
}
