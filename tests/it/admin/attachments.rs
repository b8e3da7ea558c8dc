//! Pictures and files between an asker on the web page and a colleague: what is taken, what is left of it, who sees it, and
//! that nothing of it stays behind.

use super::inbox::{Asker, ann_signs_in};
use super::{Browser, House, Shown, now};
use crate::browser::{DESKTOP, PHONE, Page, on_page};
use crate::database::{Database, Engine, on_both};
use crate::erase::count;
use fantoccini::Locator;
use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::Response;
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;
use wenlu::store::accounts::AccountRole;
use wenlu::store::audit::AuditActor;
use wenlu_core::model::Timestamp;

/// An asker who sends files.
impl Asker {
    async fn upload(&self, id: &str, name: &str, bytes: Vec<u8>) -> Response {
        let query = [
            ("conversation", self.conversation.as_str()),
            ("id", id),
            ("name", name),
        ];
        let sent = reqwest::Client::new().post(format!("{}/api/v1/files", self.base));
        sent.query(&query).body(bytes).send().await.unwrap()
    }

    /// The file, as the API describes it.
    async fn sends(&self, id: &str, name: &str, bytes: Vec<u8>) -> Value {
        let response = self.upload(id, name, bytes).await;
        assert_eq!(response.status(), 201, "{id}");
        response.json::<Value>().await.unwrap()["file"].clone()
    }

    async fn refused(&self, id: &str, bytes: Vec<u8>) -> (u16, String) {
        let response = self.upload(id, "a.png", bytes).await;
        let status = response.status().as_u16();
        let told: Value = response.json().await.unwrap();
        (status, told["error"]["code"].as_str().unwrap().to_owned())
    }

    async fn says(&self, what: Value) -> (u16, Value) {
        let id = format!("{:x}", fastrand::u128(..));
        let mut body = json!({"conversation": self.conversation, "id": id});
        body.as_object_mut()
            .unwrap()
            .extend(what.as_object().unwrap().clone());
        let sent = reqwest::Client::new().post(format!("{}/api/v1/messages", self.base));
        let response = sent.json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 128]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

/// A photo that says where it was taken, lies on its side, and has a page behind its end.
pub(crate) fn telling_photo() -> Vec<u8> {
    let photo = picture(80, 40, ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend(b"GPS 39.9042N 116.4074E");
    let mut bytes = photo[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&photo[2..]);
    bytes.extend(b"<script>alert(1)</script>");
    bytes
}

/// A file sent by a colleague, as the page's script does it.
pub(crate) async fn send(
    browser: &mut Browser,
    number: i64,
    id: &str,
    bytes: Vec<u8>,
    token: &str,
) -> Shown {
    let address = format!("{}/admin/inbox/{number}/files", browser.base);
    let request = browser
        .client
        .post(address)
        .query(&[("id", id), ("name", "回执.pdf")])
        .header("origin", &browser.base)
        .header("sec-fetch-site", "same-origin")
        .header("x-form-token", token)
        .body(bytes);
    browser.send(request).await
}

fn value(response: &Response, name: &str) -> String {
    let all = response.headers().get_all(name);
    let all: Vec<&str> = all.iter().map(|value| value.to_str().unwrap()).collect();
    all.join(" | ")
}

#[tokio::test]
async fn a_picture_goes_to_a_colleague_and_a_file_comes_back() {
    on_both(async |database| {
        let house = House::on(&database, &[("WENLU_UPLOADS", "people")]).await;
        let mut agent = house.signed_in(AccountRole::Agent).await;
        let asker = Asker::on(&house, "a");
        let photo = telling_photo();
        // nobody is there who could look at it
        let early = asker.refused("early", photo.clone()).await;
        assert_eq!(early, (403, "files_not_taken".to_owned()));
        asker.says(json!({"text": "转人工"})).await;
        let sent = asker.sends("one", "IMG_1.jpg", photo.clone()).await;
        assert_eq!(sent["id"].as_str().unwrap().len(), 32);
        // turned the right way up
        let sizes = [&sent["width"], &sent["height"]];
        assert_eq!(sizes, [&json!(40), &json!(80)]);
        assert_eq!(asker.sends("one", "IMG_1.jpg", photo).await, sent);
        let (status, told) = asker.says(json!({"file": sent["id"]})).await;
        assert_eq!((status, &told["person"]), (200, &json!(true)), "{told}");
        // it is brought once, and by its own conversation
        assert_eq!(asker.says(json!({"file": sent["id"]})).await.0, 400);
        let other = Asker::on(&house, "b");
        assert_eq!(other.says(json!({"file": sent["id"]})).await.0, 400);

        let at = house.server.url(sent["path"].as_str().unwrap());
        let shown = reqwest::get(&at).await.unwrap();
        for (name, wanted) in [
            ("content-type", "image/jpeg"),
            (
                "content-disposition",
                "inline; filename*=UTF-8''picture.jpg",
            ),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-store"),
        ] {
            assert_eq!(value(&shown, name), wanted, "{name}");
        }
        let kept = shown.bytes().await.unwrap();
        for told in [&b"GPS"[..], b"Exif", b"script"] {
            assert!(!kept.windows(told.len()).any(|part| part == told));
        }

        let number = asker.handover(&house).await.number;
        let page = agent.get(&format!("/admin/inbox/{number}")).await.body;
        let inside = format!("/admin/inbox/files/{}", sent["id"].as_str().unwrap());
        assert!(
            page.contains(&format!("<img class=\"sent\" src=\"{inside}\"")),
            "{page}"
        );
        let shown = agent.stream(&inside).await;
        assert_eq!(
            value(&shown, "content-security-policy"),
            "default-src 'none'; sandbox"
        );
        assert_eq!(shown.bytes().await.unwrap(), kept);
        assert_eq!(house.browser().get(&inside).await.status, 303);

        let pdf = b"%PDF-1.4 receipt".to_vec();
        let id = "0123456789abcdef";
        let token = agent.form_token.clone();
        let forged = send(&mut agent, number, id, pdf.clone(), "0").await;
        assert_eq!(forged.status, 403);
        for _ in 0..2 {
            let answered = send(&mut agent, number, id, pdf.clone(), &token).await;
            assert_eq!(answered.status, 303, "{}", answered.body);
        }
        let name = format!("web:{}", asker.conversation);
        let pushes = house.store.handovers().pushes(&name, 0, 50).await.unwrap();
        let files: Vec<Value> = pushes
            .iter()
            .map(|push| serde_json::from_str::<Value>(&push.reply).unwrap()["file"].clone())
            .filter(|file| !file.is_null())
            .collect();
        let [file] = &files[..] else {
            panic!("{files:?}")
        };
        assert_eq!(
            (&file["name"], &file["width"]),
            (&json!("回执.pdf"), &json!(0))
        );
        let at = house
            .server
            .url(&format!("/api/v1/files/{}", file["id"].as_str().unwrap()));
        let saved = reqwest::get(&at).await.unwrap();
        let how = value(&saved, "content-disposition");
        assert_eq!(how, "attachment; filename*=UTF-8''%E5%9B%9E%E6%89%A7.pdf");
        assert_eq!(saved.bytes().await.unwrap(), pdf);

        // nothing is left of it
        let by = AuditActor::terminal(now());
        house.store.erasure().erase(by, &name).await.unwrap();
        for table in ["files", "file_parts", "messages"] {
            assert_eq!(count(&database.url, table).await, 0, "{table}");
        }
        assert_eq!(reqwest::get(&at).await.unwrap().status(), 404);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_or_too_much_is_refused() {
    let database = Database::new(Engine::Sqlite).await;
    let values = [("WENLU_UPLOADS", "on"), ("WENLU_UPLOADS_TOTAL", "1MB")];
    let house = House::on(&database, &values).await;
    let asker = Asker::on(&house, "a");
    let unfit = (415, "unfit_file".to_owned());
    let png = picture(30, 30, ImageFormat::Png);
    for (name, bytes) in [
        ("empty", Vec::new()),
        (
            "svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec(),
        ),
        (
            "html",
            b"\xef\xbb\xbf<html><script>alert(1)</script>".to_vec(),
        ),
        (
            "half a gif",
            b"GIF89a/*<script>alert(1)</script>*/".to_vec(),
        ),
        ("half a png", png[..png.len() / 2].to_vec()),
        ("program", b"MZ\x90\0\x03\0\0\0".to_vec()),
        ("bomb", bomb()),
    ] {
        let id = name.replace(' ', "-");
        assert_eq!(asker.refused(&id, bytes).await, unfit, "{name}");
    }
    let large = asker.refused("large", vec![0; 8 * 1024 * 1024 + 1]).await;
    assert_eq!(large, (413, "file_too_large".to_owned()));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let id = format!("{format:?}");
        let sent = asker.sends(&id, "a", picture(20, 10, format)).await;
        let sizes = [&sent["width"], &sent["height"]];
        assert_eq!(sizes, [&json!(20), &json!(10)], "{id}");
    }
    // without a person the bot says that it cannot look at it
    let sent = asker.sends("told", "a", png.clone()).await;
    let (status, told) = asker.says(json!({"file": sent["id"]})).await;
    assert_eq!(
        (status, told["replies"].as_array().unwrap().len()),
        (200, 1)
    );
    for number in 4..20 {
        asker.sends(&format!("n{number}"), "a", png.clone()).await;
    }
    let many = asker.refused("many", png.clone()).await;
    assert_eq!(many, (409, "too_many_files".to_owned()));
    let other = Asker::on(&house, "b");
    let mut pdf = b"%PDF-1.4".to_vec();
    pdf.resize(1024 * 1024, b' ');
    let full = other.refused("full", pdf).await;
    assert_eq!(full, (507, "no_room_for_files".to_owned()));
    other.sends("small", "a", png).await;
}

/// A picture of 30,000 times 30,000 pixels in a few bytes.
fn bomb() -> Vec<u8> {
    let mut png = picture(8, 8, ImageFormat::Png);
    png[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
    png
}

#[tokio::test]
async fn files_are_off_unless_wanted_and_go_with_the_journal() {
    on_both(async |database| {
        let off = House::on(&database, &[]).await;
        off.account("ann", AccountRole::Agent).await;
        let asker = Asker::on(&off, "a");
        asker.says(json!({"text": "转人工"})).await;
        let png = picture(300, 300, ImageFormat::Png);
        let refused = asker.refused("one", png.clone()).await;
        assert_eq!(refused, (403, "files_not_taken".to_owned()));
        let page = reqwest::get(off.server.url("/")).await.unwrap();
        assert!(page.text().await.unwrap().contains("data-files=\"off\""));
        drop(off);

        let house = House::on(&database, &[("WENLU_UPLOADS", "on")]).await;
        let (open, done) = (Asker::on(&house, "a"), Asker::on(&house, "b"));
        for asker in [&open, &done] {
            let sent = asker.sends("one", "a", png.clone()).await;
            asker.says(json!({"file": sent["id"]})).await;
        }
        done.sends("unsent", "a", png).await;
        let day = 24 * 3_600_000;
        let kept = Some(Duration::from_secs(90 * 24 * 3_600));
        let sweep = async |days: i64| {
            let later = Timestamp(now().0 + days * day);
            let swept = house.store.retention().sweep(later, kept, true).await;
            swept.unwrap();
        };
        sweep(2).await;
        assert_eq!(count(&database.url, "files").await, 2);
        sweep(91).await;
        // that of the open hand-over stays
        assert_eq!(count(&database.url, "files").await, 1);
        assert_eq!(count(&database.url, "file_parts").await, 1);
    })
    .await;
}

/// An asker and a colleague in two windows send each other pictures.
async fn pictures(page: Page) {
    let database = Database::new(Engine::Sqlite).await;
    let house = House::on(&database, &[("WENLU_UPLOADS", "people")]).await;
    let folder = tempfile::tempdir().unwrap();
    let (photo, answer) = (folder.path().join("照片.jpg"), folder.path().join("b.png"));
    std::fs::write(&photo, telling_photo()).unwrap();
    std::fs::write(&answer, picture(120, 60, ImageFormat::Png)).unwrap();
    let colleague = page.client.window().await.unwrap();
    ann_signs_in(&page, &house).await;

    let asker = page.client.new_window(true).await.unwrap().handle;
    page.client.switch_to_window(asker.clone()).await.unwrap();
    page.client.goto(&house.server.url("/")).await.unwrap();
    page.find("#text").await;
    page.until("document.getElementById('attach').hidden").await;
    page.ask("转人工").await;
    page.until("!document.getElementById('attach').hidden")
        .await;
    choose(&page, "#file", &photo).await;
    page.until("document.querySelector('.asker.sent img.sent')?.naturalWidth === 40")
        .await;
    page.shot("1-sent").await;
    page.is_sound(&house.server).await;
    assert_eq!(page.barriers().await, json!([]));

    page.client.switch_to_window(colleague).await.unwrap();
    page.until("document.querySelector('#handovers a')").await;
    page.click("#handovers a").await;
    page.until("document.querySelector('#said .asker img.sent')?.naturalWidth === 40")
        .await;
    choose(&page, "#file", &answer).await;
    page.until("document.querySelector('#said .own img.sent')?.naturalWidth === 120")
        .await;
    page.until("document.getElementById('file-state').textContent === '已发出。'")
        .await;
    page.shot("2-answered").await;
    page.is_sound(&house.server).await;
    assert_eq!(page.barriers().await, json!([]));

    page.client.switch_to_window(asker).await.unwrap();
    page.until("document.querySelector('.person img.sent')?.naturalWidth === 120")
        .await;
    // and after a reload
    page.client.refresh().await.unwrap();
    page.until("document.querySelector('.person img.sent')?.naturalWidth === 120")
        .await;
    page.until("document.querySelector('.asker.sent img.sent')?.naturalWidth === 40")
        .await;
    page.shot("3-seen").await;
}

pub(super) async fn choose(page: &Page, field: &str, file: &Path) {
    let field = page.client.find(Locator::Css(field)).await.unwrap();
    field.send_keys(file.to_str().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_go_both_ways_at_a_desk() {
    on_page("files-desk", DESKTOP, false, pictures).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_go_both_ways_on_a_phone() {
    on_page("files-phone", (320, PHONE.1), true, pictures).await;
}
