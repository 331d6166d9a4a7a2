-- Movable names for releases. Moves are append-only and follow one another
-- like transitions do; the pointer is moved by a trigger alone.
SET LOCAL ROLE dramatis_owner;

CREATE TABLE channel_move (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    name text NOT NULL,
    seq integer NOT NULL,
    prev_seq integer GENERATED ALWAYS AS (NULLIF(seq - 1, 0)) STORED,
    from_release_id uuid,
    to_release_id uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT channel_move_pkey PRIMARY KEY (tenant_id, item_id, name, seq),
    CONSTRAINT channel_move_to UNIQUE (tenant_id, item_id, name, seq, to_release_id),
    CONSTRAINT channel_move_continues FOREIGN KEY (tenant_id, item_id, name, prev_seq, from_release_id)
        REFERENCES channel_move (tenant_id, item_id, name, seq, to_release_id) ON DELETE RESTRICT,
    CONSTRAINT channel_move_first_comes_from_nowhere CHECK (seq > 0 AND (seq = 1) = (from_release_id IS NULL)),
    CONSTRAINT channel_move_target FOREIGN KEY (tenant_id, item_id, to_release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT,
    CONSTRAINT channel_move_event FOREIGN KEY (tenant_id, event_id) REFERENCES event (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT channel_move_name_is_a_name CHECK (name ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(name) <= 32)
);

CREATE TABLE channel (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    name text NOT NULL,
    seq integer NOT NULL,
    release_id uuid NOT NULL,
    moved_at timestamptz NOT NULL,
    CONSTRAINT channel_pkey PRIMARY KEY (tenant_id, item_id, name),
    CONSTRAINT channel_is_its_last_move FOREIGN KEY (tenant_id, item_id, name, seq, release_id)
        REFERENCES channel_move (tenant_id, item_id, name, seq, to_release_id) ON DELETE RESTRICT
);
CREATE INDEX channel_by_release ON channel (tenant_id, release_id);

CREATE FUNCTION channel_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO channel AS c (tenant_id, item_id, name, seq, release_id, moved_at)
    VALUES (NEW.tenant_id, NEW.item_id, NEW.name, NEW.seq, NEW.to_release_id, NEW.at)
    ON CONFLICT ON CONSTRAINT channel_pkey
    DO UPDATE SET seq = excluded.seq, release_id = excluded.release_id, moved_at = excluded.moved_at;
    RETURN NULL;
END
$$;

CREATE TRIGGER channel_follows AFTER INSERT ON channel_move
FOR EACH ROW EXECUTE FUNCTION channel_follows();

-- A channel is only ever moved to a release that is offered. Looked at when
-- the transaction commits: a publish moves the channel and writes the
-- transition in one statement.
CREATE FUNCTION channel_move_target_is_offered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM current_state s
        WHERE s.tenant_id = NEW.tenant_id AND s.release_id = NEW.to_release_id AND s.state IN ('published', 'deprecated')
    ) THEN
        RAISE EXCEPTION 'a channel is moved to a release that is published or deprecated'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'channel_move_target_is_offered', TABLE = 'channel_move';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER channel_move_target_is_offered AFTER INSERT ON channel_move
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION channel_move_target_is_offered();

RESET ROLE;
