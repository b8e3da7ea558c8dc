-- Failing tests of the data files that somebody has accepted, each with what it is answered with, and why.
CREATE TABLE accepted_tests (
    intent TEXT   NOT NULL,
    say    TEXT   NOT NULL,
    answer TEXT   NOT NULL,
    reason TEXT   NOT NULL,
    actor  TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (intent, say)
);
