//! Pictures and files over the bridge, both ways.

use super::stage::Stage;
use crate::admin::attachments::{picture, send, telling_photo};
use crate::database::on_both;
use image::ImageFormat;
use reqwest::{Client, Response};
use serde_json::{Value, json};

async fn upload(stage: &Stage, key: &str, bytes: Vec<u8>) -> Response {
    let url = stage.house.server.url("/api/v1/bridge/files");
    let query = [("conversation", "a"), ("id", "u1"), ("name", "IMG_1.jpg")];
    let request = Client::new().post(url).bearer_auth(key).query(&query);
    request.body(bytes).send().await.unwrap()
}

#[tokio::test]
async fn a_picture_goes_to_a_colleague_and_another_comes_back() {
    on_both(async |database| {
        let stage = Stage::on(&database, &[("WENLU_UPLOADS", "people")]).await;
        let key = stage.team.key.clone();
        // nobody is there who could look at it
        assert_eq!(upload(&stage, &key, telling_photo()).await.status(), 403);
        let mut colleague = stage.colleague().await;
        stage.team.handover("a", "h1", true).await;
        let wrong = upload(&stage, "another key of the bridge 012345", telling_photo()).await;
        assert_eq!(wrong.status(), 401);
        let sent = upload(&stage, &key, telling_photo()).await;
        assert_eq!(sent.status(), 201);
        let sent: Value = sent.json().await.unwrap();
        let id = &sent["file"]["id"];
        let answer = stage
            .team
            .message("a", json!({"id": "m1", "file": id}))
            .await;
        assert_eq!(answer["person"], true, "{answer}");
        let number = stage.number("a").await;
        let page = colleague
            .browser
            .get(&format!("/admin/inbox/{number}"))
            .await;
        let shown = format!("src=\"/admin/inbox/files/{}\"", id.as_str().unwrap());
        assert!(page.body.contains(&shown), "{}", page.body);

        let token = colleague.browser.form_token.clone();
        let own = picture(30, 20, ImageFormat::Png);
        let name = "0123456789abcdef0123";
        let done = send(&mut colleague.browser, number, name, own, &token).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let file_of = |event: &Value| {
            event["data"]["reply"]["file"]["path"]
                .as_str()
                .map(str::to_owned)
        };
        stage
            .receiver
            .until("the picture", |all| {
                all.iter().any(|one| file_of(&one.event).is_some())
            })
            .await;
        let deliveries = stage.receiver.deliveries();
        let path = deliveries
            .iter()
            .find_map(|one| file_of(&one.event))
            .unwrap();
        let shown = reqwest::get(stage.house.server.url(&path)).await.unwrap();
        assert_eq!(shown.headers()["content-type"], "image/png");
        stage.stop().await;
    })
    .await;
}
