-- How fast accounts ask, for operators: written by a background task once a
-- minute, never in a request's transaction (inventory.md, Publish).
SET LOCAL ROLE dramatis_owner;

CREATE TABLE account_rate (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    minute timestamptz NOT NULL,
    requests bigint NOT NULL,
    -- Of them, those that were told to come back later.
    limited bigint NOT NULL,
    CONSTRAINT account_rate_pkey PRIMARY KEY (tenant_id, account_id, minute),
    CONSTRAINT account_rate_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT account_rate_counts CHECK (limited >= 0 AND requests >= limited)
);
CREATE INDEX account_rate_by_time ON account_rate (tenant_id, minute);

-- When the use of a token that has ended was last told in the tenant's stream:
-- at most once an hour and token, however many processes there are.
CREATE TABLE api_token_refusal (
    tenant_id uuid NOT NULL,
    token_id uuid NOT NULL,
    refused_at timestamptz NOT NULL,
    CONSTRAINT api_token_refusal_pkey PRIMARY KEY (tenant_id, token_id),
    CONSTRAINT api_token_refusal_token FOREIGN KEY (tenant_id, token_id)
        REFERENCES api_token (tenant_id, id) ON DELETE RESTRICT
);

GRANT SELECT, INSERT, DELETE ON account_rate TO dramatis_service;
GRANT UPDATE (requests, limited) ON account_rate TO dramatis_service;
GRANT SELECT, INSERT ON api_token_refusal TO dramatis_service;
GRANT UPDATE (refused_at) ON api_token_refusal TO dramatis_service;
GRANT SELECT ON account_rate, api_token_refusal TO dramatis_auditor, dramatis_backup;

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['account_rate', 'api_token_refusal']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
    END LOOP;
END
$$;

RESET ROLE;
