//! A knowledge folder that is small and yet large enough to train a router on: the tiny one's files, with more examples.

use crate::tiny;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const INTENTS: &[(&str, &str, &[&str])] = &[
    (
        "moving",
        "title = \"怎么迁移小程序\"\nkeywords = [{ any = [\"迁移\", \"过户\"] }]\n",
        &[
            "小程序怎么迁移",
            "迁移流程是什么",
            "怎么把小程序过户给别的公司",
            "小程序换主体怎么办理",
            "迁移要提交哪些申请",
            "过户在哪里操作",
            "想把小程序转给另一家公司",
            "变更主体的步骤",
            "主体迁移怎么弄",
            "在哪里发起迁移",
        ],
    ),
    (
        "ids",
        "title = \"迁移后 ID 变不变\"\nkeywords = [{ any = [\"openid\", \"unionid\"] }]\n",
        &[
            "迁移后 openid 会变吗",
            "换主体 unionid 变不变",
            "openid 还是原来的吗",
            "迁移以后 unionid 会失效吗",
            "过户之后用户的 openid 变化",
            "openid 全变了怎么办",
            "appid 会不会变",
            "unionid 是怎么算的",
            "老用户的 openid 还在吗",
            "迁移后拿不到 unionid",
        ],
    ),
    (
        "closing",
        "title = \"注销\"\nmenu = true\nkeywords = [\"注销\"]\n",
        &["注销", "我要注销", "注销小程序"],
    ),
    (
        "closing-shop",
        "title = \"小店小程序的注销\"\nparent = \"closing\"\n",
        &[
            "小店怎么注销",
            "微信小店小程序注销",
            "不想开小店了怎么关掉",
            "小店关店流程",
            "小店里的小程序怎么注销",
            "关闭小店以后小程序还在吗",
            "注销小店要多久",
            "小店后台哪里点注销",
        ],
    ),
    (
        "closing-company",
        "title = \"公司没了怎么注销\"\nparent = \"closing\"\n",
        &[
            "公司注销了小程序怎么办",
            "营业执照吊销了怎么注销小程序",
            "公司倒闭了小程序怎么处理",
            "主体已经不存在怎么注销",
            "公司没了还能注销吗",
            "对公账户没了怎么注销",
            "企业已注销，帐号怎么关",
            "法人不在了公司也没了",
        ],
    ),
    (
        "payment",
        "title = \"微信支付\"\ngap = true\n",
        &[
            "怎么开通支付",
            "支付接口报错",
            "微信支付手续费多少",
            "商户号怎么申请",
            "支付失败了怎么办",
        ],
    ),
    (
        "smalltalk-thanks",
        "title = \"道谢\"\n",
        &["多谢啦", "谢谢", "太感谢了"],
    ),
    (
        "smalltalk-human",
        "title = \"转人工\"\naction = \"human\"\n",
        &["让你们的人来", "转人工", "我要找真人客服"],
    ),
];

const OUT_OF_SCOPE: &[&str] = &[
    "今天天气怎么样",
    "讲个笑话",
    "北京到上海的高铁几点",
    "帮我写首诗",
    "附近有什么好吃的",
    "股票会涨吗",
];

/// A folder with these files and nothing else, so that `.env` and the database in it are the test's own.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path());
    folder
}

/// Writes these files into `folder`.
pub(crate) fn write_files(folder: &Path) {
    tiny::write_files(folder);
    let quoted = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| format!("\"{text}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    for (id, head, examples) in INTENTS {
        let text = format!("{head}examples = [{}]\n", quoted(examples));
        std::fs::write(folder.join(format!("intents/{id}.toml")), text).unwrap();
    }
    std::fs::write(
        folder.join("intents/out-of-scope.toml"),
        format!("examples = [{}]\n", quoted(OUT_OF_SCOPE)),
    )
    .unwrap();
}

/// These files in the place of the knowledge in `root`.
pub(crate) fn replace_files(root: &Path) {
    for folder in ["intents", "content"] {
        std::fs::remove_dir_all(root.join(folder)).unwrap();
    }
    write_files(root);
}

/// Every example, of gaps and out of scope too.
pub(crate) fn examples() -> impl Iterator<Item = &'static str> {
    INTENTS
        .iter()
        .flat_map(|(_, _, examples)| examples.iter())
        .chain(OUT_OF_SCOPE)
        .copied()
}

/// Runs the binary in `folder`, with nothing of our environment.
pub(crate) fn wenlu(folder: &Path, args: &[&str]) -> Output {
    wenlu_with(folder, &[], args)
}

/// As [`wenlu`], with `values` in the environment.
pub(crate) fn wenlu_with(folder: &Path, values: &[(&str, &str)], args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wenlu"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .envs(values.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What it printed, after it succeeded in silence.
pub(crate) fn printed(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}
