-- When something was last done that is to be done again and again, such as a backup.
CREATE TABLE last_done (
    what   TEXT    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    detail TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
