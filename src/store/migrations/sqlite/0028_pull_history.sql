-- Since when an account is known: until its messages were pulled to the end once, what is older is its history, and is not
-- answered, however often the first pull was interrupted.
ALTER TABLE pulls ADD COLUMN known_at INTEGER NOT NULL DEFAULT 0;
UPDATE pulls SET known_at = CASE WHEN noticed_at > 0 THEN noticed_at
    ELSE 1000 * CAST(strftime('%s', 'now') AS INTEGER) END;
