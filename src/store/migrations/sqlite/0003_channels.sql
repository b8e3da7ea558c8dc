-- What a channel delivered and nobody has answered yet. `payload` is the channel's own JSON.
CREATE TABLE inbox (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel      TEXT    NOT NULL,
    update_id    INTEGER NOT NULL,
    conversation TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX inbox_conversation ON inbox (conversation, id);
CREATE INDEX inbox_at ON inbox (at);

-- Updates that were taken in, kept for a while: the same one again is not taken in again.
CREATE TABLE seen (
    channel   TEXT    NOT NULL,
    update_id INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (channel, update_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);

-- What could not be read or answered, set aside so that nothing waits behind it.
CREATE TABLE quarantine (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel   TEXT    NOT NULL,
    update_id INTEGER,
    payload   TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

-- Calls that are still to be made, in the order of their ids within a chat. `after` says what a success means.
CREATE TABLE outbox (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel      TEXT    NOT NULL,
    chat         INTEGER NOT NULL,
    conversation TEXT    NOT NULL,
    method       TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    after        TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    expires      INTEGER,
    attempts     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_chat ON outbox (channel, chat, id);
CREATE INDEX outbox_conversation ON outbox (conversation);

-- Calls that can never succeed: what and why, without what was said.
CREATE TABLE undelivered (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    channel      TEXT    NOT NULL,
    chat         INTEGER NOT NULL,
    conversation TEXT    NOT NULL,
    method       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

-- What is known of a chat: not before when it may be written to, whether it wants to hear from us, where it has moved.
CREATE TABLE chats (
    channel  TEXT    NOT NULL,
    chat     INTEGER NOT NULL,
    ready_at INTEGER NOT NULL DEFAULT 0,
    gone     TEXT,
    moved_to INTEGER,
    PRIMARY KEY (channel, chat)
) STRICT, WITHOUT ROWID;

-- Work that one process does for all. The epoch grows with each new holder: what an earlier one still writes is refused.
CREATE TABLE leases (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    epoch  INTEGER NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Conversations that people take part in: where they see it, and since when nobody has said anything.
CREATE TABLE handovers (
    conversation TEXT    NOT NULL PRIMARY KEY,
    chat         INTEGER NOT NULL,
    thread       INTEGER,
    card         INTEGER,
    opened_at    INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    open         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX handovers_thread ON handovers (chat, thread);
CREATE INDEX handovers_open ON handovers (last_at) WHERE open = 1;

-- Which conversation a message in the operators' group belongs to: they answer by replying to it.
CREATE TABLE relayed (
    chat         INTEGER NOT NULL,
    message      INTEGER NOT NULL,
    conversation TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (chat, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX relayed_at ON relayed (at);
CREATE INDEX relayed_conversation ON relayed (conversation);

-- What a page is told without having asked: a person's words. It reads from the last one that it has.
CREATE TABLE pushes (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    conversation TEXT    NOT NULL,
    reply        TEXT    NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX pushes_conversation ON pushes (conversation, id);
CREATE INDEX pushes_at ON pushes (at);
