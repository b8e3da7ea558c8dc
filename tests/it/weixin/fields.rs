//! The reader of messages: XML and JSON, and nothing that XML can do beyond that.

use wenlu::channel::tencent::{FieldsError, MessageFields};

fn read(body: &str) -> Result<MessageFields, FieldsError> {
    MessageFields::parse(body)
}

#[test]
fn fields_are_read_from_both_forms() {
    for body in [
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><MsgId>12345678901234567890</MsgId><Content><![CDATA[a<b&]]></Content></xml>",
        "\u{feff}<?xml version=\"1.0\"?>\r\n<!-- - -->\n<xml>\n <ToUserName>gh_1</ToUserName>\n <MsgId>12345678901234567890</MsgId>\n <Content>a&lt;b&#38;</Content></xml>\n",
        "<xml><Content>x</Content><ToUserName>gh_<![CDATA[1]]></ToUserName><MsgId>12345678901234567890</MsgId><Content>a<![CDATA[<]]>b<![CDATA[&]]></Content></xml>",
        " {\"ToUserName\":\"gh_1\",\"MsgId\":12345678901234567890,\"Content\":\"a<b&\",\"List\":[1],\"Of\":{\"a\":1},\"No\":null}",
    ] {
        let fields = read(body).unwrap();
        assert_eq!(fields.get("ToUserName"), Some("gh_1"), "{body}");
        assert_eq!(fields.get("MsgId"), Some("12345678901234567890"));
        assert_eq!(fields.get("Content"), Some("a<b&"));
        assert_eq!(fields.get("List"), None);
    }
    let nested = read(
        "<xml><Event>scancode_push</Event><ScanCodeInfo><ScanType>x</ScanType>y</ScanCodeInfo><Empty/></xml>",
    );
    let nested = nested.unwrap();
    assert_eq!(
        (nested.get("ScanType"), nested.get("ScanCodeInfo")),
        (None, Some("y"))
    );
    assert_eq!(
        (nested.get("Empty"), nested.text("Empty")),
        (Some(""), None)
    );
}

#[test]
fn what_is_no_message_is_refused() {
    let deep = format!("<xml>{}</xml>", "<a>".repeat(20) + &"</a>".repeat(20));
    let wide = format!("<xml>{}</xml>", "<a>1</a>".repeat(65));
    let bomb = "<!DOCTYPE xml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><xml><Content>&b;</Content></xml>";
    let file = "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><Content>&x;</Content></xml>";
    for (body, error) in [
        (bomb, FieldsError::Doctype),
        (file, FieldsError::Doctype),
        ("<xml><Content>&nbsp;</Content></xml>", FieldsError::Doctype),
        ("<xml><Content>&#0;</Content></xml>", FieldsError::Form),
        (&deep, FieldsError::Depth),
        (&wide, FieldsError::Fields),
        ("", FieldsError::Form),
        ("success", FieldsError::Form),
        ("<xml>", FieldsError::Form),
        ("<xml><a>1</b></xml>", FieldsError::Form),
        ("<xml></xml><xml></xml>", FieldsError::Form),
        ("<xml>text</xml>", FieldsError::Form),
        ("<html><a>1</a></html>", FieldsError::Form),
        ("[1]", FieldsError::Form),
        ("{\"a\":", FieldsError::Form),
        (&"{\"a\":".repeat(1_000), FieldsError::Form),
    ] {
        assert_eq!(read(body), Err(error), "{body}");
    }
}
