//! A reviewer's word on a release that waits (product.md, Lifecycle). The last
//! stage's yes publishes in the same transaction; a no ends the submission.

use super::seen;
use super::step::{item_of, refusals};
use crate::{
    app::App,
    audit::chain::{Circumstances, Happened},
    auth::Caller,
    error::Fault,
    exchange::{self, Answer, Ask, Command, Effect, Reply, Scene, Success, fingerprint},
    failpoint,
    publish::{origin, salted},
    request_id, table,
    table::{
        approval::{NewApproval, Stage, Submitted},
        facts::{Facts, Transition},
        release::Found,
    },
};
use dramatis_api::{
    Code,
    item::Release,
    review::{Decided, Decision, DecisionRequest},
};
use dramatis_domain::{
    AccountId, Digest, IdempotencyKey, ItemId, ReleaseId,
    lifecycle::{self, Edge, ReleaseState, Role},
    limits,
    salted::Salted,
};
use serde_json::json;
use sqlx::PgConnection;

/// Takes the decision.
pub(crate) async fn decide(
    app: &App,
    caller: Caller,
    key: IdempotencyKey,
    release: ReleaseId,
    request: DecisionRequest,
) -> Result<Answer, Fault> {
    let device = origin(&request.device)?;
    let fingerprint = fingerprint::of("decide", &release.to_string(), &request)?;
    let command = Decide {
        release,
        decision: request.decision,
        stage: request.stage,
        manifest: request
            .manifest_sha256
            .parse()
            .map_err(|fault| Fault::new(Code::BadRequest, format!("manifest_sha256: {fault}.")))?,
        message: request
            .message
            .as_ref()
            .map(|text| salted(text, "message", limits::REASON))
            .transpose()?,
    };
    let item = item_of(app, &caller, release).await?;
    let about = Circumstances {
        caller,
        device: Some(device),
        request_id: request_id::current().unwrap_or_default(),
        key: Some(key),
    };
    let ask = Ask {
        about,
        operation: "decide",
        fingerprint,
        item,
    };
    exchange::settle(app, &ask, &command).await
}

/// Why an account cannot decide a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhyNot {
    /// It lacks the stage's role.
    Role(String),
    /// The release is its own.
    Own,
    /// It has decided an earlier stage.
    Again,
}

impl WhyNot {
    /// In words.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Role(role) => format!("This stage is decided by somebody with the role {role}."),
            Self::Own => "Nobody decides on what is their own; somebody else has to.".into(),
            Self::Again => {
                "You have decided an earlier stage; this one needs another person.".into()
            }
        }
    }
}

/// Whether `caller` may decide `stage` of what `own` submitted or own.
pub(crate) fn may_decide(
    caller: &Caller,
    own: &[AccountId],
    stages: &[Stage],
    stage: &Stage,
) -> Result<(), WhyNot> {
    if own.contains(&caller.account) {
        return Err(WhyNot::Own);
    }
    if !caller.has_role(&stage.role) {
        return Err(WhyNot::Role(stage.role.clone()));
    }
    if stages
        .iter()
        .any(|one| one.reviewer == Some(caller.account.0))
    {
        return Err(WhyNot::Again);
    }
    Ok(())
}

/// Whether it holds a role that some stage is decided by.
fn reviews(caller: &Caller) -> bool {
    ["reviewer", "operator"]
        .iter()
        .any(|role| caller.has_role(role))
}

struct Decide {
    release: ReleaseId,
    decision: Decision,
    stage: i16,
    manifest: Digest,
    message: Option<Salted>,
}

/// Everything a decision stands on.
struct Case {
    found: Found,
    submitted: Submitted,
    stages: Vec<Stage>,
    role: Role,
    last: bool,
}

impl Decide {
    /// Looks at what waits; refuses where this word does not fit it.
    async fn case(&self, db: &mut PgConnection, caller: &Caller) -> Result<Case, Fault> {
        let tenant = caller.tenant;
        let name = table::release::Name::Id(self.release.0);
        let (found, state) = seen(caller, table::release::find(db, tenant, name).await?)?;
        if state != ReleaseState::Submitted {
            let detail = format!(
                "Release {} is {state} by now; there is nothing to decide. Nothing was changed.",
                found.release.number
            );
            return Err(Fault::new(Code::StateChanged, detail));
        }
        let Some(submitted) = table::approval::submission(db, tenant, self.release).await? else {
            return Err(blocked("It was submitted under no policy that is known."));
        };
        if submitted.manifest != self.manifest.0
            || found.release.manifest_sha256 != self.manifest.to_string()
        {
            return Err(Fault::new(
                Code::ManifestChanged,
                "The decision is on other bytes than those that wait. Look at the release again; nothing was decided.",
            ));
        }
        let stages = table::approval::stages(db, tenant, &[self.release.0]).await?;
        let Some(next) = stages.iter().find(|stage| stage.reviewer.is_none()) else {
            return Err(blocked("Its policy has no stage that could say yes."));
        };
        if next.stage != self.stage {
            let detail = format!(
                "Stage {} waits now, not stage {}. Nothing was decided.",
                next.stage, self.stage
            );
            return Err(Fault::new(Code::StateChanged, detail));
        }
        let own = [found.owners.as_slice(), &[submitted.by]].concat();
        may_decide(caller, &own, &stages, next).map_err(|why| {
            let code = match why {
                WhyNot::Role(_) => Code::Forbidden,
                WhyNot::Own | WhyNot::Again => Code::AnotherPerson,
            };
            Fault::new(code, format!("{} Nothing was decided.", why.text()))
        })?;
        let role = next.role.parse().map_err(Fault::internal)?;
        let last = usize::try_from(self.stage).is_ok_and(|stage| stage == stages.len());
        Ok(Case {
            found,
            submitted,
            stages,
            role,
            last,
        })
    }

    /// The edge it takes; none where further stages wait.
    fn edge(&self, case: &Case) -> Result<Option<Edge>, Fault> {
        let to = match self.decision {
            Decision::Approved if !case.last => return Ok(None),
            Decision::Approved => ReleaseState::Published,
            Decision::Rejected => ReleaseState::Rejected,
        };
        let message = self.message.as_ref().map(|text| text.value.as_str());
        lifecycle::step(ReleaseState::Submitted, to, &[case.role], None, message)
            .map(Some)
            .map_err(|all| refusals(&all))
    }
}

impl Command for Decide {
    /// Asked of a new request too, so that whoever may not is told nothing that
    /// is kept under the key.
    fn may(&self, caller: &Caller) -> Result<(), Fault> {
        if reviews(caller) {
            return Ok(());
        }
        Err(Fault::new(
            Code::Forbidden,
            "Only reviewers decide on releases.",
        ))
    }

    async fn decide(&self, db: &mut PgConnection, mut scene: Scene<'_>) -> Result<Effect, Fault> {
        let caller = scene.about.caller.clone();
        self.may(&caller)?;
        let tenant = caller.tenant;
        let case = self.case(db, &caller).await?;
        let edge = self.edge(&case)?;
        if edge.is_some_and(|edge| edge.to == ReleaseState::Published) {
            crate::publish::still_offered(&case.found.release.pins)?;
        }
        let submitted = &case.submitted;
        let before = json!({ "state": ReleaseState::Submitted });
        let reason = self.message.as_ref().map(Salted::digest);
        let said = json!({
            "manifest": self.manifest,
            "policy": submitted.policy,
            "role": case.role,
            "stage": self.stage,
            "stages": case.stages.len(),
        });

        // A yes is an event of its own; a no is the rejection itself.
        let mut after = said.clone();
        let (action, state) = match self.decision {
            Decision::Approved => ("release.approved", ReleaseState::Submitted),
            Decision::Rejected => ("release.rejected", ReleaseState::Rejected),
        };
        after["state"] = json!(state);
        let word = scene.chain.push(Happened {
            action,
            subject: Some(self.release.0),
            reason,
            before: Some(before.clone()),
            after: Some(after),
            ..Happened::default()
        });
        let at_us = scene.chain.head().time_us;
        let new = NewApproval {
            release: self.release,
            stage: self.stage,
            role: case.role,
            submitted,
            reviewer: caller.account,
            decision: self.decision,
            message: self.message.as_ref(),
            event: word,
            at_us,
        };
        table::approval::decide(db, tenant, &new).await?;
        failpoint::reach("decide.after_word").await;

        let mut facts = Facts {
            personal: self
                .message
                .iter()
                .map(|text| ("reason", text.clone()))
                .collect(),
            release_count: scene.item.map_or(0, |item| item.release_count),
            ..Facts::default()
        };
        if let Some(edge) = edge {
            let (event, at_us) = if edge.to == ReleaseState::Published {
                let event = scene.chain.push(Happened {
                    action: "release.published",
                    subject: Some(self.release.0),
                    before: Some(before),
                    after: Some(json!({ "number": case.found.release.number, "state": edge.to })),
                    ..Happened::default()
                });
                (event, scene.chain.head().time_us)
            } else {
                (word, at_us)
            };
            let topic = if edge.to == ReleaseState::Published {
                "release.published"
            } else {
                "release.rejected"
            };
            facts.news.push((topic, event));
            facts.transitions.push(Transition {
                release: self.release,
                seq: case.found.seq + 1,
                edge,
                reason: None,
                message: self
                    .message
                    .clone()
                    .filter(|_| edge.to == ReleaseState::Rejected),
                successor: None,
                event,
                at_us,
            });
            if let (Some(channel), ReleaseState::Published) = (&submitted.channel, edge.to) {
                let item = ItemId(case.found.release.item);
                let pointer = table::channel::pointer(db, tenant, item, channel).await?;
                facts.moves.push(crate::publish::move_channel(
                    &mut scene,
                    channel,
                    pointer,
                    self.release,
                    None,
                ));
            }
        }
        facts.links = scene.chain.links().to_vec();
        let write = |release: Release, rest: &serde_json::Value| {
            let number = |key: &str| rest[key].as_i64().and_then(|n| i16::try_from(n).ok());
            serde_json::to_vec(&Decided {
                release,
                stage: number("stage").unwrap_or_default(),
                stages: number("stages").unwrap_or_default(),
            })
        };
        Ok(Effect {
            facts,
            answer: Success {
                status: 200,
                outcome: "done",
                release: Some(self.release),
                body: Reply::Shows(self.release, write, said),
            },
        })
    }
}

fn blocked(why: &str) -> Fault {
    Fault::new(
        Code::ApprovalBlocked,
        format!("This release cannot be approved: {why} Nothing was changed; ask the operator."),
    )
}
