//! The fields of a message. In: XML or JSON. Out: names with texts. Must not know: which fields a
//! message has.

use super::{json, xml};

/// The most fields that are read; the longest known message has about 20.
pub(super) const MAX_FIELDS: usize = 64;

/// Why a body is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    #[error("it is neither XML nor a JSON object")]
    Form,
    #[error("a DOCTYPE, or an entity of one, is not taken")]
    Doctype,
    #[error("it is nested too deeply")]
    Depth,
    #[error("it has too many fields")]
    Fields,
}

/// The fields of a message at its first level. The last of equal names counts, as for the platform's
/// own libraries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFields(Vec<(String, String)>);

impl MessageFields {
    /// Reads XML or JSON, whichever the first character begins: what the header says is not reliable.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(body: &str) -> Result<Self, FieldsError> {
        let body = body.trim_start_matches('\u{feff}').trim_ascii_start();
        match body.as_bytes().first() {
            Some(b'<') => xml::read(body),
            Some(b'{') => json::read(body),
            _ => Err(FieldsError::Form),
        }
    }

    /// The text of a field, empty fields included.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rfind(|(known, _)| known == name)
            .map(|(_, text)| text.as_str())
    }

    /// The text of a field that has one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|text| !text.trim().is_empty())
    }

    pub(super) fn push(&mut self, name: String, text: String) -> Result<(), FieldsError> {
        if self.0.len() >= MAX_FIELDS {
            return Err(FieldsError::Fields);
        }
        self.0.push((name, text));
        Ok(())
    }
}
