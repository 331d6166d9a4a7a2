-- How long what is kept about people is kept, class by class, and what may
-- not go whatever anybody orders.
SET LOCAL ROLE dramatis_owner;

-- A tenant's own rule for a class; a class without a row has the default that
-- `dramatis-inventory retain --show` names. NULL keeps it for good.
CREATE TABLE retention_policy (
    tenant_id uuid NOT NULL,
    data_class text NOT NULL,
    days integer,
    CONSTRAINT retention_policy_pkey PRIMARY KEY (tenant_id, data_class),
    CONSTRAINT retention_policy_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE RESTRICT,
    CONSTRAINT retention_policy_class_is_known CHECK (
        data_class IN ('device_name', 'actor_name', 'reason', 'notes', 'token_use', 'webhook_delivery')),
    CONSTRAINT retention_policy_days_are_positive CHECK (days > 0)
);

-- A hold on everything about an item or an account: nothing of it is erased,
-- expires or is collected until the hold is released.
CREATE TABLE legal_hold (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    prev_number integer GENERATED ALWAYS AS (NULLIF(number - 1, 0)) STORED,
    account_id uuid,
    item_id uuid,
    reason text NOT NULL,
    placed_by uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    released_at timestamptz,
    release_event_id uuid,
    CONSTRAINT legal_hold_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT legal_hold_number_is_unique UNIQUE (tenant_id, number),
    CONSTRAINT legal_hold_number_is_positive CHECK (number > 0),
    CONSTRAINT legal_hold_is_gapless FOREIGN KEY (tenant_id, prev_number)
        REFERENCES legal_hold (tenant_id, number) ON DELETE RESTRICT,
    CONSTRAINT legal_hold_is_on_one_thing CHECK (num_nonnulls(account_id, item_id) = 1),
    CONSTRAINT legal_hold_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT legal_hold_item FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT legal_hold_placed_by FOREIGN KEY (tenant_id, placed_by)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT legal_hold_event FOREIGN KEY (tenant_id, event_id)
        REFERENCES event (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT legal_hold_release_event FOREIGN KEY (tenant_id, release_event_id)
        REFERENCES event (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT legal_hold_release_is_whole CHECK ((released_at IS NULL) = (release_event_id IS NULL)),
    CONSTRAINT legal_hold_reason_is_given CHECK (length(btrim(reason)) > 0)
);

-- A hold is released once, and otherwise never changed.
CREATE FUNCTION legal_hold_is_released_once() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    -- What is generated is not made yet.
    free constant text[] := ARRAY['released_at', 'release_event_id', 'prev_number'];
BEGIN
    IF OLD.released_at IS NOT NULL OR to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'a hold is released once, and otherwise never changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'legal_hold_is_append_only', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER legal_hold_is_released_once BEFORE UPDATE ON legal_hold
FOR EACH ROW EXECUTE FUNCTION legal_hold_is_released_once();
CREATE TRIGGER legal_hold_is_append_only BEFORE DELETE ON legal_hold
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER legal_hold_is_never_truncated BEFORE TRUNCATE ON legal_hold
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE EXECUTE ON FUNCTION legal_hold_is_released_once FROM PUBLIC;

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['retention_policy', 'legal_hold']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO dramatis_eraser USING (tenant_id = %s)', name || '_eraser', name, here);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
        EXECUTE format(
            'GRANT SELECT ON %I TO dramatis_service, dramatis_eraser, dramatis_auditor, dramatis_backup', name);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE (days) ON retention_policy TO dramatis_service;
GRANT INSERT, UPDATE (released_at, release_event_id) ON legal_hold TO dramatis_service;
-- The worker lets deliveries go after their time.
CREATE POLICY retention_policy_worker ON retention_policy FOR SELECT TO dramatis_worker USING (true);
GRANT SELECT ON retention_policy TO dramatis_worker;
-- Collection asks whether anything of a tenant is held.
CREATE POLICY legal_hold_worker ON legal_hold FOR SELECT TO dramatis_worker USING (true);
GRANT SELECT ON legal_hold TO dramatis_worker;

RESET ROLE;
