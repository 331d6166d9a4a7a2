-- A kept answer is hashed with the claim it answers, so that one changed bit is
-- found before it is given again as genuine (inventory.md, Audit). The service
-- makes the hash (`audit::kept`, never a second time in SQL); a row of the
-- program before has none, and the two columns say together that it has none.
SET LOCAL ROLE dramatis_owner;

-- First: whoever publishes locks claims before receipts, and so does this.
-- Hashing an answer anew takes its claim.
CREATE POLICY idempotency_key_eraser ON idempotency_key FOR SELECT TO dramatis_eraser
    USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT ON idempotency_key TO dramatis_eraser;

ALTER TABLE receipt
    -- Which encoding is hashed.
    ADD COLUMN row_format smallint,
    ADD COLUMN row_sha256 bytea,
    -- Every row there is has neither; nobody waits until each was looked at.
    ADD CONSTRAINT receipt_hash_has_its_format CHECK (
        CASE WHEN row_format IS NULL THEN row_sha256 IS NULL
             ELSE row_format > 0 AND row_sha256 IS NOT NULL AND length(row_sha256) = 32 END) NOT VALID;

-- As in 0071, for the same trigger, and: an erasure leaves an answer with a hash of its own, or, by
-- the program before, with none.
CREATE OR REPLACE FUNCTION changes_by_erasure_only() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    ordered boolean;
    leaves jsonb;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'content' THEN
            ordered := is_erased(OLD.tenant_id, 'content', OLD.sha256);
            leaves := '{"bytes": null}';
        WHEN 'release' THEN
            ordered := is_erased(OLD.tenant_id, 'content', OLD.card_sha256);
            leaves := '{"name": "erased"}';
        WHEN 'release_face' THEN
            ordered := EXISTS (
                SELECT FROM release r
                WHERE r.tenant_id = OLD.tenant_id AND r.id = OLD.release_id
                  AND is_erased(OLD.tenant_id, 'content', r.card_sha256));
            leaves := '{"name": "erased", "about": "", "tags": [], "vertical": null}';
        WHEN 'receipt' THEN
            ordered := is_erased(OLD.tenant_id, 'receipt', sha256(OLD.body));
            IF NEW.row_sha256 IS NOT DISTINCT FROM OLD.row_sha256 THEN
                NEW.row_format := NULL;
                NEW.row_sha256 := NULL;
            END IF;
            leaves := jsonb_build_object('body', NEW.body, 'row_format', NEW.row_format, 'row_sha256', NEW.row_sha256);
    END CASE;
    -- What is generated is not made yet.
    IF NOT ordered OR to_jsonb(NEW) - 'prev_number' <> (to_jsonb(OLD) || leaves) - 'prev_number' THEN
        RAISE EXCEPTION '% is append-only: % is refused, but for what an erasure leaves', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_is_append_only', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

GRANT UPDATE (row_format, row_sha256) ON receipt TO dramatis_eraser;

RESET ROLE;
