-- How far the messages of an account were pulled, where a service keeps them until they are asked for.
CREATE TABLE pulls (
    channel   TEXT   NOT NULL,
    source    TEXT   NOT NULL,
    -- up to where; NULL: nothing was pulled yet
    cursor    TEXT,
    -- what the last notice gave for pulling
    token     TEXT   NOT NULL,
    -- how many notices came, and up to which of them was pulled
    noticed   BIGINT NOT NULL,
    pulled    BIGINT NOT NULL,
    noticed_at BIGINT NOT NULL,
    pulled_at BIGINT NOT NULL,
    PRIMARY KEY (channel, source)
);

-- The askers whom people of their own service serve, so that the bot is silent, and since when that is known.
CREATE TABLE served_elsewhere (
    conversation TEXT   NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL
);
CREATE INDEX served_elsewhere_at ON served_elsewhere (at);
