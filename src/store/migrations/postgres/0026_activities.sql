-- Who reads or writes in which hand-over just now, until a time some seconds ahead; nothing of what they write. `account` is
-- empty for the asker.
CREATE TABLE activities (
    conversation TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    activity     TEXT    NOT NULL,
    until        BIGINT  NOT NULL,
    PRIMARY KEY (conversation, account)
);
CREATE INDEX activities_until ON activities (until);
