-- A conversation's state is the desk's own JSON; version counts its turns.
CREATE TABLE conversations (
    id         TEXT    NOT NULL PRIMARY KEY,
    state      TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- What a client's message was answered with: the same message again gets the same answer.
CREATE TABLE answered (
    conversation TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message      TEXT    NOT NULL,
    response     TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    conversation TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message      TEXT,
    at           INTEGER NOT NULL,
    text         TEXT    NOT NULL,
    question     TEXT,
    lang         TEXT    NOT NULL,
    decision     TEXT,
    intent       TEXT,
    gap          TEXT,
    confidence   REAL    NOT NULL,
    candidates   TEXT    NOT NULL,
    knowledge    TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    unanswered   TEXT,
    handed_over  INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX journal_message ON journal (conversation, message) WHERE message IS NOT NULL;
CREATE INDEX journal_conversation ON journal (conversation, id);
CREATE INDEX journal_unanswered ON journal (at) WHERE unanswered IS NOT NULL OR outcome = 'clarified';
