-- A card's file is its picture with one piece put in: the chunks with the card.
-- The picture is here already, as the portrait; keeping the file whole beside it
-- wrote every picture twice. Where a file is something else (JSON, a picture
-- that had to be closed), it is kept whole as before.
CREATE TABLE original_now (
    id          INTEGER PRIMARY KEY NOT NULL,
    character   TEXT NOT NULL REFERENCES character (id) ON DELETE RESTRICT,
    file_name   TEXT NOT NULL,
    container   TEXT NOT NULL,
    file        TEXT NOT NULL, -- the digest of the file
    -- The file whole, where it is not made of picture and piece.
    whole       TEXT GENERATED ALWAYS AS (CASE WHEN picture IS NULL THEN file END) STORED
                REFERENCES blob (sha256) ON DELETE RESTRICT,
    picture     TEXT REFERENCES blob (sha256) ON DELETE RESTRICT,
    piece_at    INTEGER CHECK (piece_at >= 0),
    piece       BLOB,
    document    TEXT NOT NULL, -- the digest of the card in it
    repairs     TEXT NOT NULL, -- a JSON list
    imported_at INTEGER NOT NULL,
    CHECK ((picture IS NULL) = (piece_at IS NULL) AND (picture IS NULL) = (piece IS NULL))
) STRICT;

INSERT INTO original_now (id, character, file_name, container, file, document, repairs, imported_at)
SELECT id, character, file_name, container, file, document, repairs, imported_at FROM original;

DROP TABLE original;
ALTER TABLE original_now RENAME TO original;

CREATE INDEX original_character ON original (character);
CREATE INDEX original_document ON original (document);
CREATE INDEX original_file ON original (file);

-- A free name is looked for with every import.
CREATE INDEX character_slug ON character (slug);
