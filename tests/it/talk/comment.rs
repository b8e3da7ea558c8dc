//! What an asker adds to 没解决 where there is no form: it is their next message, and no question.

use super::{Talk, everywhere};
use crate::erase::texts;

async fn replies(talk: &Talk, count: usize) {
    talk.fake
        .until(move |record| record.replies(7).count() == count)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_message_is_the_comment() {
    everywhere(&[], async |talk| {
        let asker = talk.fake.user(7).named("小明");
        asker.say("小程序怎么迁移");
        replies(talk, 1).await;
        asker.say("没解决");
        replies(talk, 2).await;
        asker.press("说说哪里不清楚");
        replies(talk, 3).await;
        // it would be a question else
        asker.say("迁移后 openid 会变吗，打我 13812345678");
        replies(talk, 4).await;
        asker.say("迁移后 openid 会变吗");
        replies(talk, 5).await;
        talk.bot.rests().await;
        let said = talk.fake.look(|record| {
            let texts = record.replies(7).map(|message| message.text.clone());
            texts.collect::<Vec<_>>()
        });
        assert!(said[2].contains("用一句话说说"), "{said:?}");
        assert!(said[3].contains("已经记下"), "{said:?}");
        assert!(said[4].contains("都不会变"), "{said:?}");
        let kept =
            "SELECT comment FROM journal WHERE comment IS NOT NULL AND unanswered = 'unsolved'";
        let kept = texts(&talk.database.url, kept).await;
        let [comment] = kept.as_slice() else {
            panic!("{kept:?}")
        };
        assert!(
            comment.starts_with("迁移后 openid") && !comment.contains("1381234"),
            "{comment}"
        );

        // who does not want to, asks on
        asker.say("没解决");
        replies(talk, 6).await;
        asker.press("说说哪里不清楚");
        replies(talk, 7).await;
        asker.press("不用了");
        replies(talk, 8).await;
        asker.say("unionID 呢");
        replies(talk, 9).await;
        talk.bot.rests().await;
        let kept = "SELECT comment FROM journal WHERE comment IS NOT NULL";
        assert_eq!(texts(&talk.database.url, kept).await.len(), 1);
        String::new()
    })
    .await;
}
