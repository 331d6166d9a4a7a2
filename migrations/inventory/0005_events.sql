-- The audit: one chain per item, one stream per tenant for what happens
-- outside items. Every column but prev_hash and hash is hashed
-- (`dramatis_domain::event`, format 1).
SET LOCAL ROLE dramatis_owner;

CREATE TABLE event (
    tenant_id uuid NOT NULL,
    -- The item, or the tenant itself for its stream.
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    prev_seq bigint GENERATED ALWAYS AS (NULLIF(seq - 1, 0)) STORED,
    id uuid NOT NULL,
    item_id uuid,
    at timestamptz NOT NULL,
    actor_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_name_sha256 bytea,
    device_id uuid,
    device_name_sha256 bytea,
    request_id text NOT NULL,
    idempotency_key uuid,
    action text NOT NULL,
    subject_id uuid,
    reason_code text,
    reason_sha256 bytea,
    before text,
    after text,
    format smallint NOT NULL DEFAULT 1,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (tenant_id, stream_id, seq),
    CONSTRAINT event_id_is_unique UNIQUE (tenant_id, id),
    CONSTRAINT event_hash_of_seq UNIQUE (tenant_id, stream_id, seq, hash),
    CONSTRAINT event_follows_the_one_before FOREIGN KEY (tenant_id, stream_id, prev_seq, prev_hash)
        REFERENCES event (tenant_id, stream_id, seq, hash) ON DELETE RESTRICT,
    CONSTRAINT event_seq_is_positive CHECK (seq > 0),
    CONSTRAINT event_stream_is_item_or_tenant CHECK (stream_id = coalesce(item_id, tenant_id)),
    CONSTRAINT event_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE RESTRICT,
    CONSTRAINT event_item FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT event_actor FOREIGN KEY (tenant_id, actor_id) REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT event_reason_is_known FOREIGN KEY (reason_code) REFERENCES reason_code (code),
    CONSTRAINT event_format_is_known CHECK (format = 1),
    CONSTRAINT event_hash_length CHECK (length(hash) = 32 AND length(prev_hash) = 32)
);
CREATE INDEX event_by_subject ON event (tenant_id, subject_id, at);

RESET ROLE;
