//! WeCom's customer service: the secret, the list of trusted addresses, and the accounts. In: the
//! settings, and what WeCom's API says. Out: findings; none where it is not set.

use super::finding::AreaFindings;
use super::patience::PATIENCE;
use crate::app;
use crate::channel::wecom::CompanyReport;
use crate::cli::wecom::what_to_do;
use crate::settings::Settings;

pub(super) async fn look(settings: &Settings, findings: &mut AreaFindings<'_>) {
    let Some(config) = app::wecom_config(settings) else {
        return;
    };
    let report = match CompanyReport::of(&config, PATIENCE).await {
        Ok(report) => report,
        Err(error) => {
            let todo = "看这台机器的证书 / see the certificates of this machine";
            return findings.bad("wecom.token", error.to_string(), todo);
        }
    };
    match &report.token {
        Ok(_) => findings.good("wecom.token", "企业微信给了令牌 / a token is granted"),
        Err(failure) => findings.bad("wecom.token", failure.to_string(), &what_to_do(failure)),
    }
    match &report.accounts {
        None => {}
        Some(Ok(accounts)) if accounts.is_empty() => findings.bad(
            "wecom.accounts",
            "没有可以用接口管理的客服帐号 / no account is managed by the API",
            "在“微信客服 → API”里选上客服帐号 / choose the accounts at the console",
        ),
        Some(Ok(accounts)) => {
            let said = format!("客服帐号 {} 个 / accounts", accounts.len());
            findings.good("wecom.accounts", said);
        }
        Some(Err(failure)) => {
            findings.bad("wecom.accounts", failure.to_string(), &what_to_do(failure));
        }
    }
}
