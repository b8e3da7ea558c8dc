//! Updates as Telegram sends them, and what is heard in each.

use serde_json::{Value, json};
use wenlu::channel::telegram::parse::{
    BotIdentity, ChatContext, ChatKind, IgnoreReason, InlineQuery, MediaAttachment, MediaKind,
    ParsedUpdate, SlashCommand, UnreadableUpdate, UpdateEvent, UpdateKind, parse_update, update_id,
};
use wenlu_core::model::{ConversationId, Lang, Timestamp};

const GROUP: i64 = -1001987654321;
const OPERATORS: i64 = -1002222222222;
const DATE: i64 = 1_790_000_000;
const AT: Timestamp = Timestamp(DATE * 1000);

fn me() -> BotIdentity {
    BotIdentity {
        id: 4242,
        username: "wenlu_bot".into(),
    }
}

fn listen(update: &Value) -> ParsedUpdate {
    parse_update(&update.to_string(), &me(), &[OPERATORS]).unwrap()
}

fn li() -> Value {
    json!({"id": 77, "is_bot": false, "first_name": "小红", "last_name": "李", "username": "xiaohong", "language_code": "zh-hans"})
}

fn us() -> Value {
    json!({"id": 4242, "is_bot": true, "first_name": "问路", "username": "wenlu_bot"})
}

/// `base` with the fields of `more` put in.
fn merged(mut base: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

fn message_in(chat: Value, more: Value) -> Value {
    let message = json!({"message_id": 5, "from": li(), "chat": chat, "date": DATE});
    json!({"update_id": 900, "message": merged(message, more)})
}

fn private(more: Value) -> Value {
    message_in(
        json!({"id": 77, "first_name": "小红", "username": "xiaohong", "type": "private"}),
        more,
    )
}

fn group(more: Value) -> Value {
    message_in(
        json!({"id": GROUP, "title": "小程序交流", "type": "supergroup"}),
        more,
    )
}

fn forum(more: Value) -> Value {
    message_in(
        json!({"id": GROUP, "title": "小程序交流", "is_forum": true, "type": "supergroup"}),
        more,
    )
}

fn operators(more: Value) -> Value {
    message_in(
        json!({"id": OPERATORS, "title": "客服", "is_forum": true, "type": "supergroup"}),
        more,
    )
}

fn edited(mut update: Value) -> Value {
    let mut message = update.as_object_mut().unwrap().remove("message").unwrap();
    message["edit_date"] = json!(DATE + 9);
    json!({"update_id": update["update_id"], "edited_message": message})
}

/// What an asker is heard to do.
fn asked(update: &Value) -> UpdateKind {
    match listen(update).event {
        UpdateEvent::Asker(_, what) => what,
        other => panic!("{update}: {other:?}"),
    }
}

fn scene(update: &Value) -> ChatContext {
    match listen(update).event {
        UpdateEvent::Asker(scene, _) | UpdateEvent::Operator(scene, _) => scene,
        other => panic!("{update}: {other:?}"),
    }
}

fn ignored(update: &Value) -> IgnoreReason {
    match listen(update).event {
        UpdateEvent::Nothing(reason) => reason,
        other => panic!("{update}: {other:?}"),
    }
}

fn text(text: &str) -> UpdateKind {
    UpdateKind::Text(text.into())
}

fn command(command: SlashCommand, rest: &str) -> UpdateKind {
    UpdateKind::Command {
        command,
        rest: rest.into(),
    }
}

fn new_text(text: &str, is_caption: bool) -> UpdateKind {
    UpdateKind::Edited {
        text: text.into(),
        is_caption,
    }
}

fn attachment(kind: MediaKind) -> UpdateKind {
    UpdateKind::Attachment(MediaAttachment {
        kind,
        caption: None,
        album: None,
        rest: vec![],
    })
}

fn mention(offset: usize, length: usize) -> Value {
    json!({"offset": offset, "length": length, "type": "mention"})
}

#[test]
fn a_private_message_whole() {
    let update = private(
        json!({"text": "怎么注销小程序", "reply_to_message": {"message_id": 3, "from": us(), "date": DATE}}),
    );
    let scene = ChatContext {
        conversation: ConversationId::parse("telegram:77").unwrap(),
        chat: 77,
        kind: ChatKind::Private,
        thread: None,
        user: 77,
        name: "小红 李".into(),
        username: Some("xiaohong".into()),
        lang: Lang::Zh,
        message: Some(5),
        reply_to: Some(3),
        is_to_bot: true,
        at: Some(AT),
    };
    assert_eq!(
        listen(&update),
        ParsedUpdate {
            update: 900,
            event: UpdateEvent::Asker(scene, text("怎么注销小程序"))
        }
    );
}

#[test]
fn the_language_is_the_clients() {
    for (code, lang) in [
        (json!("zh"), Lang::Zh),
        (json!("zh-hant"), Lang::Zh),
        (json!("en"), Lang::En),
        (json!("en-GB"), Lang::En),
        (json!("fr"), Lang::Zh),
        (json!(null), Lang::Zh),
        (json!("é"), Lang::Zh),
    ] {
        let from = merged(li(), json!({"language_code": code}));
        assert_eq!(
            scene(&private(json!({"from": from, "text": "x"}))).lang,
            lang,
            "{code}"
        );
    }
}

#[test]
fn commands() {
    for (said, what) in [
        ("/start", command(SlashCommand::Start, "")),
        (
            "/start q_migration-ids",
            command(SlashCommand::Start, "q_migration-ids"),
        ),
        ("/help", command(SlashCommand::Help, "")),
        ("/Menu", command(SlashCommand::Menu, "")),
        (
            "/human@wenlu_bot 我的号被封了",
            command(SlashCommand::Human, "我的号被封了"),
        ),
        (
            "/human\n我的号被封了",
            command(SlashCommand::Human, "我的号被封了"),
        ),
        ("/done@Wenlu_Bot", command(SlashCommand::Done, "")),
        ("/weather 北京", text("/weather 北京")),
        ("/start注销", text("/start注销")),
        ("/", text("/")),
        ("请看 /help", text("请看 /help")),
    ] {
        assert_eq!(asked(&private(json!({"text": said}))), what, "{said}");
    }
    assert_eq!(
        ignored(&private(json!({"text": "/help@other_bot"}))),
        IgnoreReason::NotAddressed
    );
    assert_eq!(
        asked(&group(json!({"text": "/help"}))),
        command(SlashCommand::Help, "")
    );
    assert_eq!(
        asked(&group(json!({"text": "/help@wenlu_bot"}))),
        command(SlashCommand::Help, "")
    );
    assert_eq!(
        ignored(&group(json!({"text": "/help@other_bot"}))),
        IgnoreReason::NotAddressed
    );
    assert_eq!(
        ignored(&group(json!({"text": "/weather"}))),
        IgnoreReason::NotAddressed
    );
    let entities = json!([{"offset": 0, "length": 18, "type": "bot_command"}]);
    let unknown = group(json!({"text": "/weather@wenlu_bot 北京", "entities": entities}));
    assert_eq!(asked(&unknown), text("/weather 北京"));
}

#[test]
fn in_a_group_only_what_is_addressed_to_the_bot_counts() {
    let stranger = json!({"id": 78, "is_bot": false, "first_name": "老王"});
    assert_eq!(
        ignored(&group(json!({"text": "怎么注销"}))),
        IgnoreReason::NotAddressed
    );
    for (more, said) in [
        (
            json!({"text": "@wenlu_bot 怎么注销", "entities": [mention(0, 10)]}),
            "怎么注销",
        ),
        (
            json!({"text": "@Wenlu_Bot怎么注销", "entities": [mention(0, 10)]}),
            "怎么注销",
        ),
        // an emoji is two units, a Chinese character one
        (
            json!({"text": "👋🏻你好 @wenlu_bot 怎么注销", "entities": [mention(7, 10)]}),
            "👋🏻你好 怎么注销",
        ),
        (
            json!({"text": "怎么注销 @wenlu_bot", "entities": [mention(5, 10)]}),
            "怎么注销",
        ),
        (
            json!({"text": "@wenlu_bot @wenlu_bot\n注销", "entities": [mention(11, 10), mention(0, 10)]}),
            "注销",
        ),
        (
            json!({"text": "@wenlu_bot", "entities": [mention(0, 10)]}),
            "",
        ),
        (
            json!({"text": "问路 怎么注销", "entities": [{"offset": 0, "length": 2, "type": "text_mention", "user": us()}]}),
            "怎么注销",
        ),
        (
            json!({"text": "那要多久", "reply_to_message": {"message_id": 3, "from": us(), "date": DATE}}),
            "那要多久",
        ),
        (
            json!({"text": "@wenlu_bot 转发", "entities": [mention(0, 10)], "forward_origin": {"type": "hidden_user"}}),
            "转发",
        ),
        // a kind of entity that is newer than this program
        (
            json!({"text": "@wenlu_bot 今天", "entities": [mention(0, 10), {"offset": 11, "length": 2, "type": "date_time", "unix_time": 1}]}),
            "今天",
        ),
    ] {
        assert_eq!(asked(&group(more.clone())), text(said), "{more}");
    }
    for more in [
        json!({"text": "@wenlu_bot2 在吗", "entities": [mention(0, 11)]}),
        json!({"text": "请看 a@wenlu_bot"}),
        json!({"text": "老王 在吗", "entities": [{"offset": 0, "length": 2, "type": "text_mention", "user": stranger}]}),
        json!({"text": "那要多久", "reply_to_message": {"message_id": 3, "from": stranger, "date": DATE}}),
        // an offset inside an emoji, and one beyond the text
        json!({"text": "👋@wenlu_bot", "entities": [mention(1, 10), mention(2, 99)]}),
        json!({"photo": [], "caption": "看看"}),
        json!({"sticker": {}}),
    ] {
        assert_eq!(
            ignored(&group(more.clone())),
            IgnoreReason::NotAddressed,
            "{more}"
        );
    }
}

#[test]
fn each_talks_alone_in_a_group() {
    let mentioned = json!({"text": "@wenlu_bot 在吗", "entities": [mention(0, 10)]});
    let of = |update: &Value| {
        let scene = scene(update);
        (scene.conversation.as_str().to_owned(), scene.thread)
    };
    assert_eq!(
        of(&group(mentioned.clone())),
        (format!("telegram:{GROUP}.0.77"), None)
    );
    let topic = merged(
        mentioned.clone(),
        json!({"message_thread_id": 12, "is_topic_message": true}),
    );
    assert_eq!(
        of(&forum(topic)),
        (format!("telegram:{GROUP}.12.77"), Some(12))
    );
    // a chain of answers in a group that is no forum has a thread too, but nothing can be sent into it
    let chain = merged(mentioned, json!({"message_thread_id": 12}));
    assert_eq!(of(&group(chain)), (format!("telegram:{GROUP}.0.77"), None));
}

#[test]
fn a_topic_that_the_bot_opened_makes_no_answer_of_all_in_it() {
    let root = json!({"message_id": 12, "from": us(), "date": DATE, "forum_topic_created": {"name": "小红"}});
    let in_topic = json!({"text": "好的", "message_thread_id": 12, "is_topic_message": true, "reply_to_message": root});
    assert_eq!(
        ignored(&forum(in_topic.clone())),
        IgnoreReason::NotAddressed
    );
    assert_eq!(scene(&operators(in_topic)).reply_to, None);
}

#[test]
fn attachments() {
    let file = json!({"file_id": "A", "file_unique_id": "B"});
    for (more, kind) in [
        (json!({"photo": [file]}), MediaKind::Photo),
        (json!({"video": file}), MediaKind::Video),
        (json!({"video_note": file}), MediaKind::Video),
        (
            json!({"animation": file, "document": file}),
            MediaKind::Animation,
        ),
        (json!({"voice": file}), MediaKind::Voice),
        (json!({"audio": file}), MediaKind::Audio),
        (json!({"document": file}), MediaKind::Document),
        (json!({"sticker": file}), MediaKind::Sticker),
        (
            json!({"location": {"latitude": 1.5, "longitude": 2.5}}),
            MediaKind::Location,
        ),
        (
            json!({"venue": {"title": "家"}, "location": {"latitude": 1.5, "longitude": 2.5}}),
            MediaKind::Location,
        ),
        (
            json!({"contact": {"phone_number": "1"}}),
            MediaKind::Contact,
        ),
        (json!({"poll": {"id": "1"}}), MediaKind::Poll),
        (
            json!({"dice": {"emoji": "🎲", "value": 3}}),
            MediaKind::Other,
        ),
        (json!({"hologram": file}), MediaKind::Other),
    ] {
        assert_eq!(asked(&private(more.clone())), attachment(kind), "{more}");
    }
    let photo = json!({"photo": [file], "caption": "这个提示是什么意思", "media_group_id": "1357"});
    let caption = Some("这个提示是什么意思".to_owned());
    let wanted = MediaAttachment {
        kind: MediaKind::Photo,
        caption,
        album: Some("1357".into()),
        rest: vec![],
    };
    assert_eq!(asked(&private(photo)), UpdateKind::Attachment(wanted));
    let named =
        json!({"photo": [file], "caption": "@wenlu_bot 看", "caption_entities": [mention(0, 10)]});
    let wanted = MediaAttachment {
        kind: MediaKind::Photo,
        caption: Some("看".into()),
        album: None,
        rest: vec![],
    };
    assert_eq!(asked(&group(named)), UpdateKind::Attachment(wanted));
}

#[test]
fn edits() {
    let update = edited(private(json!({"text": "怎么注销公众号"})));
    assert_eq!(asked(&update), new_text("怎么注销公众号", false));
    // later than anybody can edit
    let late = private(json!({"text": "怎么注销公众号", "date": DATE - 48 * 3_600}));
    assert_eq!(ignored(&edited(late)), IgnoreReason::EditTooLate);
    assert_eq!(scene(&update).at, Some(Timestamp((DATE + 9) * 1000)));
    assert_eq!(
        asked(&edited(private(json!({"text": "/human 急"})))),
        new_text("/human 急", false)
    );
    assert_eq!(
        asked(&edited(private(json!({"photo": [], "caption": "新"})))),
        new_text("新", true)
    );
    let moved = edited(private(
        json!({"location": {"latitude": 1.5, "longitude": 2.5, "live_period": 900}}),
    ));
    assert_eq!(ignored(&moved), IgnoreReason::EditWithoutText);
    assert_eq!(
        ignored(&edited(group(json!({"text": "随便"})))),
        IgnoreReason::NotAddressed
    );
}

#[test]
fn notices_and_migration() {
    let photo = json!({"pinned_message": {"message_id": 4, "date": 0, "chat": {"id": 77, "type": "private"}}});
    assert_eq!(
        asked(&private(photo)),
        UpdateKind::Service("pinned_message")
    );
    assert_eq!(
        asked(&group(json!({"new_chat_members": [li()]}))),
        UpdateKind::Service("new_chat_members")
    );
    assert_eq!(
        asked(&group(json!({"left_chat_member": us()}))),
        UpdateKind::Service("left_chat_member")
    );
    let old = message_in(
        json!({"id": -5, "title": "群", "type": "group"}),
        json!({"migrate_to_chat_id": GROUP}),
    );
    assert_eq!(
        (scene(&old).kind, asked(&old)),
        (ChatKind::Group, UpdateKind::MigratedTo(GROUP))
    );
    assert_eq!(
        asked(&group(json!({"migrate_from_chat_id": -5}))),
        UpdateKind::MigratedFrom(-5)
    );
    // whoever caused it: another bot, or nobody who is named
    let bot = json!({"id": 9, "is_bot": true, "first_name": "admin"});
    assert_eq!(
        asked(&group(json!({"from": bot, "migrate_from_chat_id": -5}))),
        UpdateKind::MigratedFrom(-5)
    );
    assert_eq!(
        asked(&group(json!({"from": null, "migrate_from_chat_id": -5}))),
        UpdateKind::MigratedFrom(-5)
    );
}

#[test]
fn who_is_no_asker() {
    let other = json!({"id": 9, "is_bot": true, "first_name": "别的", "username": "other_bot"});
    let named = json!({"text": "@wenlu_bot 在吗", "entities": [mention(0, 10)]});
    assert_eq!(
        ignored(&group(merged(named.clone(), json!({"from": other})))),
        IgnoreReason::OtherBot
    );
    assert_eq!(
        ignored(&group(merged(named.clone(), json!({"from": us()})))),
        IgnoreReason::Own
    );
    assert_eq!(
        ignored(&private(json!({"text": "第一步……", "via_bot": us()}))),
        IgnoreReason::Own
    );
    assert_eq!(
        asked(&private(json!({"text": "转自别处", "via_bot": other}))),
        text("转自别处")
    );
    let channel = json!({"id": -1001111111111_i64, "title": "公告", "type": "channel"});
    let telegram = json!({"id": 777000, "is_bot": false, "first_name": "Telegram"});
    let forward = json!({"from": telegram, "sender_chat": channel, "is_automatic_forward": true});
    assert_eq!(
        ignored(&group(merged(named.clone(), forward))),
        IgnoreReason::AutomaticForward
    );
    let post = json!({"message_id": 1, "sender_chat": channel, "chat": channel, "date": DATE, "text": "公告"});
    assert_eq!(
        ignored(&json!({"update_id": 1, "channel_post": post})),
        IgnoreReason::Channel
    );
    assert_eq!(
        ignored(&json!({"update_id": 1, "edited_channel_post": post})),
        IgnoreReason::Channel
    );
    assert_eq!(
        ignored(&message_in(channel.clone(), json!({"text": "x"}))),
        IgnoreReason::Channel
    );

    // an anonymous administrator and a channel's owner are people behind a stand-in
    let stand_in = json!({"id": 1087968824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"});
    let itself = json!({"id": GROUP, "title": "小程序交流", "type": "supergroup"});
    let anonymous = group(merged(
        named.clone(),
        json!({"from": stand_in, "sender_chat": itself}),
    ));
    assert_eq!(asked(&anonymous), text("在吗"));
    let who = scene(&anonymous);
    assert_eq!(
        (who.user, who.name.as_str(), who.username),
        (GROUP, "小程序交流", None)
    );
    assert_eq!(
        who.conversation.as_str(),
        format!("telegram:{GROUP}.0.{GROUP}")
    );
    let stand_in = json!({"id": 136817688, "is_bot": true, "first_name": "Channel", "username": "Channel_Bot"});
    let owner = group(merged(
        named,
        json!({"from": stand_in, "sender_chat": channel, "author_signature": "小编"}),
    ));
    assert_eq!(
        (scene(&owner).user, scene(&owner).name.as_str()),
        (-1001111111111, "小编")
    );
}

#[test]
fn presses() {
    let press = |more| {
        merged(
            json!({"id": "4382", "from": li(), "chat_instance": "1", "data": "p:2:migration-ids"}),
            more,
        )
    };
    let update = |more| json!({"update_id": 1, "callback_query": press(more)});
    let pressed = |sent| UpdateKind::Press {
        callback: "4382".into(),
        data: "p:2:migration-ids".into(),
        sent,
    };
    let chat = json!({"id": 77, "first_name": "小红", "type": "private"});
    let reachable = update(
        json!({"message": {"message_id": 6, "from": us(), "chat": chat, "date": DATE, "text": "第 1 步"}}),
    );
    assert_eq!(asked(&reachable), pressed(Some(AT)));
    let who = scene(&reachable);
    assert_eq!(
        (who.user, who.message, who.at, who.conversation.as_str()),
        (77, Some(6), None, "telegram:77")
    );

    let old = update(json!({"message": {"message_id": 6, "chat": chat, "date": 0}}));
    assert_eq!((asked(&old), scene(&old).message), (pressed(None), None));
    let inline = update(json!({"inline_message_id": "AAAA"}));
    assert_eq!((asked(&inline), scene(&inline).chat), (pressed(None), 77));
    let topic = json!({"id": GROUP, "title": "群", "is_forum": true, "type": "supergroup"});
    let message = json!({"message_id": 6, "from": us(), "chat": topic, "date": DATE, "message_thread_id": 12, "is_topic_message": true});
    assert_eq!(
        scene(&update(json!({"message": message})))
            .conversation
            .as_str(),
        format!("telegram:{GROUP}.12.77")
    );
    let game = json!({"update_id": 1, "callback_query": {"id": "1", "from": li(), "chat_instance": "1", "game_short_name": "g"}});
    assert_eq!(
        asked(&game),
        UpdateKind::Press {
            callback: "1".into(),
            data: String::new(),
            sent: None
        }
    );
}

#[test]
fn inline_queries() {
    let query =
        json!({"id": "981", "from": li(), "query": "注销", "offset": "", "chat_type": "sender"});
    let heard = listen(&json!({"update_id": 1, "inline_query": query}));
    let inline = InlineQuery {
        id: "981".into(),
        query: "注销".into(),
        offset: String::new(),
        user: 77,
        lang: Lang::Zh,
    };
    assert_eq!(heard.event, UpdateEvent::Inline(inline));
}

#[test]
fn coming_and_going() {
    let change = |chat: Value, old: Value, new: Value| {
        let member = json!({"chat": chat, "from": li(), "date": DATE, "old_chat_member": old, "new_chat_member": new});
        json!({"update_id": 1, "my_chat_member": member})
    };
    let private = json!({"id": 77, "first_name": "小红", "type": "private"});
    let group = json!({"id": GROUP, "title": "群", "type": "supergroup"});
    let status = |status| json!({"user": us(), "status": status});
    let (member, kicked, left) = (status("member"), status("kicked"), status("left"));
    let muted = |is_member| merged(status("restricted"), json!({"is_member": is_member}));
    for (update, what) in [
        (
            change(private.clone(), member.clone(), kicked.clone()),
            UpdateKind::Blocked,
        ),
        (
            change(private, kicked.clone(), member.clone()),
            UpdateKind::Unblocked,
        ),
        (
            change(group.clone(), left.clone(), member.clone()),
            UpdateKind::Added,
        ),
        (
            change(group.clone(), left.clone(), status("administrator")),
            UpdateKind::Added,
        ),
        (
            change(group.clone(), member.clone(), kicked),
            UpdateKind::Removed,
        ),
        (
            change(group.clone(), muted(true), left),
            UpdateKind::Removed,
        ),
    ] {
        assert_eq!(asked(&update), what, "{update}");
        assert_eq!(scene(&update).message, None);
    }
    let promoted = change(group.clone(), member.clone(), status("administrator"));
    assert_eq!(ignored(&promoted), IgnoreReason::Rights);
    assert_eq!(
        ignored(&change(group, member, muted(true))),
        IgnoreReason::Rights
    );
    let channel = change(
        json!({"id": -1001, "type": "channel"}),
        status("left"),
        status("administrator"),
    );
    assert_eq!(ignored(&channel), IgnoreReason::Channel);
}

#[test]
fn the_operators_group_is_heard_whole() {
    let heard = |more| match listen(&operators(more)).event {
        UpdateEvent::Operator(scene, what) => (scene.thread, scene.reply_to, what),
        other => panic!("{other:?}"),
    };
    let in_topic = json!({"message_thread_id": 12, "is_topic_message": true});
    let reply = json!({"reply_to_message": {"message_id": 30, "from": li(), "date": DATE}});
    let more = merged(
        json!({"text": "@wenlu_bot 您好，请看这里", "entities": [mention(0, 10)]}),
        in_topic.clone(),
    );
    assert_eq!(
        heard(merged(more, reply)),
        (Some(12), Some(30), text("@wenlu_bot 您好，请看这里"))
    );
    assert_eq!(
        heard(json!({"text": "大家看下"})),
        (None, None, text("大家看下"))
    );
    assert_eq!(
        heard(json!({"text": "/done"})).2,
        command(SlashCommand::Done, "")
    );
    assert_eq!(
        heard(json!({"text": "/assign 小王"})).2,
        UpdateKind::UnknownCommand("assign".into())
    );
    let photo = MediaAttachment {
        kind: MediaKind::Photo,
        caption: Some("像这样".into()),
        album: Some("9".into()),
        rest: vec![],
    };
    let more = json!({"photo": [], "caption": "像这样", "media_group_id": "9"});
    assert_eq!(
        heard(merged(more, in_topic.clone())),
        (Some(12), None, UpdateKind::Attachment(photo))
    );
    assert_eq!(
        heard(merged(json!({"forum_topic_closed": {}}), in_topic)).2,
        UpdateKind::Service("forum_topic_closed")
    );
    assert_eq!(
        heard(json!({"migrate_to_chat_id": -1009})).2,
        UpdateKind::MigratedTo(-1009)
    );
    // the group is the operators' whichever of its ids is known
    let grown =
        json!({"migrate_from_chat_id": OPERATORS, "chat": {"id": -1009, "type": "supergroup"}});
    assert!(matches!(
        listen(&operators(grown)).event,
        UpdateEvent::Operator(_, UpdateKind::MigratedFrom(OPERATORS))
    ));
    let other = json!({"id": 9, "is_bot": true, "first_name": "别的"});
    assert_eq!(
        ignored(&operators(json!({"text": "x", "from": other}))),
        IgnoreReason::OtherBot
    );
    assert_eq!(
        ignored(&operators(json!({"text": "/done@other_bot"}))),
        IgnoreReason::NotAddressed
    );
    match listen(&edited(operators(json!({"text": "改"})))).event {
        UpdateEvent::Operator(_, what) => assert_eq!(what, new_text("改", false)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn kinds_that_are_not_known_do_nothing() {
    for update in [
        json!({"update_id": 1, "message_reaction": {"chat": {}, "new_reaction": []}}),
        json!({"update_id": 1, "poll": {"id": "1"}}),
        json!({"update_id": 1, "telepathy": {"from": li()}}),
        json!({"update_id": 1}),
        message_in(json!({"id": 1, "type": "hive"}), json!({"text": "x"})),
        private(json!({"from": null, "text": "x"})),
    ] {
        assert_eq!(ignored(&update), IgnoreReason::UnknownKind, "{update}");
    }
}

#[test]
fn what_cannot_be_read_names_its_update() {
    let unreadable = |raw: &str| parse_update(raw, &me(), &[]).unwrap_err();
    let wrong = private(json!({"text": 5})).to_string();
    assert_eq!(unreadable(&wrong).update, Some(900));
    let half = r#"{"update_id":901,"message":{"message_id":5,"date":1,"chat":{"id":1,"type":"private"},"text":"\ud800秘密"}}"#;
    let error = unreadable(half);
    assert_eq!(error.update, Some(901));
    assert!(!format!("{error} {error:?}").contains("秘密"), "{error}");
    assert_eq!(
        unreadable(r#"{"update_id": 902 , "message":{"te"#).update,
        Some(902)
    );
    assert_eq!(
        unreadable(r#"{"message":{"text":"\"update_id\":1"}}"#).update,
        None
    );
    assert_eq!(
        unreadable("nothing"),
        UnreadableUpdate {
            update: None,
            column: 2
        }
    );
    assert_eq!(
        unreadable("nothing").to_string(),
        "update without number: unreadable at column 2"
    );
    assert_eq!(update_id(r#"{"message":{},"update_id":7}"#), Some(7));
    assert_eq!(update_id(r#"{"update_id":"#), None);
}
