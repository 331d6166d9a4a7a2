-- One key, one answer, for good (inventory.md, Idempotency contract), and the
-- news that leave after a commit.
SET LOCAL ROLE dramatis_owner;

CREATE TABLE idempotency_key (
    tenant_id uuid NOT NULL,
    -- The person or service account, never the token: a new token finds the
    -- same answer.
    account_id uuid NOT NULL,
    key uuid NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (tenant_id, account_id, key),
    CONSTRAINT idempotency_key_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT idempotency_key_fingerprint_length CHECK (length(fingerprint) = 32)
);

CREATE TABLE receipt (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    key uuid NOT NULL,
    outcome text NOT NULL,
    status smallint NOT NULL,
    content_type text NOT NULL,
    -- The answer's body, byte for byte.
    body bytea COMPRESSION lz4 NOT NULL,
    item_id uuid,
    release_id uuid,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT receipt_pkey PRIMARY KEY (tenant_id, account_id, key),
    CONSTRAINT receipt_claim FOREIGN KEY (tenant_id, account_id, key)
        REFERENCES idempotency_key (tenant_id, account_id, key) ON DELETE RESTRICT,
    CONSTRAINT receipt_outcome_is_known CHECK (outcome IN ('done', 'unchanged', 'refused', 'cancelled')),
    CONSTRAINT receipt_status_is_storable CHECK (status BETWEEN 200 AND 499 AND status NOT IN (400, 401, 403, 429)),
    CONSTRAINT receipt_release FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT
);

-- No claim without its answer: nothing "in progress" outlives its transaction.
ALTER TABLE idempotency_key ADD CONSTRAINT idempotency_key_is_answered
    FOREIGN KEY (tenant_id, account_id, key) REFERENCES receipt (tenant_id, account_id, key)
    ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;

-- What others are told of, after the commit. Rows are written with the fact;
-- delivery belongs to the worker.
CREATE TABLE outbox (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    topic text NOT NULL,
    item_id uuid,
    event_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    delivered_at timestamptz,
    CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT outbox_event FOREIGN KEY (tenant_id, event_id) REFERENCES event (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT outbox_one_row_per_event UNIQUE (tenant_id, event_id, topic)
);
CREATE INDEX outbox_waiting ON outbox (tenant_id, next_attempt_at) WHERE delivered_at IS NULL;

RESET ROLE;
