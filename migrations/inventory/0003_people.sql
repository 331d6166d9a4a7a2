-- Accounts, what they may do, and the tokens they use.
SET LOCAL ROLE dramatis_owner;

-- Text about people that events and manifests name by salted hash only. An
-- erasure takes the row away and leaves the hash (inventory.md, What is hashed).
CREATE TABLE personal_field (
    tenant_id uuid NOT NULL,
    sha256 bytea NOT NULL,
    salt bytea NOT NULL,
    value text NOT NULL,
    field text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT personal_field_pkey PRIMARY KEY (tenant_id, sha256),
    CONSTRAINT personal_field_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE RESTRICT,
    CONSTRAINT personal_field_is_known CHECK (field IN ('actor_name', 'device_name', 'reason', 'notes')),
    CONSTRAINT personal_field_hash_length CHECK (length(sha256) = 32),
    CONSTRAINT personal_field_salt_length CHECK (length(salt) = 16)
);

-- A person or a service. One with a handle is a creator: it owns items.
CREATE TABLE account (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    handle text,
    name text NOT NULL,
    -- The hash its name stands by in events; value and salt are in personal_field.
    name_sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT account_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT account_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE RESTRICT,
    CONSTRAINT account_name_hash_length CHECK (length(name_sha256) = 32),
    CONSTRAINT account_handle_is_unique UNIQUE (tenant_id, handle),
    CONSTRAINT account_kind_is_known CHECK (kind IN ('person', 'service', 'operator')),
    CONSTRAINT account_handle_is_a_slug CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(handle) <= 63),
    CONSTRAINT account_name_is_given CHECK (length(btrim(name)) > 0)
);

CREATE TABLE membership (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT membership_pkey PRIMARY KEY (tenant_id, account_id, role),
    CONSTRAINT membership_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT membership_role_is_known CHECK (role IN ('creator', 'reviewer', 'operator', 'auditor', 'app'))
);

-- Only the SHA-256 of a token is kept.
CREATE TABLE api_token (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    label text NOT NULL,
    secret_sha256 bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_token_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT api_token_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT api_token_secret_is_unique UNIQUE (tenant_id, secret_sha256),
    CONSTRAINT api_token_secret_length CHECK (length(secret_sha256) = 32),
    CONSTRAINT api_token_scopes_are_known CHECK (scopes <@ ARRAY['read', 'write', 'operate'] AND cardinality(scopes) > 0)
);
CREATE INDEX api_token_by_account ON api_token (tenant_id, account_id, created_at);

-- Beside the token, so that no request's transaction updates a shared row
-- (inventory.md, Publish); written at most once a minute and token.
CREATE TABLE api_token_use (
    tenant_id uuid NOT NULL,
    token_id uuid NOT NULL,
    last_used_at timestamptz NOT NULL,
    CONSTRAINT api_token_use_pkey PRIMARY KEY (tenant_id, token_id),
    CONSTRAINT api_token_use_token FOREIGN KEY (tenant_id, token_id)
        REFERENCES api_token (tenant_id, id) ON DELETE CASCADE
);

-- Where the chain of what happens outside items stands. Its row is the lock.
CREATE TABLE tenant_stream (
    tenant_id uuid NOT NULL,
    last_event_seq bigint NOT NULL DEFAULT 0,
    last_event_hash bytea,
    last_event_at timestamptz,
    CONSTRAINT tenant_stream_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenant_stream_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE RESTRICT,
    CONSTRAINT tenant_stream_head_is_whole CHECK (
        (last_event_seq = 0) = (last_event_hash IS NULL) AND (last_event_seq = 0) = (last_event_at IS NULL)
    )
);

-- One request for a token in one statement: the tenant comes from the token,
-- row-level security then shows this tenant's rows only. Not SECURITY DEFINER.
CREATE FUNCTION authenticate(asked_tenant uuid, asked_secret bytea)
RETURNS TABLE (
    token_id uuid, token_label text, scopes text[], expires_at timestamptz, expired boolean, revoked boolean,
    account_id uuid, account_kind text, account_handle text, account_name text, account_name_sha256 bytea,
    roles text[], tenant_slug text, tenant_name text, requires_approval boolean, use_is_old boolean
)
LANGUAGE plpgsql
SET search_path = pg_catalog, public
AS $$
BEGIN
    PERFORM set_config('app.tenant', asked_tenant::text, true);
    RETURN QUERY
    SELECT t.id, t.label, t.scopes, t.expires_at, coalesce(t.expires_at <= clock_timestamp(), false), t.revoked_at IS NOT NULL,
           a.id, a.kind, a.handle, a.name, a.name_sha256,
           ARRAY(SELECT m.role FROM membership m WHERE m.tenant_id = asked_tenant AND m.account_id = a.id ORDER BY m.role),
           n.slug, n.name, n.requires_approval,
           NOT EXISTS (
               SELECT FROM api_token_use u
               WHERE u.tenant_id = asked_tenant AND u.token_id = t.id
                 AND u.last_used_at > clock_timestamp() - interval '1 minute'
           )
    FROM api_token t
    JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
    JOIN tenant n ON n.id = t.tenant_id
    WHERE t.tenant_id = asked_tenant AND t.secret_sha256 = asked_secret;
END
$$;

RESET ROLE;
