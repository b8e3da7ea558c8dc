//! Why a page is not shown. In: a cause. Out: a status and a page that says what to do; the cause goes into the log.

use super::auth::password::HashError;
use super::auth::secret::NoEntropy;
use super::html;
use crate::store::StoreError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("no such page")]
    NotFound,
    #[error("not with this role")]
    Forbidden,
    #[error("the form was not made for this browser, or not by us")]
    Forged,
    #[error("a form that cannot be read")]
    BadForm,
    #[error("another method than the page takes")]
    WrongMethod,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error("work failed")]
    Failed,
}

impl AdminError {
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::NotFound => (S::NOT_FOUND, "没有这个页面", "它可能已经删除，或者地址抄错了。"),
            Self::Forbidden => (S::FORBIDDEN, "您的角色不能做这件事", "需要的话，请管理员调整您的角色。"),
            Self::Forged => (S::FORBIDDEN, "这个表单已经失效", "请回到刚才的页面，刷新后再试一次。什么都没有改动。"),
            Self::BadForm => (S::BAD_REQUEST, "没能读懂这个请求", "请回到刚才的页面，刷新后再试一次。什么都没有改动。"),
            Self::WrongMethod => (S::METHOD_NOT_ALLOWED, "这里不能这样用", "请从页面上的按钮进入。"),
            Self::Store(StoreError::Conflict) => (S::CONFLICT, "有人同时改了它", "请刷新页面，看过之后再改。"),
            Self::Store(_) => {
                (S::SERVICE_UNAVAILABLE, "数据库暂时没有回应", "请稍后刷新；一直这样的话，请看服务的日志。")
            }
            Self::NoEntropy(_) | Self::Hash(_) | Self::Failed => {
                (S::INTERNAL_SERVER_ERROR, "出了点问题", "请稍后再试；一直这样的话，请看服务的日志。")
            }
        }
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let (status, title, advice) = self.parts();
        if status.is_server_error() {
            tracing::error!(error = %self, cause = ?std::error::Error::source(&self), "an operators' page failed");
        }
        let body = html! { h1 { (title) } p { (advice) } p { a href="/admin" { "回到概览" } } };
        (status, html::outside(title, body)).into_response()
    }
}
