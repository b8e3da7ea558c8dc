-- What went unanswered is found in all that was said since a time: nothing reads this index, and each turn wrote to it.
DROP INDEX journal_unanswered;

-- An answer is too long for a leaf of an index, so that without a rowid each took a page of its own beside it. Now they
-- stand one after the other.
CREATE TABLE answers (
    conversation TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message      TEXT    NOT NULL,
    response     TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, message)
) STRICT;
INSERT INTO answers (conversation, message, response, at)
    SELECT conversation, message, response, at FROM answered ORDER BY at;
DROP TABLE answered;
ALTER TABLE answers RENAME TO answered;
CREATE INDEX answered_at ON answered (at);
