//! The data files and what is made of them: the names that other modules use, in one place.

pub use super::data_files::{
    CALIBRATION_FILE, DataFiles, FileContent, FileRole, MAX_FILE_BYTES, OUT_OF_SCOPE_FILE,
    RESERVED_IDS, is_intent_id, language, reserved_meaning,
};
pub use super::validate::{LoadError, LoadedKnowledge, validate_files};
