-- Approvals (product.md, Lifecycle): ordered stages per tenant, another person
-- for each of them, bound to the manifest that was submitted. Whatever code
-- forgets, a release that waits cannot come out of here unapproved.
SET LOCAL ROLE dramatis_owner;

-- What a tenant asks for, version by version: a submission is decided by the
-- version it was made under. A version without stages asks for nothing.
CREATE TABLE approval_policy (
    tenant_id uuid NOT NULL,
    version integer NOT NULL,
    prev_version integer GENERATED ALWAYS AS (NULLIF(version - 1, 0)) STORED,
    event_id uuid NOT NULL,
    CONSTRAINT approval_policy_pkey PRIMARY KEY (tenant_id, version),
    CONSTRAINT approval_policy_version_is_positive CHECK (version > 0),
    CONSTRAINT approval_policy_is_gapless FOREIGN KEY (tenant_id, prev_version)
        REFERENCES approval_policy (tenant_id, version) ON DELETE RESTRICT,
    CONSTRAINT approval_policy_event FOREIGN KEY (tenant_id, event_id)
        REFERENCES event (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE approval_stage (
    tenant_id uuid NOT NULL,
    version integer NOT NULL,
    stage smallint NOT NULL,
    prev_stage smallint GENERATED ALWAYS AS (NULLIF(stage - 1, 0)) STORED,
    name text NOT NULL,
    role text NOT NULL,
    CONSTRAINT approval_stage_pkey PRIMARY KEY (tenant_id, version, stage),
    CONSTRAINT approval_stage_role UNIQUE (tenant_id, version, stage, role),
    CONSTRAINT approval_stage_is_gapless FOREIGN KEY (tenant_id, version, prev_stage)
        REFERENCES approval_stage (tenant_id, version, stage) ON DELETE RESTRICT,
    CONSTRAINT approval_stage_number_is_bounded CHECK (stage BETWEEN 1 AND 9),
    CONSTRAINT approval_stage_policy FOREIGN KEY (tenant_id, version)
        REFERENCES approval_policy (tenant_id, version) ON DELETE RESTRICT,
    CONSTRAINT approval_stage_name_is_given CHECK (length(btrim(name)) > 0 AND length(name) <= 63),
    CONSTRAINT approval_stage_role_is_known CHECK (role IN ('reviewer', 'operator'))
);

-- A release that waits: under which policy, for which bytes, by whom, and
-- where the channel goes when the last stage has said yes.
CREATE TABLE submission (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    item_id uuid NOT NULL,
    policy_version integer NOT NULL,
    manifest_sha256 bytea NOT NULL,
    submitted_by uuid NOT NULL,
    channel text,
    CONSTRAINT submission_pkey PRIMARY KEY (tenant_id, release_id),
    CONSTRAINT submission_as_approved UNIQUE (tenant_id, release_id, policy_version, manifest_sha256, submitted_by),
    CONSTRAINT submission_release FOREIGN KEY (tenant_id, item_id, release_id)
        REFERENCES release (tenant_id, item_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT submission_policy FOREIGN KEY (tenant_id, policy_version)
        REFERENCES approval_policy (tenant_id, version) ON DELETE RESTRICT,
    CONSTRAINT submission_channel_is_a_name CHECK (channel ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(channel) <= 32)
);

-- One stage's word. The stage before has to have said yes; nobody decides
-- what is their own, nor two stages of one release.
CREATE TABLE approval (
    tenant_id uuid NOT NULL,
    release_id uuid NOT NULL,
    stage smallint NOT NULL,
    prev_stage smallint GENERATED ALWAYS AS (NULLIF(stage - 1, 0)) STORED,
    prev_decision text GENERATED ALWAYS AS (CASE WHEN stage > 1 THEN 'approved' END) STORED,
    policy_version integer NOT NULL,
    role text NOT NULL,
    manifest_sha256 bytea NOT NULL,
    submitted_by uuid NOT NULL,
    reviewer_id uuid NOT NULL,
    decision text NOT NULL,
    message_sha256 bytea,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT approval_pkey PRIMARY KEY (tenant_id, release_id, stage),
    CONSTRAINT approval_decision UNIQUE (tenant_id, release_id, stage, decision),
    CONSTRAINT approval_is_of_what_was_submitted
        FOREIGN KEY (tenant_id, release_id, policy_version, manifest_sha256, submitted_by)
        REFERENCES submission (tenant_id, release_id, policy_version, manifest_sha256, submitted_by) ON DELETE RESTRICT,
    CONSTRAINT approval_follows_the_stage_before FOREIGN KEY (tenant_id, release_id, prev_stage, prev_decision)
        REFERENCES approval (tenant_id, release_id, stage, decision) ON DELETE RESTRICT,
    CONSTRAINT approval_has_its_stage FOREIGN KEY (tenant_id, policy_version, stage, role)
        REFERENCES approval_stage (tenant_id, version, stage, role) ON DELETE RESTRICT,
    CONSTRAINT approval_reviewer FOREIGN KEY (tenant_id, reviewer_id)
        REFERENCES account (tenant_id, id) ON DELETE RESTRICT,
    CONSTRAINT approval_is_not_of_ones_own CHECK (reviewer_id <> submitted_by),
    CONSTRAINT approval_one_stage_a_person UNIQUE (tenant_id, release_id, reviewer_id),
    CONSTRAINT approval_decision_is_known CHECK (decision IN ('approved', 'rejected')),
    CONSTRAINT approval_rejection_says_why CHECK (decision <> 'rejected' OR message_sha256 IS NOT NULL),
    CONSTRAINT approval_event FOREIGN KEY (tenant_id, event_id)
        REFERENCES event (tenant_id, id) ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED
);

-- The submission says what its release says: then a decision on it does, too.
CREATE FUNCTION submission_is_of_its_release() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM release r
        WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.release_id AND r.item_id = NEW.item_id
          AND r.manifest_sha256 = NEW.manifest_sha256 AND r.submitted_by = NEW.submitted_by
    ) THEN
        RAISE EXCEPTION 'a submission has the manifest and the submitter of its release'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'submission_is_of_its_release', TABLE = 'submission';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER submission_is_of_its_release AFTER INSERT ON submission
FOR EACH ROW EXECUTE FUNCTION submission_is_of_its_release();

-- Who decides holds the stage's role now, and does not own the item.
CREATE FUNCTION approval_is_by_another_who_may() RETURNS trigger
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
        WHERE s.tenant_id = NEW.tenant_id AND s.release_id = NEW.release_id AND i.creator_id = NEW.reviewer_id
    ) THEN
        RAISE EXCEPTION 'nobody decides on what is their own'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_is_not_of_ones_own', TABLE = 'approval';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER approval_is_by_another_who_may AFTER INSERT ON approval
FOR EACH ROW EXECUTE FUNCTION approval_is_by_another_who_may();

-- Out of `submitted` into `published`: every stage said yes, and there is one.
-- A tenant that asks for approval publishes nothing that was not submitted so.
CREATE FUNCTION release_is_approved() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    asked integer;
    approved boolean;
BEGIN
    SELECT s.policy_version INTO asked
    FROM submission s
    WHERE s.tenant_id = NEW.tenant_id AND s.release_id = NEW.release_id;
    IF asked IS NULL THEN
        approved := EXISTS (SELECT FROM tenant t WHERE t.id = NEW.tenant_id AND NOT t.requires_approval);
    ELSE
        approved := (
            SELECT count(*) > 0 AND count(*) = count(a.stage)
            FROM approval_stage p
            LEFT JOIN approval a ON a.tenant_id = p.tenant_id AND a.release_id = NEW.release_id
                 AND a.policy_version = p.version AND a.stage = p.stage AND a.decision = 'approved'
            WHERE p.tenant_id = NEW.tenant_id AND p.version = asked
        );
    END IF;
    IF NOT approved THEN
        RAISE EXCEPTION 'a release is published when every stage of its approval has said yes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_is_approved', TABLE = 'release_transition';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER release_is_approved AFTER INSERT ON release_transition
FOR EACH ROW WHEN (NEW.from_state = 'submitted' AND NEW.to_state = 'published')
EXECUTE FUNCTION release_is_approved();

-- What waits: the reviewers' list.
CREATE INDEX current_state_waiting ON current_state (tenant_id, since) WHERE state = 'submitted';

-- A stage may ask for an operator.
INSERT INTO lifecycle_edge (lifecycle_version, from_state, to_state, role, needs)
VALUES (1, 'submitted', 'published', 'operator', 'nothing'), (1, 'submitted', 'rejected', 'operator', 'message')
ON CONFLICT DO NOTHING;

GRANT SELECT, INSERT ON approval_policy, approval_stage, submission, approval TO dramatis_service;
GRANT SELECT ON approval_policy, approval_stage, submission, approval TO dramatis_auditor, dramatis_backup;
REVOKE EXECUTE ON FUNCTION submission_is_of_its_release, approval_is_by_another_who_may, release_is_approved FROM PUBLIC;

DO $$
DECLARE
    name text;
    here constant text := 'nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
    FOREACH name IN ARRAY ARRAY['approval_policy', 'approval_stage', 'submission', 'approval']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO dramatis_service USING (tenant_id = %s) WITH CHECK (tenant_id = %s)',
            name || '_service', name, here, here);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO dramatis_auditor USING (true)', name || '_auditor', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
            name || '_is_append_only', name);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            name || '_is_never_truncated', name);
    END LOOP;
END
$$;

-- A tenant that asked for approval before has no policy yet: what is submitted
-- is refused until its operator names the stages.
RESET ROLE;
