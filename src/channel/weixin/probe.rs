//! The platform's API, asked once about an account. In: the account. Out: whether a token is granted,
//! and what menu there is. Changes nothing: it asks as each process may, without a token being
//! renewed before its time. Must not know: how the results are shown.

use super::codes::CODES;
use super::config::{WeixinAccount, WeixinApiConfig};
use super::menu::AccountMenu;
use crate::channel::tencent::ApiFailure;
use crate::channel::tencent::{AccessToken, ApiAccount, TencentApi, TencentApiError};
use crate::secret::AppSecret;
use std::time::Duration;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(8);

/// What the API says of an account.
#[derive(Debug)]
pub(crate) struct AccountProbe {
    /// For how long a token is granted.
    pub token: Result<Duration, ApiFailure>,
    /// `None`: no token, so that nothing more can be known.
    pub menu: Option<Result<Option<AccountMenu>, ApiFailure>>,
}

/// The API with a token, for a command.
pub(crate) struct AccountApi {
    api: TencentApi,
}

/// The API for an account.
pub(super) fn account_api(
    url: &Url,
    appid: &str,
    secret: &AppSecret,
) -> Result<TencentApi, TencentApiError> {
    let account = ApiAccount::Weixin {
        appid: appid.to_owned(),
        secret: secret.clone(),
    };
    TencentApi::new(url, account, CODES)
}

impl AccountApi {
    /// `None` for an account without a secret.
    pub(crate) fn new(
        account: &WeixinAccount,
        config: &WeixinApiConfig,
    ) -> Result<Option<Self>, TencentApiError> {
        let Some(secret) = &account.secret else {
            return Ok(None);
        };
        let api = account_api(&config.url, &account.appid, secret)?;
        Ok(Some(AccountApi { api }))
    }

    pub(crate) async fn probe(&self) -> AccountProbe {
        let granted = self.api.grant_token(PATIENCE).await;
        let menu = match &granted {
            Ok((token, _)) => Some(self.menu_with(token).await),
            Err(_) => None,
        };
        AccountProbe {
            token: granted.map(|(_, lasts)| lasts),
            menu,
        }
    }

    /// The menu that the account has; `None`: none.
    pub(crate) async fn menu(&self) -> Result<Option<AccountMenu>, ApiFailure> {
        self.menu_with(&self.token().await?).await
    }

    /// Makes this the account's menu.
    pub(crate) async fn push_menu(&self, menu: &AccountMenu) -> Result<(), ApiFailure> {
        let (token, body) = (self.token().await?, menu.body());
        let pushed = self
            .api
            .post("/cgi-bin/menu/create", &token, &body, PATIENCE);
        pushed.await.map(drop)
    }

    pub(crate) async fn delete_menu(&self) -> Result<(), ApiFailure> {
        let token = self.token().await?;
        let deleted = self.api.get("/cgi-bin/menu/delete", &token, PATIENCE);
        deleted.await.map(drop)
    }

    async fn token(&self) -> Result<AccessToken, ApiFailure> {
        Ok(self.api.grant_token(PATIENCE).await?.0)
    }

    async fn menu_with(&self, token: &AccessToken) -> Result<Option<AccountMenu>, ApiFailure> {
        /// There is no menu.
        const NO_MENU: i64 = 46_003;
        match self.api.get("/cgi-bin/menu/get", token, PATIENCE).await {
            Ok(answer) => AccountMenu::read(&answer["menu"])
                .map(Some)
                .ok_or(ApiFailure::Unreadable),
            Err(ApiFailure::Refused { code: NO_MENU, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
