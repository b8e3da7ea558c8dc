-- What a service that grants access for a while granted last; the holder of the channel's lease renews it.
CREATE TABLE tokens (
    channel TEXT    NOT NULL PRIMARY KEY,
    value   TEXT    NOT NULL,
    until   INTEGER NOT NULL
) STRICT;

-- Why nothing can be sent on a channel until somebody mends it, or time passes.
CREATE TABLE sending_faults (
    channel TEXT    NOT NULL PRIMARY KEY,
    code    TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

-- How many messages may still be sent to an asker, by what they did that allows it.
CREATE TABLE credits (
    conversation TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    credit       INTEGER NOT NULL,
    until        INTEGER NOT NULL,
    PRIMARY KEY (conversation, kind)
) STRICT;
CREATE INDEX credits_until ON credits (until);

-- The kind of credit that a call was begun with; NULL: it was not begun, or certainly did not arrive.
ALTER TABLE outbox ADD COLUMN begun TEXT;
