//! A bot small enough to read: five answers, a menu, a gap, two pieces of small talk, and a router that is a table, so
//! that what is tested here does not depend on how well anything is routed.

use std::path::Path;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::dialogue::TextRouter;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::Lang;
use wenlu_core::model::{Candidate, Decision, Routing};

const FILES: &[(&str, &str)] = &[
    (
        "intents/moving.toml",
        r##"
title = "怎么迁移小程序"
title_en = "How do I move a mini program?"
related = ["ids"]
examples = ["小程序怎么迁移", "迁移流程是什么"]
[follow_up]
"要多久" = "#how-long"
"需要什么材料" = "#materials"
"##,
    ),
    (
        "content/zh/moving.md",
        "# 怎么迁移小程序\n\n由原主体的管理员发起，按下面的步骤办理：\n\n1. 登录[微信公众平台](https://mp.weixin.qq.com)。\n2. 打开“设置”。\n3. 上传公证书。\n4. 等待审核。\n\n> 提示：审核期间请不要改名。\n\n## 需要什么材料 {#materials}\n\n- 公证书\n- 申请函\n\n## 要多久 {#how-long}\n\n一般 **7 天**。\n",
    ),
    (
        "content/en/moving.md",
        "# How do I move a mini program?\n\nThe administrator starts it:\n\n1. Sign in.\n2. Open Settings.\n3. Upload the deed.\n4. Wait.\n\n## What do I need? {#materials}\n\n- A deed\n\n## How long does it take? {#how-long}\n\n**7 days**.\n",
    ),
    (
        "intents/ids.toml",
        r##"
title = "迁移后 ID 变不变"
examples = ["迁移后 openid 会变吗"]
[follow_up]
"unionid" = "#unionid"
"##,
    ),
    (
        "content/zh/ids.md",
        "# 迁移后 ID 变不变\n\n都不会变。\n\n## unionID 呢 {#unionid}\n\n要看 open 帐号有没有变。\n",
    ),
    (
        "intents/closing.toml",
        "title = \"注销\"\nmenu = true\nexamples = [\"注销\"]\n",
    ),
    (
        "intents/closing-shop.toml",
        "title = \"小店小程序的注销\"\nparent = \"closing\"\nexamples = [\"小店怎么注销\"]\n",
    ),
    (
        "content/zh/closing-shop.md",
        "# 小店小程序的注销\n\n在小店后台注销：\n\n1. 打开后台。\n2. 点“注销”。\n",
    ),
    (
        "intents/closing-company.toml",
        "title = \"公司没了怎么注销\"\nparent = \"closing\"\nexamples = [\"公司注销了小程序怎么办\"]\n",
    ),
    (
        "content/zh/closing-company.md",
        "# 公司没了怎么注销\n\n需要有对公账户。\n",
    ),
    (
        "intents/payment.toml",
        "title = \"微信支付\"\ngap = true\nrelated = [\"moving\"]\nexamples = [\"怎么开通支付\"]\n",
    ),
    (
        "intents/smalltalk-thanks.toml",
        "title = \"道谢\"\nexamples = [\"多谢啦\"]\n",
    ),
    ("content/zh/smalltalk-thanks.md", "# 道谢\n\n不客气！\n"),
    (
        "intents/smalltalk-human.toml",
        "title = \"转人工\"\naction = \"human\"\nexamples = [\"让你们的人来\"]\n",
    ),
    (
        "content/zh/smalltalk-human.md",
        "# 转人工\n\n好的，同事会在{{ service_reply }}回复您。\n",
    ),
    (
        "intents/lexicon.toml",
        "words = [\"小程序\"]\ngeneric = [\"怎么\"]\nfiller = [\"请问\"]\nsynonyms = []\n",
    ),
    (
        "intents/out-of-scope.toml",
        "examples = [\"今天天气怎么样\"]\n",
    ),
    (
        "content/variables.toml",
        "bot_name = \"问路\"\nbot_name_en = \"Wenlu\"\nservice_hours = \"工作日 9:00–18:00\"\nservice_hours_en = \"9:00–18:00\"\n\
         service_reply = \"一个工作日内\"\nservice_reply_en = \"within one working day\"\nmp_url = \"https://mp.weixin.qq.com\"\n",
    ),
];

/// The files above in `folder`, with the bot's shipped sentences.
pub(crate) fn write_files(folder: &Path) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for (path, text) in FILES {
        write(path, text);
    }
    let zh = std::fs::read_to_string(shipped.join("zh/_bot.toml")).unwrap();
    let (_, sentences) = zh.split_once("\n]\n").unwrap();
    write(
        "content/zh/_bot.toml",
        &format!("hot = [\"moving\", \"closing\"]\n{sentences}"),
    );
    write(
        "content/en/_bot.toml",
        &std::fs::read_to_string(shipped.join("en/_bot.toml")).unwrap(),
    );
}

pub(crate) fn knowledge() -> Knowledge {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path());
    match load(&KnowledgeSource::Folder(folder.path().to_owned())) {
        Ok(loaded) => Knowledge {
            version: "tiny".into(),
            ..loaded.knowledge
        },
        Err(error) => panic!("{}", error.render(false)),
    }
}

/// Routes what stands in the table; all else is unknown.
pub(crate) struct Table;

impl TextRouter for Table {
    fn route(&self, text: &str) -> Routing {
        let candidates = |ids: &[(&str, f64)]| {
            ids.iter()
                .map(|(id, confidence)| Candidate {
                    intent: (*id).to_owned(),
                    confidence: *confidence,
                })
                .collect()
        };
        let lang = if text.is_ascii() { Lang::En } else { Lang::Zh };
        let unknown = Routing {
            text: text.to_owned(),
            decision: Decision::Unknown,
            intent: None,
            confidence: 0.02,
            gap: None,
            gap_probability: 0.0,
            also: None,
            candidates: candidates(&[("ids", 0.02)]),
            choices: vec![],
            lang,
            scored_by: None,
            is_elsewhere: false,
        };
        let answer = |intent: &str, second: &str| Routing {
            decision: Decision::Answer,
            intent: Some(intent.to_owned()),
            confidence: 0.9,
            candidates: candidates(&[(intent, 0.9), (second, 0.1)]),
            ..unknown.clone()
        };
        let choices = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        match text {
            "小程序怎么迁移" | "迁移小程序要多久" | "how to move a mini program" => {
                answer("moving", "ids")
            }
            "openid 会变吗" => answer("ids", "moving"),
            "小店怎么注销" => answer("closing-shop", "closing-shop"),
            // similar words, another topic
            "小程序怎么转走" => answer("ids", "moving"),
            "怎么迁移，openid 会变吗" => Routing {
                also: candidates(&[("ids", 0.8)]).pop(),
                ..answer("moving", "ids")
            },
            "多谢啦" => answer("smalltalk-thanks", "ids"),
            "让你们的人来" => answer("smalltalk-human", "ids"),
            "注销" => Routing {
                decision: Decision::Menu,
                intent: Some("closing".into()),
                choices: choices(&["closing-company", "closing-shop"]),
                ..unknown
            },
            "注销怎么弄" => Routing {
                decision: Decision::Clarify,
                confidence: 0.5,
                candidates: candidates(&[
                    ("closing-shop", 0.5),
                    ("closing-company", 0.4),
                    ("ids", 0.1),
                ]),
                choices: choices(&["closing-shop", "closing-company"]),
                ..unknown
            },
            "回见啦您" | "回见，先说注销" => Routing {
                decision: Decision::Clarify,
                choices: match text {
                    "回见啦您" => choices(&["smalltalk-thanks", "smalltalk-human"]),
                    _ => choices(&["smalltalk-thanks", "closing-shop"]),
                },
                ..unknown
            },
            "怎么开通支付" => Routing {
                gap: Some("payment".into()),
                ..unknown
            },
            _ => unknown,
        }
    }
}
