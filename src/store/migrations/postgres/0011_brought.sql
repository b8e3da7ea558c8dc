-- An operator's message stands in `relayed` too: `brought_as` is the message that the asker got of it, so that an edit
-- reaches the asker. Null for messages of the bot.
ALTER TABLE relayed ADD COLUMN brought_as BIGINT;
