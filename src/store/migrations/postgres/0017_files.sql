-- See the migration of the same name for SQLite.
CREATE TABLE files (
    id           TEXT   NOT NULL PRIMARY KEY,
    conversation TEXT   NOT NULL,
    sender       TEXT   NOT NULL,
    upload       TEXT   NOT NULL,
    message      TEXT,
    media_type   TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    width        BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE UNIQUE INDEX files_upload ON files (conversation, sender, upload);
CREATE INDEX files_at ON files (at);

CREATE TABLE file_parts (
    file  TEXT   NOT NULL,
    part  BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    bytes BYTEA  NOT NULL,
    PRIMARY KEY (file, part)
);
CREATE INDEX file_parts_at ON file_parts (at);

ALTER TABLE messages ADD COLUMN file TEXT;
