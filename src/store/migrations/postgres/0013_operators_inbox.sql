-- Hand-overs that operators take from a list. `state` is waiting, taken or closed, and `open` says the same as it did;
-- `number` names a hand-over in addresses, where its conversation must not stand. `waiting_since`: since when its asker
-- waits for an operator's words. `seq` is the number of its last message; `rev` grows with each change of any of them.
-- `chat` is 0 where the operators have no group.
ALTER TABLE handovers ADD COLUMN number         BIGINT NOT NULL DEFAULT 0;
ALTER TABLE handovers ADD COLUMN state          TEXT    NOT NULL DEFAULT 'closed';
ALTER TABLE handovers ADD COLUMN assignee       TEXT;
ALTER TABLE handovers ADD COLUMN asker          TEXT;
ALTER TABLE handovers ADD COLUMN question       TEXT;
ALTER TABLE handovers ADD COLUMN waiting_since  BIGINT;
ALTER TABLE handovers ADD COLUMN first_reply_at BIGINT;
ALTER TABLE handovers ADD COLUMN reason         TEXT    NOT NULL DEFAULT '';
ALTER TABLE handovers ADD COLUMN seq            BIGINT NOT NULL DEFAULT 0;
ALTER TABLE handovers ADD COLUMN rev            BIGINT NOT NULL DEFAULT 0;
UPDATE handovers SET number = (SELECT COUNT(*) FROM handovers earlier WHERE earlier.conversation <= handovers.conversation);
UPDATE handovers SET state = 'waiting', waiting_since = last_at WHERE open = 1;
CREATE UNIQUE INDEX handovers_number ON handovers (number);
CREATE INDEX handovers_rev ON handovers (rev);

-- Numbers that grow: of hand-overs, and of changes of them.
CREATE TABLE counters (
    name  TEXT    NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) SELECT 'handover', COUNT(*) FROM handovers HAVING COUNT(*) > 0;

-- What was said while a hand-over was open, and shortly before. `author` is asker, bot, colleague, note or system. `body`
-- is the text as it was written, while the hand-over is open; `masked` stays.
CREATE TABLE messages (
    conversation TEXT    NOT NULL,
    seq          BIGINT NOT NULL,
    id           TEXT    NOT NULL UNIQUE,
    at           BIGINT NOT NULL,
    author       TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    body         TEXT,
    masked       TEXT    NOT NULL,
    PRIMARY KEY (conversation, seq)
);
CREATE INDEX messages_at ON messages (at);

-- Who looks at the list, and when they were last seen there.
CREATE TABLE presence (
    account TEXT    NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL
);

-- Whether an account may see hand-overs although its role may not.
ALTER TABLE accounts ADD COLUMN inbox BIGINT NOT NULL DEFAULT 0;

-- Whether the asker's page has shown it: what it has not is kept as long as the journal.
ALTER TABLE pushes ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
