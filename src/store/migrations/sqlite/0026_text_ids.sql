-- The ids that services give chats, messages and updates are text: not every service counts them. Numbers stay what they
-- were, as digits; '' stands for no chat. Where a service does not number its chats, a hash of the conversation stood for
-- one, and now the conversation itself does.
DROP INDEX outbox_chat;
ALTER TABLE outbox RENAME COLUMN chat TO chat_number;
ALTER TABLE outbox ADD COLUMN chat TEXT NOT NULL DEFAULT '';
UPDATE outbox SET chat = CASE
    WHEN chat_number = 0 THEN ''
    WHEN channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge' THEN conversation
    ELSE CAST(chat_number AS TEXT) END;
CREATE INDEX outbox_chat ON outbox (channel, chat, id);

ALTER TABLE undelivered RENAME COLUMN chat TO chat_number;
ALTER TABLE undelivered ADD COLUMN chat TEXT NOT NULL DEFAULT '';
UPDATE undelivered SET chat = CASE
    WHEN chat_number = 0 THEN ''
    WHEN channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge' THEN conversation
    ELSE CAST(chat_number AS TEXT) END;

-- Whose chat a hash stood for is known by a call to it. Where there is none, the next call is refused as the first was.
CREATE TABLE hashed_chats (
    channel      TEXT    NOT NULL,
    chat         INTEGER NOT NULL,
    conversation TEXT    NOT NULL,
    PRIMARY KEY (channel, chat)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO hashed_chats (channel, chat, conversation)
    SELECT channel, chat_number, chat FROM outbox
    WHERE channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge'
    UNION ALL SELECT channel, chat_number, chat FROM undelivered
    WHERE channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge';
ALTER TABLE outbox DROP COLUMN chat_number;
ALTER TABLE undelivered DROP COLUMN chat_number;

ALTER TABLE chats RENAME TO numbered_chats;
CREATE TABLE chats (
    channel  TEXT    NOT NULL,
    chat     TEXT    NOT NULL,
    ready_at INTEGER NOT NULL DEFAULT 0,
    gone     TEXT,
    moved_to TEXT,
    PRIMARY KEY (channel, chat)
) STRICT, WITHOUT ROWID;
INSERT INTO chats (channel, chat, ready_at, gone, moved_to)
    SELECT channel, CAST(chat AS TEXT), ready_at, gone, CAST(moved_to AS TEXT) FROM numbered_chats
    WHERE NOT (channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge');
INSERT INTO chats (channel, chat, ready_at, gone)
    SELECT numbered.channel, hashed.conversation, numbered.ready_at, numbered.gone
    FROM numbered_chats numbered
    JOIN hashed_chats hashed ON hashed.channel = numbered.channel AND hashed.chat = numbered.chat;
DROP TABLE numbered_chats;
DROP TABLE hashed_chats;

DROP INDEX handovers_thread;
ALTER TABLE handovers RENAME COLUMN chat TO chat_number;
ALTER TABLE handovers RENAME COLUMN thread TO thread_number;
ALTER TABLE handovers RENAME COLUMN card TO card_number;
ALTER TABLE handovers ADD COLUMN chat   TEXT NOT NULL DEFAULT '';
ALTER TABLE handovers ADD COLUMN thread TEXT;
ALTER TABLE handovers ADD COLUMN card   TEXT;
UPDATE handovers SET thread = CAST(thread_number AS TEXT), card = CAST(card_number AS TEXT),
    chat = CASE WHEN chat_number = 0 THEN '' ELSE CAST(chat_number AS TEXT) END;
ALTER TABLE handovers DROP COLUMN chat_number;
ALTER TABLE handovers DROP COLUMN thread_number;
ALTER TABLE handovers DROP COLUMN card_number;
CREATE INDEX handovers_thread ON handovers (chat, thread);

DROP INDEX relayed_at;
DROP INDEX relayed_conversation;
ALTER TABLE relayed RENAME TO numbered_relayed;
CREATE TABLE relayed (
    chat         TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    conversation TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    brought_as   TEXT,
    PRIMARY KEY (chat, message)
) STRICT, WITHOUT ROWID;
INSERT INTO relayed (chat, message, conversation, at, brought_as)
    SELECT CAST(chat AS TEXT), CAST(message AS TEXT), conversation, at, CAST(brought_as AS TEXT) FROM numbered_relayed;
DROP TABLE numbered_relayed;
CREATE INDEX relayed_at ON relayed (at);
CREATE INDEX relayed_conversation ON relayed (conversation);

ALTER TABLE inbox RENAME COLUMN update_id TO update_number;
ALTER TABLE inbox ADD COLUMN update_id TEXT NOT NULL DEFAULT '';
UPDATE inbox SET update_id = CAST(update_number AS TEXT);
ALTER TABLE inbox DROP COLUMN update_number;

ALTER TABLE quarantine RENAME COLUMN update_id TO update_number;
ALTER TABLE quarantine ADD COLUMN update_id TEXT;
UPDATE quarantine SET update_id = CAST(update_number AS TEXT);
ALTER TABLE quarantine DROP COLUMN update_number;

DROP INDEX seen_at;
ALTER TABLE seen RENAME TO numbered_seen;
CREATE TABLE seen (
    channel   TEXT    NOT NULL,
    update_id TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (channel, update_id)
) STRICT, WITHOUT ROWID;
INSERT INTO seen (channel, update_id, at) SELECT channel, CAST(update_id AS TEXT), at FROM numbered_seen;
DROP TABLE numbered_seen;
CREATE INDEX seen_at ON seen (at);
