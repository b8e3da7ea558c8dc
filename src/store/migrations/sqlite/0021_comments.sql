-- What an asker wrote after 没解决, masked: it belongs to the turn, and goes with it.
ALTER TABLE journal ADD COLUMN comment TEXT;
