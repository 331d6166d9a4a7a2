-- A keystroke's save is one statement: an INSERT into this view. It carries the
-- revision that whoever saves has in mind; where the draft has gone on since,
-- nothing is written, and the long way looks at what is really there.
CREATE VIEW save AS
SELECT
    '' AS character,
    0 AS on_revision,
    '' AS field,
    '' AS document,
    '' AS sha256,
    '' AS name,
    '' AS tags,
    '' AS excerpt,
    0 AS saved_at,
    0 AS seq,          -- of the journal's entry
    0 AS goes_on,      -- 1: the entry is the last one, which goes on; 0: a new one
    0 AS at,
    '' AS removed,
    '' AS inserted,
    '' AS origin,
    0 AS began_at
WHERE 0;

CREATE TRIGGER save_writes INSTEAD OF INSERT ON save
BEGIN
    SELECT RAISE(ABORT, 'stale') WHERE NOT EXISTS (
        SELECT 1 FROM draft WHERE character = NEW.character AND revision = NEW.on_revision
    );
    -- What was undone is dropped: a new edit goes another way.
    DELETE FROM edit
    WHERE character = NEW.character AND seq > NEW.seq - (1 - NEW.goes_on);
    INSERT INTO edit (character, seq, field, at, removed, inserted, portrait_change, portrait_before, portrait_after, origin, began_at, ended_at)
    SELECT NEW.character, NEW.seq, NEW.field, NEW.at, NEW.removed, NEW.inserted, 0, portrait, portrait, NEW.origin, NEW.began_at, NEW.saved_at
    FROM draft WHERE character = NEW.character
    ON CONFLICT (character, seq) DO UPDATE SET
        at = excluded.at, removed = excluded.removed, inserted = excluded.inserted, ended_at = excluded.ended_at;
    UPDATE draft
    SET revision = revision + 1, document = NEW.document, sha256 = NEW.sha256, undo_seq = NEW.seq,
        tags = NEW.tags, excerpt = NEW.excerpt, saved_at = NEW.saved_at
    WHERE character = NEW.character;
    -- By itself, so that the index of names is left alone where the name stays.
    UPDATE draft SET name = NEW.name WHERE character = NEW.character AND name <> NEW.name;
    INSERT INTO field_revision (character, field, revision)
    VALUES (NEW.character, NEW.field, NEW.on_revision + 1)
    ON CONFLICT (character, field) DO UPDATE SET revision = excluded.revision;
    INSERT INTO news (tag, origin) VALUES ('library', NEW.origin), ('character:' || NEW.character, NEW.origin);
END;

-- News are trimmed where they are written: far more stay than a window misses
-- between two looks.
CREATE TRIGGER news_stays_short AFTER INSERT ON news WHEN NEW.seq % 500 = 0
BEGIN
    DELETE FROM news WHERE seq < NEW.seq - 2000;
END;
