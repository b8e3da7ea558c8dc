//! Notices to colleagues: by e-mail to a server of the tests, and as signed events to a receiver that checks them with
//! code of its own.

mod hook;
mod mail;
mod smtp;

use crate::admin::House;
use crate::admin::inbox::Asker;
use crate::database::Database;
use smtp::MailHouse;
use wenlu::store::accounts::AccountRole;
use wenlu::store::records::HandoverRecord;

/// A house whose colleagues are `ann` and `bob`, by e-mail.
async fn house(database: &Database, mail: &MailHouse, more: &[(&str, &str)]) -> House {
    let url = mail.url();
    let own = [
        ("WENLU_SMTP_URL", url.as_str()),
        ("WENLU_NOTICE_MAIL_FROM", "bot@wenlu.test"),
        ("WENLU_NOTICE_MAIL_TO", "ann@wenlu.test,bob@wenlu.test"),
        ("WENLU_NOTICE_AFTER", "1s"),
        ("WENLU_LEASE", "300ms"),
    ];
    // the first of equal names counts
    let house = House::on(database, &[more, &own].concat()).await;
    if house
        .store
        .accounts()
        .find("agent")
        .await
        .unwrap()
        .is_none()
    {
        house.account("agent", AccountRole::Agent).await;
    }
    house
}

async fn handover(house: &House, asker: &str) -> HandoverRecord {
    Asker::on(house, asker).handover(house).await
}
