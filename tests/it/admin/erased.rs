//! What was erased and by whom, as the operators' pages tell it: never what it was.

use super::House;
use super::inbox::Asker;
use crate::database::on_both;
use wenlu::store::accounts::AccountRole;
use wenlu::store::erase::audit_alias;

#[tokio::test]
async fn the_log_of_erasures_names_nobody_who_was_erased() {
    on_both(async |database| {
        let house = House::on(&database, &[]).await;
        let mut admin = house.signed_in(AccountRole::Admin).await;
        let empty = admin.get("/admin/audit?show=erased").await.body;
        assert!(empty.contains("还没有清除过任何人的记录"), "{empty}");
        let askers = ["a", "b"].map(|name| Asker::on(&house, name));
        for asker in &askers {
            asker.say("我的秘密是月亮不圆").await;
            let name = format!("web:{}", asker.conversation);
            admin.get("/admin/me").await;
            let form = [("conversation", name.as_str())];
            assert_eq!(admin.post("/admin/erase", &form).await.status, 200);
        }
        let name = format!("web:{}", askers[0].conversation);
        let page = admin.get("/admin/audit?show=erased").await.body;
        assert_eq!(page.matches("<td>清除").count(), 2, "{page}");
        assert!(
            page.contains(&audit_alias(&name)) && page.contains("journal 1"),
            "{page}"
        );
        assert!(page.contains("<td>admin</td>"), "{page}");
        for gone in ["月亮", askers[0].conversation.as_str(), "<td>登录"] {
            assert!(!page.contains(gone), "{gone}: {page}");
        }
        // whoever has the conversation's name finds out who erased it, and when
        let found = admin
            .get(&format!("/admin/audit?show=erased&conversation={name}"))
            .await
            .body;
        assert_eq!(found.matches("<td>清除").count(), 1, "{found}");
        let other = "/admin/audit?show=erased&conversation=web:nobody";
        let none = admin.get(other).await.body;
        assert!(none.contains("没有清除过这段对话的记录"), "{none}");
        // the whole log is as it was
        assert!(admin.get("/admin/audit").await.body.contains("<td>登录"));
    })
    .await;
}
