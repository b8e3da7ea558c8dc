-- See the migration of the same name for SQLite.
CREATE TABLE fixed_clusters (
    cluster BIGINT NOT NULL PRIMARY KEY,
    actor   TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
