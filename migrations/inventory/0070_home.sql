-- Where this database stands. A dump that is restored stands elsewhere: the
-- service does not start on it before `dramatis-inventory restored` has raised
-- the epoch (inventory.md, Idempotency contract 10).
SET LOCAL ROLE dramatis_owner;

ALTER TABLE inventory_identity ADD COLUMN home text;

-- This database of this cluster. A copy of the cluster's files has the same
-- name: who restores that way runs the command unasked (docs/operate.md).
CREATE FUNCTION inventory_home() RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.system_identifier || '/' || d.oid
    FROM pg_control_system() c, pg_database d
    WHERE d.datname = current_database()
$$;
REVOKE EXECUTE ON FUNCTION inventory_home FROM PUBLIC;
GRANT EXECUTE ON FUNCTION inventory_home TO dramatis_service;

RESET ROLE;
