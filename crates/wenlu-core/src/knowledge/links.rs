//! Links between files. In: raw intents, replies and hot topics. Out: mistakes: links to nothing,
//! menus that do not work, replies that are missing or belong to no intent. Must not know: wording.

use super::content::{ReplyFile, ReplyFiles};
use super::diagnostic::{Code, Diagnostic};
use super::parse::{SpannedText, suggest};
use super::raw::RawIntent;
use super::unwritten::{UnwrittenKind, UnwrittenPlace};
use crate::model::Lang;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that can be linked to.
pub(super) struct LinkTargets<'a> {
    pub intents: &'a BTreeMap<&'a str, &'a RawIntent>,
    pub replies: &'a ReplyFiles,
    /// Languages in which at least one reply is written.
    pub langs: &'a BTreeSet<Lang>,
}

impl LinkTargets<'_> {
    pub(super) fn check(&self, hot: Option<(&str, &[SpannedText])>, out: &mut Vec<Diagnostic>) {
        for intent in self.intents.values() {
            self.parent(intent, out);
            self.menu(intent, out);
            self.list(&intent.file, &intent.related, Some(&intent.id), out);
            self.kind(intent, out);
            self.reply(intent, out);
            for (_, target) in &intent.follow_ups {
                self.section(intent, target, out);
            }
            let shown = intent.tests.iter().filter_map(|test| test.shows.as_ref());
            for target in shown.filter(|target| target.value != "#") {
                self.section(intent, target, out);
            }
        }
        self.loops(out);
        self.strays(out);
        if let Some((file, hot)) = hot {
            self.list(file, hot, None, out);
        }
    }

    fn broken(&self, file: &str, link: &SpannedText, id: &str, out: &mut Vec<Diagnostic>) {
        let known = self.intents.keys().copied();
        let help = suggest(id, known)
            .unwrap_or_else(|| format!("先建立 intents/{id}.toml，或者改成已有的 id"));
        out.push(
            Diagnostic::new(
                Code::BrokenLink,
                file,
                link.span.clone(),
                format!("没有意图 `{id}`"),
            )
            .help(help),
        );
    }

    fn parent(&self, intent: &RawIntent, out: &mut Vec<Diagnostic>) {
        let Some(link) = &intent.parent else { return };
        match self.intents.get(link.value.as_str()) {
            None => self.broken(&intent.file, link, &link.value, out),
            Some(parent) if parent.menu.is_none() && !parent.broken => out.push(
                Diagnostic::new(
                    Code::ParentNotMenu,
                    &intent.file,
                    link.span.clone(),
                    format!("`{}` 不是菜单", link.value),
                )
                .also(&parent.file, parent.place(), "这里没有 menu = true")
                .help("只有菜单能作 parent；要列在回答下面，用 related"),
            ),
            Some(_) => {}
        }
    }

    fn menu(&self, intent: &RawIntent, out: &mut Vec<Diagnostic>) {
        let Some(span) = &intent.menu else { return };
        if !self
            .intents
            .values()
            .any(|i| i.parent.as_ref().is_some_and(|p| p.value == intent.id))
        {
            out.push(
                Diagnostic::new(
                    Code::EmptyMenu,
                    &intent.file,
                    span.clone(),
                    "这个菜单下面没有问题",
                )
                .help(format!("在属于它的意图里写上 parent = \"{}\"", intent.id)),
            );
        }
    }

    /// `related` or `hot`.
    fn list(&self, file: &str, list: &[SpannedText], own: Option<&str>, out: &mut Vec<Diagnostic>) {
        let mut seen: BTreeMap<&str, &SpannedText> = BTreeMap::new();
        for link in list {
            if !self.intents.contains_key(link.value.as_str()) {
                self.broken(file, link, &link.value, out);
            } else if own == Some(&link.value) {
                let message = "相关问题里写了自己";
                out.push(
                    Diagnostic::new(Code::DuplicateLink, file, link.span.clone(), message)
                        .help("删掉它"),
                );
            } else if let Some(first) = seen.insert(&link.value, link) {
                out.push(
                    Diagnostic::new(
                        Code::DuplicateLink,
                        file,
                        link.span.clone(),
                        format!("`{}` 写了两次", link.value),
                    )
                    .label("又写了一次")
                    .also(file, first.span.clone(), "先写在这里")
                    .help("删掉一个"),
                );
            }
        }
    }

    fn kind(&self, intent: &RawIntent, out: &mut Vec<Diagnostic>) {
        let mut clash = |span, message: &str, help: &str| {
            out.push(Diagnostic::new(Code::KindConflict, &intent.file, span, message).help(help));
        };
        if let (Some(_), Some(gap)) = (&intent.menu, &intent.gap) {
            clash(gap.clone(), "menu 和 gap 不能同时是 true", "留下一个");
        }
        let silent = intent.menu.is_some() || intent.gap.is_some();
        if let Some(action) = intent.action.as_ref().filter(|_| silent) {
            clash(
                action.span.clone(),
                "菜单和缺口不能有 action",
                "把它写在有回复的意图里",
            );
        }
        let unsaid = intent.menu.is_some() && !self.replies.contains_key(&key(intent, Lang::Zh));
        if let Some((phrase, _)) = intent.follow_ups.first().filter(|_| unsaid) {
            clash(
                phrase.span.clone(),
                "没有回复文件的菜单不能有 follow_up 和 section",
                "把它写在菜单下面的意图里；或者给菜单写一个回复文件，放对下面的问题都成立的话",
            );
        }
    }

    fn reply(&self, intent: &RawIntent, out: &mut Vec<Diagnostic>) {
        // a menu may have one: what holds for all questions below it
        let silent = intent.gap.is_some()
            || intent.menu.is_some() && !self.replies.contains_key(&key(intent, Lang::Zh));
        for lang in Lang::ALL {
            let path = format!("content/{}/{}.md", lang.tag(), intent.id);
            let reply = self.replies.get(&key(intent, lang));
            match (reply, silent, lang) {
                (Some(reply), true, _) => out.push(needless_reply(intent, &reply.file)),
                (
                    Some(ReplyFile {
                        file,
                        unwritten: Some(place),
                        ..
                    }),
                    false,
                    lang,
                ) if intent.action.is_none() => {
                    out.push(unwritten(file, place, lang));
                }
                (None, false, Lang::Zh)
                    if !intent.broken && self.any_reply(&intent.id).is_none() =>
                {
                    out.push(
                        Diagnostic::new(
                            Code::MissingReply,
                            &intent.file,
                            intent.place(),
                            format!("没有回复文件 {path}"),
                        )
                        .help("写好回复；还没有答案的话题，写上 gap = true"),
                    )
                }
                (None, false, lang) if !intent.broken && self.langs.contains(&lang) => {
                    out.push(missing_translation(intent, lang, &path))
                }
                _ => {}
            }
        }
    }

    /// The Chinese reply or, if there is none, that of another language.
    fn any_reply(&self, id: &str) -> Option<&ReplyFile> {
        let mut langs = Lang::ALL.into_iter();
        langs.find_map(|lang| self.replies.get(&(id.to_owned(), lang)))
    }

    fn section(&self, intent: &RawIntent, target: &SpannedText, out: &mut Vec<Diagnostic>) {
        let mut report = |code, message: String, help: String| {
            out.push(Diagnostic::new(code, &intent.file, target.span.clone(), message).help(help));
        };
        let Some((id, section)) = split_target(&intent.id, &target.value) else {
            let message = format!("`{}` 不是回复里的一节", target.value);
            return report(
                Code::BrokenSection,
                message,
                "写成 \"#id\" 或 \"other-id.md#id\"".into(),
            );
        };
        let Some(reply) = self.any_reply(id) else {
            // a missing reply of the intent itself is reported elsewhere
            if id != intent.id || intent.gap.is_some() {
                let ids = self.replies.keys().map(|(id, _)| id.as_str());
                let help =
                    suggest(id, ids).unwrap_or_else(|| "写成 \"#id\" 或 \"other-id.md#id\"".into());
                report(
                    Code::BrokenLink,
                    format!("没有回复文件 content/zh/{id}.md"),
                    help,
                );
            }
            return;
        };
        if !reply.shows_sections() {
            return;
        }
        let sections = || reply.document.sections.iter().map(|s| s.id.as_str());
        if !sections().any(|s| s == section) {
            let all = sections().collect::<Vec<_>>().join("、");
            let list = if all.is_empty() {
                "那里没有小节".to_owned()
            } else {
                format!("那里有：{all}")
            };
            let help = suggest(section, sections()).unwrap_or(list);
            report(
                Code::BrokenSection,
                format!("{} 里没有小节 `{section}`", reply.file),
                help,
            );
        }
    }

    /// Reports each loop of parents once, at its first member.
    fn loops(&self, out: &mut Vec<Diagnostic>) {
        let mut done: BTreeSet<&str> = BTreeSet::new();
        for start in self.intents.keys().copied() {
            let mut path: Vec<&RawIntent> = Vec::new();
            let mut next = Some(start);
            while let Some(intent) = next
                .and_then(|id| self.intents.get(id))
                .filter(|i| !done.contains(i.id.as_str()))
            {
                if let Some(at) = path.iter().position(|i| i.id == intent.id) {
                    out.extend(path.get(at..).and_then(loop_of));
                    break;
                }
                path.push(intent);
                next = intent.parent.as_ref().map(|p| p.value.as_str());
            }
            done.extend(path.iter().map(|i| i.id.as_str()));
        }
    }

    /// Reports replies that belong to no intent.
    fn strays(&self, out: &mut Vec<Diagnostic>) {
        for ((id, _), ReplyFile { file, .. }) in self.replies {
            if !self.intents.contains_key(id.as_str()) {
                let help = suggest(id, self.intents.keys().copied());
                out.push(
                    Diagnostic::new(
                        Code::StrayReply,
                        file,
                        0..0,
                        format!("没有意图 `{id}`，这个回复谁也看不到"),
                    )
                    .help(format!("建立 intents/{id}.toml，或者删掉这个文件"))
                    .help_if(help),
                );
            }
        }
    }
}

fn key(intent: &RawIntent, lang: Lang) -> (String, Lang) {
    (intent.id.clone(), lang)
}

/// One language is enough: who writes in another gets the reply in that one.
fn missing_translation(intent: &RawIntent, lang: Lang, path: &str) -> Diagnostic {
    let message = format!("没有译文 {path}");
    Diagnostic::new(
        Code::MissingTranslation,
        &intent.file,
        intent.place(),
        message,
    )
    .help(match lang {
        Lang::En => "译好之前，用英文问的人看到中文回复",
        Lang::Zh => "译好之前，用中文问的人看到英文回复",
    })
}

/// A gap has no reply, and the translation of a menu's reply needs the Chinese one.
fn needless_reply(intent: &RawIntent, file: &str) -> Diagnostic {
    let (kind, message, help) = match (&intent.gap, &intent.menu) {
        (Some(gap), _) => (
            gap,
            "缺口没有回复文件",
            "删掉这个文件；要回答它，就删掉 gap = true",
        ),
        (None, menu) => (
            menu.as_ref().unwrap_or(&(0..0)),
            "菜单没有中文的回复文件，只有译文",
            "先写好 content/zh/ 里的那一个，或者删掉这个文件",
        ),
    };
    Diagnostic::new(Code::NeedlessReply, file, 0..0, message)
        .also(&intent.file, kind.clone(), "写在这里")
        .help(help)
}

fn unwritten(file: &str, place: &UnwrittenPlace, lang: Lang) -> Diagnostic {
    let message = match place.kind {
        UnwrittenKind::Template => "这个回复还没有写，这里是占位的话",
        UnwrittenKind::Reminder => "这个回复还没有写完，这里是给自己的记号",
        UnwrittenKind::ForeignCode => "这个回复里有别的系统的占位符或模板代码",
    };
    let help = match lang {
        Lang::Zh => {
            "写好之前，这个意图按缺口处理：不回答，只说目前没有资料，并记下有多少人问；写好保存后自动生效"
        }
        Lang::En => {
            "写好之前，这个译文当作没有：用英文问的人看到中文回复；反引号里的代码不算占位符"
        }
    };
    Diagnostic::new(Code::UnwrittenReply, file, place.span.clone(), message).help(help)
}

/// The intent and the section that a follow-up leads to; `own` where it names none.
pub(super) fn split_target<'a>(own: &'a str, target: &'a str) -> Option<(&'a str, &'a str)> {
    let (file, section) = target.split_once('#')?;
    let id = if file.is_empty() {
        own
    } else {
        file.strip_suffix(".md")?
    };
    (!section.is_empty()).then_some((id, section))
}

fn loop_of(members: &[&RawIntent]) -> Option<Diagnostic> {
    let (first, rest) = members.split_first()?;
    let names = members
        .iter()
        .chain([first])
        .map(|i| i.id.as_str())
        .collect::<Vec<_>>()
        .join(" → ");
    let span = first.parent.as_ref()?.span.clone();
    let mut diagnostic = Diagnostic::new(
        Code::ParentLoop,
        &first.file,
        span,
        format!("上级菜单绕成了一圈：{names}"),
    );
    for intent in rest {
        diagnostic = diagnostic.also(&intent.file, intent.parent.as_ref()?.span.clone(), "");
    }
    Some(diagnostic.help("删掉其中一个 parent"))
}
