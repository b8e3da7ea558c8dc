-- Codes that stand in for a one-time code, each once. `hash` is a hash over the account and the code, of which 79 bits are
-- random; a code that was used stays, so that its use is known.
CREATE TABLE recovery_codes (
    account BIGINT  NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash    TEXT    NOT NULL,
    used_at BIGINT ,
    PRIMARY KEY (account, hash)
);
