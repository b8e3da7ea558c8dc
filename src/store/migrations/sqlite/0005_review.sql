-- What reviewers make of unanswered questions. A change is a draft until it is published; `files` is its JSON, `revision`
-- counts how often the draft was rewritten. `edit` is the JSON of the action that it came from; none where it was written
-- by hand. Names of people, not numbers, as in the audit log.
CREATE TABLE changes (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    state        TEXT    NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 1,
    summary      TEXT    NOT NULL,
    files        TEXT    NOT NULL,
    edit         TEXT,
    questions    TEXT    NOT NULL,
    undoes       INTEGER REFERENCES changes (id),
    actor        TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    published_by TEXT,
    published_at INTEGER,
    in_git       TEXT
) STRICT;
CREATE INDEX changes_undoes ON changes (undoes);

-- Where a question of the journal stands: its cluster, and the published change that dealt with it.
CREATE TABLE placed (
    question INTEGER NOT NULL PRIMARY KEY,
    cluster  INTEGER NOT NULL,
    change   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX placed_change ON placed (change);

-- Clusters that nobody wants to see, with the wording that stood for each.
CREATE TABLE ignored (
    cluster INTEGER NOT NULL PRIMARY KEY,
    wording TEXT    NOT NULL,
    actor   TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who looks after a cluster.
CREATE TABLE assigned (
    cluster INTEGER NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL,
    actor   TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
