-- Webhooks: numbered news (0031) is brought to the addresses that a tenant
-- named, signed, at least once, an item's news in its order.
SET LOCAL ROLE dramatis_owner;

-- Who is told of what. `fanned_out_to` is the number up to which its deliveries
-- are written; numbers are in the order of commits, so that nothing is missed.
CREATE TABLE webhook (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    url text NOT NULL,
    -- NULL: what apps are told of.
    topics text[],
    fanned_out_to bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at timestamptz,
    disabled_because text,
    CONSTRAINT webhook_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT webhook_url_is_bounded CHECK (length(url) BETWEEN 1 AND 2048),
    CONSTRAINT webhook_topics_are_named CHECK (cardinality(topics) > 0),
    CONSTRAINT webhook_cursor_is_not_negative CHECK (fanned_out_to >= 0),
    CONSTRAINT webhook_end_has_its_reason CHECK ((disabled_at IS NULL) = (disabled_because IS NULL)),
    CONSTRAINT webhook_reason_is_known CHECK (disabled_because IN ('operator', 'gone'))
);

-- What it signs with, sealed under a key that the database never has. The one
-- before is good until it ends: both sign meanwhile.
CREATE TABLE webhook_secret (
    tenant_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz,
    CONSTRAINT webhook_secret_pkey PRIMARY KEY (tenant_id, webhook_id, version),
    CONSTRAINT webhook_secret_webhook FOREIGN KEY (tenant_id, webhook_id)
        REFERENCES webhook (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT webhook_secret_version_is_positive CHECK (version > 0)
);
-- One secret at a time has no end.
CREATE UNIQUE INDEX webhook_secret_in_use ON webhook_secret (tenant_id, webhook_id) WHERE ends_at IS NULL;

-- One piece of news on its way to one webhook. Open until it is delivered or
-- dead. The fence rises with every claim: a result counts only with the fence
-- that stands.
CREATE TABLE webhook_delivery (
    tenant_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    feed_number bigint NOT NULL,
    outbox_id uuid NOT NULL,
    item_id uuid NOT NULL,
    topic text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    dead_at timestamptz,
    last_status smallint,
    last_error text,
    fence bigint NOT NULL DEFAULT 0,
    holder uuid,
    held_until timestamptz,
    CONSTRAINT webhook_delivery_pkey PRIMARY KEY (tenant_id, webhook_id, feed_number),
    CONSTRAINT webhook_delivery_webhook FOREIGN KEY (tenant_id, webhook_id)
        REFERENCES webhook (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT webhook_delivery_news FOREIGN KEY (tenant_id, outbox_id)
        REFERENCES outbox (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT webhook_delivery_has_one_end CHECK (delivered_at IS NULL OR dead_at IS NULL),
    CONSTRAINT webhook_delivery_lease_is_whole CHECK ((holder IS NULL) = (held_until IS NULL))
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant_id, webhook_id, next_attempt_at)
    WHERE delivered_at IS NULL AND dead_at IS NULL;
-- Is an earlier one of the same item still open?
CREATE INDEX webhook_delivery_of_item ON webhook_delivery (tenant_id, webhook_id, item_id, feed_number)
    WHERE delivered_at IS NULL AND dead_at IS NULL;
CREATE INDEX webhook_delivery_dead ON webhook_delivery (tenant_id, webhook_id, dead_at) WHERE dead_at IS NOT NULL;
CREATE INDEX webhook_delivery_done ON webhook_delivery (tenant_id, webhook_id, delivered_at)
    WHERE delivered_at IS NOT NULL;

-- Fences and cursors only rise, and what is delivered is final.
CREATE FUNCTION webhook_delivery_only_goes_on() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.fence < OLD.fence OR OLD.delivered_at IS NOT NULL THEN
        RAISE EXCEPTION 'a fence only rises, and what is delivered is final'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'webhook_delivery_only_goes_on', TABLE = 'webhook_delivery';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER webhook_delivery_only_goes_on BEFORE UPDATE ON webhook_delivery FOR EACH ROW
EXECUTE FUNCTION webhook_delivery_only_goes_on();

CREATE FUNCTION webhook_cursor_only_rises() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.fanned_out_to < OLD.fanned_out_to THEN
        RAISE EXCEPTION 'news is given to a webhook once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'webhook_cursor_only_rises', TABLE = 'webhook';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER webhook_cursor_only_rises BEFORE UPDATE OF fanned_out_to ON webhook FOR EACH ROW
EXECUTE FUNCTION webhook_cursor_only_rises();
REVOKE EXECUTE ON FUNCTION webhook_delivery_only_goes_on, webhook_cursor_only_rises FROM PUBLIC;

GRANT SELECT, INSERT ON webhook TO dramatis_service;
GRANT UPDATE (disabled_at, disabled_because) ON webhook TO dramatis_service;
GRANT SELECT ON webhook TO dramatis_worker, dramatis_auditor, dramatis_backup;
GRANT UPDATE (fanned_out_to) ON webhook TO dramatis_worker;

-- Who answers requests writes secrets and cannot read them back, sealed or not.
GRANT INSERT, SELECT (tenant_id, webhook_id, version, created_at, ends_at), UPDATE (ends_at)
    ON webhook_secret TO dramatis_service;
GRANT SELECT (tenant_id, webhook_id, version, created_at, ends_at) ON webhook_secret TO dramatis_auditor;
GRANT SELECT ON webhook_secret TO dramatis_worker, dramatis_backup;

GRANT SELECT, UPDATE (attempts, next_attempt_at, dead_at) ON webhook_delivery TO dramatis_service;
GRANT SELECT, INSERT, DELETE, UPDATE (attempts, next_attempt_at, delivered_at, dead_at, last_status, last_error, fence, holder, held_until)
    ON webhook_delivery TO dramatis_worker;
GRANT SELECT ON webhook_delivery TO dramatis_auditor, dramatis_backup;

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook', 'webhook_secret', 'webhook_delivery']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_worker USING (true) WITH CHECK (true)', name || '_worker', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
    END LOOP;
END
$$;

RESET ROLE;
