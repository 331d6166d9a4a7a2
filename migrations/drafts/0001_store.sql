-- The studio's local store. Ids and digests are text, so that a person can
-- read them in a support case; times are microseconds since 1970 UTC. Every
-- table keeps its rowid: what can be read of a damaged store is taken over row
-- by row.

-- This installation, as events name it.
CREATE TABLE device (
    one  INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    id   TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- Who is signed in where. Kept after signing out, so that what was frozen for
-- an account still names it.
CREATE TABLE account (
    place          TEXT PRIMARY KEY NOT NULL, -- 'this_computer' or an address
    inventory      TEXT NOT NULL,
    epoch          INTEGER NOT NULL,
    inventory_name TEXT NOT NULL,
    tenant         TEXT NOT NULL,
    tenant_name    TEXT NOT NULL,
    id             TEXT NOT NULL,
    handle         TEXT NOT NULL,
    name           TEXT NOT NULL,
    token_prefix   TEXT NOT NULL,
    rule_set       TEXT NOT NULL,
    seen_at        INTEGER NOT NULL,
    signed_in      INTEGER NOT NULL CHECK (signed_in IN (0, 1))
) STRICT;

-- Bytes by their SHA-256 (64 hex digits): pictures, imported files, frozen and
-- fetched cards. Written once, never changed.
CREATE TABLE blob (
    sha256     TEXT PRIMARY KEY NOT NULL CHECK (length(sha256) = 64),
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL,
    added_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE character (
    id         TEXT PRIMARY KEY NOT NULL,
    slug       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The mutable workspace of a character. `document` is the truth; name, tags
-- and excerpt are projections for lists, written with every change.
CREATE TABLE draft (
    character TEXT PRIMARY KEY NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    revision  INTEGER NOT NULL CHECK (revision > 0),
    document  TEXT NOT NULL,
    sha256    TEXT NOT NULL,
    portrait  TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    undo_seq  INTEGER NOT NULL DEFAULT 0, -- the last edit that is applied
    name      TEXT NOT NULL,
    tags      TEXT NOT NULL,              -- a JSON list
    excerpt   TEXT NOT NULL,
    saved_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX draft_sha256 ON draft (sha256);
CREATE INDEX draft_name ON draft (name);

-- The journal of edits: what undo and redo walk along. It is not the list of
-- versions. A row is what one undo takes back: at byte `at` of the document,
-- `removed` was replaced by `inserted`; a portrait that changed stands beside.
CREATE TABLE edit (
    character       TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    seq             INTEGER NOT NULL CHECK (seq > 0),
    field           TEXT NOT NULL,
    at              INTEGER NOT NULL,
    removed         TEXT NOT NULL,
    inserted        TEXT NOT NULL,
    portrait_change INTEGER NOT NULL CHECK (portrait_change IN (0, 1)),
    portrait_before TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    portrait_after  TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    origin          TEXT NOT NULL,
    began_at        INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL,
    PRIMARY KEY (character, seq)
) STRICT;

-- The revision that last touched a field: what makes an edit on an older
-- revision a merge or a conflict.
CREATE TABLE field_revision (
    character TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    field     TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    PRIMARY KEY (character, field)
) STRICT;

-- Texts that were refused as a conflict: kept, so that neither side is lost.
CREATE TABLE kept_text (
    id        INTEGER PRIMARY KEY NOT NULL,
    character TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    field     TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    text      TEXT NOT NULL,
    kept_at   INTEGER NOT NULL
) STRICT;

-- The files characters were imported from, byte by byte.
CREATE TABLE original (
    id          INTEGER PRIMARY KEY NOT NULL,
    character   TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    file_name   TEXT NOT NULL,
    container   TEXT NOT NULL,
    file        TEXT NOT NULL REFERENCES blob (sha256) ON DELETE RESTRICT,
    document    TEXT NOT NULL, -- the digest of the card in it
    repairs     TEXT NOT NULL, -- a JSON list
    imported_at INTEGER NOT NULL
) STRICT;

CREATE INDEX original_character ON original (character);
CREATE INDEX original_document ON original (document);

-- A character as one account of one inventory releases it. `base_…` is what
-- the draft was made from: the newest release that was taken over, or the last
-- one that was frozen. `pinned_…` is the last event seen of its chain.
CREATE TABLE item (
    id            TEXT PRIMARY KEY NOT NULL,
    character     TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    inventory     TEXT NOT NULL,
    tenant        TEXT NOT NULL,
    account       TEXT NOT NULL,
    creator       TEXT NOT NULL,
    slug          TEXT,
    base_release  TEXT,
    base_manifest TEXT,
    base_card     TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    base_portrait TEXT,
    pinned_seq    INTEGER NOT NULL DEFAULT 0,
    pinned_hash   TEXT,
    pinned_us     INTEGER,
    fetched_at    INTEGER,
    verified_at   INTEGER,
    UNIQUE (inventory, tenant, account, character)
) STRICT;

CREATE INDEX item_character ON item (character);

-- What the inventory said last, shown offline. Manifests never change.
CREATE TABLE release (
    item            TEXT NOT NULL REFERENCES item (id) ON DELETE RESTRICT,
    id              TEXT NOT NULL,
    number          INTEGER NOT NULL CHECK (number > 0),
    state           TEXT NOT NULL,
    manifest        TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    parent          TEXT,
    card            TEXT NOT NULL,
    portrait        TEXT,
    notes           TEXT,
    notice          TEXT, -- JSON
    created_at      TEXT NOT NULL,
    checked_at      INTEGER NOT NULL,
    fault           TEXT,
    PRIMARY KEY (item, id),
    UNIQUE (item, number)
) STRICT;

CREATE TABLE channel (
    item    TEXT NOT NULL REFERENCES item (id) ON DELETE RESTRICT,
    name    TEXT NOT NULL,
    release TEXT NOT NULL,
    number  INTEGER NOT NULL,
    PRIMARY KEY (item, name)
) STRICT;

-- Events as they were seen and verified; only ever added to.
CREATE TABLE event (
    item    TEXT NOT NULL REFERENCES item (id) ON DELETE RESTRICT,
    seq     INTEGER NOT NULL CHECK (seq > 0),
    hash    TEXT NOT NULL,
    subject TEXT,
    record  TEXT NOT NULL, -- JSON, as it came
    PRIMARY KEY (item, seq)
) STRICT;

-- History that did not continue what was seen, with what the inventory said
-- instead; ours stays where it is.
CREATE TABLE alarm (
    id         INTEGER PRIMARY KEY NOT NULL,
    item       TEXT NOT NULL REFERENCES item (id) ON DELETE RESTRICT,
    raised_at  INTEGER NOT NULL,
    message    TEXT NOT NULL,
    theirs     TEXT NOT NULL, -- JSON, as it came
    cleared_at INTEGER
) STRICT;

CREATE INDEX alarm_item ON alarm (item, cleared_at);

-- The queue of requests. The idempotency key is the entry; everything that is
-- sent was fixed when it was frozen.
CREATE TABLE outbox (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key             TEXT NOT NULL UNIQUE,
    character       TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    item            TEXT NOT NULL REFERENCES item (id) ON DELETE RESTRICT,
    character_name  TEXT NOT NULL,
    operation       TEXT NOT NULL,
    summary         TEXT NOT NULL,
    release         TEXT NOT NULL,
    parent_release  TEXT,
    parent_manifest TEXT,
    manifest_sha256 TEXT,
    card            TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    portrait        TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    after_key       TEXT REFERENCES outbox (key) ON DELETE RESTRICT,
    needs_parent    INTEGER NOT NULL CHECK (needs_parent IN (0, 1)),
    path            TEXT NOT NULL,
    body            TEXT NOT NULL,
    inventory       TEXT NOT NULL,
    epoch           INTEGER NOT NULL,
    inventory_name  TEXT NOT NULL,
    tenant          TEXT NOT NULL,
    account         TEXT NOT NULL,
    account_handle  TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'retrying', 'needs_you', 'settled', 'refused', 'cancelled')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    ever_sent       INTEGER NOT NULL DEFAULT 0 CHECK (ever_sent IN (0, 1)),
    cancelling      INTEGER NOT NULL DEFAULT 0 CHECK (cancelling IN (0, 1)),
    fence           INTEGER,
    created_at      INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    settled_at      INTEGER,
    error           TEXT, -- JSON
    outcome         TEXT,
    answer_status   INTEGER,
    answer          TEXT,
    replaced_by     TEXT REFERENCES outbox (key) ON DELETE RESTRICT,
    -- What went on the wire is never again called unsent.
    CHECK (state <> 'sending' OR ever_sent = 1),
    CHECK ((settled_at IS NOT NULL) = (state IN ('settled', 'refused', 'cancelled')))
) STRICT;

CREATE INDEX outbox_item ON outbox (item, seq);
CREATE INDEX outbox_due ON outbox (state, next_attempt_at);
CREATE INDEX outbox_character ON outbox (character, state);

-- Files that have to be there before a request is sent.
CREATE TABLE outbox_blob (
    key      TEXT NOT NULL REFERENCES outbox (key) ON DELETE RESTRICT,
    sha256   TEXT NOT NULL REFERENCES blob (sha256) ON DELETE RESTRICT,
    uploaded INTEGER NOT NULL DEFAULT 0 CHECK (uploaded IN (0, 1)),
    PRIMARY KEY (key, sha256)
) STRICT;

-- Every time something was put on the wire for an entry.
CREATE TABLE attempt (
    id         INTEGER PRIMARY KEY NOT NULL,
    key        TEXT NOT NULL REFERENCES outbox (key) ON DELETE RESTRICT,
    fence      INTEGER NOT NULL,
    what       TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    result     TEXT
) STRICT;

CREATE INDEX attempt_key ON attempt (key);

-- Who sends: one process at a time. The fence grows with every new holder, and
-- an answer is written only by the holder that claimed the entry.
CREATE TABLE lease (
    name     TEXT PRIMARY KEY NOT NULL,
    holder   TEXT NOT NULL,
    fence    INTEGER NOT NULL,
    until_us INTEGER NOT NULL
) STRICT;

-- What changed, for the windows of other processes. Trimmed.
CREATE TABLE news (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    tag    TEXT NOT NULL,
    origin TEXT NOT NULL
) STRICT;
