-- What lists and search read (inventory.md, schema rule 7): no filter reads
-- JSON. A release's face is written once, with the release; an item's line in
-- the listing is moved by triggers alone, in the transaction of whatever
-- moves it. `verify` makes both anew from manifests, cards and steps.

-- Its operator classes let `tenant_id` lead an index over words (schema rule 1).
CREATE EXTENSION IF NOT EXISTS btree_gin;

SET LOCAL ROLE dramatis_owner;

-- What is shown of a release and found by: `dramatis_domain::face`, made of
-- manifest and card alone.
CREATE TABLE release_face (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    item_id uuid NOT NULL,
    name text NOT NULL,
    about text COMPRESSION lz4 NOT NULL,
    vertical text,
    tags text[] NOT NULL,
    apps text[] NOT NULL,
    CONSTRAINT release_face_pkey PRIMARY KEY (tenant_id, release_id),
    CONSTRAINT release_face_release FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
);

-- The apps a release names, with versions that can be compared: numbers, so
-- that 1.10 is after 1.9. NULL leaves that side open.
CREATE TABLE release_target (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    position smallint NOT NULL,
    app text NOT NULL,
    min_version bigint[],
    max_version bigint[],
    CONSTRAINT release_target_pkey PRIMARY KEY (tenant_id, release_id, position),
    CONSTRAINT release_target_face FOREIGN KEY (tenant_id, release_id)
        REFERENCES release_face (tenant_id, release_id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
);

-- One line for each item that shows a release: the one `stable` points at,
-- or, where there is no such channel, the newest one offered.
CREATE TABLE listing (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    release_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    kind text NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    vertical text,
    tags text[] NOT NULL,
    apps text[] NOT NULL,
    name text NOT NULL,
    -- Since when it shows what it shows.
    updated_at timestamptz NOT NULL,
    -- A: name, B: tags, C: creator, D: description. No stemming: characters
    -- are written in every language.
    search tsvector NOT NULL,
    CONSTRAINT listing_pkey PRIMARY KEY (tenant_id, item_id),
    CONSTRAINT listing_release FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT listing_state_is_offered CHECK (state IN ('published', 'deprecated'))
);
CREATE INDEX listing_by_time ON listing (tenant_id, kind, updated_at DESC, item_id DESC);
CREATE INDEX listing_by_creator ON listing (tenant_id, creator_id, kind, updated_at DESC, item_id DESC);
CREATE INDEX listing_by_vertical ON listing (tenant_id, kind, vertical, updated_at DESC, item_id DESC);
CREATE INDEX listing_by_creator_and_vertical ON listing (tenant_id, creator_id, vertical, state, updated_at DESC, item_id DESC);
-- Without a list of pending entries: a search never pays for earlier publishes.
CREATE INDEX listing_by_words ON listing USING gin (tenant_id, search, tags, apps) WITH (fastupdate = off);

-- What an item's line has to be: nothing, or one row.
CREATE FUNCTION listing_due(asked_tenant uuid, asked_item uuid)
RETURNS TABLE (
    release_id uuid, creator_id uuid, kind text, number integer, state text, vertical text, tags text[], apps text[],
    name text, updated_at timestamptz, search tsvector
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT s.release_id, i.creator_id, i.kind, s.number, s.state, f.vertical, f.tags, f.apps, f.name,
           greatest(s.since, p.moved_at),
           setweight(to_tsvector('simple', f.name), 'A')
           || setweight(to_tsvector('simple', array_to_string(f.tags, ' ')), 'B')
           || setweight(to_tsvector('simple', coalesce(a.handle, '')), 'C')
           || setweight(to_tsvector('simple', f.about), 'D')
    FROM item i
    JOIN account a ON a.tenant_id = asked_tenant AND a.id = i.creator_id
    LEFT JOIN channel p ON p.tenant_id = asked_tenant AND p.item_id = asked_item AND p.name = 'stable'
    JOIN LATERAL (
        SELECT c.release_id, c.number, c.state, c.since
        FROM current_state c
        WHERE c.tenant_id = asked_tenant AND c.item_id = asked_item AND c.state IN ('published', 'deprecated')
          AND (p.release_id IS NULL OR c.release_id = p.release_id)
        ORDER BY c.number DESC
        LIMIT 1
    ) s ON true
    JOIN release_face f ON f.tenant_id = asked_tenant AND f.release_id = s.release_id
    WHERE i.tenant_id = asked_tenant AND i.id = asked_item
$$;

CREATE FUNCTION listing_refresh(asked_tenant uuid, asked_item uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    due record;
BEGIN
    SELECT * INTO due FROM listing_due(asked_tenant, asked_item);
    IF NOT FOUND THEN
        DELETE FROM listing l WHERE l.tenant_id = asked_tenant AND l.item_id = asked_item;
        RETURN;
    END IF;
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

CREATE FUNCTION listing_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    item uuid;
BEGIN
    IF TG_TABLE_NAME = 'item' THEN
        item := NEW.id;
    ELSIF TG_TABLE_NAME = 'channel_move' THEN
        item := NEW.item_id;
    ELSE
        SELECT r.item_id INTO item FROM release r WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.release_id;
    END IF;
    PERFORM listing_refresh(NEW.tenant_id, item);
    RETURN NULL;
END
$$;

-- Deferred, and behind `current_state_follows` in the order of names: the
-- last one to fire sees every state and channel of the transaction. Read at
-- the end for the reason that 0012 gives.
CREATE CONSTRAINT TRIGGER listing_follows_steps AFTER INSERT ON release_transition
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.to_state NOT IN ('submitted', 'rejected', 'withdrawn'))
EXECUTE FUNCTION listing_follows();
CREATE CONSTRAINT TRIGGER listing_follows_moves AFTER INSERT ON channel_move
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.name = 'stable')
EXECUTE FUNCTION listing_follows();
CREATE CONSTRAINT TRIGGER listing_follows_owners AFTER UPDATE OF creator_id ON item
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.creator_id IS DISTINCT FROM NEW.creator_id)
EXECUTE FUNCTION listing_follows();

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['release_face', 'release_target', 'listing']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_owner USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_owner', name, here, here);
        EXECUTE format('GRANT SELECT ON %I TO dramatis_service, dramatis_auditor, dramatis_backup', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['release_face', 'release_target']
    LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
            name || '_is_append_only', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            name || '_is_never_truncated', name);
        EXECUTE format('GRANT INSERT ON %I TO dramatis_service', name);
    END LOOP;
END
$$;

-- Postgres lets no operator that could leak look at a row before the policy
-- has passed it: under a policy with a condition, no search by words could use
-- its index. So the owner reads this one table without a condition, in one
-- function, and that function puts the tenant at hand into every statement.
DROP POLICY listing_owner ON listing;
CREATE POLICY listing_owner_reads ON listing FOR SELECT TO dramatis_owner USING (true);
DO $$
DECLARE
    here constant text := 'tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    EXECUTE format('CREATE POLICY listing_owner_adds ON listing FOR INSERT TO dramatis_owner WITH CHECK (%s)', here);
    EXECUTE format('CREATE POLICY listing_owner_moves ON listing FOR UPDATE TO dramatis_owner USING (%s) WITH CHECK (%s)', here, here);
    EXECUTE format('CREATE POLICY listing_owner_takes ON listing FOR DELETE TO dramatis_owner USING (%s)', here);
END
$$;

-- The statement of a page: only what is asked for stands in it, so that each
-- shape has the plan of its own index. Parameters: 1 tenant, 2 kind, 3 creator,
-- 4 vertical, 5 state, 6 words, 7 tags, 8 app, 9 version, 10 and 11 where the
-- page before ended, 12 how many.
CREATE FUNCTION listing_statement(
    creator boolean, vertical boolean, state boolean, words boolean, tags boolean, app boolean, version boolean, after boolean
) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT 'SELECT l.* FROM public.listing l WHERE l.tenant_id = $1 AND l.kind = $2'
        || CASE WHEN creator THEN ' AND l.creator_id = $3' ELSE '' END
        || CASE WHEN vertical THEN ' AND l.vertical = $4' ELSE '' END
        || CASE WHEN state THEN ' AND l.state = $5' ELSE '' END
        || CASE WHEN words THEN ' AND l.search @@ websearch_to_tsquery(''simple'', $6)' ELSE '' END
        || CASE WHEN tags THEN ' AND l.tags @> $7' ELSE '' END
        || CASE WHEN app THEN ' AND l.apps @> ARRAY[$8]' ELSE '' END
        || CASE WHEN version THEN ' AND EXISTS (SELECT FROM public.release_target v
               WHERE v.tenant_id = $1 AND v.release_id = l.release_id AND v.app = $8
                 AND coalesce(v.min_version <= $9, true) AND coalesce(v.max_version >= $9, true))' ELSE '' END
        || CASE WHEN after THEN ' AND (l.updated_at, l.item_id) < ($10, $11)' ELSE '' END
        || ' ORDER BY l.updated_at DESC, l.item_id DESC LIMIT $12'
$$;

CREATE FUNCTION listing_found(
    kind text, creator uuid, vertical text, state text, words text, tags text[], app text, version bigint[],
    after_at timestamptz, after_item uuid, most bigint
) RETURNS SETOF listing
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE listing_statement(
        creator IS NOT NULL, vertical IS NOT NULL, state IS NOT NULL, words IS NOT NULL, cardinality(tags) > 0,
        app IS NOT NULL, version IS NOT NULL, after_at IS NOT NULL)
    USING nullif(current_setting('app.tenant', true), '')::uuid, kind, creator, vertical, state, words, tags, app, version,
          after_at, after_item, most;
END
$$;

CREATE POLICY account_listing ON account FOR SELECT TO dramatis_owner
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

REVOKE EXECUTE ON FUNCTION listing_due, listing_refresh, listing_follows, listing_statement, listing_found FROM PUBLIC;
GRANT EXECUTE ON FUNCTION listing_found TO dramatis_service;
GRANT EXECUTE ON FUNCTION listing_due TO dramatis_auditor;

RESET ROLE;
