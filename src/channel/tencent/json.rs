//! Messages as JSON. In: an object. Out: its fields; what is nested in it is left out. Must not know:
//! which fields a message has.

use super::fields::{FieldsError, MessageFields};
use serde_json::Value;

pub(super) fn read(body: &str) -> Result<MessageFields, FieldsError> {
    // serde_json itself stops at a depth of 128
    let Ok(Value::Object(object)) = serde_json::from_str(body) else {
        return Err(FieldsError::Form);
    };
    let mut fields = MessageFields::default();
    for (name, value) in object {
        match value {
            Value::String(text) => fields.push(name, text)?,
            // ids of 64 bits keep all their digits
            Value::Number(number) => fields.push(name, number.to_string())?,
            Value::Bool(flag) => fields.push(name, flag.to_string())?,
            Value::Null | Value::Array(_) | Value::Object(_) => {}
        }
    }
    Ok(fields)
}
