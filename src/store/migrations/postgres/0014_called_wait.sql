-- Where operators had been called in a group and none had come yet, the bot was silent until silence ended the hand-over.
-- Now it answers until one of them has taken it.
UPDATE conversations SET state = REPLACE(state, '"person":"talking"', '"person":"waiting"')
WHERE id IN (SELECT conversation FROM handovers WHERE open = 1 AND state = 'waiting');
