//! One lifecycle step, whatever it is: withdraw, deprecate, undeprecate,
//! archive, unarchive, revoke, quarantine, release from it.

use super::{channel_name, move_to, of_item, seen};
use crate::{
    app::App,
    audit::chain::{Circumstances, Happened},
    auth::Caller,
    error::Fault,
    exchange::{self, Answer, Ask, Command, Effect, Reply, Scene, Success, fingerprint},
    publish::{origin, salted},
    request_id, table,
    table::facts::{Facts, Transition},
};
use dramatis_api::{
    Code, Problem,
    command::{StepRequest, Stepped},
    item::Release,
};
use dramatis_domain::{
    AccountId, IdempotencyKey, ItemId, ReleaseId,
    lifecycle::{self, Edge, ReasonCode, ReleaseState, StepRefusal},
    limits,
    names::ChannelName,
    rules::Failure,
    salted::Salted,
};
use serde_json::json;
use sqlx::PgConnection;

/// Takes the step.
pub(crate) async fn step(
    app: &App,
    caller: Caller,
    key: IdempotencyKey,
    release: ReleaseId,
    request: StepRequest,
) -> Result<Answer, Fault> {
    let device = origin(&request.device)?;
    let fingerprint = fingerprint::of("step", &release.to_string(), &request)?;
    let command = Step::parse(release, &request)?;
    let item = item_of(app, &caller, release).await?;
    let about = Circumstances {
        caller,
        device: Some(device),
        request_id: request_id::current().unwrap_or_default(),
        key: Some(key),
    };
    exchange::settle(
        app,
        &Ask {
            about,
            operation: "step",
            fingerprint,
            item,
        },
        &command,
    )
    .await
}

/// Which item to lock: a release never changes its item, so that this is
/// looked up before the transaction begins.
pub(super) async fn item_of(
    app: &App,
    caller: &Caller,
    release: ReleaseId,
) -> Result<Option<ItemId>, Fault> {
    let mut tx = app.db.read(caller.tenant).await?;
    Ok(table::release::item_of(&mut tx, caller.tenant, release.0).await?)
}

/// A step, read but not yet decided.
struct Step {
    release: ReleaseId,
    from: ReleaseState,
    to: ReleaseState,
    reason: Option<ReasonCode>,
    message: Option<Salted>,
    successor: Option<ReleaseId>,
    repoint: Vec<(ChannelName, ReleaseId)>,
}

impl Step {
    fn parse(release: ReleaseId, request: &StepRequest) -> Result<Self, Fault> {
        let bad = |fault: lifecycle::UnknownWord| Fault::new(Code::BadRequest, format!("{fault}."));
        Ok(Self {
            release,
            from: request.from.parse().map_err(bad)?,
            to: request.to.parse().map_err(bad)?,
            reason: request
                .reason_code
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(bad)?,
            message: request
                .message
                .as_ref()
                .map(|text| salted(text, "message", limits::REASON))
                .transpose()?,
            successor: request.successor.map(ReleaseId),
            repoint: request
                .repoint
                .iter()
                .map(|one| Ok((channel_name(&one.channel)?, ReleaseId(one.release))))
                .collect::<Result<_, Fault>>()?,
        })
    }

    /// The edge to take, or everything that stands against it.
    fn edge(&self, caller: &Caller, owners: &[AccountId], came_from: &str) -> Result<Edge, Fault> {
        if self.from == ReleaseState::Submitted && self.to != ReleaseState::Withdrawn {
            return Err(Fault::new(
                Code::StepRefused,
                "What waits for approval is decided stage by stage, by a decision. Nothing was changed.",
            ));
        }
        let roles = caller.roles_towards(owners);
        let message = self.message.as_ref().map(|text| text.value.as_str());
        let edge = lifecycle::step(self.from, self.to, &roles, self.reason, message)
            .map_err(|all| refusals(&all))?;
        if self.from == ReleaseState::Quarantined
            && self.to != ReleaseState::Revoked
            && self.to.as_str() != came_from
        {
            let detail =
                format!("From quarantine a release goes back to what it was: {came_from}.");
            return Err(Fault::new(Code::StepRefused, detail));
        }
        Ok(edge)
    }
}

impl Command for Step {
    /// Some role that takes this step; where there is no such step, anybody's.
    /// Asked of a new request too, before anything that a kept refusal would tell:
    /// one answered under its key is answered the same again.
    fn may(&self, caller: &Caller) -> Result<(), Fault> {
        let mut taken_by = lifecycle::EDGES
            .iter()
            .filter(|edge| edge.from == self.from && edge.to == self.to)
            .map(|edge| edge.role)
            .peekable();
        if taken_by.peek().is_none() || taken_by.any(|role| caller.has_role(role.as_str())) {
            return Ok(());
        }
        Err(no_role())
    }

    async fn decide(&self, db: &mut PgConnection, mut scene: Scene<'_>) -> Result<Effect, Fault> {
        let caller = scene.about.caller.clone();
        self.may(&caller)?;
        let tenant = caller.tenant;
        let name = table::release::Name::Id(self.release.0);
        let (found, state) = seen(&caller, table::release::find(db, tenant, name).await?)?;
        let item = ItemId(found.release.item);
        if state != self.from {
            let detail = format!(
                "Release {} is {state} by now, not {}. Nothing was changed.",
                found.release.number, self.from
            );
            return Err(Fault::new(Code::StateChanged, detail));
        }
        let edge = self.edge(&caller, &found.owners, &found.came_from)?;
        if let Some(successor) = self.successor {
            self.check_successor(&found.kind, of_item(db, tenant, item, successor).await?)?;
        }

        let mut after = json!({ "state": self.to });
        if let Some(successor) = self.successor {
            after["successor"] = json!(successor);
        }
        let action = action(self.to);
        let event = scene.chain.push(Happened {
            action,
            subject: Some(self.release.0),
            reason_code: self.reason.map(ReasonCode::as_str),
            reason: self.message.as_ref().map(Salted::digest),
            before: Some(json!({ "state": state })),
            after: Some(after),
        });
        let transition = Transition {
            release: self.release,
            seq: found.seq + 1,
            edge,
            reason: self.reason,
            message: self.message.clone(),
            successor: self.successor,
            event,
            at_us: scene.chain.head().time_us,
        };
        let mut moves = Vec::new();
        for (channel, target) in &self.repoint {
            let to = of_item(db, tenant, item, *target)
                .await?
                .filter(|to| to.release.id != self.release.0);
            let Some(to) = to else {
                let detail = format!(
                    "“{channel}” has to point at another release of the same {}.",
                    found.kind
                );
                return Err(Fault::new(Code::StepRefused, detail));
            };
            let reason = self.message.as_ref().map(|text| (text, text.digest()));
            moves.push(move_to(db, &mut scene, item, channel, &to, reason).await?);
        }
        let facts = Facts {
            links: scene.chain.links().to_vec(),
            personal: self
                .message
                .iter()
                .map(|text| ("reason", text.clone()))
                .collect(),
            transitions: vec![transition],
            moves,
            news: vec![(action, event)],
            release_count: scene.item.map_or(0, |item| item.release_count),
        };
        let write =
            |release: Release, _: &serde_json::Value| serde_json::to_vec(&Stepped { release });
        let body = Reply::Shows(self.release, write, serde_json::Value::Null);
        Ok(Effect {
            facts,
            answer: Success {
                status: 200,
                outcome: "done",
                release: Some(self.release),
                body,
            },
        })
    }
}

impl Step {
    fn check_successor(
        &self,
        kind: &str,
        successor: Option<table::release::Found>,
    ) -> Result<(), Fault> {
        let fits = successor.is_some_and(|found| {
            found.release.state == ReleaseState::Published.as_str()
                && found.release.id != self.release.0
        });
        if fits && matches!(self.to, ReleaseState::Deprecated | ReleaseState::Revoked) {
            return Ok(());
        }
        Err(Fault::new(
            Code::StepRefused,
            format!("A successor is another release of the same {kind} that is published."),
        ))
    }
}

fn no_role() -> Fault {
    Fault::new(
        Code::Forbidden,
        "This account holds no role that takes this step. Nothing was changed.",
    )
}

/// All of what stands against a step, each with its field.
pub(super) fn refusals(all: &[StepRefusal]) -> Fault {
    let failures: Vec<Failure> = all
        .iter()
        .map(|refusal| {
            let (code, field) = match refusal {
                StepRefusal::NoEdge { .. } => ("no_edge", "to"),
                StepRefusal::Role { .. } => ("role", "to"),
                StepRefusal::MessageMissing => ("message_missing", "message"),
                StepRefusal::ReasonMissing => ("reason_missing", "reason_code"),
            };
            Failure::new(code, field, format!("{refusal}."))
        })
        .collect();
    let forbidden = all
        .iter()
        .any(|refusal| matches!(refusal, StepRefusal::Role { .. }));
    let code = if forbidden {
        Code::Forbidden
    } else {
        Code::StepRefused
    };
    let said: Vec<_> = all.iter().map(ToString::to_string).collect();
    Fault::from(Problem {
        failures,
        ..Problem::new(code, format!("Nothing was changed: {}.", said.join("; ")))
    })
}

/// The event's action: `release.` and the state it came to.
const fn action(to: ReleaseState) -> &'static str {
    match to {
        ReleaseState::Draft => "release.draft",
        ReleaseState::Submitted => "release.submitted",
        ReleaseState::Published => "release.published",
        ReleaseState::Rejected => "release.rejected",
        ReleaseState::Withdrawn => "release.withdrawn",
        ReleaseState::Deprecated => "release.deprecated",
        ReleaseState::Quarantined => "release.quarantined",
        ReleaseState::Revoked => "release.revoked",
        ReleaseState::Archived => "release.archived",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_action_is_the_state_it_leads_to() {
        for state in dramatis_domain::lifecycle::ReleaseState::ALL {
            assert_eq!(super::action(*state), format!("release.{state}"));
        }
    }
}
