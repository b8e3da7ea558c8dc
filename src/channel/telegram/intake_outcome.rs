//! What became of a picture or file that somebody sent. In: a file that was kept, or why not. Out:
//! the file, and what whoever sent it is told. Must not know: how it was fetched.

use wenlu_core::model::MessageFile;

const UNFIT: &str = "这个文件同事看不到：只收 8 MB 以内的 JPEG、PNG、WebP、GIF 图片和 PDF。";
const TOO_MANY: &str = "这段对话里的图片和文件已经太多，这一个同事看不到。请用文字说明。";
const NOT_FETCHED: &str = "这个文件没有收到，请再发一次。";
const FIRST_ONLY: &str = "一次发来的几张图片里只收下了第一张，其余的请一张一张发。";

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FileIntake {
    /// There was none, or none is taken here and now.
    Nothing,
    Kept(MessageFile),
    /// The first of an album, whose others are not taken.
    FirstKept(MessageFile),
    Refused(FileRefusal),
}

/// Why a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileRefusal {
    /// Neither a picture nor a PDF file, or too large.
    Unfit,
    TooMany,
    NotFetched,
}

impl FileIntake {
    pub(super) fn kept(&self) -> Option<&MessageFile> {
        match self {
            FileIntake::Kept(file) | FileIntake::FirstKept(file) => Some(file),
            FileIntake::Nothing | FileIntake::Refused(_) => None,
        }
    }

    pub(super) fn refusal(&self) -> Option<FileRefusal> {
        match self {
            FileIntake::Refused(why) => Some(*why),
            _ => None,
        }
    }

    /// What the asker who sent it is told of what is not seen.
    pub(super) fn told(&self) -> Option<&'static str> {
        Some(match self {
            FileIntake::Nothing | FileIntake::Kept(_) => return None,
            FileIntake::FirstKept(_) => FIRST_ONLY,
            FileIntake::Refused(FileRefusal::Unfit) => UNFIT,
            FileIntake::Refused(FileRefusal::TooMany) => TOO_MANY,
            FileIntake::Refused(FileRefusal::NotFetched) => NOT_FETCHED,
        })
    }
}
