-- An alarm that a whole verification raised is ended by a whole verification
-- only: a refresh looks at what is new, and may not see what was found deeper.
ALTER TABLE alarm ADD COLUMN by_verify INTEGER NOT NULL DEFAULT 0 CHECK (by_verify IN (0, 1));
