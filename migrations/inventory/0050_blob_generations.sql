-- A file that is uploaded again after it was collected must never lie where a
-- collection that is still under way deletes: every upload has a place of its
-- own. Files from before have none and lie at the name of their hash alone.
SET LOCAL ROLE dramatis_owner;

ALTER TABLE blob ADD COLUMN generation bigint;

-- What is old enough to be collected, tenant by tenant.
CREATE INDEX blob_by_age ON blob (tenant_id, created_at);

RESET ROLE;
