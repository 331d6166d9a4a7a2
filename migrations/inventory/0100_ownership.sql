-- Who owns an item. Its address, creator/slug, is `creator_id` and the slug:
-- permanent, so that what apps and manifests name never means another thing.
-- Ownership moves beside it: append-only steps that follow one another, and
-- two projections that only a trigger moves.
SET LOCAL ROLE dramatis_owner;

-- NULL: whoever made it. On the row that a publish locks anyway: asking who
-- owns the item reads no further row there (0012 says what that would cost).
ALTER TABLE item ADD COLUMN owner_id uuid;
ALTER TABLE item ADD CONSTRAINT item_owner FOREIGN KEY (tenant_id, owner_id)
    REFERENCES account (tenant_id, id) ON DELETE RESTRICT;
CREATE INDEX item_by_owner ON item (tenant_id, owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE item_ownership (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    seq integer NOT NULL,
    prev_seq integer GENERATED ALWAYS AS (NULLIF(seq - 1, 0)) STORED,
    step text NOT NULL,
    -- Whom it is about: the co-owner, or the receiver.
    account_id uuid NOT NULL,
    -- Who owned the item before it.
    owner_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    -- The offer that it answers.
    offer_seq integer,
    offer_step text GENERATED ALWAYS AS (CASE WHEN offer_seq IS NOT NULL THEN 'offered' END) STORED,
    message_sha256 bytea,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT item_ownership_pkey PRIMARY KEY (tenant_id, item_id, seq),
    CONSTRAINT item_ownership_as_offered UNIQUE (tenant_id, item_id, seq, step, account_id, owner_id),
    CONSTRAINT item_ownership_seq_is_positive CHECK (seq > 0),
    CONSTRAINT item_ownership_is_gapless FOREIGN KEY (tenant_id, item_id, prev_seq)
        REFERENCES item_ownership (tenant_id, item_id, seq) ON DELETE RESTRICT,
    CONSTRAINT item_ownership_item FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT item_ownership_account FOREIGN KEY (tenant_id, account_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT item_ownership_step_is_known
        CHECK (step IN ('added', 'removed', 'offered', 'ended', 'accepted', 'imposed')),
    CONSTRAINT item_ownership_is_of_another CHECK (account_id <> owner_id),
    CONSTRAINT item_ownership_is_given_by_its_owner CHECK (step NOT IN ('added', 'offered') OR actor_id = owner_id),
    CONSTRAINT item_ownership_is_left_or_taken CHECK (step <> 'removed' OR actor_id IN (owner_id, account_id)),
    CONSTRAINT item_ownership_is_accepted_by_its_receiver CHECK (step <> 'accepted' OR actor_id = account_id),
    CONSTRAINT item_ownership_is_not_imposed_for_oneself CHECK (step <> 'imposed' OR actor_id <> account_id),
    CONSTRAINT item_ownership_imposed_says_why CHECK (step <> 'imposed' OR message_sha256 IS NOT NULL),
    -- Only what was offered by who owns it still, to that very account, once.
    CONSTRAINT item_ownership_answers_an_offer CHECK ((step IN ('ended', 'accepted')) = (offer_seq IS NOT NULL)),
    CONSTRAINT item_ownership_offer FOREIGN KEY (tenant_id, item_id, offer_seq, offer_step, account_id, owner_id)
        REFERENCES item_ownership (tenant_id, item_id, seq, step, account_id, owner_id) ON DELETE RESTRICT,
    CONSTRAINT item_ownership_offer_is_answered_once UNIQUE (tenant_id, item_id, offer_seq),
    CONSTRAINT item_ownership_event FOREIGN KEY (tenant_id, event_id)
        REFERENCES event (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
);
-- What is offered to whom.
CREATE INDEX item_ownership_offered ON item_ownership (tenant_id, account_id, item_id) WHERE step = 'offered';

CREATE TABLE item_co_owner (
    tenant_id uuid NOT NULL,
    item_id uuid NOT NULL,
    account_id uuid NOT NULL,
    seq integer NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT item_co_owner_pkey PRIMARY KEY (tenant_id, item_id, account_id),
    CONSTRAINT item_co_owner_was_added FOREIGN KEY (tenant_id, item_id, seq)
        REFERENCES item_ownership (tenant_id, item_id, seq) ON DELETE RESTRICT
);
CREATE INDEX item_co_owner_by_account ON item_co_owner (tenant_id, account_id, item_id);

-- Who gets a part of an item is a creator; who imposes a transfer, an operator.
CREATE FUNCTION item_ownership_is_by_who_may() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.step IN ('added', 'offered', 'accepted', 'imposed') AND NOT EXISTS (
        SELECT FROM membership m
        WHERE m.tenant_id = NEW.tenant_id AND m.account_id = NEW.account_id AND m.role = 'creator'
    ) THEN
        RAISE EXCEPTION 'items are owned by creators'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_ownership_is_of_a_creator', TABLE = 'item_ownership';
    END IF;
    IF NEW.step = 'imposed' AND NOT EXISTS (
        SELECT FROM membership m
        WHERE m.tenant_id = NEW.tenant_id AND m.account_id = NEW.actor_id AND m.role = 'operator'
    ) THEN
        RAISE EXCEPTION 'only an operator hands over what is not theirs'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_ownership_is_imposed_by_an_operator', TABLE = 'item_ownership';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER item_ownership_is_by_who_may AFTER INSERT ON item_ownership
FOR EACH ROW EXECUTE FUNCTION item_ownership_is_by_who_may();

-- Moves owner and co-owners; behind the trigger above in the order of names.
CREATE FUNCTION item_ownership_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    owner uuid;
    offers integer;
    changed integer;
BEGIN
    SELECT coalesce(i.owner_id, i.creator_id) INTO owner
    FROM item i WHERE i.tenant_id = NEW.tenant_id AND i.id = NEW.item_id FOR NO KEY UPDATE;
    IF owner IS DISTINCT FROM NEW.owner_id THEN
        RAISE EXCEPTION 'the item has another owner'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_ownership_is_of_its_owner', TABLE = 'item_ownership';
    END IF;
    SELECT count(*) INTO offers
    FROM item_ownership o
    WHERE o.tenant_id = NEW.tenant_id AND o.item_id = NEW.item_id AND o.step = 'offered'
      AND NOT EXISTS (SELECT FROM item_ownership a
                      WHERE a.tenant_id = NEW.tenant_id AND a.item_id = NEW.item_id AND a.offer_seq = o.seq);
    -- No offer outlives the owner who made it.
    IF offers > 1 OR (offers > 0 AND NEW.step IN ('accepted', 'imposed')) THEN
        RAISE EXCEPTION 'an item is offered to one account at a time'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_ownership_one_offer_at_a_time', TABLE = 'item_ownership';
    END IF;
    IF NEW.step = 'added' THEN
        INSERT INTO item_co_owner (tenant_id, item_id, account_id, seq, since)
        VALUES (NEW.tenant_id, NEW.item_id, NEW.account_id, NEW.seq, NEW.at);
    ELSIF NEW.step IN ('removed', 'accepted', 'imposed') THEN
        DELETE FROM item_co_owner c
        WHERE c.tenant_id = NEW.tenant_id AND c.item_id = NEW.item_id AND c.account_id = NEW.account_id;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF NEW.step = 'removed' AND changed = 0 THEN
            RAISE EXCEPTION 'only a co-owner is removed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'item_ownership_removes_a_co_owner', TABLE = 'item_ownership';
        END IF;
    END IF;
    IF NEW.step IN ('accepted', 'imposed') THEN
        UPDATE item SET owner_id = NEW.account_id WHERE tenant_id = NEW.tenant_id AND id = NEW.item_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER item_ownership_moves AFTER INSERT ON item_ownership
FOR EACH ROW EXECUTE FUNCTION item_ownership_moves();

CREATE POLICY item_owner_moves ON item FOR UPDATE TO dramatis_owner
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

-- Nobody who owns the item decides: neither its owner nor a co-owner.
CREATE OR REPLACE FUNCTION approval_is_by_another_who_may() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM membership m
        WHERE m.tenant_id = NEW.tenant_id AND m.account_id = NEW.reviewer_id AND m.role = NEW.role
    ) THEN
        RAISE EXCEPTION 'a stage is decided by somebody with its role'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_is_by_its_role', TABLE = 'approval';
    END IF;
    IF EXISTS (
        SELECT FROM submission s
        JOIN item i ON i.tenant_id = s.tenant_id AND i.id = s.item_id
        WHERE s.tenant_id = NEW.tenant_id AND s.release_id = NEW.release_id
          AND (coalesce(i.owner_id, i.creator_id) = NEW.reviewer_id
               OR EXISTS (SELECT FROM item_co_owner c
                          WHERE c.tenant_id = NEW.tenant_id AND c.item_id = s.item_id AND c.account_id = NEW.reviewer_id))
    ) THEN
        RAISE EXCEPTION 'nobody decides on what is their own'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_is_not_of_ones_own', TABLE = 'approval';
    END IF;
    RETURN NULL;
END
$$;

GRANT SELECT, INSERT ON item_ownership TO dramatis_service;
GRANT SELECT ON item_co_owner TO dramatis_service;
GRANT SELECT ON item_ownership, item_co_owner TO dramatis_auditor, dramatis_backup;
REVOKE EXECUTE ON FUNCTION item_ownership_is_by_who_may, item_ownership_moves FROM PUBLIC;

CREATE TRIGGER item_ownership_is_append_only BEFORE UPDATE OR DELETE ON item_ownership
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER item_ownership_is_never_truncated BEFORE TRUNCATE ON item_ownership
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['item_ownership', 'item_co_owner']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_owner USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_owner', name, here, here);
    END LOOP;
END
$$;

RESET ROLE;
