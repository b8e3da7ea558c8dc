-- What a message was answered with inside the request that delivered it, so that a repeated delivery gets the same. Without
-- a reply it is late: its asker got none yet, and `payload` is what was delivered.
CREATE TABLE passive_replies (
    conversation TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    reply        TEXT,
    payload      TEXT,
    PRIMARY KEY (conversation, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX passive_replies_at ON passive_replies (at);
CREATE INDEX passive_replies_late ON passive_replies (conversation) WHERE reply IS NULL;

-- What waits for the asker's next message: the parts of a long answer as JSON, and up to which push they have seen.
CREATE TABLE passive_rests (
    conversation TEXT    NOT NULL PRIMARY KEY,
    version      INTEGER NOT NULL,
    rest         TEXT    NOT NULL,
    pushed       INTEGER NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passive_rests_at ON passive_rests (at);
