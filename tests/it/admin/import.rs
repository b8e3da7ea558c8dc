//! A table that is uploaded: what it would add is a draft with its diff and tests, which is published or discarded.

use super::review::{publish, read, until};
use super::{Browser, House, Shown};
use crate::database::on_both;
use wenlu::store::accounts::AccountRole;

const BOUNDARY: &str = "----wenlu-test";

impl Browser {
    /// Sends a file with the form of the page that was got last.
    pub(super) async fn upload(&mut self, name: &str, bytes: &[u8], token: &str) -> Shown {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n--{BOUNDARY}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
        );
        let body = [
            head.as_bytes(),
            bytes,
            format!("\r\n--{BOUNDARY}--\r\n").as_bytes(),
        ]
        .concat();
        let request = self
            .client
            .post(format!("{}/admin/import", self.base))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .header("origin", self.base.clone())
            .header("sec-fetch-site", "same-origin")
            .body(body);
        self.send(request).await
    }
}

#[tokio::test]
async fn an_uploaded_table_becomes_a_draft_that_is_published_or_discarded() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut operator = house.signed_in(AccountRole::Operator).await;
        let shown = operator.get("/admin/import").await;
        assert!(shown.body.contains("multipart/form-data"), "{}", shown.body);
        let token = operator.form_token.clone();
        let table =
            "问题,答案\n电子发票开在哪里,在订单详情里申请。\n怎么开电子发票,在订单详情里申请。\n";
        let shown = operator.upload("faq.csv", table.as_bytes(), &token).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        for part in ["问答表", "新增 1 个", "电子发票开在哪里"] {
            assert!(shown.body.contains(part), "{part}: {}", shown.body);
        }
        let (_, rest) = shown.body.split_once("href=\"/admin/changes/").unwrap();
        let draft = format!("/admin/changes/{}", rest.split('"').next().unwrap());
        // nothing is live, and the draft says what it would do
        let path = "intents/dian-zi-fa-piao-kai-zai-na-li.toml";
        let folder = house.server.folder.path().to_owned();
        assert!(!folder.join(path).exists());
        let body = until(&mut operator, &draft, "怎么开电子发票").await;
        assert!(body.contains("在订单详情里申请。"), "{body}");
        let published = publish(&mut operator, &draft).await;
        assert_eq!(published.status, 303, "{}", published.body);
        assert!(read(&house, path).contains("怎么开电子发票"));
        // the same table once more has nothing to add
        let shown = operator.upload("faq.csv", table.as_bytes(), &token).await;
        assert!(shown.body.contains("没有要改的"), "{}", shown.body);
    })
    .await;
}

#[tokio::test]
async fn a_draft_of_many_files_shows_the_first_and_any_on_request() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut operator = house.signed_in(AccountRole::Operator).await;
        operator.get("/admin/import").await;
        let token = operator.form_token.clone();
        let rows: String = (0..40)
            .map(|row| format!("{row}号柜的钥匙丢了怎么补办,请带证件到{row}号柜台。\n"))
            .collect();
        let table = format!("问题,答案\n{rows}");
        let shown = operator.upload("faq.csv", table.as_bytes(), &token).await;
        let (_, rest) = shown.body.split_once("href=\"/admin/changes/").unwrap();
        let draft = format!("/admin/changes/{}", rest.split('"').next().unwrap());
        let body = operator.get(&draft).await.body;
        assert!(body.contains("一共 80 个文件，这里先列 30 个"), "{body}");
        let editors = |body: &str| body.matches("<textarea").count();
        assert_eq!(editors(&body), 30);
        // a link to one that is not shown shows it
        let (_, rest) = body.split_once(&format!("href=\"{draft}?file=")).unwrap();
        let path = rest.split('"').next().unwrap();
        assert!(!body.contains(&format!("+++ b/{path}")), "{path}");
        let one = operator.get(&format!("{draft}?file={path}")).await.body;
        assert!(one.contains(&format!("+++ b/{path}")), "{path}");
        let all = operator.get(&format!("{draft}?all=yes")).await.body;
        assert_eq!(editors(&all), 80);
        // a warning that all of them have does not hide the others
        let body = until(&mut operator, &draft, "处提醒").await;
        assert_eq!(body.matches("W207 few-examples]").count(), 1, "{body}");
        assert!(body.contains("W207 few-examples 40 处"), "{body}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_said_and_what_is_forged_or_too_large_refused() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut operator = house.signed_in(AccountRole::Operator).await;
        operator.get("/admin/import").await;
        let token = operator.form_token.clone();
        let table = "甲,乙\n退款多久呢,一般三天就到账了。\n".as_bytes();
        let shown = operator.upload("faq.csv", table, &token).await;
        assert!(shown.body.contains("第 1 列看不出是什么"), "{}", shown.body);
        assert_eq!(
            operator.upload("faq.csv", table, "forged").await.status,
            403
        );
        let large = vec![b'a'; (8 << 20) + 1];
        assert_eq!(operator.upload("faq.csv", &large, &token).await.status, 413);
        let mut reviewer = house.signed_in(AccountRole::Reviewer).await;
        let token = reviewer.form_token.clone();
        assert_eq!(reviewer.upload("faq.csv", table, &token).await.status, 403);
    })
    .await;
}
