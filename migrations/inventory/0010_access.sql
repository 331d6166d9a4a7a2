-- Grants and row-level security (inventory.md, schema rules 4 and 5). The
-- service sees the tenant that its transaction names and no other; a reused
-- connection leaves '' behind, which names none.
SET LOCAL ROLE dramatis_owner;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'
    LOOP
        EXECUTE format('GRANT SELECT ON %I TO dramatis_auditor, dramatis_backup', name);
    END LOOP;
END
$$;

GRANT SELECT ON
    inventory_identity, tenant, item_kind, lifecycle_edge, reason_code, rule_set
TO dramatis_service, dramatis_worker;
GRANT INSERT ON rule_set TO dramatis_service;

GRANT SELECT, INSERT ON
    personal_field, account, membership, api_token, api_token_use, tenant_stream, item, content, blob,
    release, release_asset, event, release_transition, channel_move, idempotency_key, receipt, outbox
TO dramatis_service;
GRANT SELECT ON current_state, channel TO dramatis_service;
GRANT DELETE ON membership TO dramatis_service;
GRANT UPDATE (revoked_at) ON api_token TO dramatis_service;
GRANT UPDATE (last_used_at) ON api_token_use TO dramatis_service;
GRANT UPDATE (last_event_seq, last_event_hash, last_event_at) ON tenant_stream TO dramatis_service;
GRANT UPDATE (release_count, last_event_seq, last_event_hash, last_event_at) ON item TO dramatis_service;

GRANT SELECT, UPDATE (attempts, next_attempt_at, delivered_at) ON outbox TO dramatis_worker;
GRANT SELECT, DELETE ON blob TO dramatis_worker;
GRANT SELECT ON release_asset TO dramatis_worker;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate TO dramatis_service;

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOR name IN
        SELECT c.relname
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
    END LOOP;

    -- What the triggers that run as the owner read and write: the tenant at hand.
    FOREACH name IN ARRAY ARRAY['current_state', 'channel']
    LOOP
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_owner USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_owner', name, here, here);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['release', 'item']
    LOOP
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO dramatis_owner USING (tenant_id = %s)', name || '_owner', name, here);
    END LOOP;

    FOREACH name IN ARRAY ARRAY['outbox', 'blob', 'release_asset']
    LOOP
        EXECUTE format('CREATE POLICY %I ON %I TO dramatis_worker USING (true)', name || '_worker', name);
    END LOOP;
END
$$;

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_service ON tenant FOR SELECT TO dramatis_service
    USING (id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY tenant_worker ON tenant FOR SELECT TO dramatis_worker USING (true);
CREATE POLICY tenant_auditor ON tenant FOR SELECT TO dramatis_auditor USING (true);
-- Tenants are made by an operator, before anything can be done in them.
CREATE POLICY tenant_owner ON tenant TO dramatis_owner USING (true) WITH CHECK (true);

RESET ROLE;
