-- How far each table was swept: rows from before `until` were deleted, at the time `at`. A limit that has moved further
-- than time can have gone on shows a wrong clock or a changed setting.
CREATE TABLE sweeps (
    name  TEXT    NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
