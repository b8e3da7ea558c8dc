-- Responses are mostly equal, and stand here once: `answered` refers to them by `digest`, the first 128 bits of their SHA-256.
-- What was answered before has its response in its own row, and no digest. `used_at` is when a turn gave it last, to the day.
CREATE TABLE responses (
    digest   TEXT    NOT NULL PRIMARY KEY,
    response TEXT    NOT NULL,
    used_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX responses_used_at ON responses (used_at);
ALTER TABLE answered ADD COLUMN digest TEXT;
