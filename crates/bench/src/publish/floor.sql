-- What one publish asks of the database, statement by statement, without the
-- service: as `dramatis_service`, under row-level security, past every
-- constraint and trigger, with as many bytes. Kept in step with
-- `crates/inventory/src/exchange/attempt.rs` and what it calls; that both
-- leave the same rows is checked in every run.
--
-- {tenant} is filled in: SET takes no parameters. `:name` are pgbench's
-- variables, sent as parameters of prepared statements.
\set place :client_id * :stride
\set n :n + 1
\set key_a random(1, 9223372036854775807)
\set key_b random(1, 9223372036854775807)

-- table::release::glimpse, before the transaction.
SELECT last_event_seq, base_id, base_number, base_state, base_manifest, base_manifest_sha256, channel_seq, channel_release_id
FROM glimpse(:tenant::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, 'stable') \gset seen_

-- Database::change: one round trip.
\startpipeline
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL lock_timeout = '2s';
SET LOCAL app.tenant = '{tenant}';
\endpipeline

-- table::item::lock. `unique` is what this publish's ids and hashes are made
-- of: 28 hex digits that grow with time, as UUIDv7 do.
SELECT creator_id, slug, release_count, last_event_seq, last_event_hash, last_event_at,
       lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint), 14, '0')
           || lpad(to_hex(:client_id::bigint), 4, '0') || lpad(to_hex(:n::bigint), 10, '0') AS unique
FROM item
WHERE tenant_id = :tenant::uuid AND id = (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid
FOR UPDATE \gset

-- table::receipt::claim
WITH claimed AS (
    INSERT INTO idempotency_key (tenant_id, account_id, key, operation, fingerprint)
    VALUES (:tenant::uuid, :account::uuid, (lpad(to_hex(:key_a::bigint), 16, '0') || lpad(to_hex(:key_b::bigint), 16, '0'))::uuid,
            'publish', decode(rpad(:unique::text, 64, '0'), 'hex'))
    ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO NOTHING
    RETURNING key, claimed_at
)
SELECT EXISTS (SELECT FROM claimed) AS ours,
       (SELECT key FROM claimed) AS key,
       (SELECT claimed_at FROM claimed) AS claimed_at,
       greatest(clock_timestamp(), :last_event_at::timestamptz + interval '1 microsecond') AS now \gset

SAVEPOINT effect;

-- table::release::base and table::channel::pointer, where somebody came in
-- between.
\if :seen_last_event_seq <> :last_event_seq
SELECT r.id, r.number, s.state, r.manifest, r.manifest_sha256
FROM current_state s
JOIN release r ON r.tenant_id = s.tenant_id AND r.id = s.release_id
WHERE s.tenant_id = :tenant::uuid AND s.item_id = (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid
  AND s.state NOT IN ('rejected', 'withdrawn')
ORDER BY s.number DESC
LIMIT 1 \gset seen_base_
SELECT seq, release_id FROM channel
WHERE tenant_id = :tenant::uuid AND item_id = (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid AND name = 'stable'
\gset seen_channel_
\endif

-- table::blob::missing
SELECT sha256, size FROM blob WHERE tenant_id = :tenant::uuid AND sha256 = ANY(ARRAY[:portrait::bytea]) \gset blob_

-- table::release::insert. Two hashes are computed here that the studio sends.
WITH made AS MATERIALIZED (
    SELECT convert_to(:card::text || :unique::text, 'UTF8') AS card,
           convert_to(:manifest::text || :unique::text, 'UTF8') AS manifest
), card AS (
    INSERT INTO content (tenant_id, sha256, bytes)
    SELECT :tenant::uuid, sha256(made.card), made.card FROM made
    ON CONFLICT ON CONSTRAINT content_pkey DO NOTHING
), frozen AS (
    INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, parent_sha256,
                         card_sha256, notes_sha256, rule_set_sha256, name, submitted_by, created_at)
    SELECT :tenant::uuid, (:unique::text || '0001')::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid,
           :release_count::int + 1, made.manifest, sha256(made.manifest), :seen_base_manifest_sha256::bytea,
           sha256(made.card), decode(rpad(:unique::text, 64, 'a'), 'hex'), :rule_set::bytea, :name::text,
           :account::uuid, :now::timestamptz
    FROM made
), shown AS (
    INSERT INTO release_face (tenant_id, release_id, item_id, name, about, vertical, tags, apps)
    VALUES (:tenant::uuid, (:unique::text || '0001')::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid,
            :name::text, left(:card::text, 4000), NULL, ARRAY[]::text[], ARRAY[]::text[])
)
INSERT INTO release_asset (tenant_id, item_id, release_id, position, role, sha256)
SELECT :tenant::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, (:unique::text || '0001')::uuid, *
FROM unnest(ARRAY[0]::smallint[], ARRAY['portrait']::text[], ARRAY[:portrait::bytea]);

-- table::facts::insert
WITH personal AS (
    INSERT INTO personal_field (tenant_id, sha256, salt, value, field)
    SELECT :tenant::uuid, * FROM unnest(
        ARRAY[decode(rpad(:unique::text, 64, 'a'), 'hex'), :device_name_sha256::bytea],
        ARRAY[decode(rpad(:unique::text, 32, 'a'), 'hex'), :device_name_salt::bytea],
        ARRAY[:notes::text, :device_name::text],
        ARRAY['notes', 'device_name'])
    ON CONFLICT ON CONSTRAINT personal_field_pkey DO NOTHING
), events AS (
    INSERT INTO event (tenant_id, stream_id, item_id, seq, id, at, actor_id, actor_kind, actor_name_sha256,
                       device_id, device_name_sha256, request_id, idempotency_key, action, subject_id,
                       reason_code, reason_sha256, before, after, prev_hash, hash)
    SELECT :tenant::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid,
           (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, *
    FROM unnest(
        ARRAY[:last_event_seq::bigint + 1, :last_event_seq::bigint + 2, :last_event_seq::bigint + 3],
        ARRAY[(:unique::text || '0011')::uuid, (:unique::text || '0012')::uuid, (:unique::text || '0013')::uuid],
        ARRAY[:now::timestamptz, :now::timestamptz + interval '1 microsecond', :now::timestamptz + interval '2 microseconds'],
        ARRAY[:account::uuid, :account::uuid, :account::uuid],
        ARRAY['person', 'person', 'person'],
        ARRAY[:actor_name_sha256::bytea, :actor_name_sha256::bytea, :actor_name_sha256::bytea],
        ARRAY[:device::uuid, :device::uuid, :device::uuid],
        ARRAY[:device_name_sha256::bytea, :device_name_sha256::bytea, :device_name_sha256::bytea],
        ARRAY[(:unique::text || '0002')::uuid::text, (:unique::text || '0002')::uuid::text, (:unique::text || '0002')::uuid::text],
        ARRAY[:key::uuid, :key::uuid, :key::uuid],
        ARRAY['release.submitted', 'release.published', 'channel.moved'],
        ARRAY[(:unique::text || '0001')::uuid, (:unique::text || '0001')::uuid, (:unique::text || '0001')::uuid],
        ARRAY[NULL, NULL, NULL]::text[],
        ARRAY[NULL, NULL, NULL]::bytea[],
        ARRAY[:before_submitted::text, :before_published::text, :before_moved::text],
        ARRAY[:after_submitted::text, :after_published::text, :after_moved::text],
        ARRAY[:last_event_hash::bytea, decode(rpad(:unique::text, 64, '1'), 'hex'), decode(rpad(:unique::text, 64, '2'), 'hex')],
        ARRAY[decode(rpad(:unique::text, 64, '1'), 'hex'), decode(rpad(:unique::text, 64, '2'), 'hex'), decode(rpad(:unique::text, 64, '3'), 'hex')])
), steps AS (
    INSERT INTO release_transition (tenant_id, item_id, actor_id, lifecycle_version, release_id, seq, from_state, to_state,
                                    role, needs, reason_code, message_sha256, successor_id, event_id, at)
    SELECT :tenant::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, :account::uuid, 1, * FROM unnest(
        ARRAY[(:unique::text || '0001')::uuid, (:unique::text || '0001')::uuid],
        ARRAY[1, 2],
        ARRAY['draft', 'submitted'],
        ARRAY['submitted', 'published'],
        ARRAY['creator', 'creator'],
        ARRAY['nothing', 'nothing'],
        ARRAY[NULL, NULL]::text[],
        ARRAY[NULL, NULL]::bytea[],
        ARRAY[NULL, NULL]::uuid[],
        ARRAY[(:unique::text || '0011')::uuid, (:unique::text || '0012')::uuid],
        ARRAY[:now::timestamptz, :now::timestamptz + interval '1 microsecond'])
), moves AS (
    INSERT INTO channel_move (tenant_id, item_id, name, seq, from_release_id, to_release_id, event_id, at)
    SELECT :tenant::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, * FROM unnest(
        ARRAY['stable'],
        ARRAY[:seen_channel_seq::int + 1],
        ARRAY[:seen_channel_release_id::uuid],
        ARRAY[(:unique::text || '0001')::uuid],
        ARRAY[(:unique::text || '0013')::uuid],
        ARRAY[:now::timestamptz + interval '2 microseconds'])
), news AS (
    INSERT INTO outbox (tenant_id, item_id, id, topic, event_id, created_at)
    SELECT :tenant::uuid, (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, * FROM unnest(
        ARRAY[(:unique::text || '0021')::uuid],
        ARRAY['release.published'],
        ARRAY[(:unique::text || '0012')::uuid],
        ARRAY[:now::timestamptz + interval '1 microsecond'])
)
UPDATE item
SET release_count = :release_count::int + 1,
    last_event_seq = :last_event_seq::bigint + 3,
    last_event_hash = decode(rpad(:unique::text, 64, '3'), 'hex'),
    last_event_at = :now::timestamptz + interval '2 microseconds'
WHERE tenant_id = :tenant::uuid AND id = (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid;

-- table::receipt::insert
INSERT INTO receipt (tenant_id, account_id, key, outcome, status, content_type, body, item_id, release_id,
                     recorded_at, row_format, row_sha256)
VALUES (:tenant::uuid, :account::uuid, :key::uuid, 'done', 201, 'application/json', convert_to(:answer::text, 'UTF8'),
        (:items::text || lpad(to_hex(:place::bigint), 8, '0'))::uuid, (:unique::text || '0001')::uuid,
        :now::timestamptz, 1, decode(rpad(:unique::text, 64, 'b'), 'hex'));

COMMIT;
