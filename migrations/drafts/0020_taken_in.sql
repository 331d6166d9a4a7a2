-- A newer release that was taken in to a draft: which one, what the draft was
-- made from before, and which edit of the journal did it. One undo of that edit
-- takes the merge back, and what the draft is made from with it.
CREATE TABLE taken_in (
    id              INTEGER PRIMARY KEY NOT NULL,
    character       TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    item            TEXT NOT NULL REFERENCES item (id) ON DELETE RESTRICT,
    release         TEXT NOT NULL,
    number          INTEGER NOT NULL,
    before_release  TEXT,
    before_manifest TEXT,
    before_card     TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    before_portrait TEXT,
    -- The edit that merged it. Its number may be given again after an undo, its
    -- time is not.
    edit_seq        INTEGER NOT NULL,
    edit_at         INTEGER NOT NULL,
    undone          INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
    taken_at        INTEGER NOT NULL
) STRICT;

CREATE INDEX taken_in_character ON taken_in (character);

-- A field that both sides had changed when a release was taken in: both texts,
-- kept for good, and when the person said which one stands.
CREATE TABLE overlap (
    id         INTEGER PRIMARY KEY NOT NULL,
    taken_in   INTEGER NOT NULL REFERENCES taken_in (id) ON DELETE RESTRICT,
    path       TEXT NOT NULL,
    label      TEXT NOT NULL,
    mine       TEXT NOT NULL,
    theirs     TEXT NOT NULL,
    settled_at INTEGER,
    choice     TEXT CHECK (choice IN ('mine', 'theirs')),
    UNIQUE (taken_in, path),
    CHECK ((settled_at IS NULL) = (choice IS NULL))
) STRICT;
