//! Transcripts of private chats and groups.

use super::everywhere;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_answered_step_by_step() {
    let shown = everywhere(&[], async |talk| {
        let user = talk.fake.user(7);
        user.say("/start");
        talk.fake.until(|record| record.replies(7).count() == 1).await;
        user.say("小程序怎么迁移");
        talk.fake.until(|record| record.replies(7).count() == 2).await;
        user.press("下一步");
        talk.fake.until(|record| record.replies(7).any(|message| message.edited.is_some())).await;
        user.transcript()
    })
    .await;
    insta::assert_snapshot!(shown, @"");
}
