//! Messages as XML. In: `<xml>` with one level of fields. Out: the fields. No DOCTYPE, no entity but
//! the five and characters, so that nothing is expanded or fetched. Must not know: which fields a
//! message has.

use super::fields::{FieldsError, MessageFields};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Some events have a list inside a field; deeper ones are unknown.
const MAX_DEPTH: usize = 8;
const ROOT: &str = "xml";

pub(super) fn read(body: &str) -> Result<MessageFields, FieldsError> {
    let mut reader = Reader::from_str(body);
    let mut open = OpenFields::default();
    loop {
        match reader.read_event().map_err(|_| FieldsError::Form)? {
            Event::Start(tag) => open.begin(tag.name().into_inner())?,
            Event::Empty(tag) => {
                open.begin(tag.name().into_inner())?;
                open.end()?;
            }
            Event::End(_) => open.end()?,
            Event::Text(text) => open.text(&text)?,
            Event::CData(text) => open.text(&text)?,
            Event::GeneralRef(entity) => open.text(character(&entity)?.encode_utf8(&mut [0; 4]))?,
            Event::DocType(_) => return Err(FieldsError::Doctype),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return open.finish(),
        }
    }
}

/// The character that a reference stands for.
fn character(entity: &BytesRef<'_>) -> Result<char, FieldsError> {
    let named = match &**entity {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let written = entity.resolve_char_ref().map_err(|_| FieldsError::Form)?;
            return written.ok_or(FieldsError::Doctype);
        }
    };
    Ok(named)
}

/// What was read so far.
#[derive(Default)]
struct OpenFields {
    done: MessageFields,
    /// How many elements are open.
    depth: usize,
    /// The open field and its text so far: pieces of text and CDATA are one.
    field: Option<(String, String)>,
    is_closed: bool,
}

impl OpenFields {
    fn begin(&mut self, name: &str) -> Result<(), FieldsError> {
        match self.depth {
            0 if self.is_closed || name != ROOT => return Err(FieldsError::Form),
            1 => self.field = Some((name.to_owned(), String::new())),
            MAX_DEPTH => return Err(FieldsError::Depth),
            _ => {}
        }
        self.depth += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), FieldsError> {
        self.depth = self.depth.checked_sub(1).ok_or(FieldsError::Form)?;
        self.is_closed = self.depth == 0;
        match self.field.take_if(|_| self.depth == 1) {
            Some((name, text)) => self.done.push(name, text),
            None => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), FieldsError> {
        match &mut self.field {
            Some((_, so_far)) if self.depth == 2 => so_far.push_str(text),
            // between fields, and inside what is nested in one
            _ if self.depth > 2 || text.trim().is_empty() => {}
            _ => return Err(FieldsError::Form),
        }
        Ok(())
    }

    fn finish(self) -> Result<MessageFields, FieldsError> {
        if self.is_closed {
            Ok(self.done)
        } else {
            Err(FieldsError::Form)
        }
    }
}
