-- Keys made in the order of time all lie on the last page of their index, and
-- under SERIALIZABLE whoever looks there at the commit reads the very page that
-- every other publish writes to. What a publish looks up is therefore named
-- with its item: on pages that are written where the item is, whose row is locked.
SET LOCAL ROLE dramatis_owner;

-- FORCE, under which the owner sees no row, is lifted from every table that is
-- filled here or whose keys are made anew, until the end of the file: a key is
-- checked against older rows by the owner's eyes, and would pass unseen.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'release', 'release_transition', 'release_asset', 'current_state', 'channel_move', 'event', 'outbox'
    ]
    LOOP
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', name);
    END LOOP;
    -- Existing rows are filled; append-only is lifted for that.
    FOREACH name IN ARRAY ARRAY['release_transition', 'release_asset']
    LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER %I', name, name || '_is_append_only');
        EXECUTE format('ALTER TABLE %I ADD COLUMN item_id uuid', name);
        EXECUTE format(
            'UPDATE %I k SET item_id = r.item_id FROM release r WHERE r.tenant_id = k.tenant_id AND r.id = k.release_id', name);
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER %I', name, name || '_is_append_only');
    END LOOP;
END
$$;

-- A step says its item. For whoever does not say it yet, a program from before
-- or a hand, it is looked up: the release is there by then. Ours says it, and
-- nothing is read.
ALTER TABLE release_transition ALTER COLUMN item_id SET NOT NULL;
CREATE FUNCTION item_of_its_release() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    SELECT r.item_id INTO NEW.item_id FROM release r WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.release_id;
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION item_of_its_release FROM PUBLIC;
CREATE TRIGGER release_transition_item BEFORE INSERT ON release_transition
FOR EACH ROW WHEN (NEW.item_id IS NULL) EXECUTE FUNCTION item_of_its_release();

-- An asset's item may be empty: a program from before writes assets and release
-- in one statement, in which Postgres puts the assets in first, so that there is
-- no release yet to ask. The key with the item does not bind such a row; the
-- one there was before does, for such rows alone, because the look-up it takes
-- is the very one that ours must not make. To be tightened (values, NOT NULL,
-- `release_without_item` gone) when no such program is left.
ALTER TABLE release_asset
    ADD COLUMN release_without_item uuid GENERATED ALWAYS AS (CASE WHEN item_id IS NULL THEN release_id END) STORED;

ALTER TABLE current_state DROP CONSTRAINT current_state_is_a_transition;
ALTER TABLE release_transition
    DROP CONSTRAINT release_transition_continues,
    DROP CONSTRAINT release_transition_release,
    DROP CONSTRAINT release_transition_event,
    DROP CONSTRAINT release_transition_to_state;
ALTER TABLE release_transition
    ADD CONSTRAINT release_transition_to_state UNIQUE (tenant_id, item_id, release_id, seq, to_state),
    ADD CONSTRAINT release_transition_release FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT release_transition_continues FOREIGN KEY (tenant_id, item_id, release_id, prev_seq, from_state)
        REFERENCES release_transition (tenant_id, item_id, release_id, seq, to_state) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE current_state
    ADD CONSTRAINT current_state_is_a_transition FOREIGN KEY (tenant_id, item_id, release_id, seq, state)
        REFERENCES release_transition (tenant_id, item_id, release_id, seq, to_state) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE release_asset DROP CONSTRAINT release_asset_release;
ALTER TABLE release_asset
    ADD CONSTRAINT release_asset_release FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT release_asset_release_without_item FOREIGN KEY (tenant_id, release_without_item)
        REFERENCES release (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE event ADD CONSTRAINT event_of_item UNIQUE (tenant_id, item_id, id);
ALTER TABLE release_transition
    ADD CONSTRAINT release_transition_event FOREIGN KEY (tenant_id, item_id, event_id)
        REFERENCES event (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE channel_move DROP CONSTRAINT channel_move_event;
ALTER TABLE channel_move
    ADD CONSTRAINT channel_move_event FOREIGN KEY (tenant_id, item_id, event_id)
        REFERENCES event (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE outbox DROP CONSTRAINT outbox_event;
ALTER TABLE outbox ALTER COLUMN item_id SET NOT NULL;
ALTER TABLE outbox
    ADD CONSTRAINT outbox_event FOREIGN KEY (tenant_id, item_id, event_id)
        REFERENCES event (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE release_face ADD CONSTRAINT release_face_of_item UNIQUE (tenant_id, item_id, release_id);

CREATE OR REPLACE FUNCTION current_state_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO current_state AS c (tenant_id, release_id, item_id, creator_id, kind, number, seq, state, since)
    SELECT NEW.tenant_id, NEW.release_id, NEW.item_id, i.creator_id, i.kind, r.number, NEW.seq, NEW.to_state, NEW.at
    FROM release r
    JOIN item i ON i.tenant_id = NEW.tenant_id AND i.id = NEW.item_id
    WHERE r.tenant_id = NEW.tenant_id AND r.item_id = NEW.item_id AND r.id = NEW.release_id
    ON CONFLICT ON CONSTRAINT current_state_pkey
    DO UPDATE SET seq = excluded.seq, state = excluded.state, since = excluded.since;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION channel_move_target_is_offered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    state text;
BEGIN
    SELECT t.to_state INTO state
    FROM release_transition t
    WHERE t.tenant_id = NEW.tenant_id AND t.item_id = NEW.item_id AND t.release_id = NEW.to_release_id
    ORDER BY t.seq DESC
    LIMIT 1;
    IF state IS NULL OR state NOT IN ('published', 'deprecated') THEN
        RAISE EXCEPTION 'a channel is moved to a release that is published or deprecated'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'channel_move_target_is_offered', TABLE = 'channel_move';
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION listing_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    item uuid;
BEGIN
    IF TG_TABLE_NAME = 'item' THEN
        item := NEW.id;
    ELSE
        item := NEW.item_id;
    END IF;
    PERFORM listing_refresh(NEW.tenant_id, item);
    RETURN NULL;
END
$$;

-- The number of the release that `stable` points at: by it the state is found in
-- one row. By the release's id among the item's states, all of them were read
-- where it has none yet, and so many rows count as the whole table.
CREATE OR REPLACE FUNCTION listing_due(asked_tenant uuid, asked_item uuid)
RETURNS TABLE (
    release_id uuid, creator_id uuid, kind text, number integer, state text, vertical text, tags text[], apps text[],
    name text, updated_at timestamptz, search tsvector
)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    stable record;
    lowest integer;
    highest integer;
BEGIN
    SELECT r.number, p.moved_at INTO stable
    FROM channel p
    JOIN release r ON r.tenant_id = asked_tenant AND r.item_id = asked_item AND r.id = p.release_id
    WHERE p.tenant_id = asked_tenant AND p.item_id = asked_item AND p.name = 'stable';
    lowest := coalesce(stable.number, 1);
    highest := coalesce(stable.number, 2147483647);
    RETURN QUERY
    SELECT s.release_id, i.creator_id, i.kind, s.number, s.state, f.vertical, f.tags, f.apps, f.name,
           greatest(s.since, stable.moved_at),
           setweight(to_tsvector('simple', f.name), 'A')
           || setweight(to_tsvector('simple', array_to_string(f.tags, ' ')), 'B')
           || setweight(to_tsvector('simple', coalesce(a.handle, '')), 'C')
           || setweight(to_tsvector('simple', f.about), 'D')
    FROM item i
    JOIN account a ON a.tenant_id = asked_tenant AND a.id = i.creator_id
    JOIN LATERAL (
        SELECT c.release_id, c.number, c.state, c.since
        FROM current_state c
        WHERE c.tenant_id = asked_tenant AND c.item_id = asked_item AND c.state IN ('published', 'deprecated')
          AND c.number BETWEEN lowest AND highest
        ORDER BY c.number DESC
        LIMIT 1
    ) s ON true
    JOIN release_face f ON f.tenant_id = asked_tenant AND f.item_id = asked_item AND f.release_id = s.release_id
    WHERE i.tenant_id = asked_tenant AND i.id = asked_item;
END
$$;

CREATE OR REPLACE FUNCTION listing_refresh(asked_tenant uuid, asked_item uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    stable integer;
    due record;
BEGIN
    SELECT r.number INTO stable
    FROM channel p
    JOIN release r ON r.tenant_id = asked_tenant AND r.item_id = asked_item AND r.id = p.release_id
    WHERE p.tenant_id = asked_tenant AND p.item_id = asked_item AND p.name = 'stable';
    -- A channel may be moved before its release is published, in the same
    -- transaction: the step's own turn comes, and nothing is taken away and put back.
    IF stable IS NOT NULL AND NOT EXISTS (
        SELECT FROM current_state c
        WHERE c.tenant_id = asked_tenant AND c.item_id = asked_item AND c.number = stable AND c.state <> 'submitted'
    ) THEN
        RETURN;
    END IF;
    SELECT * INTO due FROM listing_due(asked_tenant, asked_item);
    IF NOT FOUND THEN
        DELETE FROM listing l WHERE l.tenant_id = asked_tenant AND l.item_id = asked_item;
        RETURN;
    END IF;
    -- The line that is there is not looked for first: a look reads a page of its
    -- index, which the neighbours' lines are written to. A conflict is no look.
    INSERT INTO listing AS l (tenant_id, item_id, release_id, creator_id, kind, number, state, vertical, tags, apps,
                              name, updated_at, search)
    VALUES (asked_tenant, asked_item, due.release_id, due.creator_id, due.kind, due.number, due.state, due.vertical,
            due.tags, due.apps, due.name, due.updated_at, due.search)
    ON CONFLICT ON CONSTRAINT listing_pkey
    DO UPDATE SET release_id = excluded.release_id, creator_id = excluded.creator_id, number = excluded.number,
                  state = excluded.state, vertical = excluded.vertical, tags = excluded.tags, apps = excluded.apps,
                  name = excluded.name, updated_at = excluded.updated_at, search = excluded.search
    WHERE (l.release_id, l.creator_id, l.state, l.updated_at)
          IS DISTINCT FROM (excluded.release_id, excluded.creator_id, excluded.state, excluded.updated_at);
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'release', 'release_transition', 'release_asset', 'current_state', 'channel_move', 'event', 'outbox'
    ]
    LOOP
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
END
$$;

RESET ROLE;
