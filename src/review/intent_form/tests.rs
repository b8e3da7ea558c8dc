//! The form against the shipped data files, and against small ones.

use super::*;
use crate::source::KnowledgeSource;
use wenlu_core::knowledge::files::{DataFiles, FileRole};
use wenlu_core::model::Lang;

fn target(known: Option<&str>, id: &str) -> FormTarget {
    FormTarget {
        known: known.map(str::to_owned),
        id: id.to_owned(),
    }
}

/// As a browser sends it back: lines joined in a text area, line breaks as on Windows.
fn sent_back(form: &IntentForm) -> IntentForm {
    let list = |lines: &[String]| lines_of(&lines.join("\r\n"));
    let mut form = form.clone();
    form.examples = list(&form.examples);
    form.not = list(&form.not);
    form.keywords = list(&form.keywords);
    form.related = list(&form.related);
    form.follow_ups = list(&form.follow_ups);
    for row in &mut form.sections {
        row.examples = list(&row.examples);
    }
    for reply in form.replies.values_mut() {
        *reply = reply_text::field_text(&reply.replace('\n', "\r\n"));
    }
    form
}

#[test]
fn every_shipped_intent_is_saved_without_a_change() {
    let files = KnowledgeSource::Embedded.files();
    let mut count = 0;
    for path in files.entries.keys() {
        let FileRole::Intent(id) = FileRole::of(path) else {
            continue;
        };
        let opened = read_form(&files, &id).unwrap();
        assert!(
            !opened.form.title.is_empty() && !opened.form.tests.is_empty(),
            "{id}"
        );
        let typed = sent_back(&opened.form);
        let planned = plan_form(&files, &target(Some(&id), &id), &typed).unwrap();
        assert_eq!(planned.change.diff(), "", "{id}");
        assert_eq!(planned.form, opened.form, "{id}");
        assert_eq!(problems_of(&files, &id, &opened, &typed), [], "{id}");
        count += 1;
    }
    assert!(count > 50, "{count}");
}

const INTENT: &str = "# 关于退款\ntitle = \"退款\" # 标题\nexamples = [\n  # 多久\n  \"退款要多久\",\n  \"钱几天到\",\n]\nkeywords = [{ any = [\"退款\", \"退钱\"], weight = 2.0 }]\n\n[section.time]\nexamples = [\"几天\"]\n\n[[test]]\nsay = \"几天退\"\n";
const ZH: &str = "# 退款\n\n三天。\n\n## 要多久 {#time}\n\n三天。\n";

fn small() -> DataFiles {
    DataFiles::of_texts([
        ("intents/refund.toml", INTENT),
        (
            "intents/gap-tax.toml",
            "title = \"发票\"\ngap = true\nexamples = [\"怎么开发票\"]\n\n[[test]]\nsay = \"开票\"\nwants = \"unknown\"\n",
        ),
        ("content/zh/refund.md", ZH),
    ])
}

#[test]
fn what_is_changed_in_the_form_changes_in_the_files_and_nothing_else() {
    let files = small();
    let mut form = read_form(&files, "refund").unwrap().form;
    assert_eq!(form.keywords, ["退款/退钱 ×2"]);
    assert_eq!(form.sections[0].title, "要多久");
    form.title = "退款多久到".into();
    form.examples = vec!["退款要多久".into(), "退的钱呢".into(), "钱几天到".into()];
    form.not = vec!["怎么退货".into()];
    form.sections[0].title = "几天到".into();
    form.sections[0].examples.push("多久".into());
    form.sections.push(SectionRow {
        title: "退到哪里".into(),
        examples: vec!["退到哪张卡".into()],
        ..SectionRow::default()
    });
    let zh = form.replies.get_mut(&Lang::Zh).unwrap();
    zh.push_str("\n\n## 退到哪里\n\n原来的卡。");
    form.replies.insert(
        Lang::En,
        "Three days.\n\n## How long\n\nThree days.\n\n## Where to\n\nThe same card.".into(),
    );
    let planned = plan_form(&files, &target(Some("refund"), "refund"), &form).unwrap();
    let text = |path: &str| {
        let found = planned.change.files.iter().find(|file| file.path == path);
        found
            .and_then(|file| file.after.clone())
            .unwrap_or_default()
    };
    insta::assert_snapshot!(text("intents/refund.toml"), @r#"
    # 关于退款
    title = "退款多久到" # 标题
    examples = [
      # 多久
      "退款要多久",
      "退的钱呢",
      "钱几天到",
    ]
    keywords = [{ any = ["退款", "退钱"], weight = 2.0 }]

    not = [
      "怎么退货",
    ]

    [section.time]
    examples = ["几天", "多久"]

    [section.tui-dao-na-li]
    examples = [
      "退到哪张卡",
    ]

    [[test]]
    say = "几天退"
    "#);
    insta::assert_snapshot!(text("content/zh/refund.md"), @r#"
    # 退款多久到

    三天。

    ## 几天到 {#time}

    三天。

    ## 退到哪里 {#tui-dao-na-li}

    原来的卡。
    "#);
    insta::assert_snapshot!(text("content/en/refund.md"), @r#"
    # 退款多久到

    Three days.

    ## How long {#time}

    Three days.

    ## Where to {#tui-dao-na-li}

    The same card.
    "#);
    let after = planned.change.applied_to(&files);
    assert_eq!(
        problems_of(&after, "refund", &planned.opened, &planned.form),
        []
    );
}

#[test]
fn a_gap_is_written_out_under_another_name() {
    let files = small();
    let mut form = read_form(&files, "gap-tax").unwrap().form;
    form.replies.insert(Lang::En, "Ask here.".into());
    form.title_en = "Invoices".into();
    let planned = plan_form(&files, &target(Some("gap-tax"), "tax"), &form).unwrap();
    insta::assert_snapshot!(planned.change.diff(), @r#"
    --- /dev/null
    +++ b/content/en/tax.md
    @@ -0,0 +1,3 @@
    +# Invoices
    +
    +Ask here.
    --- a/intents/gap-tax.toml
    +++ /dev/null
    @@ -1,7 +0,0 @@
    -title = "发票"
    -gap = true
    -examples = ["怎么开发票"]
    -
    -[[test]]
    -say = "开票"
    -wants = "unknown"
    --- /dev/null
    +++ b/intents/tax.toml
    @@ -0,0 +1,7 @@
    +title = "发票"
    +examples = ["怎么开发票"]
    +title_en = "Invoices"
    +
    +[[test]]
    +say = "开票"
    +wants = "answer"
    "#);
    // one language alone is enough
    let after = planned.change.applied_to(&files);
    assert_eq!(
        problems_of(&after, "tax", &planned.opened, &planned.form),
        []
    );
    // without a reply it stays a gap
    let mut form = read_form(&files, "gap-tax").unwrap().form;
    form.examples.push("要发票".into());
    let planned = plan_form(&files, &target(Some("gap-tax"), "gap-tax"), &form).unwrap();
    assert!(
        planned
            .change
            .diff()
            .contains("+examples = [\"怎么开发票\", \"要发票\"]")
    );
}

#[test]
fn a_new_intent_has_what_the_form_says() {
    let files = small();
    let form = IntentForm {
        title: "换货\"流程\"".into(),
        examples: vec!["怎么换货".into()],
        tests: vec![TestRow {
            say: "退货".into(),
            expects: "not".into(),
        }],
        replies: [(Lang::Zh, "七天内可以换。".into())].into(),
        ..IntentForm::default()
    };
    let id = free_id(&files, &form.title);
    assert_eq!(id, "huan-huo-liu-cheng");
    assert_eq!(free_id(&files, "refund"), "refund-2");
    assert_eq!(free_id(&files, "none"), "none-2");
    let planned = plan_form(&files, &target(None, &id), &form).unwrap();
    insta::assert_snapshot!(planned.change.diff(), @r#"
    --- /dev/null
    +++ b/content/zh/huan-huo-liu-cheng.md
    @@ -0,0 +1,3 @@
    +# 换货"流程"
    +
    +七天内可以换。
    --- /dev/null
    +++ b/intents/huan-huo-liu-cheng.toml
    @@ -0,0 +1,9 @@
    +title = '换货"流程"'
    +
    +examples = [
    +  "怎么换货",
    +]
    +
    +[[test]]
    +say = "退货"
    +here = false
    "#);
    let refused =
        |known: Option<&str>, id: &str| plan_form(&files, &target(known, id), &form).unwrap_err();
    use crate::review::edit::EditError;
    assert_eq!(
        refused(None, "refund"),
        EditError::Exists("intents/refund.toml".into())
    );
    assert_eq!(refused(None, "Re Fund"), EditError::BadId("Re Fund".into()));
    assert_eq!(
        refused(Some("refund"), "other"),
        EditError::BadId("other".into())
    );
    assert_eq!(
        refused(Some("none-such"), "none-such"),
        EditError::NoIntent("none-such".into())
    );
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let files = small();
    let mut form = read_form(&files, "refund").unwrap().form;
    form.examples.push("几天退".into());
    form.not = vec!["退款要多久".into()];
    form.sections.push(SectionRow {
        title: "没有的".into(),
        examples: vec!["x".into()],
        ..SectionRow::default()
    });
    form.replies
        .insert(Lang::Zh, "**三天\n\n![x](y)\n\nTODO".into());
    let planned = plan_form(&files, &target(Some("refund"), "refund"), &form).unwrap();
    let after = planned.change.applied_to(&files);
    let problems = problems_of(&after, "refund", &planned.opened, &planned.form);
    let told: Vec<String> = problems
        .iter()
        .map(|one| format!("{:?} {}", one.field, one.words))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    Reply(Zh) “TODO”：这里还没有写完
    Reply(Zh) “**”：`**` 没有被识别，会原样显示出来。把标点移到 ** 外面，或者在 ** 外侧加一个空格
    Reply(Zh) “![x](y)”：回复里不能用图片。可以用：段落、列表、**加粗**、链接、> 提示
    Not “退款要多久”：这句 not 同时又是自己的例句。想清楚它该不该由这个意图回答，删掉另一处
    Sections 答复里没有“没有的”这一节：先用“小节”按钮加上，标题要一样
    Tests “几天退”：这条测试和一句例句相同，测不出什么。换一种例句里没有的说法
    "#);
}

#[test]
fn two_people_at_once() {
    let files = small();
    let base = read_form(&files, "refund").unwrap().form;
    let (mut now, mut typed) = (base.clone(), base.clone());
    now.examples.push("他们的".into());
    now.replies.insert(Lang::Zh, "四天。".into());
    typed.examples.insert(0, "我的".into());
    typed.title = "退款问题".into();
    typed.replies.insert(Lang::Zh, "五天。".into());
    let (merged, conflicts) = merge_forms(&base, &now, &typed);
    assert_eq!(
        merged.examples,
        ["我的", "退款要多久", "钱几天到", "他们的"]
    );
    assert_eq!(merged.title, "退款问题");
    assert_eq!(merged.reply(Lang::Zh), "五天。");
    let now = "四天。".to_owned();
    assert_eq!(
        conflicts,
        [FormConflict {
            field: FormField::Reply(Lang::Zh),
            now
        }]
    );
}

#[test]
fn related_follow_ups_and_action_are_changed_in_their_places() {
    let intent = "title = \"退款\"\nrelated = [\n  # 先看这个\n  \"swap\",\n]\nexamples = [\"退款\"]\n\n[follow_up]\n# 常问\n\"多久\" = \"#time\" # 时间\n\"去哪退\" = \"#where\"\n";
    let files = DataFiles::of_texts([("intents/refund.toml", intent)]);
    let opened = read_form(&files, "refund").unwrap();
    assert_eq!(opened.form.follow_ups, ["多久 = #time", "去哪退 = #where"]);
    let mut typed = sent_back(&opened.form);
    let same = plan_form(&files, &target(Some("refund"), "refund"), &typed).unwrap();
    assert_eq!(same.change.diff(), "");
    typed.related.push("other".into());
    typed.follow_ups = vec!["多久 ＝ #how-long".into(), "贵吗=other.md#price".into()];
    typed.action = "human".into();
    let planned = plan_form(&files, &target(Some("refund"), "refund"), &typed).unwrap();
    let after = planned.change.files[0].after.as_deref().unwrap();
    for line in [
        "  # 先看这个\n  \"swap\",\n  \"other\",\n",
        "# 常问\n\"多久\" = \"#how-long\" # 时间\n",
        "\"贵吗\" = \"other.md#price\"\n",
        "action = \"human\"\n",
    ] {
        assert!(after.contains(line), "{line}: {after}");
    }
    assert!(!after.contains("去哪退"), "{after}");
    typed.follow_ups = vec!["多久".into()];
    let told = problems_of(&files, "refund", &opened, &typed);
    let half = told.iter().find(|one| one.field == FormField::FollowUps);
    assert!(
        half.is_some_and(|one| one.words.contains("“多久”")),
        "{told:?}"
    );
    typed.follow_ups.clear();
    let planned = plan_form(&files, &target(Some("refund"), "refund"), &typed).unwrap();
    let after = planned.change.files[0].after.as_deref().unwrap();
    assert!(!after.contains("follow_up"), "{after}");
}
