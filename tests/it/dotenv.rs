//! `.env`, the environment and the knowledge folder, as whoever starts the program gets them right or wrong.

use crate::small;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in `folder` with nothing but `values` in its environment.
fn wenlu(folder: &Path, values: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wenlu"));
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(values.iter().copied())
        .env("HOME", folder)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What `explain` says in a folder with this `.env`, which sets the threshold.
fn threshold(env: &str) -> f64 {
    let folder = small::folder();
    std::fs::write(folder.path().join(".env"), env).unwrap();
    let output = wenlu(folder.path(), &[], &["explain", "--json", "小程序怎么迁移"]);
    assert_eq!(said(&output), "", "{env:?}");
    let explained: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    explained["limits"]["answer"].as_f64().unwrap()
}

#[test]
fn however_an_editor_writes_it() {
    for env in [
        "\u{feff}WENLU_THRESHOLD=0.7\n",
        "\u{feff}# 阈值\r\nWENLU_THRESHOLD=0.7\r\n",
        "export WENLU_THRESHOLD='0.7'",
        "WENLU_THRESHOLD=\"0.7\"   # 七成\n",
        "WENLU_THRESHOLD = 0.7 # 七成\nOTHER=\"$nothing\"\nANOTHER='open\n",
    ] {
        assert_eq!(threshold(env), 0.7);
    }
}

#[test]
fn a_line_of_another_program_takes_none_of_ours_with_it() {
    for foreign in [
        "HOME_DIR=C:\\bot\\",
        "GREETING=it's",
        "GREETING='it's'",
        "SIZE=5\"",
        "KEY=\"one\n\\two\"",
    ] {
        assert_eq!(
            threshold(&format!(
                "{foreign}\nWENLU_THRESHOLD=0.7\nNOTE='that is all'\n"
            )),
            0.7,
            "{foreign}"
        );
    }
}

#[test]
fn a_name_that_is_none_of_ours() {
    let folder = small::folder();
    let env = "DATABSE_URL=postgres://u:hunter2@db/x\n\nREDIS_URL=x\nWENLU_TRESHOLD=hunter2\nWENLU_LOG=info\nWENLU_LOG=warn\n";
    std::fs::write(folder.path().join(".env"), env).unwrap();
    let output = wenlu(
        folder.path(),
        &[("WENLU_PORT", "hunter2"), ("WENLU_QUITE_ELSE", "x")],
        &["route", "转人工"],
    );
    assert!(output.status.success());
    insta::assert_snapshot!(said(&output), @"
    警告 / warning: .env:1: 没有 DATABSE_URL 这个设置，没有用它；您是不是要写 DATABASE_URL？ / unknown setting; did you mean DATABASE_URL?
    警告 / warning: .env:4: 没有 WENLU_TRESHOLD 这个设置，没有用它；您是不是要写 WENLU_THRESHOLD？ / unknown setting; did you mean WENLU_THRESHOLD?
    警告 / warning: .env:5: 第 6 行又设了一次 WENLU_LOG，以那一行为准 / WENLU_LOG is set again in line 6
    警告 / warning: 环境变量 / environment: 没有 WENLU_PORT 这个设置，没有用它；您是不是要写 WENLU_LISTEN？ / unknown setting; did you mean WENLU_LISTEN?
    警告 / warning: 环境变量 / environment: 没有 WENLU_QUITE_ELSE 这个设置，没有用它；都有哪些，见 .env.example / unknown setting; .env.example lists them
    ");
}

#[test]
fn a_line_that_cannot_be_read_and_a_value_that_cannot_be_used() {
    let folder = small::folder();
    std::fs::write(
        folder.path().join(".env"),
        "# a\n\nTELOXIDE_TOKEN hunter2\nWENLU_ROOT=hunter2 hunter2\n",
    )
    .unwrap();
    let output = wenlu(folder.path(), &[], &["route", "转人工"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(said(&output), @"
    wenlu: 设置有误 / these settings cannot be used:
      .env:3: 每行写成 NAME=值，注释放在 # 后面 / each line is NAME=value, or a comment after #
      .env:4: WENLU_ROOT: 值后面还有别的内容；值里有空格就放进引号，注释前面加空格和 # / more text after the value: put a value with spaces into quotes
    ");
    std::fs::write(folder.path().join(".env"), "\nWENLU_THRESHOLD=hunter2\n").unwrap();
    let output = wenlu(
        folder.path(),
        &[("WENLU_LISTEN", "hunter2")],
        &["route", "转人工"],
    );
    insta::assert_snapshot!(said(&output), @"
    wenlu: 设置有误 / these settings cannot be used:
      环境变量 / environment: WENLU_LISTEN: an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080
      .env:2: WENLU_THRESHOLD: a number from 0 to 1, such as 0.62
    ");
}

/// A proxy counts where a bot is set, by either name; what is meant for other programs is left alone.
#[test]
fn a_proxy_that_cannot_be_used() {
    let folder = small::folder();
    let token = "TELOXIDE_TOKEN=123456789:AAExampleExampleExampleExampleExampl\n";
    let env = |env: &str| {
        std::fs::write(folder.path().join(".env"), env).unwrap();
        let output = wenlu(folder.path(), &[], &["route", "转人工"]);
        (output.status.success(), said(&output))
    };
    insta::assert_snapshot!(env(&format!("{token}\nhttps_proxy=socks6://u:hunter2@127.0.0.1:1080\n")).1, @"
    wenlu: 设置有误 / these settings cannot be used:
      .env:3: HTTPS_PROXY: a proxy, such as http://127.0.0.1:7890, or socks5h://USER:PASSWORD@HOST:1080 (http, https, socks5 or socks5h)
    ");
    for fine in [
        "HTTPS_PROXY=socks6://127.0.0.1:1080\nFTP_PROXY=x\nno_proxy=a,b\n".to_owned(),
        format!("{token}https_proxy=127.0.0.1:7890\n"),
    ] {
        assert_eq!(env(&fine), (true, String::new()), "{fine}");
    }
}

#[test]
fn a_root_that_is_wrong() {
    let folder = small::folder();
    let (here, inside) = (
        folder.path().canonicalize().unwrap(),
        folder.path().join("inside"),
    );
    std::fs::create_dir_all(inside.join("content")).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let fails = |values: &[(&str, &str)], args: &[&str]| {
        let output = wenlu(&inside, values, args);
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(1), &b""[..]),
            "{args:?}"
        );
        said(&output).replace(&*here.to_string_lossy(), "/home")
    };
    for command in [
        &["check"][..],
        &["route", "x"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["new", "x"],
        &["review"],
    ] {
        let wrong = fails(&[("WENLU_ROOT", "../none")], command);
        assert!(
            wrong.contains("/home/inside/../none: 没有这个文件夹"),
            "{command:?}: {wrong}"
        );
        assert!(
            wrong.contains("来自 WENLU_ROOT，环境变量"),
            "{command:?}: {wrong}"
        );
    }
    std::fs::write(inside.join(".env"), "\nWENLU_ROOT=.\n").unwrap();
    insta::assert_snapshot!(fails(&[], &["check"]), @"
    wenlu: /home/inside: 这里不是知识文件夹：没有 intents/ / no knowledge folder: it has no intents/（来自 WENLU_ROOT，.env:2 / from WENLU_ROOT）
    帮助 / help: 改成有 intents/ 和 content/ 的文件夹；`wenlu init /home/inside` 会在那里写好内置的知识 / name a folder that holds intents/ and content/, or make one: `wenlu init /home/inside`
    ");
    let near = fails(&[], &["check", "../intents"]);
    assert!(
        near.contains("来自命令行") && near.contains("您是不是要用 /home？"),
        "{near}"
    );
    let flag = fails(&[], &["--root", "../file", "check"]);
    assert!(
        flag.contains("/home/file: 这不是文件夹") && flag.contains("来自 --root"),
        "{flag}"
    );
    // a flag that is right goes before a setting that is wrong
    assert_eq!(
        wenlu(&inside, &[], &["--root", "..", "route", "转人工"])
            .status
            .code(),
        Some(0)
    );
}

#[tokio::test]
async fn a_server_says_it_in_its_log() {
    let folder = tempfile::tempdir().unwrap();
    crate::tiny::write_files(folder.path());
    std::fs::write(
        folder.path().join(".env"),
        "WENLU_LOG_FORMAT=json\nWENLU_LISTENS=x\n",
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env_clear()
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let first: serde_json::Value =
        serde_json::from_str(&lines.map_while(Result::ok).next().unwrap()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let warning = first["fields"]["warning"].as_str().unwrap();
    assert!(
        warning.starts_with(".env:2: ") && warning.contains("WENLU_LISTEN？"),
        "{first}"
    );
}
