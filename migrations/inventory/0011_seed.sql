-- Seed data (inventory.md, schema rule 8): the words and steps the code knows.
-- A test asserts that these edges equal `dramatis_domain::lifecycle::EDGES`.
SET LOCAL ROLE dramatis_owner;

INSERT INTO inventory_identity DEFAULT VALUES ON CONFLICT DO NOTHING;

INSERT INTO item_kind (kind) VALUES ('character'), ('lorebook'), ('pack'), ('runtime') ON CONFLICT DO NOTHING;

INSERT INTO reason_code (code)
VALUES ('error'), ('rights'), ('safety'), ('security'), ('superseded'), ('other')
ON CONFLICT DO NOTHING;

INSERT INTO lifecycle_edge (lifecycle_version, from_state, to_state, role, needs)
VALUES
    (1, 'draft', 'submitted', 'creator', 'nothing'),
    (1, 'submitted', 'published', 'creator', 'nothing'),
    (1, 'submitted', 'published', 'reviewer', 'nothing'),
    (1, 'submitted', 'rejected', 'reviewer', 'message'),
    (1, 'submitted', 'withdrawn', 'creator', 'nothing'),
    (1, 'published', 'deprecated', 'creator', 'message'),
    (1, 'deprecated', 'published', 'creator', 'nothing'),
    (1, 'published', 'archived', 'creator', 'nothing'),
    (1, 'deprecated', 'archived', 'creator', 'nothing'),
    (1, 'archived', 'published', 'creator', 'nothing'),
    (1, 'published', 'quarantined', 'operator', 'message'),
    (1, 'deprecated', 'quarantined', 'operator', 'message'),
    (1, 'archived', 'quarantined', 'operator', 'message'),
    (1, 'quarantined', 'published', 'operator', 'message'),
    (1, 'quarantined', 'deprecated', 'operator', 'message'),
    (1, 'quarantined', 'archived', 'operator', 'message'),
    (1, 'published', 'revoked', 'creator', 'reason'),
    (1, 'deprecated', 'revoked', 'creator', 'reason'),
    (1, 'archived', 'revoked', 'creator', 'reason'),
    (1, 'published', 'revoked', 'operator', 'reason'),
    (1, 'deprecated', 'revoked', 'operator', 'reason'),
    (1, 'archived', 'revoked', 'operator', 'reason'),
    (1, 'quarantined', 'revoked', 'operator', 'reason')
ON CONFLICT DO NOTHING;

RESET ROLE;
