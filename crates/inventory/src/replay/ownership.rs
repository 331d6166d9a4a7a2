//! Who owns items, as events alone make it.

use super::rebuilt::{ALL, Rebuilt};

const ITEM_OWNERSHIP: Rebuilt = Rebuilt {
    table: "item_ownership",
    key: &["item_id", "seq"],
    query: "SELECT tenant_id, stream_id AS item_id, row_number() OVER (PARTITION BY tenant_id, stream_id ORDER BY seq) AS seq,
                   after::json->>'step' AS step, subject_id AS account_id, (before::json->>'owner')::uuid AS owner_id, actor_id,
                   (after::json->>'offer')::int AS offer_seq, reason_sha256 AS message_sha256, id AS event_id, at
            FROM event
            WHERE action IN ('item.co_owner_added', 'item.co_owner_removed', 'item.transfer_offered', 'item.transfer_ended',
                             'item.transferred')",
    kept: ALL,
};

/// Co-owners are those whose last step added them.
const ITEM_CO_OWNER: Rebuilt = Rebuilt {
    table: "item_co_owner",
    key: &["item_id", "account_id"],
    query: "SELECT tenant_id, item_id, account_id, seq, at AS since
            FROM (SELECT DISTINCT ON (tenant_id, stream_id, subject_id) tenant_id, stream_id AS item_id, subject_id AS account_id,
                         action, place AS seq, at
                  FROM (SELECT e.*, row_number() OVER (PARTITION BY tenant_id, stream_id ORDER BY seq) AS place FROM event e
                        WHERE action IN ('item.co_owner_added', 'item.co_owner_removed', 'item.transfer_offered',
                                         'item.transfer_ended', 'item.transferred')) e
                  WHERE action IN ('item.co_owner_added', 'item.co_owner_removed', 'item.transferred')
                  ORDER BY tenant_id, stream_id, subject_id, place DESC) last
            WHERE action = 'item.co_owner_added'",
    kept: ALL,
};

/// Each table of ownership.
pub(super) const TABLES: [Rebuilt; 2] = [ITEM_OWNERSHIP, ITEM_CO_OWNER];
