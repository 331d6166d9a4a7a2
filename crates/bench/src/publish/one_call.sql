-- A publish in one round trip: what `floor.sql` sends statement by statement,
-- in one procedure, as the service's role and past the same policies,
-- constraints and triggers. A procedure and no function, for it has to begin
-- its own transaction after the look at the item, as the service does. That it
-- leaves the same rows is checked in every run.
--
-- {tenant} is filled in: SET takes no parameters.
CREATE PROCEDURE bench_publish(
    p_tenant uuid, p_account uuid, p_item uuid, p_client bigint, p_n bigint, p_key uuid,
    p_portrait bytea, p_rule_set bytea, p_name text, p_card text, p_manifest text, p_notes text,
    p_device uuid, p_device_name text, p_device_name_salt bytea, p_device_name_sha256 bytea, p_actor_name_sha256 bytea,
    p_before_submitted text, p_after_submitted text, p_before_published text, p_after_published text,
    p_before_moved text, p_after_moved text, p_answer text
)
LANGUAGE plpgsql
AS $$
DECLARE
    seen record;
    held record;
    claimed record;
    newer record;
    picture record;
    u text;
    card bytea;
    frozen bytea;
    -- Of the release and of its events.
    r uuid;
    e uuid[];
    h bytea[];
    ats timestamptz[];
BEGIN
    -- table::release::glimpse, before the transaction.
    SELECT * INTO seen FROM glimpse(p_tenant, p_item, 'stable');
    COMMIT;

    -- Database::change
    SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    SET LOCAL lock_timeout = '2s';
    SET LOCAL app.tenant = '{tenant}';

    -- table::item::lock
    SELECT creator_id, slug, release_count, last_event_seq, last_event_hash, last_event_at INTO held
    FROM item WHERE tenant_id = p_tenant AND id = p_item FOR UPDATE;

    -- table::receipt::claim
    u := lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint), 14, '0')
        || lpad(to_hex(p_client), 4, '0') || lpad(to_hex(p_n), 10, '0');
    WITH claimed AS (
        INSERT INTO idempotency_key (tenant_id, account_id, key, operation, fingerprint)
        VALUES (p_tenant, p_account, p_key, 'publish', decode(rpad(u, 64, '0'), 'hex'))
        ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO NOTHING
        RETURNING claimed_at
    )
    SELECT EXISTS (SELECT FROM claimed) AS ours, (SELECT claimed_at FROM claimed) AS claimed_at,
           greatest(clock_timestamp(), held.last_event_at + interval '1 microsecond') AS now INTO claimed;

    r := (u || '0001')::uuid;
    e := ARRAY[(u || '0011')::uuid, (u || '0012')::uuid, (u || '0013')::uuid];
    h := ARRAY[decode(rpad(u, 64, '1'), 'hex'), decode(rpad(u, 64, '2'), 'hex'), decode(rpad(u, 64, '3'), 'hex')];
    ats := ARRAY[claimed.now, claimed.now + interval '1 microsecond', claimed.now + interval '2 microseconds'];
    card := convert_to(p_card || u, 'UTF8');
    frozen := convert_to(p_manifest || u, 'UTF8');

    -- SAVEPOINT effect
    BEGIN
        -- table::release::base and table::channel::pointer, where somebody
        -- came in between.
        IF seen.last_event_seq <> held.last_event_seq THEN
            SELECT q.manifest_sha256 INTO newer
            FROM current_state s
            JOIN release q ON q.tenant_id = s.tenant_id AND q.id = s.release_id
            WHERE s.tenant_id = p_tenant AND s.item_id = p_item AND s.state NOT IN ('rejected', 'withdrawn')
            ORDER BY s.number DESC
            LIMIT 1;
            seen.base_manifest_sha256 := newer.manifest_sha256;
            SELECT c.seq, c.release_id INTO newer
            FROM channel c WHERE c.tenant_id = p_tenant AND c.item_id = p_item AND c.name = 'stable';
            seen.channel_seq := newer.seq;
            seen.channel_release_id := newer.release_id;
        END IF;

        -- table::blob::missing
        SELECT sha256, size INTO picture FROM blob WHERE tenant_id = p_tenant AND sha256 = ANY(ARRAY[p_portrait]);

        -- table::release::insert
        INSERT INTO content (tenant_id, sha256, bytes) VALUES (p_tenant, sha256(card), card)
        ON CONFLICT ON CONSTRAINT content_pkey DO NOTHING;
        INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, parent_sha256,
                             card_sha256, notes_sha256, rule_set_sha256, name, submitted_by, created_at)
        VALUES (p_tenant, r, p_item, held.release_count + 1, frozen, sha256(frozen), seen.base_manifest_sha256,
                sha256(card), decode(rpad(u, 64, 'a'), 'hex'), p_rule_set, p_name, p_account, claimed.now);
        INSERT INTO release_face (tenant_id, release_id, item_id, name, about, vertical, tags, apps)
        VALUES (p_tenant, r, p_item, p_name, left(p_card, 4000), NULL, ARRAY[]::text[], ARRAY[]::text[]);
        INSERT INTO release_asset (tenant_id, item_id, release_id, position, role, sha256)
        VALUES (p_tenant, p_item, r, 0, 'portrait', p_portrait);

        -- table::facts::insert
        INSERT INTO personal_field (tenant_id, sha256, salt, value, field)
        VALUES (p_tenant, decode(rpad(u, 64, 'a'), 'hex'), decode(rpad(u, 32, 'a'), 'hex'), p_notes, 'notes'),
               (p_tenant, p_device_name_sha256, p_device_name_salt, p_device_name, 'device_name')
        ON CONFLICT ON CONSTRAINT personal_field_pkey DO NOTHING;
        INSERT INTO event (tenant_id, stream_id, item_id, seq, id, at, actor_id, actor_kind, actor_name_sha256,
                           device_id, device_name_sha256, request_id, idempotency_key, action, subject_id,
                           before, after, prev_hash, hash)
        SELECT p_tenant, p_item, p_item, held.last_event_seq + n, e[n], ats[n], p_account, 'person', p_actor_name_sha256,
               p_device, p_device_name_sha256, (u || '0002')::uuid::text, p_key, v.action, r, v.before, v.after,
               CASE n WHEN 1 THEN held.last_event_hash ELSE h[n - 1] END, h[n]
        FROM (VALUES (1, 'release.submitted', p_before_submitted, p_after_submitted),
                     (2, 'release.published', p_before_published, p_after_published),
                     (3, 'channel.moved', p_before_moved, p_after_moved)) AS v (n, action, before, after);
        INSERT INTO release_transition (tenant_id, item_id, actor_id, lifecycle_version, release_id, seq, from_state, to_state,
                                        role, needs, event_id, at)
        VALUES (p_tenant, p_item, p_account, 1, r, 1, 'draft', 'submitted', 'creator', 'nothing', e[1], ats[1]),
               (p_tenant, p_item, p_account, 1, r, 2, 'submitted', 'published', 'creator', 'nothing', e[2], ats[2]);
        INSERT INTO channel_move (tenant_id, item_id, name, seq, from_release_id, to_release_id, event_id, at)
        VALUES (p_tenant, p_item, 'stable', seen.channel_seq + 1, seen.channel_release_id, r, e[3], ats[3]);
        INSERT INTO outbox (tenant_id, item_id, id, topic, event_id, created_at)
        VALUES (p_tenant, p_item, (u || '0021')::uuid, 'release.published', e[2], ats[2]);
        UPDATE item
        SET release_count = held.release_count + 1, last_event_seq = held.last_event_seq + 3,
            last_event_hash = h[3], last_event_at = ats[3]
        WHERE tenant_id = p_tenant AND id = p_item;

        -- table::receipt::insert
        INSERT INTO receipt (tenant_id, account_id, key, outcome, status, content_type, body, item_id, release_id,
                             recorded_at, row_format, row_sha256)
        VALUES (p_tenant, p_account, p_key, 'done', 201, 'application/json', convert_to(p_answer, 'UTF8'), p_item, r,
                claimed.now, 1, decode(rpad(u, 64, 'b'), 'hex'));
    EXCEPTION
        -- What makes the block a savepoint; nothing here is meant to be caught.
        WHEN case_not_found THEN RAISE;
    END;
END
$$;
GRANT EXECUTE ON PROCEDURE bench_publish TO dramatis_service;
