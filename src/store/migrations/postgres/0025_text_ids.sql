-- The ids that services give chats, messages and updates are text: not every service counts them. Numbers stay what they
-- were, as digits; '' stands for no chat. Where a service does not number its chats, a hash of the conversation stood for
-- one, and now the conversation itself does.

-- Whose chat a hash stood for is known by a call to it. Where there is none, the next call is refused as the first was.
CREATE TEMPORARY TABLE hashed_chats ON COMMIT DROP AS
    SELECT channel, chat, MIN(conversation) AS conversation FROM (
        SELECT channel, chat, conversation FROM outbox UNION ALL SELECT channel, chat, conversation FROM undelivered
    ) AS calls
    WHERE channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge'
    GROUP BY channel, chat;

ALTER TABLE outbox ALTER COLUMN chat TYPE TEXT USING CASE
    WHEN chat = 0 THEN ''
    WHEN channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge' THEN conversation
    ELSE chat::TEXT END;
ALTER TABLE undelivered ALTER COLUMN chat TYPE TEXT USING CASE
    WHEN chat = 0 THEN ''
    WHEN channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge' THEN conversation
    ELSE chat::TEXT END;

ALTER TABLE chats ALTER COLUMN chat TYPE TEXT USING chat::TEXT, ALTER COLUMN moved_to TYPE TEXT USING moved_to::TEXT;
DELETE FROM chats WHERE (channel LIKE 'weixin:%' OR channel LIKE 'wecom:%' OR channel = 'bridge')
    AND NOT EXISTS (SELECT 1 FROM hashed_chats h WHERE h.channel = chats.channel AND h.chat::TEXT = chats.chat);
UPDATE chats SET chat = h.conversation FROM hashed_chats h WHERE h.channel = chats.channel AND h.chat::TEXT = chats.chat;

ALTER TABLE handovers
    ALTER COLUMN chat TYPE TEXT USING CASE WHEN chat = 0 THEN '' ELSE chat::TEXT END,
    ALTER COLUMN thread TYPE TEXT USING thread::TEXT,
    ALTER COLUMN card TYPE TEXT USING card::TEXT;
ALTER TABLE relayed
    ALTER COLUMN chat TYPE TEXT USING chat::TEXT,
    ALTER COLUMN message TYPE TEXT USING message::TEXT,
    ALTER COLUMN brought_as TYPE TEXT USING brought_as::TEXT;
ALTER TABLE inbox ALTER COLUMN update_id TYPE TEXT USING update_id::TEXT;
ALTER TABLE quarantine ALTER COLUMN update_id TYPE TEXT USING update_id::TEXT;
ALTER TABLE seen ALTER COLUMN update_id TYPE TEXT USING update_id::TEXT;
