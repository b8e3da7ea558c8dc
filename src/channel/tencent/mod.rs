//! What WeChat's and WeCom's products have in common. In: signatures, sealed texts, XML and JSON from
//! outside; calls of their APIs. Out: whether they are genuine, and flat [`MessageFields`]; a token
//! that is valid, answers, or an [`ApiFailure`]. Must not know: what a message means, which product it
//! is, where keys are read.

mod api_client;
mod api_failure;
mod fields;
mod json;
mod platform_calls;
mod route_probe;
pub mod seal;
pub mod sign;
mod token_keeper;
mod xml;

pub use api_client::TencentApiError;
pub(in crate::channel) use api_client::{AccessToken, ApiAccount, TencentApi};
pub(in crate::channel) use api_failure::RefusalCodes;
pub(crate) use api_failure::{ApiFailure, RefusalMeaning};
pub use fields::{FieldsError, MessageFields};
pub(in crate::channel) use platform_calls::PlatformCalls;
pub(crate) use route_probe::{RouteCheck, RouteFinding};
pub(in crate::channel) use route_probe::{RouteProbe, ask, forged};
pub(in crate::channel) use token_keeper::TokenKeeper;
