-- The feed: committed news in one order per tenant, for apps. Neither time nor
-- ids are in the order of commits, so a reader that went by them would miss
-- what commits late. A number is given after the commit, by whoever holds the
-- tenant's lease, and readers see numbered rows only.
SET LOCAL ROLE dramatis_owner;

-- Who gives numbers. The fence rises with every lease: whoever slept through
-- the end of its own holds an old one and is refused.
CREATE TABLE feed (
    tenant_id uuid NOT NULL,
    last_number bigint NOT NULL DEFAULT 0,
    fence bigint NOT NULL,
    holder uuid NOT NULL,
    held_until timestamptz NOT NULL,
    CONSTRAINT feed_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT feed_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE RESTRICT,
    CONSTRAINT feed_numbers_are_not_negative CHECK (last_number >= 0 AND fence > 0)
);

ALTER TABLE outbox
    ADD COLUMN feed_number bigint,
    ADD COLUMN feed_fence bigint,
    ADD CONSTRAINT outbox_number_has_its_fence CHECK ((feed_number IS NULL) = (feed_fence IS NULL));
CREATE UNIQUE INDEX outbox_by_feed_number ON outbox (tenant_id, feed_number) WHERE feed_number IS NOT NULL;
CREATE INDEX outbox_without_number ON outbox (tenant_id, created_at, id) WHERE feed_number IS NULL;

-- Whoever numbers: only what has no number, only with the fence that stands
-- now, and only the number that comes next.
CREATE FUNCTION outbox_number_is_fenced() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    stands record;
BEGIN
    IF TG_OP = 'INSERT' OR OLD.feed_number IS NOT NULL THEN
        RAISE EXCEPTION 'a number of the feed is given once, to committed news'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'outbox_number_is_given_once', TABLE = 'outbox';
    END IF;
    SELECT f.fence, f.last_number INTO stands FROM feed f WHERE f.tenant_id = NEW.tenant_id FOR NO KEY UPDATE;
    IF stands.fence IS DISTINCT FROM NEW.feed_fence OR NEW.feed_number > stands.last_number THEN
        RAISE EXCEPTION 'the lease on the feed has passed to another'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'outbox_number_is_fenced', TABLE = 'outbox';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER outbox_number_is_fenced_on_insert BEFORE INSERT ON outbox FOR EACH ROW
WHEN (NEW.feed_number IS NOT NULL) EXECUTE FUNCTION outbox_number_is_fenced();
CREATE TRIGGER outbox_number_is_fenced_on_update BEFORE UPDATE OF feed_number, feed_fence ON outbox FOR EACH ROW
EXECUTE FUNCTION outbox_number_is_fenced();

-- A fence and a number only rise.
CREATE FUNCTION feed_only_rises() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.fence < OLD.fence OR NEW.last_number < OLD.last_number OR NEW.tenant_id <> OLD.tenant_id THEN
        RAISE EXCEPTION 'fences and numbers of the feed only rise'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'feed_only_rises', TABLE = 'feed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER feed_only_rises BEFORE UPDATE ON feed FOR EACH ROW EXECUTE FUNCTION feed_only_rises();

ALTER TABLE feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed FORCE ROW LEVEL SECURITY;
CREATE POLICY feed_service ON feed FOR SELECT TO dramatis_service
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY feed_worker ON feed TO dramatis_worker USING (true) WITH CHECK (true);
CREATE POLICY feed_auditor ON feed FOR SELECT TO dramatis_auditor USING (true);
GRANT SELECT ON feed TO dramatis_service, dramatis_auditor, dramatis_backup;
GRANT SELECT, INSERT ON feed TO dramatis_worker;
GRANT UPDATE (last_number, fence, holder, held_until) ON feed TO dramatis_worker;
GRANT UPDATE (feed_number, feed_fence) ON outbox TO dramatis_worker;
REVOKE EXECUTE ON FUNCTION outbox_number_is_fenced, feed_only_rises FROM PUBLIC;

RESET ROLE;
