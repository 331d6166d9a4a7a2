-- Append-only for everybody (inventory.md, schema rule 4): grants stop the
-- service, these triggers stop the owner and a careless administrator too.
SET LOCAL ROLE dramatis_owner;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_is_append_only', TABLE = TG_TABLE_NAME;
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'lifecycle_edge', 'reason_code', 'rule_set', 'content', 'release', 'release_asset',
        'release_transition', 'event', 'channel_move', 'idempotency_key', 'receipt'
    ]
    LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
            name || '_is_append_only', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            name || '_is_never_truncated', name);
    END LOOP;
END
$$;

-- The value may be erased by an erasure role, never changed.
CREATE TRIGGER personal_field_is_never_changed BEFORE UPDATE ON personal_field
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER personal_field_is_never_truncated BEFORE TRUNCATE ON personal_field
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

RESET ROLE;
