-- Tables that belong to no tenant: the only ones whose keys are not led by
-- `tenant_id` (inventory.md, schema rule 1).
SET LOCAL ROLE dramatis_owner;

-- This inventory. The epoch is raised by every restore from a backup.
CREATE TABLE inventory_identity (
    only_row boolean NOT NULL DEFAULT true,
    inventory_id uuid NOT NULL DEFAULT gen_random_uuid(),
    epoch integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT inventory_identity_pkey PRIMARY KEY (only_row),
    CONSTRAINT inventory_identity_is_one_row CHECK (only_row),
    CONSTRAINT inventory_identity_epoch_is_positive CHECK (epoch > 0)
);

CREATE TABLE tenant (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    requires_approval boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT tenant_pkey PRIMARY KEY (id),
    CONSTRAINT tenant_slug_is_unique UNIQUE (slug),
    CONSTRAINT tenant_slug_is_a_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 63),
    CONSTRAINT tenant_name_is_given CHECK (length(btrim(name)) > 0)
);

CREATE TABLE item_kind (
    kind text NOT NULL,
    CONSTRAINT item_kind_pkey PRIMARY KEY (kind)
);

-- The legal steps of a release. An edge is retired by a new version, never
-- deleted; `dramatis_domain::lifecycle::EDGES` holds the same rows.
CREATE TABLE lifecycle_edge (
    lifecycle_version smallint NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    role text NOT NULL,
    needs text NOT NULL,
    CONSTRAINT lifecycle_edge_pkey PRIMARY KEY (lifecycle_version, from_state, to_state, role),
    CONSTRAINT lifecycle_edge_with_needs UNIQUE (lifecycle_version, from_state, to_state, role, needs),
    CONSTRAINT lifecycle_edge_needs_is_known CHECK (needs IN ('nothing', 'message', 'reason'))
);

CREATE TABLE reason_code (
    code text NOT NULL,
    CONSTRAINT reason_code_pkey PRIMARY KEY (code)
);

-- The rules that a release was checked with, by the hash of their document.
CREATE TABLE rule_set (
    sha256 bytea NOT NULL,
    document bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT rule_set_pkey PRIMARY KEY (sha256),
    CONSTRAINT rule_set_bytes_match_hash CHECK (sha256 = sha256(document))
);

RESET ROLE;
