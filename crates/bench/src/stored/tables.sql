-- The filled rows of every table that a publish writes to, as a first publish
-- of each item would have left them; hashes of events are made up. Parts run
-- beside each other.
INSERT INTO event (tenant_id, stream_id, item_id, seq, id, at, actor_id, actor_kind, actor_name_sha256, request_id,
                   idempotency_key, action, subject_id, before, after, prev_hash, hash)
SELECT '{tenant}', f.item, f.item, v.seq, (f.stem || '701' || v.seq || f.tail)::uuid,
       f.at + v.seq * interval '1 microsecond', f.creator, 'person', sha256(uuid_send(f.creator)), f.key::text, f.key,
       v.action, f.release, v.before, v.after,
       sha256(uuid_send(f.release) || decode('0' || v.seq - 1, 'hex')), sha256(uuid_send(f.release) || decode('0' || v.seq, 'hex'))
FROM filling f
CROSS JOIN (VALUES
    (1, 'release.submitted', '{"state":"draft"}', '{"number":1,"state":"submitted"}'),
    (2, 'release.published', '{"state":"submitted"}', '{"number":1,"state":"published"}'),
    (3, 'channel.moved', NULL, '{"channel":"stable"}')
) AS v (seq, action, before, after);

-- PART
INSERT INTO content (tenant_id, sha256, bytes) SELECT '{tenant}', f.card_sha256, f.card FROM filling f;
INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, card_sha256, notes_sha256, rule_set_sha256,
                     name, submitted_by, created_at)
SELECT '{tenant}', f.release, f.item, 1, f.manifest, f.manifest_sha256, f.card_sha256, f.notes_sha256, '{rule_set}', f.name,
       f.creator, f.at
FROM filling f;
INSERT INTO release_face (tenant_id, release_id, item_id, name, about, vertical, tags, apps)
SELECT '{tenant}', f.release, f.item, f.name, f.about, NULL, f.tags, '{}' FROM filling f;
INSERT INTO release_asset (tenant_id, item_id, release_id, position, role, sha256)
SELECT '{tenant}', f.item, f.release, 0, 'portrait', '{portrait}' FROM filling f;
INSERT INTO listing (tenant_id, item_id, release_id, creator_id, kind, number, state, vertical, tags, apps, name, updated_at, search)
SELECT '{tenant}', f.item, f.release, f.creator, 'character', 1, 'published', NULL, f.tags, '{}', f.name,
       f.at + interval '3 microseconds',
       setweight(to_tsvector('simple', f.name), 'A') || setweight(to_tsvector('simple', array_to_string(f.tags, ' ')), 'B')
       || setweight(to_tsvector('simple', a.handle), 'C') || setweight(to_tsvector('simple', f.about), 'D')
FROM filling f
JOIN account a ON a.tenant_id = '{tenant}' AND a.id = f.creator;

-- PART
INSERT INTO item (tenant_id, id, kind, creator_id, slug, created_at, release_count, last_event_seq, last_event_hash, last_event_at)
SELECT '{tenant}', f.item, 'character', f.creator, 'item-' || f.place, f.at, 1, 3, sha256(uuid_send(f.release) || '\x03'),
       f.at + interval '3 microseconds'
FROM filling f;
INSERT INTO release_transition (tenant_id, item_id, actor_id, lifecycle_version, release_id, seq, from_state, to_state, role, needs, event_id, at)
SELECT '{tenant}', f.item, f.creator, 1, f.release, v.seq, v.from_state, v.to_state, 'creator', 'nothing',
       (f.stem || '701' || v.seq || f.tail)::uuid, f.at + v.seq * interval '1 microsecond'
FROM filling f
CROSS JOIN (VALUES (1, 'draft', 'submitted'), (2, 'submitted', 'published')) AS v (seq, from_state, to_state);
INSERT INTO current_state (tenant_id, release_id, item_id, creator_id, kind, number, seq, state, since)
SELECT '{tenant}', f.release, f.item, f.creator, 'character', 1, 2, 'published', f.at + interval '2 microseconds' FROM filling f;
INSERT INTO channel_move (tenant_id, item_id, name, seq, to_release_id, event_id, at)
SELECT '{tenant}', f.item, 'stable', 1, f.release, (f.stem || '7013' || f.tail)::uuid, f.at + interval '3 microseconds' FROM filling f;
INSERT INTO channel (tenant_id, item_id, name, seq, release_id, moved_at)
SELECT '{tenant}', f.item, 'stable', 1, f.release, f.at + interval '3 microseconds' FROM filling f;
INSERT INTO feed (tenant_id, last_number, fence, holder, held_until)
SELECT '{tenant}', {count}, 1, '{tenant}', clock_timestamp();
INSERT INTO outbox (tenant_id, item_id, id, topic, event_id, created_at, delivered_at, feed_number, feed_fence)
SELECT '{tenant}', f.item, (f.stem || '7021' || f.tail)::uuid, 'release.published', (f.stem || '7012' || f.tail)::uuid, f.at, f.at,
       f.place + 1, 1
FROM filling f;
INSERT INTO personal_field (tenant_id, sha256, salt, value, field)
SELECT '{tenant}', f.notes_sha256, uuid_send(f.item), 'what this release changes, in a sentence or two.', 'notes' FROM filling f;
INSERT INTO idempotency_key (tenant_id, account_id, key, operation, fingerprint)
SELECT '{tenant}', f.creator, f.key, 'publish', f.card_sha256 FROM filling f;
INSERT INTO receipt (tenant_id, account_id, key, outcome, status, content_type, body, item_id, release_id,
                     row_format, row_sha256)
SELECT '{tenant}', f.creator, f.key, 'done', 201, 'application/json', convert_to('{"release":"' || f.release || '","number":1}', 'UTF8'),
       f.item, f.release, 1, sha256(uuid_send(f.key))
FROM filling f;
