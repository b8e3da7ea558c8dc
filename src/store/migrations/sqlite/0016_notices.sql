-- What colleagues were told by e-mail or webhook, each once. `key` is the conversation where it is about one; `batch` names
-- the message that told it.
CREATE TABLE notices (
    kind  TEXT   NOT NULL,
    key   TEXT   NOT NULL,
    spell INTEGER NOT NULL,
    batch TEXT   NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (kind, key, spell)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_at ON notices (at);
