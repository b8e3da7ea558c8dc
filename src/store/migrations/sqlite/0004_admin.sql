-- Who may use the operators' pages. `password` is an Argon2id string; without one, a link sets it. `second` is the secret
-- of the one-time codes, in base32, and `second_step` the last time step of which a code was used.
CREATE TABLE accounts (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL UNIQUE,
    role        TEXT    NOT NULL,
    password    TEXT,
    second      TEXT,
    second_step INTEGER NOT NULL DEFAULT 0,
    disabled    INTEGER NOT NULL DEFAULT 0,
    created_at  INTEGER NOT NULL
) STRICT;

-- A browser that is signed in, by the hash of what its cookie holds.
CREATE TABLE sessions (
    token      TEXT    NOT NULL PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    client     TEXT    NOT NULL,
    agent      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account);

-- Links that set a password once, by their hash; without an account: they make the first one.
CREATE TABLE links (
    token      TEXT    NOT NULL PRIMARY KEY,
    account    INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_account ON links (account);

-- Passwords and codes that were tried and were not right, or are being looked at.
CREATE TABLE attempts (
    id     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name   TEXT    NOT NULL,
    client TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_name ON attempts (name, at);
CREATE INDEX attempts_client ON attempts (client, at);
CREATE INDEX attempts_at ON attempts (at);

-- What was changed, by whom. Names, not numbers: it is to be read when an account is long gone.
CREATE TABLE audit (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    client  TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;

-- What the overview counts stands in the index itself.
CREATE INDEX journal_figures ON journal (at, outcome, intent, handed_over);
