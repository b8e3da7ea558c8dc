//! Which file a message brings. In: an update as Telegram delivered it. Out: by what the file is
//! fetched; nothing for what is neither a picture nor a PDF file. Must not know: whether it is taken.

use serde::Deserialize;

/// A picture or a PDF file at Telegram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OfferedFile {
    pub id: String,
    pub name: String,
    /// In bytes, as far as Telegram says.
    pub size: u64,
}

#[derive(Deserialize)]
struct FileUpdate {
    message: Option<FileMessage>,
}

#[derive(Deserialize)]
struct FileMessage {
    /// The same picture in several sizes.
    #[serde(default)]
    photo: Vec<FileObject>,
    document: Option<FileObject>,
    /// A film without sound, which a document stands beside.
    animation: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct FileObject {
    file_id: String,
    #[serde(default)]
    file_name: String,
    #[serde(default)]
    mime_type: String,
    #[serde(default)]
    file_size: u64,
    #[serde(default)]
    width: u32,
}

impl OfferedFile {
    /// The file of an update; of a picture, the largest size that has `most` bytes at most.
    pub(super) fn of(payload: &str, most: u64) -> Option<Self> {
        let update: FileUpdate = serde_json::from_str(payload).ok()?;
        let message = update.message?;
        let sizes = message.photo.into_iter();
        let fitting = sizes.filter(|size| size.file_size <= most);
        let found = match fitting.max_by_key(|size| size.width) {
            Some(photo) => photo,
            None => message
                .document
                .filter(|document| message.animation.is_none() && is_taken(&document.mime_type))?,
        };
        Some(OfferedFile {
            id: found.file_id,
            name: found.file_name,
            size: found.file_size,
        })
    }
}

/// What it says that it is; what it is, the decoder finds out.
fn is_taken(mime_type: &str) -> bool {
    mime_type.starts_with("image/") || mime_type == "application/pdf"
}

#[cfg(test)]
mod tests {
    use super::OfferedFile;
    use serde_json::json;

    #[test]
    fn the_largest_that_fits_and_no_film() {
        let size = |id: &str, width: u32, bytes: u64| json!({"file_id": id, "width": width, "file_size": bytes});
        let document =
            |mime: &str| json!({"document": {"file_id": "d", "mime_type": mime, "file_name": "a"}});
        let mut film = document("video/mp4");
        film["animation"] = json!({"file_id": "d"});
        for (message, wanted) in [
            (
                json!({"photo": [size("s", 90, 10), size("m", 320, 50), size("x", 800, 500)]}),
                Some("m"),
            ),
            (json!({"photo": [size("x", 800, 500)]}), None),
            (json!({"photo": []}), None),
            (document("image/png"), Some("d")),
            (document("application/pdf"), Some("d")),
            (document("application/zip"), None),
            (film, None),
            (json!({"text": "在吗"}), None),
        ] {
            let update = json!({"update_id": 1, "message": message}).to_string();
            let found = OfferedFile::of(&update, 100);
            assert_eq!(
                found.as_ref().map(|file| file.id.as_str()),
                wanted,
                "{update}"
            );
        }
    }
}
