-- The last knowledge that went live: what a start serves whose files cannot. One row, whatever the folder that it came
-- from; `files` is the JSON of all its data files, by path.
CREATE TABLE kept_knowledge (
    id      INTEGER NOT NULL PRIMARY KEY,
    version TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    files   TEXT    NOT NULL
) STRICT;
