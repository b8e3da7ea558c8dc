-- What the routing of a turn was computed from, where an encoder is set: `encoder`, or `lexical` if it gave no vector in
-- time. NULL: no encoder, or nothing was routed.
ALTER TABLE journal ADD COLUMN scored_by TEXT;
