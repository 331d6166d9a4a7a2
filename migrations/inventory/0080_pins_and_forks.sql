-- What a release refers to: the members of a pack, the runtimes of targets,
-- and the release that a fork began as. Written with the release, from its
-- manifest and its document; a release that refers to nothing has no row here
-- and its publish reads none of this.
SET LOCAL ROLE dramatis_owner;

CREATE TABLE release_pin (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    position smallint NOT NULL,
    used_as text NOT NULL,
    role text,
    pinned_item_id uuid NOT NULL,
    pinned_release_id uuid NOT NULL,
    pinned_sha256 bytea NOT NULL,
    CONSTRAINT release_pin_pkey PRIMARY KEY (tenant_id, release_id, position),
    CONSTRAINT release_pin_release FOREIGN KEY (tenant_id, release_id)
        REFERENCES release (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT release_pin_pinned FOREIGN KEY (tenant_id, pinned_item_id, pinned_release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT release_pin_use_is_known CHECK (used_as IN ('member', 'runtime')),
    CONSTRAINT release_pin_role_is_of_a_member CHECK (used_as = 'member' OR role IS NULL),
    CONSTRAINT release_pin_is_of_another CHECK (pinned_release_id <> release_id)
);
CREATE INDEX release_pin_by_pinned ON release_pin (tenant_id, pinned_release_id);

-- The pinned bytes are those of the pinned release, and it is offered at that
-- moment. Looked at when the transaction commits, for the reason that 0012 gives.
CREATE FUNCTION release_pin_is_offered() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    state text;
BEGIN
    IF NOT EXISTS (
        SELECT FROM release r
        JOIN item i ON i.tenant_id = r.tenant_id AND i.id = r.item_id
        WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.pinned_release_id AND r.item_id = NEW.pinned_item_id
          AND r.manifest_sha256 = NEW.pinned_sha256 AND (NEW.used_as = 'member' OR i.kind = NEW.used_as)
    ) THEN
        RAISE EXCEPTION 'a pin names a release by the hash of its manifest, and a runtime by one of a runtime'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_pin_is_of_its_release', TABLE = 'release_pin';
    END IF;
    SELECT t.to_state INTO state
    FROM release_transition t
    WHERE t.tenant_id = NEW.tenant_id AND t.release_id = NEW.pinned_release_id
    ORDER BY t.seq DESC
    LIMIT 1;
    IF state IS NULL OR state NOT IN ('published', 'deprecated') THEN
        RAISE EXCEPTION 'what is pinned is published or deprecated at that moment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_pin_is_offered', TABLE = 'release_pin';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER release_pin_is_offered AFTER INSERT ON release_pin
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION release_pin_is_offered();

-- What a fork began as. The hash is its manifest's own word and stands for
-- good; the release stands beside it where the manifest names one of this
-- inventory, and cannot be taken away from under it.
CREATE TABLE release_fork (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    item_id uuid NOT NULL,
    origin_sha256 bytea NOT NULL,
    origin_release_id uuid,
    CONSTRAINT release_fork_pkey PRIMARY KEY (tenant_id, release_id),
    CONSTRAINT release_fork_release FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT release_fork_origin FOREIGN KEY (tenant_id, origin_release_id)
        REFERENCES release (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT release_fork_hash_length CHECK (length(origin_sha256) = 32)
);
CREATE INDEX release_fork_by_item ON release_fork (tenant_id, item_id);
CREATE INDEX release_fork_by_origin ON release_fork (tenant_id, origin_sha256, release_id);

CREATE FUNCTION release_fork_is_of_its_origin() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM release r
        WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.release_id AND r.parent_sha256 IS NOT NULL
    ) OR EXISTS (
        SELECT FROM release r
        WHERE r.tenant_id = NEW.tenant_id AND r.item_id = NEW.item_id AND r.manifest_sha256 = NEW.origin_sha256
    ) OR (NEW.origin_release_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM release r
        WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.origin_release_id AND r.manifest_sha256 = NEW.origin_sha256
    )) THEN
        RAISE EXCEPTION 'a fork is a first release and names a release of another item by the hash of its manifest'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_fork_is_of_its_origin', TABLE = 'release_fork';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER release_fork_is_of_its_origin AFTER INSERT ON release_fork
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION release_fork_is_of_its_origin();

GRANT SELECT, INSERT ON release_pin, release_fork TO dramatis_service;
GRANT SELECT ON release_pin, release_fork TO dramatis_auditor, dramatis_backup;
REVOKE EXECUTE ON FUNCTION release_pin_is_offered, release_fork_is_of_its_origin FROM PUBLIC;

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['release_pin', 'release_fork']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
            name || '_is_append_only', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            name || '_is_never_truncated', name);
    END LOOP;
END
$$;

RESET ROLE;
