//! The account's menu: up to three buttons, each a key, or up to five below it.

use crate::api::Refusal;
use crate::world::ApiState;
use serde_json::{Value, json};

const KEY_LIMIT: usize = 128;

pub(crate) fn serve(state: &mut ApiState, path: &str, body: &str) -> Result<Value, Refusal> {
    let ok = json!({ "errcode": 0, "errmsg": "ok" });
    match path {
        "/cgi-bin/menu/create" => {
            let menu: Value =
                serde_json::from_str(body).map_err(|_| (47_001, "data format error"))?;
            if body.contains("\\u") {
                return Err((40_033, "invalid charset"));
            }
            check(&menu)?;
            state.menu = Some(menu);
            Ok(ok)
        }
        "/cgi-bin/menu/get" => match &state.menu {
            Some(menu) => Ok(json!({ "menu": menu })),
            None => Err((46_003, "menu no exist")),
        },
        "/cgi-bin/menu/delete" => {
            state.menu = None;
            Ok(ok)
        }
        _ => Err((48_001, "api unauthorized")),
    }
}

fn check(menu: &Value) -> Result<(), Refusal> {
    let buttons = list(&menu["button"])?;
    if buttons.is_empty() || buttons.len() > 3 {
        return Err((40_016, "invalid button size"));
    }
    for button in buttons {
        name(button, 16)?;
        if button.get("sub_button").is_none() {
            action(button)?;
            continue;
        }
        let below = list(&button["sub_button"])?;
        if below.is_empty() || below.len() > 5 {
            return Err((40_023, "invalid sub button size"));
        }
        for button in below {
            name(button, 60)?;
            action(button)?;
        }
    }
    Ok(())
}

fn list(value: &Value) -> Result<&[Value], Refusal> {
    let list = value.as_array().ok_or((40_015, "invalid menu type"))?;
    Ok(list)
}

fn name(button: &Value, most: usize) -> Result<(), Refusal> {
    match button["name"].as_str() {
        Some(name) if !name.is_empty() && name.len() <= most => Ok(()),
        _ => Err((40_018, "invalid button name size")),
    }
}

fn action(button: &Value) -> Result<(), Refusal> {
    let text = |name: &str| button[name].as_str().unwrap_or_default();
    match text("type") {
        "click" if (1..=KEY_LIMIT).contains(&text("key").len()) => Ok(()),
        "click" => Err((40_019, "invalid button key size")),
        "view" if text("url").starts_with("http") => Ok(()),
        "view" => Err((40_020, "invalid button url size")),
        _ => Err((40_017, "invalid button type")),
    }
}
