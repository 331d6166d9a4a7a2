//! Approvals: policies, submissions and what the stages said.

use crate::{db, table::cursor::Cursor};
use dramatis_api::review::Decision;
use dramatis_domain::{
    AccountId, Digest, EventId, ItemId, ReleaseId, TenantId, lifecycle::Role, salted::Salted,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A stage of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyStage {
    /// What people call it.
    pub name: String,
    /// The role it asks for.
    pub role: Role,
}

/// The newest version of the tenant's policy; none where there never was one.
pub(crate) async fn version(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Option<i32>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT version FROM approval_policy WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1",
        tenant.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.version))
}

/// Keeps a version of the policy with its stages.
pub(crate) async fn insert_policy(
    db: &mut PgConnection,
    tenant: TenantId,
    version: i32,
    stages: &[PolicyStage],
    event: EventId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH policy AS (
             INSERT INTO approval_policy (tenant_id, version, event_id) VALUES ($1, $2, $3)
         )
         INSERT INTO approval_stage (tenant_id, version, stage, name, role)
         SELECT $1, $2, s.stage, s.name, s.role
         FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS s (name, role, stage)",
        tenant.0,
        version,
        event.0,
        &stages
            .iter()
            .map(|stage| stage.name.clone())
            .collect::<Vec<_>>(),
        &stages
            .iter()
            .map(|stage| stage.role.as_str().to_owned())
            .collect::<Vec<_>>(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A stage, with how many could decide it.
pub(crate) struct Staffed {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) holders: i64,
}

/// The stages of a version, with how many accounts hold each one's role. One
/// without a handle, as the tenant's own operator, can have no token.
pub(crate) async fn staffed(
    db: &mut PgConnection,
    tenant: TenantId,
    version: i32,
) -> Result<Vec<Staffed>, sqlx::Error> {
    sqlx::query_as!(
        Staffed,
        r#"SELECT s.name, s.role,
                  (SELECT count(*) FROM membership m JOIN account a ON a.tenant_id = $1 AND a.id = m.account_id
                   WHERE m.tenant_id = $1 AND m.role = s.role AND a.handle IS NOT NULL) AS "holders!"
           FROM approval_stage s WHERE s.tenant_id = $1 AND s.version = $2 ORDER BY s.stage"#,
        tenant.0,
        version,
    )
    .fetch_all(db)
    .await
}

/// A release that waits.
pub(crate) struct NewSubmission<'a> {
    pub(crate) release: ReleaseId,
    pub(crate) item: ItemId,
    pub(crate) policy: i32,
    pub(crate) manifest: Digest,
    pub(crate) by: AccountId,
    pub(crate) channel: Option<&'a str>,
}

/// Keeps under which policy a release waits, and where its channel will go.
pub(crate) async fn submit(
    db: &mut PgConnection,
    tenant: TenantId,
    new: &NewSubmission<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO submission (tenant_id, release_id, item_id, policy_version, manifest_sha256, submitted_by, channel)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant.0,
        new.release.0,
        new.item.0,
        new.policy,
        new.manifest.as_bytes().as_slice(),
        new.by.0,
        new.channel,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A submission, as far as deciding needs it.
pub(crate) struct Submitted {
    pub(crate) policy: i32,
    pub(crate) manifest: Vec<u8>,
    pub(crate) by: AccountId,
    pub(crate) channel: Option<String>,
}

/// The submission of a release; none where it was published without asking.
pub(crate) async fn submission(
    db: &mut PgConnection,
    tenant: TenantId,
    release: ReleaseId,
) -> Result<Option<Submitted>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT policy_version, manifest_sha256, submitted_by, channel
         FROM submission WHERE tenant_id = $1 AND release_id = $2",
        tenant.0,
        release.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Submitted {
        policy: row.policy_version,
        manifest: row.manifest_sha256,
        by: AccountId(row.submitted_by),
        channel: row.channel,
    }))
}

/// A stage with what was said at it.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) release: Uuid,
    pub(crate) stage: i16,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) reviewer: Option<Uuid>,
    pub(crate) reviewer_name: Option<String>,
}

/// The stages that releases wait for, release by release, in order.
pub(crate) async fn stages(
    db: &mut PgConnection,
    tenant: TenantId,
    releases: &[Uuid],
) -> Result<Vec<Stage>, sqlx::Error> {
    sqlx::query_as!(
        Stage,
        r#"SELECT s.release_id AS release, p.stage, p.name, p.role,
                  a.reviewer_id AS "reviewer?", c.name AS "reviewer_name?"
           FROM submission s
           JOIN approval_stage p ON p.tenant_id = $1 AND p.version = s.policy_version
           LEFT JOIN approval a ON a.tenant_id = $1 AND a.release_id = s.release_id AND a.stage = p.stage
           LEFT JOIN account c ON c.tenant_id = $1 AND c.id = a.reviewer_id
           WHERE s.tenant_id = $1 AND s.release_id = ANY($2)
           ORDER BY s.release_id, p.stage"#,
        tenant.0,
        releases,
    )
    .fetch_all(db)
    .await
}

/// One stage's word.
pub(crate) struct NewApproval<'a> {
    pub(crate) release: ReleaseId,
    pub(crate) stage: i16,
    pub(crate) role: Role,
    pub(crate) submitted: &'a Submitted,
    pub(crate) reviewer: AccountId,
    pub(crate) decision: Decision,
    pub(crate) message: Option<&'a Salted>,
    pub(crate) event: EventId,
    pub(crate) at_us: i64,
}

/// Keeps a stage's word.
pub(crate) async fn decide(
    db: &mut PgConnection,
    tenant: TenantId,
    new: &NewApproval<'_>,
) -> Result<(), sqlx::Error> {
    let decision = match new.decision {
        Decision::Approved => "approved",
        Decision::Rejected => "rejected",
    };
    let message = new.message.map(|text| text.digest().0.to_vec());
    sqlx::query!(
        "INSERT INTO approval (tenant_id, release_id, stage, policy_version, role, manifest_sha256, submitted_by,
                               reviewer_id, decision, message_sha256, event_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tenant.0,
        new.release.0,
        new.stage,
        new.submitted.policy,
        new.role.as_str(),
        new.submitted.manifest,
        new.submitted.by.0,
        new.reviewer.0,
        decision,
        message,
        new.event.0,
        db::moment(new.at_us),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A release that waits, briefly.
pub(crate) struct Waiting {
    pub(crate) release: Uuid,
    pub(crate) name: String,
    pub(crate) submitted_by: Uuid,
    pub(crate) channel: Option<String>,
    since: OffsetDateTime,
}

impl Waiting {
    /// Where a page ends that ends with it.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor::new(self.since, self.release)
    }
}

/// What waits, longest first; of one owner where `owner` is given. What begins
/// to wait while the pages are read is as a rule on the last of them: one that
/// is committed late may be missed until the list is read again.
pub(crate) async fn waiting(
    db: &mut PgConnection,
    tenant: TenantId,
    owner: Option<AccountId>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"SELECT r.id AS release, r.name, r.submitted_by, s.channel AS "channel?", c.since
           FROM current_state c
           JOIN release r ON r.tenant_id = $1 AND r.id = c.release_id
           JOIN item i ON i.tenant_id = $1 AND i.id = c.item_id
           JOIN submission s ON s.tenant_id = $1 AND s.release_id = c.release_id
           WHERE c.tenant_id = $1 AND c.state = 'submitted' AND ($2::uuid IS NULL OR coalesce(i.owner_id, i.creator_id) = $2
                  OR EXISTS (SELECT FROM item_co_owner p
                             WHERE p.tenant_id = $1 AND p.item_id = i.id AND p.account_id = $2))
             AND (c.since, c.release_id) > (coalesce($3, '-infinity'::timestamptz), coalesce($4, '00000000-0000-0000-0000-000000000000'::uuid))
           ORDER BY c.since, c.release_id
           LIMIT $5"#,
        tenant.0,
        owner.map(|owner| owner.0),
        after.map(Cursor::at),
        after.map(|cursor| cursor.id),
        limit,
    )
    .fetch_all(db)
    .await
}
