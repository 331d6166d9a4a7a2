//! Every operator's command that changes something, and what it may leave
//! behind; those that only read; and those that are cut off elsewhere.

type Words = &'static [&'static str];

/// A command; `NAME` is new every time, `ID` is what the command before made,
/// `NEW` is a folder that is not there.
pub struct Operation {
    pub words: Words,
    /// Commands that have to have run before.
    pub after: &'static [Words],
    /// What has to be there besides.
    pub given: &'static str,
    /// What it says where it had been done.
    pub done: &'static str,
    /// A number that it raises by one.
    pub effect: &'static str,
    /// How many events there are of it; where it has none, the effect again.
    pub event: &'static str,
    /// The most it leaves when it is run twice.
    pub most: i64,
}

const OPERATION: Operation = Operation {
    words: &[],
    after: &[],
    given: "",
    done: "",
    effect: "",
    event: "",
    most: 1,
};

/// These only read.
pub const READING: &[Words] = &[
    &["verify"],
    &["replay"],
    &["tenant", "list"],
    &["tenant", "approvals", "show", "test"],
    &["creator", "list", "--tenant", "test"],
    &["token", "list", "--tenant", "test"],
    &["token", "rates", "--tenant", "test"],
    &["webhook", "list", "--tenant", "test"],
    &["webhook", "deliveries", "--tenant", "test", "ID"],
    &["hold", "list", "--tenant", "test"],
];

/// These change something and are not cut off here, because:
pub const ELSEWHERE: &[(&str, &str)] = &[
    (
        "serve",
        "its changes come over HTTP: exhaustion/mutations.rs",
    ),
    ("local", "as serve; killed and adopted in tests/local.rs"),
    (
        "local-token",
        "as `token create`, in the database of an inventory that `local` runs",
    ),
    (
        "migrate",
        "each file is a transaction with its row in `_sqlx_migrations`, by sqlx; tests/upgrades.rs",
    ),
    ("webhook key", "makes a file and asks no database"),
];

const TENANT: Words = &["tenant", "create", "NAME"];
const CREATOR: Words = &["creator", "create", "--tenant", "test", "NAME"];

const STAGES: Words = &[
    "tenant",
    "approvals",
    "set",
    "NAME",
    "--stage",
    "review=reviewer",
];
const TOKEN: Words = &[
    "token",
    "create",
    "--tenant",
    "test",
    "--creator",
    "ana",
    "--label",
    "NAME",
];
const HOLD: Words = &[
    "hold",
    "add",
    "--tenant",
    "test",
    "--account",
    "NAME",
    "--reason",
    "a dispute",
];
const WEBHOOK: Words = &["webhook", "add", "--tenant", "test", "https://1.1.1.1/NAME"];
const DISABLE: Words = &["webhook", "disable", "--tenant", "test", "ID"];

const EXPORTED: &str = "SELECT count(*) FROM event e JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.subject_id
                        WHERE a.handle = 'NAME' AND e.action = 'data.exported'";

/// No row of a token's last use, no row of a file.
const UNUSED: &str = "SELECT 1 - count(*) FROM api_token_use u JOIN api_token t ON t.tenant_id = u.tenant_id AND t.id = u.token_id
                      WHERE t.label = 'NAME'";
const UNNAMED: &str = "SELECT 1 - count(*) FROM blob WHERE sha256 = sha256('NAME')";

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    // These two go through every tenant, and stand before there are many. Run
    // twice, the epoch is raised twice: people are asked once more.
    Operation {
        words: &["restored"],
        effect: "SELECT epoch::bigint FROM inventory_identity",
        event: "SELECT count(*) FROM event WHERE action = 'inventory.restored'",
        most: 2,
        ..OPERATION
    },
    // Texts go by an order, as with `erase`; a last use is outside history.
    Operation {
        words: &["retain"],
        after: &[TOKEN],
        given: "INSERT INTO api_token_use (tenant_id, token_id, last_used_at)
                SELECT tenant_id, id, now() - interval '400 days' FROM api_token WHERE label = 'NAME'",
        effect: UNUSED,
        event: UNUSED,
        ..OPERATION
    },
    Operation {
        words: &["collect"],
        given: "INSERT INTO blob (tenant_id, sha256, size, created_at)
                SELECT id, sha256('NAME'), 1, now() - interval '8 days' FROM tenant WHERE slug = 'test'",
        effect: UNNAMED,
        event: UNNAMED,
        ..OPERATION
    },
    Operation {
        words: TENANT,
        done: "there already is a tenant",
        effect: "SELECT count(*) FROM tenant WHERE slug = 'NAME'",
        event: "SELECT count(*) FROM event WHERE action = 'tenant.created' AND after::jsonb ->> 'slug' = 'NAME'",
        ..OPERATION
    },
    Operation {
        words: CREATOR,
        done: "there already is a creator",
        effect: "SELECT count(*) FROM account WHERE handle = 'NAME'",
        event: "SELECT count(*) FROM event WHERE action = 'account.created' AND after::jsonb ->> 'handle' = 'NAME'",
        ..OPERATION
    },
    Operation {
        words: &["member", "grant", "--tenant", "test", "NAME", "reviewer"],
        after: &[CREATOR],
        done: "already has the role",
        effect: "SELECT count(*) FROM membership m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
                 WHERE a.handle = 'NAME' AND m.role = 'reviewer'",
        event: "SELECT count(*) FROM event e JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.subject_id
                WHERE a.handle = 'NAME' AND e.action = 'member.granted'",
        ..OPERATION
    },
    Operation {
        words: &["member", "revoke", "--tenant", "test", "NAME", "creator"],
        after: &[CREATOR],
        done: "does not have the role",
        effect: "SELECT 1 - count(*) FROM membership m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
                 WHERE a.handle = 'NAME' AND m.role = 'creator'",
        event: "SELECT count(*) FROM event e JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.subject_id
                WHERE a.handle = 'NAME' AND e.action = 'member.revoked'",
        ..OPERATION
    },
    // Run twice it makes a second version that says the same.
    Operation {
        words: STAGES,
        after: &[TENANT],
        effect: "SELECT count(*) FROM approval_policy p JOIN tenant t ON t.id = p.tenant_id WHERE t.slug = 'NAME'",
        event: "SELECT count(*) FROM event e JOIN tenant t ON t.id = e.tenant_id
                WHERE t.slug = 'NAME' AND e.action = 'approvals.set'",
        most: 2,
        ..OPERATION
    },
    // A token whose text nobody saw stays until somebody ends it: it is shown
    // once, and cannot be shown again.
    Operation {
        words: TOKEN,
        effect: "SELECT count(*) FROM api_token WHERE label = 'NAME'",
        event: "SELECT count(*) FROM event e JOIN api_token t ON t.tenant_id = e.tenant_id AND t.id = e.subject_id
                WHERE t.label = 'NAME' AND e.action = 'token.created'",
        most: 2,
        ..OPERATION
    },
    Operation {
        words: &["token", "revoke", "--tenant", "test", "ID"],
        after: &[TOKEN],
        done: "there is no valid token",
        effect: "SELECT count(*) FROM api_token WHERE label = 'NAME' AND revoked_at IS NOT NULL",
        event: "SELECT count(*) FROM event e JOIN api_token t ON t.tenant_id = e.tenant_id AND t.id = e.subject_id
                WHERE t.label = 'NAME' AND e.action = 'token.revoked'",
        ..OPERATION
    },
    // As with a token: its secret is shown once.
    Operation {
        words: WEBHOOK,
        effect: "SELECT count(*) FROM webhook WHERE url LIKE '%/NAME'",
        event: "SELECT count(*) FROM event e JOIN webhook w ON w.tenant_id = e.tenant_id AND w.id = e.subject_id
                WHERE w.url LIKE '%/NAME' AND e.action = 'webhook.created'",
        most: 2,
        ..OPERATION
    },
    Operation {
        words: DISABLE,
        after: &[WEBHOOK],
        done: "there is no enabled webhook",
        effect: "SELECT count(*) FROM webhook WHERE url LIKE '%/NAME' AND disabled_at IS NOT NULL",
        event: "SELECT count(*) FROM event e JOIN webhook w ON w.tenant_id = e.tenant_id AND w.id = e.subject_id
                WHERE w.url LIKE '%/NAME' AND e.action = 'webhook.disabled'",
        ..OPERATION
    },
    Operation {
        words: &["webhook", "enable", "--tenant", "test", "ID"],
        after: &[WEBHOOK, DISABLE],
        done: "there is no disabled webhook",
        effect: "SELECT count(*) FROM webhook WHERE url LIKE '%/NAME' AND disabled_at IS NULL",
        event: "SELECT count(*) FROM event e JOIN webhook w ON w.tenant_id = e.tenant_id AND w.id = e.subject_id
                WHERE w.url LIKE '%/NAME' AND e.action = 'webhook.enabled'",
        ..OPERATION
    },
    // As with a new webhook: nobody saw the secret, and it is given another.
    Operation {
        words: &["webhook", "rotate", "--tenant", "test", "ID"],
        after: &[WEBHOOK],
        effect: "SELECT count(*) FROM webhook_secret s JOIN webhook w ON w.tenant_id = s.tenant_id AND w.id = s.webhook_id
                 WHERE w.url LIKE '%/NAME'",
        event: "SELECT count(*) FROM event e JOIN webhook w ON w.tenant_id = e.tenant_id AND w.id = e.subject_id
                WHERE w.url LIKE '%/NAME' AND e.action = 'webhook.rotated'",
        most: 2,
        ..OPERATION
    },
    Operation {
        words: &["webhook", "replay", "--tenant", "test", "ID"],
        after: &[WEBHOOK],
        // Of news that there is not: only its delivery counts here.
        given: "SET session_replication_role = replica;
                INSERT INTO webhook_delivery (tenant_id, webhook_id, feed_number, outbox_id, item_id, topic, attempts, dead_at)
                SELECT w.tenant_id, w.id, 1, gen_random_uuid(), gen_random_uuid(), 'release.published', 12, now()
                FROM webhook w WHERE w.url LIKE '%/NAME';
                RESET session_replication_role",
        done: "there is no dead delivery",
        effect: "SELECT count(*) FROM webhook_delivery d JOIN webhook w ON w.tenant_id = d.tenant_id AND w.id = d.webhook_id
                 WHERE w.url LIKE '%/NAME' AND d.dead_at IS NULL",
        event: "SELECT count(*) FROM event e JOIN webhook w ON w.tenant_id = e.tenant_id AND w.id = e.subject_id
                WHERE w.url LIKE '%/NAME' AND e.action = 'webhook.replayed'",
        ..OPERATION
    },
    // Run twice it makes a second version that asks for nothing.
    Operation {
        words: &["tenant", "approvals", "off", "NAME"],
        after: &[TENANT, STAGES],
        effect: "SELECT count(*) FROM approval_policy p JOIN tenant t ON t.id = p.tenant_id
                 WHERE t.slug = 'NAME' AND NOT t.requires_approval AND NOT EXISTS (
                     SELECT FROM approval_stage s WHERE s.tenant_id = p.tenant_id AND s.version = p.version)",
        event: "SELECT count(*) FROM event e JOIN tenant t ON t.id = e.tenant_id
                WHERE t.slug = 'NAME' AND e.action = 'approvals.set' AND e.after::jsonb -> 'stages' = '[]'",
        most: 2,
        ..OPERATION
    },
    // Run twice it is said twice.
    Operation {
        words: &["retention", "--tenant", "NAME", "notes", "--days", "9"],
        after: &[TENANT],
        effect: "SELECT count(*) FROM event e JOIN tenant t ON t.id = e.tenant_id
                 JOIN retention_policy p ON p.tenant_id = t.id AND p.data_class = 'notes' AND p.days = 9
                 WHERE t.slug = 'NAME' AND e.action = 'retention.set'",
        event: "SELECT count(*) FROM event e JOIN tenant t ON t.id = e.tenant_id
                WHERE t.slug = 'NAME' AND e.action = 'retention.set'",
        most: 2,
        ..OPERATION
    },
    // Two holds hold no more than one; `hold list` names both.
    Operation {
        words: HOLD,
        after: &[CREATOR],
        effect: "SELECT count(*) FROM legal_hold h JOIN account a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
                 WHERE a.handle = 'NAME'",
        event: "SELECT count(*) FROM event e JOIN account a ON a.tenant_id = e.tenant_id AND a.id::text = e.after::jsonb ->> 'account'
                WHERE a.handle = 'NAME' AND e.action = 'hold.placed'",
        most: 2,
        ..OPERATION
    },
    Operation {
        words: &["hold", "release", "--tenant", "test", "ID"],
        after: &[CREATOR, HOLD],
        done: "no hold",
        effect: "SELECT count(h.released_at) FROM legal_hold h JOIN account a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
                 WHERE a.handle = 'NAME'",
        event: "SELECT count(*) FROM event e JOIN legal_hold h ON h.tenant_id = e.tenant_id AND h.id = e.subject_id
                JOIN account a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
                WHERE a.handle = 'NAME' AND e.action = 'hold.released'",
        ..OPERATION
    },
    Operation {
        words: &["erase", "--tenant", "test", "--account", "NAME", "--ground", "asked for it"],
        after: &[CREATOR],
        effect: "SELECT count(*) FROM erasure_order o JOIN account a ON a.tenant_id = o.tenant_id AND a.id = o.account_id
                 WHERE a.handle = 'NAME'",
        event: "SELECT count(*) FROM event e JOIN erasure_order o ON o.tenant_id = e.tenant_id AND o.id = e.subject_id
                JOIN account a ON a.tenant_id = o.tenant_id AND a.id = o.account_id
                WHERE a.handle = 'NAME' AND e.action = 'data.erased'",
        ..OPERATION
    },
    // What it changes is that it is told; the folder is whoever runs it's.
    Operation {
        words: &["export", "--tenant", "test", "--account", "NAME", "--out", "NEW"],
        after: &[CREATOR],
        effect: EXPORTED,
        event: EXPORTED,
        most: 2,
        ..OPERATION
    },
];
