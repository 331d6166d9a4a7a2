//! Each table as events and manifests alone make it. A query answers the
//! rebuilt rows; it is compared with the kept ones column by column.
//!
//! Reading JSON is fine here: canonical bytes are only ever *made* by
//! `domain::canonical`.

/// One table, rebuilt.
pub(super) struct Rebuilt {
    /// The table.
    pub(super) table: &'static str,
    /// What names a row, after `tenant_id`; never null.
    pub(super) key: &'static [&'static str],
    /// Answers `tenant_id`, the key, and every column that is compared.
    pub(super) query: &'static str,
    /// Which of the kept rows are compared.
    pub(super) kept: &'static str,
}

/// Every table that is rebuilt, what others hang on first.
pub(super) const TABLES: &[Rebuilt] = &[
    EVENT,
    TENANT_STREAM,
    ITEM,
    RELEASE,
    RELEASE_ASSET,
    RELEASE_PIN,
    RELEASE_FORK,
    BLOB,
    TRANSITION,
    CURRENT_STATE,
    CHANNEL_MOVE,
    CHANNEL,
    PERSONAL_FIELD,
    CLAIM,
    RECEIPT,
    RETENTION_POLICY,
    LEGAL_HOLD,
];

pub(super) const ALL: &str = "true";

/// What `verify` does not hash: the format and the copy of the stream.
const EVENT: Rebuilt = Rebuilt {
    table: "event",
    key: &["stream_id", "seq"],
    query: "SELECT tenant_id, stream_id, seq, 1 AS format, NULLIF(stream_id, tenant_id) AS item_id FROM event",
    kept: ALL,
};

const TENANT_STREAM: Rebuilt = Rebuilt {
    table: "tenant_stream",
    key: &[],
    query: "SELECT DISTINCT ON (tenant_id) tenant_id, seq AS last_event_seq, hash AS last_event_hash, at AS last_event_at
            FROM event WHERE stream_id = tenant_id ORDER BY tenant_id, seq DESC",
    kept: "last_event_seq > 0",
};

const ITEM: Rebuilt = Rebuilt {
    table: "item",
    key: &["id"],
    query: "SELECT e.tenant_id, e.stream_id AS id, e.after::json->>'kind' AS kind, e.actor_id AS creator_id,
                   e.after::json->>'slug' AS slug,
                   (SELECT o.subject_id FROM event o
                    WHERE o.tenant_id = e.tenant_id AND o.stream_id = e.stream_id AND o.action = 'item.transferred'
                    ORDER BY o.seq DESC LIMIT 1) AS owner_id,
                   (SELECT count(*) FROM event s
                    WHERE s.tenant_id = e.tenant_id AND s.stream_id = e.stream_id AND s.action = 'release.submitted') AS release_count,
                   l.seq AS last_event_seq, l.hash AS last_event_hash, l.at AS last_event_at
            FROM event e
            CROSS JOIN LATERAL (
                SELECT seq, hash, at FROM event l
                WHERE l.tenant_id = e.tenant_id AND l.stream_id = e.stream_id ORDER BY seq DESC LIMIT 1
            ) l
            WHERE e.action = 'item.created'",
    kept: ALL,
};

/// The number from the event, the rest from the manifest it names. It was made
/// when its request began: at the item's own event where that came first.
const RELEASE: Rebuilt = Rebuilt {
    table: "release",
    key: &["id"],
    query: "SELECT e.tenant_id, e.subject_id AS id, (m.doc->>'item')::uuid AS item_id, (e.after::json->>'number')::int AS number,
                   decode(substr(e.after::json->>'manifest', 8), 'hex') AS manifest_sha256,
                   decode(substr(m.doc->>'parent', 8), 'hex') AS parent_sha256,
                   decode(substr(m.doc->>'card', 8), 'hex') AS card_sha256,
                   decode(substr(m.doc->>'notes', 8), 'hex') AS notes_sha256,
                   decode(substr(m.doc->>'rule_set', 8), 'hex') AS rule_set_sha256,
                   e.actor_id AS submitted_by, coalesce(f.at, e.at) AS created_at
            FROM event e
            LEFT JOIN LATERAL (
                SELECT convert_from(r.manifest, 'UTF8')::json AS doc FROM release r
                WHERE r.tenant_id = e.tenant_id
                  AND r.manifest_sha256 = decode(substr(e.after::json->>'manifest', 8), 'hex')
            ) m ON true
            LEFT JOIN event f ON f.tenant_id = e.tenant_id AND f.stream_id = e.stream_id AND f.seq = e.seq - 1
                             AND f.action = 'item.created' AND f.request_id = e.request_id
            WHERE e.action = 'release.submitted'",
    kept: ALL,
};

/// A program from before 0110 does not say an asset's item: such a row may be
/// empty there, and is bound by its release alone.
const RELEASE_ASSET: Rebuilt = Rebuilt {
    table: "release_asset",
    key: &["release_id", "position"],
    query: "SELECT r.tenant_id, (m.doc->>'release')::uuid AS release_id,
                   CASE WHEN k.item_id IS NOT NULL THEN (m.doc->>'item')::uuid END AS item_id,
                   (a.place - 1)::int AS position, a.doc->>'role' AS role,
                   decode(substr(a.doc->>'sha256', 8), 'hex') AS sha256
            FROM release r
            CROSS JOIN LATERAL (SELECT convert_from(r.manifest, 'UTF8')::json AS doc) m
            CROSS JOIN LATERAL json_array_elements(m.doc->'assets') WITH ORDINALITY AS a (doc, place)
            LEFT JOIN release_asset k ON k.tenant_id = r.tenant_id AND k.release_id = (m.doc->>'release')::uuid
                                     AND k.position = a.place - 1",
    kept: ALL,
};

/// Members from a pack's document, then runtimes from the manifest's targets:
/// the order of `dramatis_domain::pins`. Only the hash is said everywhere; item
/// and release are those that have it.
const RELEASE_PIN: Rebuilt = Rebuilt {
    table: "release_pin",
    key: &["release_id", "position"],
    query: "SELECT p.tenant_id, p.release_id,
                   (row_number() OVER (PARTITION BY p.tenant_id, p.release_id ORDER BY p.part, p.place) - 1)::int AS position,
                   p.used_as, p.role, o.item_id AS pinned_item_id, o.id AS pinned_release_id, p.pinned_sha256
            FROM (
                SELECT r.tenant_id, r.id AS release_id, 1 AS part, m.place, 'member' AS used_as, m.doc->>'role' AS role,
                       decode(substr(m.doc->>'manifest_sha256', 8), 'hex') AS pinned_sha256
                FROM release r
                JOIN item i ON i.tenant_id = r.tenant_id AND i.id = r.item_id AND i.kind = 'pack'
                JOIN content c ON c.tenant_id = r.tenant_id AND c.sha256 = r.card_sha256
                CROSS JOIN LATERAL json_array_elements(
                    CASE WHEN i.kind = 'pack' THEN convert_from(c.bytes, 'UTF8')::json->'members' END
                ) WITH ORDINALITY AS m (doc, place)
                UNION ALL
                SELECT r.tenant_id, r.id, 2, t.place, 'runtime', NULL, decode(substr(t.doc->>'runtime', 8), 'hex')
                FROM release r
                CROSS JOIN LATERAL json_array_elements(convert_from(r.manifest, 'UTF8')::json->'targets')
                    WITH ORDINALITY AS t (doc, place)
                WHERE t.doc->>'runtime' IS NOT NULL
            ) p
            LEFT JOIN release o ON o.tenant_id = p.tenant_id AND o.manifest_sha256 = p.pinned_sha256",
    kept: ALL,
};

const RELEASE_FORK: Rebuilt = Rebuilt {
    table: "release_fork",
    key: &["release_id"],
    query: "SELECT r.tenant_id, r.id AS release_id, r.item_id,
                   decode(substr(m.origin->>'manifest', 8), 'hex') AS origin_sha256, (m.origin->>'release')::uuid AS origin_release_id
            FROM release r
            CROSS JOIN LATERAL (SELECT convert_from(r.manifest, 'UTF8')::json->'forked_from' AS origin) m
            WHERE m.origin IS NOT NULL",
    kept: ALL,
};

/// Files that a manifest names; what no release names is not history.
const BLOB: Rebuilt = Rebuilt {
    table: "blob",
    key: &["sha256"],
    query: "SELECT DISTINCT r.tenant_id, decode(substr(a.doc->>'sha256', 8), 'hex') AS sha256, (a.doc->>'size')::bigint AS size
            FROM release r
            CROSS JOIN LATERAL json_array_elements(convert_from(r.manifest, 'UTF8')::json->'assets') AS a (doc)",
    kept: "EXISTS (SELECT FROM release_asset a WHERE a.tenant_id = k.tenant_id AND a.sha256 = k.sha256)",
};

const TRANSITION: Rebuilt = Rebuilt {
    table: "release_transition",
    key: &["release_id", "seq"],
    query: "SELECT tenant_id, subject_id AS release_id, stream_id AS item_id,
                   row_number() OVER (PARTITION BY tenant_id, subject_id ORDER BY seq) AS seq,
                   before::json->>'state' AS from_state, after::json->>'state' AS to_state, reason_code,
                   reason_sha256 AS message_sha256, (after::json->>'successor')::uuid AS successor_id,
                   actor_id, id AS event_id, at
            FROM event WHERE item_id IS NOT NULL AND action = 'release.' || (after::json->>'state')",
    kept: ALL,
};

const CURRENT_STATE: Rebuilt = Rebuilt {
    table: "current_state",
    key: &["release_id"],
    query: "SELECT DISTINCT ON (e.tenant_id, e.subject_id) e.tenant_id, e.subject_id AS release_id, e.stream_id AS item_id,
                   i.creator_id, i.kind,
                   (SELECT (s.after::json->>'number')::int FROM event s
                    WHERE s.tenant_id = e.tenant_id AND s.stream_id = e.stream_id AND s.subject_id = e.subject_id
                      AND s.action = 'release.submitted') AS number,
                   count(*) OVER (PARTITION BY e.tenant_id, e.subject_id) AS seq, e.after::json->>'state' AS state, e.at AS since
            FROM event e
            LEFT JOIN item i ON i.tenant_id = e.tenant_id AND i.id = e.stream_id
            WHERE e.item_id IS NOT NULL AND e.action = 'release.' || (e.after::json->>'state')
            ORDER BY e.tenant_id, e.subject_id, e.seq DESC",
    kept: ALL,
};

const CHANNEL_MOVE: Rebuilt = Rebuilt {
    table: "channel_move",
    key: &["item_id", "name", "seq"],
    query: "SELECT tenant_id, stream_id AS item_id, after::json->>'channel' AS name,
                   row_number() OVER (PARTITION BY tenant_id, stream_id, after::json->>'channel' ORDER BY seq) AS seq,
                   (before::json->>'release')::uuid AS from_release_id, (after::json->>'release')::uuid AS to_release_id,
                   id AS event_id, at
            FROM event WHERE action = 'channel.moved'",
    kept: ALL,
};

const CHANNEL: Rebuilt = Rebuilt {
    table: "channel",
    key: &["item_id", "name"],
    query: "SELECT DISTINCT ON (tenant_id, stream_id, after::json->>'channel') tenant_id, stream_id AS item_id,
                   after::json->>'channel' AS name,
                   count(*) OVER (PARTITION BY tenant_id, stream_id, after::json->>'channel') AS seq,
                   (after::json->>'release')::uuid AS release_id, at AS moved_at
            FROM event WHERE action = 'channel.moved'
            ORDER BY tenant_id, stream_id, after::json->>'channel', event.seq DESC",
    kept: ALL,
};

/// Every text stands for what some row names it as. That one that is gone was
/// erased, `verify` looks at.
const PERSONAL_FIELD: Rebuilt = Rebuilt {
    table: "personal_field",
    key: &["sha256", "field"],
    query: "SELECT p.tenant_id, p.sha256, p.field FROM personal_field p
            WHERE EXISTS (SELECT FROM account a WHERE p.field = 'actor_name' AND a.tenant_id = p.tenant_id AND a.name_sha256 = p.sha256)
               OR EXISTS (SELECT FROM event e WHERE p.field = 'actor_name' AND e.tenant_id = p.tenant_id AND e.actor_name_sha256 = p.sha256)
               OR EXISTS (SELECT FROM event e WHERE p.field = 'device_name' AND e.tenant_id = p.tenant_id AND e.device_name_sha256 = p.sha256)
               OR EXISTS (SELECT FROM event e WHERE p.field = 'reason' AND e.tenant_id = p.tenant_id AND e.reason_sha256 = p.sha256)
               OR EXISTS (SELECT FROM release r WHERE p.field = 'notes' AND r.tenant_id = p.tenant_id AND r.notes_sha256 = p.sha256)",
    kept: ALL,
};

/// Every request that an item's history tells of has its claim …
const CLAIM: Rebuilt = Rebuilt {
    table: "idempotency_key",
    key: &["account_id", "key"],
    query: "SELECT DISTINCT tenant_id, actor_id AS account_id, idempotency_key AS key
            FROM event WHERE item_id IS NOT NULL AND idempotency_key IS NOT NULL",
    kept: "EXISTS (SELECT FROM receipt r WHERE r.tenant_id = k.tenant_id AND r.account_id = k.account_id AND r.key = k.key
                   AND r.outcome IN ('done', 'unchanged'))",
};

/// … and its receipt, for the release that its first event is about, where it
/// is about one.
const RECEIPT: Rebuilt = Rebuilt {
    table: "receipt",
    key: &["account_id", "key"],
    query: "SELECT DISTINCT ON (tenant_id, actor_id, idempotency_key) tenant_id, actor_id AS account_id, idempotency_key AS key,
                   CASE action WHEN 'release.unchanged' THEN 'unchanged' ELSE 'done' END AS outcome,
                   CASE action WHEN 'release.submitted' THEN 201 ELSE 200 END AS status,
                   'application/json' AS content_type, CASE WHEN action NOT LIKE 'item.%' THEN stream_id END AS item_id,
                   CASE WHEN action NOT LIKE 'item.%' THEN subject_id END AS release_id
            FROM event WHERE item_id IS NOT NULL AND idempotency_key IS NOT NULL AND action <> 'item.created'
            ORDER BY tenant_id, actor_id, idempotency_key, seq",
    kept: "outcome IN ('done', 'unchanged')",
};

/// The last rule set for a class.
const RETENTION_POLICY: Rebuilt = Rebuilt {
    table: "retention_policy",
    key: &["data_class"],
    query: "SELECT DISTINCT ON (tenant_id, after::json->>'class') tenant_id, after::json->>'class' AS data_class,
                   (after::json->>'days')::int AS days
            FROM event WHERE action = 'retention.set' ORDER BY tenant_id, after::json->>'class', seq DESC",
    kept: ALL,
};

/// The event has the reason's hash, not the reason.
const LEGAL_HOLD: Rebuilt = Rebuilt {
    table: "legal_hold",
    key: &["id"],
    query: "SELECT e.tenant_id, e.subject_id AS id, (e.after::json->>'hold')::int AS number,
                   (e.after::json->>'account')::uuid AS account_id, (e.after::json->>'item')::uuid AS item_id,
                   (SELECT h.reason FROM legal_hold h
                    WHERE h.tenant_id = e.tenant_id AND h.id = e.subject_id
                      AND sha256(convert_to(h.reason, 'UTF8')) = decode(substr(e.after::json->>'reason', 8), 'hex')) AS reason,
                   e.actor_id AS placed_by, e.id AS event_id, e.at, r.at AS released_at, r.id AS release_event_id
            FROM event e
            LEFT JOIN event r ON r.tenant_id = e.tenant_id AND r.stream_id = e.stream_id
                             AND r.action = 'hold.released' AND r.subject_id = e.subject_id
            WHERE e.action = 'hold.placed'",
    kept: ALL,
};
