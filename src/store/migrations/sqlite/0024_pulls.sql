-- How far the messages of an account were pulled, where a service keeps them until they are asked for.
CREATE TABLE pulls (
    channel   TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    -- up to where; NULL: nothing was pulled yet
    cursor    TEXT,
    -- what the last notice gave for pulling
    token     TEXT    NOT NULL,
    -- how many notices came, and up to which of them was pulled
    noticed   INTEGER NOT NULL,
    pulled    INTEGER NOT NULL,
    noticed_at INTEGER NOT NULL,
    pulled_at INTEGER NOT NULL,
    PRIMARY KEY (channel, source)
) STRICT;

-- The askers whom people of their own service serve, so that the bot is silent, and since when that is known.
CREATE TABLE served_elsewhere (
    conversation TEXT    NOT NULL PRIMARY KEY,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX served_elsewhere_at ON served_elsewhere (at);
