//! Where the form of an intent is.

/// The form, empty or of an intent.
pub(in crate::admin::pages) const PATH: &str = "/admin/write";

/// Where the intent with that id is changed in the form.
pub(in crate::admin::pages) fn write_path(id: &str) -> String {
    format!("{PATH}?intent={id}")
}
