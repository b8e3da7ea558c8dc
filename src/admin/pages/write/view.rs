//! The form of an intent as HTML. In: the form, what is wrong at which field, the previews. Out: the
//! page; every field has its hint, what is wrong, and what somebody else wrote there meanwhile. Must not
//! know: how the form is judged.

use super::address::PATH;
use super::judge::JudgedForm;
use super::rows::{sections, tests};
use crate::admin::AdminState;
use crate::admin::html::{form, note, text};
use crate::admin::middleware::SignedInUser;
use crate::review::intent_form::FormField;
use maud::{Markup, html};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::model::Lang;

/// The labels and what stands in a button for those who write no Markdown.
const HELPERS: [(&str, &str); 6] = [
    ("bold", "加粗"),
    ("link", "链接"),
    ("steps", "步骤"),
    ("list", "列表"),
    ("section", "小节"),
    ("note", "提示"),
];

pub(super) fn form_page(
    admin: &AdminState,
    user: &SignedInUser,
    judged: &JudgedForm,
    drawn: &[(Lang, Markup)],
) -> Markup {
    let sent = &judged.sent;
    let base = serde_json::to_string(&sent.base).unwrap_or_default();
    html! {
        p.soft { "写好先存成草稿：看得到改动、测试和对别处的影响，再决定发不发布。这一步什么都不会改。" }
        @for said in &judged.notes { (note("", said)) }
        (summary(judged))
        div #write data-preview-path=(format!("{PATH}/preview")) {
            (form(user, PATH, html! {
                input type="hidden" name="known" value=(sent.known.as_deref().unwrap_or_default());
                input type="hidden" name="base" value=(base);
                (named(admin, judged))
                @for (lang, shown) in drawn { (reply(judged, *lang, shown)) }
                (asked(judged))
                (section_card(judged))
                (beyond(judged))
                (test_card(judged))
                p.acts.big {
                    button.strong type="submit" name="act" value="save" { "存成草稿，看改动和影响" }
                    small { "存不成的话，写的都还在，哪里要改会标出来" }
                }
            }))
        }
        script src="/admin/write.js" type="module" {}
    }
}

/// What is to be mended, with links to the fields.
fn summary(judged: &JudgedForm) -> Markup {
    let count = judged.problems.len() + judged.conflicts.len();
    let mut fields: Vec<FormField> = judged.problems.iter().map(|one| one.field).collect();
    fields.extend(judged.conflicts.iter().map(|one| one.field));
    fields.sort();
    fields.dedup();
    html! {
        @if count > 0 {
            div.note.bad role="alert" {
                p { "有 " (count) " 处要看：" @for field in &fields { " " a href=(format!("#{}", name(*field))) { (label(*field)) } } }
                (told(judged, FormField::Whole))
            }
        }
    }
}

/// The id of a field, and the name of its input.
fn name(field: FormField) -> &'static str {
    match field {
        FormField::Id => "id",
        FormField::Title => "title",
        FormField::TitleEn => "title_en",
        FormField::Parent => "parent",
        FormField::Reply(Lang::Zh) => "reply_zh",
        FormField::Reply(Lang::En) => "reply_en",
        FormField::Examples => "examples",
        FormField::Not => "not",
        FormField::Keywords => "keywords",
        FormField::Related => "related",
        FormField::FollowUps => "follow_ups",
        FormField::Action => "action",
        FormField::Sections => "sections",
        FormField::Tests => "tests",
        FormField::Whole => "write",
    }
}

fn label(field: FormField) -> &'static str {
    match field {
        FormField::Id => "名字",
        FormField::Title => "标题",
        FormField::TitleEn => "英文标题",
        FormField::Parent => "上级菜单",
        FormField::Reply(Lang::Zh) => "中文答复",
        FormField::Reply(Lang::En) => "英文答复",
        FormField::Examples => "例句",
        FormField::Not => "不是这个意图的话",
        FormField::Keywords => "关键词",
        FormField::Related => "相关问题",
        FormField::FollowUps => "追问",
        FormField::Action => "回答之外",
        FormField::Sections => "小节",
        FormField::Tests => "测试",
        FormField::Whole => "整张表",
    }
}

/// What is wrong at a field, and what somebody else wrote there meanwhile.
fn told(judged: &JudgedForm, field: FormField) -> Markup {
    let wrong = judged.problems.iter().filter(|one| one.field == field);
    let theirs = judged.conflicts.iter().filter(|one| one.field == field);
    html! {
        div id=(format!("{}-told", name(field))) {
            @for one in wrong { p.wrong { (text(&one.words)) } }
            @for one in theirs {
                p.wrong { "有人刚改成了下面这样；您写的还在格子里，再存一次就以您的为准。" }
                pre tabindex="0" aria-label="别人写的" { (text(&one.now)) }
            }
        }
    }
}

fn is_wrong(judged: &JudgedForm, field: FormField) -> bool {
    judged.problems.iter().any(|one| one.field == field)
        || judged.conflicts.iter().any(|one| one.field == field)
}

/// A field of one line.
fn line(judged: &JudgedForm, field: FormField, value: &str, most: usize, hint: &str) -> Markup {
    let id = name(field);
    html! {
        div.field {
            label for=(id) { (label(field)) }
            input id=(id) name=(id) value=(value) maxlength=(most) autocomplete="off"
                aria-invalid=[is_wrong(judged, field).then_some("true")] aria-describedby=(described(id));
            small id=(format!("{id}-hint")) { (hint) }
            (told(judged, field))
        }
    }
}

fn described(id: &str) -> String {
    format!("{id}-hint {id}-told")
}

/// A field with one text a line.
fn list(
    judged: &JudgedForm,
    field: FormField,
    lines: &[String],
    rows: usize,
    hint: &str,
) -> Markup {
    let id = name(field);
    html! {
        div.field {
            label for=(id) { (label(field)) }
            textarea.plain id=(id) name=(id) rows=(rows)
                aria-invalid=[is_wrong(judged, field).then_some("true")] aria-describedby=(described(id)) { "\n" (lines.join("\n")) }
            small id=(format!("{id}-hint")) { (hint) }
            (told(judged, field))
        }
    }
}

fn named(admin: &AdminState, judged: &JudgedForm) -> Markup {
    let sent = &judged.sent;
    let is_fixed = sent.known.is_some() && judged.opened.kind != IntentKind::Gap;
    html! {
        section.card {
            h2 { "这个意图" }
            (line(judged, FormField::Title, &sent.form.title, 100, "一句大家会问的话，最多 24 个字。它就是按钮上的文字。"))
            (line(judged, FormField::TitleEn, &sent.form.title_en, 200, "给用英文问的人看的标题。没有英文答复就不用写。"))
            @if is_fixed {
                input type="hidden" name="id" value=(sent.id);
                p.soft { "名字 " code { (sent.id) } }
                (told(judged, FormField::Id))
            } @else {
                (line(judged, FormField::Id, &sent.id, 48, "文件的名字：小写英文字母、数字和 -，以后不能改。空着就按标题的拼音起。"))
            }
            (parent(admin, judged))
        }
    }
}

fn parent(admin: &AdminState, judged: &JudgedForm) -> Markup {
    let engine = admin.bot.engine();
    let chosen = judged.sent.form.parent.as_str();
    let all = engine.knowledge.intents.iter();
    let menus: Vec<_> = all.filter(|one| one.kind == IntentKind::Menu).collect();
    let is_known = chosen.is_empty() || menus.iter().any(|menu| menu.id == chosen);
    html! {
        div.field {
            label for="parent" { (label(FormField::Parent)) }
            select #parent name="parent" aria-describedby="parent-hint parent-told" {
                option value="" { "无" }
                @for menu in &menus { option value=(menu.id) selected[menu.id == chosen] { (menu.title) } }
                @if !is_known { option value=(chosen) selected { (chosen) } }
            }
            small #parent-hint { "只说了话题、没说问题的人，会在这个菜单里看到它。没有合适的就不选。" }
            (told(judged, FormField::Parent))
        }
    }
}

fn reply(judged: &JudgedForm, lang: Lang, shown: &Markup) -> Markup {
    let field = FormField::Reply(lang);
    let id = name(field);
    let hint = match lang {
        Lang::Zh => "先用一两句话直接回答，再写步骤或小节。中文、英文写一种就可以发布。",
        Lang::En => "写给用英文问的人。不写的话，他们看到中文的那一份。",
    };
    html! {
        section.card {
            h2 { (label(field)) }
            div.field {
                label.hush for=(id) { (label(field)) }
                div.acts role="group" aria-label=(format!("{}的格式", label(field))) data-helpers=(id) hidden {
                    @for (kind, label) in HELPERS { button.quiet type="button" data-insert=(kind) { (label) } }
                }
                textarea.plain id=(id) name=(id) rows="12" lang=(lang.tag()) data-reply
                    aria-invalid=[is_wrong(judged, field).then_some("true")] aria-describedby=(described(id)) { "\n" (judged.sent.form.reply(lang)) }
                small id=(format!("{id}-hint")) { (hint) }
                details { summary { "怎么写出格式" } p.soft { "空一行是新的一段，**两边各两个星号** 是加粗，[文字](https://网址) 是链接；“1. ”开头的几行是步骤，“- ”开头是列表，“> ”开头是提示，“## ”开头是小节的标题。有按钮的话，点按钮就会替您写上。" } }
                (told(judged, field))
            }
            p.acts { button type="submit" name="act" value="preview" { "预览" } small { "每个渠道里会是这样" } }
            div.preview aria-live="polite" { (shown) }
        }
    }
}

fn asked(judged: &JudgedForm) -> Markup {
    let form = &judged.sent.form;
    html! {
        section.card {
            h2 { "大家会怎么问" }
            (list(judged, FormField::Examples, &form.examples, 10, "用大家自己的话，一行一句，越多样越好。最好有 15 句：长的短的、客气的着急的都要有。"))
            (list(judged, FormField::Not, &form.not, 4, "听着像、其实不归这里的话，一行一句。它们以后不会到这里来。"))
            (list(judged, FormField::Keywords, &form.keywords, 3, "不写也行。一行一个：“甲 + 乙”两个词都要出现，“甲/乙 + 丙”前面的任一个加后面的，末尾写 ×2 就更要紧。"))
        }
    }
}

fn section_card(judged: &JudgedForm) -> Markup {
    html! {
        section.card id=(name(FormField::Sections)) tabindex="-1" {
            h2 { "小节" }
            p.soft { "答复里的每一节都是一个按钮。写上大家会怎么问到它，问到时就直接给出那一节。" }
            (told(judged, FormField::Sections))
            (sections(&judged.sent.form))
            p.acts { button type="submit" name="act" value="rows" data-more="section" { "再加一节" } }
        }
    }
}

/// What leads on from the reply.
fn beyond(judged: &JudgedForm) -> Markup {
    let form = &judged.sent.form;
    html! {
        section.card {
            h2 { "接着还能做什么" }
            (list(judged, FormField::Related, &form.related, 2, "不写也行。别的意图的名字，一行一个，显示在回答下面；在菜单里，先按这个顺序列出它的问题。"))
            (list(judged, FormField::FollowUps, &form.follow_ups, 2, "不写也行。一行一个：“要多久 = #小节的名字”，看完回答再这样问，就给出那一节；别处的小节写“别的意图.md#小节的名字”。"))
            div.field {
                label for="action" { (label(FormField::Action)) }
                select #action name="action" aria-describedby="action-hint action-told" {
                    option value="" { "只回答" }
                    option value="human" selected[form.action == "human"] { "转人工" }
                    @if !matches!(form.action.as_str(), "" | "human") { option value=(form.action) selected { (text(&form.action)) } }
                }
                small #action-hint { "选“转人工”，问到这里就请同事来；答复可以不写。" }
                (told(judged, FormField::Action))
            }
        }
    }
}

fn test_card(judged: &JudgedForm) -> Markup {
    html! {
        section.card id=(name(FormField::Tests)) tabindex="-1" {
            h2 { "测试" }
            p.soft { "发布之前会逐条问一遍，不过就发布不了。写几句例句里没有的话，也写一两句不该到这里的。" }
            (told(judged, FormField::Tests))
            (tests(&judged.sent.form))
            p.acts { button type="submit" name="act" value="rows" data-more="test" { "再加几条" } }
        }
    }
}
