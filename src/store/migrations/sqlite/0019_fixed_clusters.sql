-- Clusters that reviewers made by hand: they are merged with no other by themselves.
CREATE TABLE fixed_clusters (
    cluster INTEGER NOT NULL PRIMARY KEY,
    actor   TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
