//! The menu of an account. In: a data file, or questions that are asked much. Out: what the platform
//! takes, checked by its limits before it is asked. Must not know: who wrote the file, how a menu is
//! shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wenlu_core::text::safe;

/// The platform's limits: buttons beside and below each other, bytes of their names and keys.
const MAX_BESIDE: usize = 3;
const MAX_BELOW: usize = 5;
const NAME_BYTES: usize = 16;
const NAME_BYTES_BELOW: usize = 60;
const KEY_BYTES: usize = 128;
const URL_BYTES: usize = 1_024;

/// The menu: up to three buttons, each with up to five below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountMenu {
    #[serde(rename = "button")]
    pub buttons: Vec<MenuButton>,
}

/// A button: it has others below it, or sends a key, or opens a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MenuButton {
    pub name: String,
    /// An intent's id as `i:migration-ids`, or `topics`, `human`, `help`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// An https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, rename = "button", skip_serializing_if = "Vec::is_empty")]
    pub below: Vec<MenuButton>,
}

/// What the platform would not take. `at`: the button's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MenuMistake {
    #[error("菜单要有 1 到 3 个按钮 / a menu has 1 to 3 buttons")]
    Beside,
    #[error("“{at}”下面最多 5 个按钮 / at most 5 buttons below")]
    Below { at: String },
    #[error(
        "“{at}”太长或没有名字：一级最多 {most} 字节（汉字 3 字节） / name of 1 to {most} bytes"
    )]
    Name { at: String, most: usize },
    #[error(
        "“{at}”要有 key、url、下级按钮三样中的一样 / a key, a url, or buttons below: one of the three"
    )]
    Action { at: String },
    #[error("“{at}”的 key 太长，最多 128 字节 / a key of at most 128 bytes")]
    Key { at: String },
    #[error("“{at}”的 key 没有这个意图 / there is no such intent")]
    Intent { at: String },
    #[error("“{at}”的 url 要以 http 开头，最多 1024 字节 / an http address of at most 1024 bytes")]
    Url { at: String },
}

impl AccountMenu {
    /// A button for what is asked most, which lists five of the questions, then all topics and a
    /// person. `questions`: ids and titles of intents.
    pub(crate) fn of_questions(questions: &[(String, String)]) -> Self {
        let key = |name: &str, key: &str| MenuButton {
            name: name.to_owned(),
            key: Some(key.to_owned()),
            ..MenuButton::default()
        };
        let below = questions.iter().take(MAX_BELOW).map(|(id, title)| {
            let title = within(title, NAME_BYTES_BELOW);
            key(&title, &format!("i:{id}"))
        });
        let hot = MenuButton {
            name: "热门问题".to_owned(),
            below: below.collect(),
            ..MenuButton::default()
        };
        let mut buttons = vec![hot, key("全部话题", "topics"), key("转人工", "human")];
        buttons.retain(|button| button.key.is_some() || !button.below.is_empty());
        AccountMenu { buttons }
    }

    /// Reads what the platform has; `None` if it is none. A kind of button that is not known here has
    /// neither key nor address.
    pub(super) fn read(menu: &Value) -> Option<Self> {
        let buttons = menu.get("button")?.as_array()?;
        Some(AccountMenu {
            buttons: buttons.iter().map(read_button).collect(),
        })
    }

    /// Every mistake. `knows`: whether there is such an intent.
    pub(crate) fn check(&self, knows: &dyn Fn(&str) -> bool) -> Vec<MenuMistake> {
        let mut mistakes = vec![];
        if !(1..=MAX_BESIDE).contains(&self.buttons.len()) {
            mistakes.push(MenuMistake::Beside);
        }
        for button in &self.buttons {
            mistakes.extend(button.check(NAME_BYTES, knows));
            if button.below.len() > MAX_BELOW {
                let at = button.name.clone();
                mistakes.push(MenuMistake::Below { at });
            }
            for below in &button.below {
                mistakes.extend(below.check(NAME_BYTES_BELOW, knows));
                if !below.below.is_empty() {
                    let at = below.name.clone();
                    mistakes.push(MenuMistake::Action { at });
                }
            }
        }
        mistakes
    }

    /// As the platform takes it.
    pub(crate) fn body(&self) -> Value {
        json!({ "button": self.buttons.iter().map(MenuButton::body).collect::<Vec<_>>() })
    }
}

impl MenuButton {
    fn check(&self, most: usize, knows: &dyn Fn(&str) -> bool) -> Option<MenuMistake> {
        let at = self.name.clone();
        if !(1..=most).contains(&self.name.trim().len()) {
            return Some(MenuMistake::Name { at, most });
        }
        match (&self.key, &self.url, self.below.is_empty()) {
            (Some(key), None, true) if key.is_empty() || key.len() > KEY_BYTES => {
                Some(MenuMistake::Key { at })
            }
            (Some(key), None, true) => {
                let is_known = matches!(key.as_str(), "topics" | "human" | "help")
                    || knows(key.strip_prefix("i:").unwrap_or(key));
                (!is_known).then_some(MenuMistake::Intent { at })
            }
            (None, Some(url), true) => {
                let is_address = url.starts_with("https://") || url.starts_with("http://");
                let is_right = is_address && url.len() <= URL_BYTES;
                (!is_right).then_some(MenuMistake::Url { at })
            }
            (None, None, false) => None,
            _ => Some(MenuMistake::Action { at }),
        }
    }

    fn body(&self) -> Value {
        match (&self.key, &self.url) {
            (Some(key), _) => json!({ "type": "click", "name": self.name, "key": key }),
            (_, Some(url)) => json!({ "type": "view", "name": self.name, "url": url }),
            _ => {
                let below: Vec<_> = self.below.iter().map(MenuButton::body).collect();
                json!({ "name": self.name, "sub_button": below })
            }
        }
    }
}

fn read_button(button: &Value) -> MenuButton {
    let text = |name: &str| {
        let text = button.get(name).and_then(Value::as_str);
        text.map(safe::without_control_chars)
    };
    let below = button.get("sub_button").and_then(Value::as_array);
    MenuButton {
        name: text("name").unwrap_or_default(),
        key: text("key"),
        url: text("url"),
        below: below.into_iter().flatten().map(read_button).collect(),
    }
}

/// The beginning of a text that has at most `most` bytes.
fn within(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most - "…".len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(name: &str, key: &str) -> MenuButton {
        MenuButton {
            name: name.to_owned(),
            key: Some(key.to_owned()),
            ..MenuButton::default()
        }
    }

    #[test]
    fn a_menu_of_questions_is_within_the_limits_and_is_read_as_it_was_written() {
        let long = "小程序迁移之后 openid、unionid 和各种 ID 到底会不会变".repeat(2);
        let asked: Vec<_> = (0..7).map(|at| (format!("q{at}"), long.clone())).collect();
        let menu = AccountMenu::of_questions(&asked);
        assert_eq!(menu.check(&|id| id.starts_with('q')), []);
        assert_eq!(menu.buttons[0].below.len(), 5);
        assert!(menu.buttons[0].below[0].name.ends_with('…'));
        assert_eq!(AccountMenu::read(&menu.body()), Some(menu));
        let none = AccountMenu::of_questions(&[]);
        assert_eq!(none.buttons.len(), 2);
    }

    #[test]
    fn what_the_platform_would_not_take() {
        let at = |name: &str| name.to_owned();
        let mistakes = |buttons| AccountMenu { buttons }.check(&|id| id == "ids");
        assert_eq!(
            mistakes(vec![button("问", "i:ids"), button("人", "human")]),
            []
        );
        assert_eq!(mistakes(vec![]), [MenuMistake::Beside]);
        assert_eq!(
            mistakes(vec![button("六个汉字太长", "topics"), button("问", "i:no")]),
            [
                MenuMistake::Name {
                    at: at("六个汉字太长"),
                    most: 16
                },
                MenuMistake::Intent { at: at("问") },
            ]
        );
        let page = MenuButton {
            url: Some("ftp://a".to_owned()),
            ..button("页", "topics")
        };
        assert_eq!(
            mistakes(vec![page.clone()]),
            [MenuMistake::Action { at: at("页") }]
        );
        let page = MenuButton { key: None, ..page };
        assert_eq!(mistakes(vec![page]), [MenuMistake::Url { at: at("页") }]);
        let many = MenuButton {
            key: None,
            below: vec![button("六个汉字不太长", "topics"); 6],
            ..button("多", "")
        };
        assert_eq!(mistakes(vec![many]), [MenuMistake::Below { at: at("多") }]);
    }
}
