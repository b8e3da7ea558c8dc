-- Visitors of sites, as the sites' own servers sign who they are, and which conversation is theirs. `subject` is the site's
-- own id of them.
CREATE TABLE identities (
    site         TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    conversation TEXT    NOT NULL UNIQUE,
    name         TEXT,
    at           INTEGER NOT NULL,
    PRIMARY KEY (site, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_at ON identities (at);

-- On which page of a site the asker asked for a person, masked.
ALTER TABLE handovers ADD COLUMN page_address TEXT;
ALTER TABLE handovers ADD COLUMN page_title   TEXT;

-- Until when an operator has put it aside, and when that time came, until somebody writes.
ALTER TABLE handovers ADD COLUMN snoozed_until INTEGER;
ALTER TABLE handovers ADD COLUMN woken_at      INTEGER;

-- What askers say of hand-overs that a person ended as solved, one row for each time that they were asked. `solved` is NULL
-- until they answer, with `message`; `comment` is masked.
CREATE TABLE ratings (
    conversation TEXT    NOT NULL,
    asked_at     INTEGER NOT NULL,
    operator     TEXT    NOT NULL,
    message      TEXT,
    solved       INTEGER,
    comment      TEXT,
    answered_at  INTEGER,
    PRIMARY KEY (conversation, asked_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX ratings_at ON ratings (asked_at);
