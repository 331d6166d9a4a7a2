-- What an erasure takes, who may, and what stays (inventory.md, What is
-- hashed): the hash stays in chains and manifests, the text or the bytes go,
-- and a row says by which order. What is missing without an order is a fault.
DO $$
BEGIN
    BEGIN
        CREATE ROLE dramatis_eraser LOGIN;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
        GRANT dramatis_eraser TO CURRENT_USER;
    EXCEPTION
        WHEN unique_violation THEN NULL;
    END;
END
$$;
GRANT USAGE ON SCHEMA public TO dramatis_eraser;
GRANT SELECT ON _sqlx_migrations TO dramatis_eraser;

SET LOCAL ROLE dramatis_owner;

-- One order: of whose data, or by which rule of retention, on what ground.
-- The ground names nobody; its hash stands in the order's event.
CREATE TABLE erasure_order (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    prev_number integer GENERATED ALWAYS AS (NULLIF(number - 1, 0)) STORED,
    account_id uuid,
    ground text NOT NULL,
    ordered_by uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT erasure_order_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT erasure_order_number_is_unique UNIQUE (tenant_id, number),
    CONSTRAINT erasure_order_number_is_positive CHECK (number > 0),
    CONSTRAINT erasure_order_is_gapless FOREIGN KEY (tenant_id, prev_number)
        REFERENCES erasure_order (tenant_id, number) ON DELETE RESTRICT,
    CONSTRAINT erasure_order_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT erasure_order_ordered_by FOREIGN KEY (tenant_id, ordered_by)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT erasure_order_event FOREIGN KEY (tenant_id, event_id)
        REFERENCES event (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT erasure_order_ground_is_given CHECK (length(btrim(ground)) > 0)
);

-- What an order took: which kind, by its hash.
CREATE TABLE erasure (
    tenant_id uuid NOT NULL,
    what text NOT NULL,
    sha256 bytea NOT NULL,
    order_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT erasure_pkey PRIMARY KEY (tenant_id, what, sha256, order_id),
    CONSTRAINT erasure_order_of FOREIGN KEY (tenant_id, order_id)
        REFERENCES erasure_order (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT erasure_what_is_known CHECK (what IN ('personal_field', 'content', 'blob', 'receipt')),
    CONSTRAINT erasure_hash_length CHECK (length(sha256) = 32)
);

-- A card that was erased keeps its row: releases refer to it by its hash.
ALTER TABLE content ALTER COLUMN bytes DROP NOT NULL;
-- A file that was erased, too; its bytes lie elsewhere.
ALTER TABLE blob ADD COLUMN erased boolean NOT NULL DEFAULT false;

CREATE FUNCTION is_erased(tenant uuid, kind text, hash bytea) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM erasure e WHERE e.tenant_id = tenant AND e.what = kind AND e.sha256 = hash)
$$;

-- The one change that append-only tables take: an order's, and only to what an
-- erasure leaves behind.
CREATE FUNCTION changes_by_erasure_only() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    ordered boolean;
    leaves jsonb;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'content' THEN
            ordered := is_erased(OLD.tenant_id, 'content', OLD.sha256);
            leaves := '{"bytes": null}';
        WHEN 'release' THEN
            ordered := is_erased(OLD.tenant_id, 'content', OLD.card_sha256);
            leaves := '{"name": "erased"}';
        WHEN 'release_face' THEN
            ordered := EXISTS (
                SELECT FROM release r
                WHERE r.tenant_id = OLD.tenant_id AND r.id = OLD.release_id
                  AND is_erased(OLD.tenant_id, 'content', r.card_sha256));
            leaves := '{"name": "erased", "about": "", "tags": [], "vertical": null}';
        WHEN 'receipt' THEN
            ordered := is_erased(OLD.tenant_id, 'receipt', sha256(OLD.body));
            leaves := jsonb_build_object('body', NEW.body);
    END CASE;
    -- What is generated is not made yet.
    IF NOT ordered OR to_jsonb(NEW) - 'prev_number' <> (to_jsonb(OLD) || leaves) - 'prev_number' THEN
        RAISE EXCEPTION '% is append-only: % is refused, but for what an erasure leaves', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_is_append_only', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION goes_by_erasure_only() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT is_erased(OLD.tenant_id, 'personal_field', OLD.sha256) THEN
        RAISE EXCEPTION 'a text goes by an order of erasure only'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'personal_field_goes_by_erasure', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER personal_field_goes_by_erasure BEFORE DELETE ON personal_field
FOR EACH ROW EXECUTE FUNCTION goes_by_erasure_only();

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['content', 'release', 'release_face', 'receipt']
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', name || '_is_append_only', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
            name || '_is_append_only', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION changes_by_erasure_only()',
            name || '_changes_by_erasure_only', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['erasure_order', 'erasure']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO dramatis_service USING (tenant_id = %s)', name || '_service', name, here);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
            name || '_is_append_only', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            name || '_is_never_truncated', name);
        EXECUTE format('GRANT SELECT ON %I TO dramatis_service, dramatis_auditor, dramatis_backup', name);
    END LOOP;

    -- What the eraser looks at and writes, of the tenant at hand.
    FOREACH name IN ARRAY ARRAY[
        'erasure_order', 'erasure', 'personal_field', 'account', 'membership', 'api_token', 'api_token_use',
        'tenant_stream', 'item', 'content', 'blob', 'release', 'release_asset', 'release_face', 'current_state',
        'event', 'receipt'
    ]
    LOOP
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_eraser USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_eraser', name, here, here);
        EXECUTE format('GRANT SELECT ON %I TO dramatis_eraser', name);
    END LOOP;
END
$$;

CREATE POLICY tenant_eraser ON tenant FOR SELECT TO dramatis_eraser USING (true);
GRANT SELECT ON tenant TO dramatis_eraser;
GRANT INSERT ON erasure_order, erasure, event, tenant_stream TO dramatis_eraser;
GRANT UPDATE (last_event_seq, last_event_hash, last_event_at) ON tenant_stream TO dramatis_eraser;
GRANT DELETE ON personal_field TO dramatis_eraser;
GRANT DELETE ON api_token_use TO dramatis_eraser;
GRANT UPDATE (name) ON account TO dramatis_eraser;
GRANT UPDATE (label, revoked_at) ON api_token TO dramatis_eraser;
GRANT UPDATE (bytes) ON content TO dramatis_eraser;
GRANT UPDATE (erased) ON blob TO dramatis_eraser;
GRANT UPDATE (name) ON release TO dramatis_eraser;
GRANT UPDATE (name, about, tags, vertical) ON release_face TO dramatis_eraser;
GRANT UPDATE (body) ON receipt TO dramatis_eraser;
REVOKE EXECUTE ON FUNCTION is_erased, changes_by_erasure_only, goes_by_erasure_only FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_erased TO dramatis_eraser;

RESET ROLE;
