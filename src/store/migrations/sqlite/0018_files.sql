-- Pictures and files that askers and operators sent. `sender` is asker or colleague; `upload` is the sender's own name for
-- it, so that what is sent again is kept once. `message` names the message that brought it, and is NULL until then.
-- `width` and `height` are 0 for what is no picture.
CREATE TABLE files (
    id           TEXT    NOT NULL PRIMARY KEY,
    conversation TEXT    NOT NULL,
    sender       TEXT    NOT NULL,
    upload       TEXT    NOT NULL,
    message      TEXT,
    media_type   TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    size         INTEGER NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX files_upload ON files (conversation, sender, upload);
CREATE INDEX files_at ON files (at);

-- What is in them, 256 KiB a row.
CREATE TABLE file_parts (
    file  TEXT    NOT NULL,
    part  INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    bytes BLOB    NOT NULL,
    PRIMARY KEY (file, part)
) STRICT;
CREATE INDEX file_parts_at ON file_parts (at);

-- The file that a message of a hand-over brought.
ALTER TABLE messages ADD COLUMN file TEXT;
