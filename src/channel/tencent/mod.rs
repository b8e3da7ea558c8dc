//! What WeChat's callbacks have in common, whichever product sends them. In: signatures, sealed texts,
//! XML and JSON from outside. Out: whether they are genuine, and flat [`MessageFields`]. Must not know:
//! what a message means, HTTP, where keys are read.

mod fields;
mod json;
pub mod seal;
pub mod sign;
mod xml;

pub use fields::{FieldsError, MessageFields};
