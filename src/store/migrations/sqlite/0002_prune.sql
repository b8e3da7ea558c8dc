-- Old answers are found by their time.
CREATE INDEX answered_at ON answered (at);

-- A message that comes again after its answer is gone is a turn of its own; until then, `answered` keeps it from being one.
DROP INDEX journal_message;
