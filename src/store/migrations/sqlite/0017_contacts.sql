-- How askers can be reached, as they wrote it, where no operator was there. Everywhere else it is masked.
CREATE TABLE contacts (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    conversation TEXT    NOT NULL UNIQUE,
    contact      TEXT    NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX contacts_at ON contacts (at);
