-- The lifecycle is data (inventory.md, schema rule 3): a step refers to the
-- step before it and to its edge; gaps, forks, wrong from-states and illegal
-- edges are refused by constraints, whoever writes them.
SET LOCAL ROLE dramatis_owner;

CREATE TABLE release_transition (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    seq integer NOT NULL,
    prev_seq integer GENERATED ALWAYS AS (NULLIF(seq - 1, 0)) STORED,
    lifecycle_version smallint NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    role text NOT NULL,
    needs text NOT NULL,
    reason_code text,
    message_sha256 bytea,
    successor_id uuid,
    actor_id uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT release_transition_pkey PRIMARY KEY (tenant_id, release_id, seq),
    CONSTRAINT release_transition_to_state UNIQUE (tenant_id, release_id, seq, to_state),
    CONSTRAINT release_transition_continues FOREIGN KEY (tenant_id, release_id, prev_seq, from_state)
        REFERENCES release_transition (tenant_id, release_id, seq, to_state) ON DELETE RESTRICT,
    -- Without it a first row `published → revoked` would pass.
    CONSTRAINT release_transition_first_leaves_draft CHECK (seq > 0 AND (seq > 1) = (from_state <> 'draft')),
    CONSTRAINT release_transition_is_an_edge FOREIGN KEY (lifecycle_version, from_state, to_state, role, needs)
        REFERENCES lifecycle_edge (lifecycle_version, from_state, to_state, role, needs),
    CONSTRAINT release_transition_says_why CHECK (needs = 'nothing' OR message_sha256 IS NOT NULL),
    CONSTRAINT release_transition_names_reason CHECK (needs <> 'reason' OR reason_code IS NOT NULL),
    CONSTRAINT release_transition_reason_is_known FOREIGN KEY (reason_code) REFERENCES reason_code (code),
    CONSTRAINT release_transition_release FOREIGN KEY (tenant_id, release_id)
        REFERENCES release (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT release_transition_successor FOREIGN KEY (tenant_id, successor_id)
        REFERENCES release (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT release_transition_successor_is_another CHECK (successor_id <> release_id),
    CONSTRAINT release_transition_actor FOREIGN KEY (tenant_id, actor_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT release_transition_event FOREIGN KEY (tenant_id, event_id)
        REFERENCES event (tenant_id, id) ON DELETE RESTRICT
);

-- Where each release stands: moved by the trigger below and by nothing else.
-- Carries what lists filter by, so that no filter reads JSON (schema rule 7).
CREATE TABLE current_state (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    item_id uuid NOT NULL,
    creator_id uuid NOT NULL,
    kind text NOT NULL,
    number integer NOT NULL,
    seq integer NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT current_state_pkey PRIMARY KEY (tenant_id, release_id),
    CONSTRAINT current_state_is_a_transition FOREIGN KEY (tenant_id, release_id, seq, state)
        REFERENCES release_transition (tenant_id, release_id, seq, to_state) ON DELETE RESTRICT,
    CONSTRAINT current_state_release_of_item FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX current_state_by_item ON current_state (tenant_id, item_id, number DESC);
CREATE INDEX current_state_by_creator ON current_state (tenant_id, creator_id, state, since DESC);

CREATE FUNCTION current_state_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO current_state AS c (tenant_id, release_id, item_id, creator_id, kind, number, seq, state, since)
    SELECT NEW.tenant_id, NEW.release_id, r.item_id, i.creator_id, i.kind, r.number, NEW.seq, NEW.to_state, NEW.at
    FROM release r
    JOIN item i ON i.tenant_id = r.tenant_id AND i.id = r.item_id
    WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.release_id
    ON CONFLICT ON CONSTRAINT current_state_pkey
    DO UPDATE SET seq = excluded.seq, state = excluded.state, since = excluded.since;
    RETURN NULL;
END
$$;

CREATE TRIGGER current_state_follows AFTER INSERT ON release_transition
FOR EACH ROW EXECUTE FUNCTION current_state_follows();

RESET ROLE;
