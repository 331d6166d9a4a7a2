//! Who owns an item: sharing it, offering it, taking it over. The item's
//! address stays what it was (product.md, Words).

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
        facts::Facts,
        owners::{NewStep, Standing, Step},
    },
};
use dramatis_api::{
    Code,
    owners::{OwnershipChange, OwnershipRequest},
};
use dramatis_domain::{AccountId, IdempotencyKey, ItemId, limits, salted::Salted};
use serde_json::json;
use sqlx::PgConnection;

/// Changes the owners.
pub(crate) async fn change(
    app: &App,
    caller: Caller,
    key: IdempotencyKey,
    item: ItemId,
    request: OwnershipRequest,
) -> Result<Answer, Fault> {
    let device = origin(&request.device)?;
    let fingerprint = fingerprint::of("owners", &item.to_string(), &request)?;
    let answers = matches!(
        request.change,
        OwnershipChange::EndOffer | OwnershipChange::Accept
    );
    if answers == request.account.is_some() {
        return Err(Fault::new(
            Code::BadRequest,
            "account: whom it is about, by handle; left out to end or accept the offer that stands.",
        ));
    }
    let command = Change {
        item,
        change: request.change,
        account: request.account,
        message: request
            .message
            .as_ref()
            .map(|text| salted(text, "message", limits::REASON))
            .transpose()?,
    };
    let about = Circumstances {
        caller,
        device: Some(device),
        request_id: request_id::current().unwrap_or_default(),
        key: Some(key),
    };
    let ask = Ask {
        about,
        operation: "owners",
        fingerprint,
        item: Some(item),
    };
    exchange::settle(app, &ask, &command).await
}

struct Change {
    item: ItemId,
    change: OwnershipChange,
    account: Option<String>,
    message: Option<Salted>,
}

/// A step to take: its kind, whom it is about, the offer it answers.
type Taken = (Step, AccountId, Option<i32>);

impl Change {
    /// The steps it comes to, or why it comes to none.
    fn steps(
        &self,
        caller: &Caller,
        standing: &Standing,
        account: Option<AccountId>,
    ) -> Result<Vec<Taken>, Fault> {
        let me = caller.account;
        let owns = standing.owner == me;
        let about = account.unwrap_or(me);
        let shared = standing.co_owners.contains(&about.0);
        match self.change {
            OwnershipChange::Add | OwnershipChange::Offer if !owns => Err(not_yours()),
            OwnershipChange::Add | OwnershipChange::Offer | OwnershipChange::Impose
                if about == standing.owner =>
            {
                Err(refused("It belongs to that account already."))
            }
            OwnershipChange::Add if shared => {
                Err(refused("It is shared with that account already."))
            }
            OwnershipChange::Add => Ok(vec![(Step::Added, about, None)]),
            OwnershipChange::Remove if !owns && about != me => Err(not_yours()),
            OwnershipChange::Remove if !shared => {
                Err(refused("It is not shared with that account."))
            }
            OwnershipChange::Remove => Ok(vec![(Step::Removed, about, None)]),
            OwnershipChange::Offer if standing.offer.is_some() => Err(refused(
                "It is offered to somebody already. Take that offer back first.",
            )),
            OwnershipChange::Offer => Ok(vec![(Step::Offered, about, None)]),
            OwnershipChange::EndOffer => match standing.offer {
                Some((seq, receiver)) if owns || receiver == me => {
                    Ok(vec![(Step::Ended, receiver, Some(seq))])
                }
                Some(_) => Err(not_yours()),
                None => Err(moved_on("No offer of it stands any more.")),
            },
            OwnershipChange::Accept => match standing.offer {
                Some((seq, receiver)) if receiver == me => {
                    Ok(vec![(Step::Accepted, receiver, Some(seq))])
                }
                _ => Err(moved_on("It is not offered to you, or not any more.")),
            },
            OwnershipChange::Impose => self.imposed(caller, standing, about),
        }
    }

    /// An operator's transfer ends the offer that stands: it was another owner's.
    fn imposed(
        &self,
        caller: &Caller,
        standing: &Standing,
        about: AccountId,
    ) -> Result<Vec<Taken>, Fault> {
        if about == caller.account {
            return Err(Fault::new(
                Code::AnotherPerson,
                "Nobody hands anything to themselves; another operator has to. Nothing was changed.",
            ));
        }
        if self
            .message
            .as_ref()
            .is_none_or(|text| text.value.trim().is_empty())
        {
            return Err(refused("Say why, in a few words: the message is missing."));
        }
        let ended = standing
            .offer
            .map(|(seq, receiver)| (Step::Ended, receiver, Some(seq)));
        Ok(ended
            .into_iter()
            .chain([(Step::Imposed, about, None)])
            .collect())
    }
}

impl Command for Change {
    fn may(&self, caller: &Caller) -> Result<(), Fault> {
        match self.change {
            OwnershipChange::Impose if caller.has_role("operator") => Ok(()),
            OwnershipChange::Impose => Err(Fault::new(
                Code::Forbidden,
                "Only an operator hands over what is not theirs. Nothing was changed.",
            )),
            _ => caller.creates(),
        }
    }

    async fn decide(&self, db: &mut PgConnection, mut scene: Scene<'_>) -> Result<Effect, Fault> {
        let caller = scene.about.caller.clone();
        self.may(&caller)?;
        let tenant = caller.tenant;
        let (Some(item), Some(standing)) = (
            scene.item,
            table::owners::standing(db, tenant, self.item).await?,
        ) else {
            return Err(Fault::new(
                Code::NotFound,
                "There is nothing of that id in this inventory. Nothing was changed.",
            ));
        };
        let account = match &self.account {
            Some(handle) => Some(
                table::account::by_handle(db, tenant, handle)
                    .await?
                    .ok_or_else(|| {
                        Fault::new(
                            Code::NotFound,
                            format!("There is no creator called “{handle}”. Nothing was changed."),
                        )
                    })?,
            ),
            None => None,
        };
        let reason = self.message.as_ref().map(Salted::digest);
        let steps = (standing.seq + 1..).zip(self.steps(&caller, &standing, account)?);
        for (seq, (step, account, offer)) in steps {
            let event = scene.chain.push(Happened {
                action: action(step),
                subject: Some(account.0),
                reason,
                before: Some(json!({ "owner": standing.owner })),
                after: Some(json!({ "account": account, "offer": offer, "step": step.as_str() })),
                ..Happened::default()
            });
            let new = NewStep {
                seq,
                step,
                account,
                owner: standing.owner,
                actor: caller.account,
                offer,
                message: self.message.as_ref(),
                event,
                at_us: scene.chain.head().time_us,
            };
            table::owners::insert(db, tenant, self.item, &new).await?;
        }
        failpoint::reach("owners.after_steps").await;
        let facts = Facts {
            links: scene.chain.links().to_vec(),
            personal: self
                .message
                .iter()
                .map(|text| ("reason", text.clone()))
                .collect(),
            release_count: item.release_count,
            ..Facts::default()
        };
        let owners = table::owners::shown(db, tenant, self.item)
            .await?
            .ok_or_else(|| Fault::internal("the item is gone within its own transaction"))?;
        Ok(Effect {
            facts,
            answer: Success {
                status: 200,
                outcome: "done",
                release: None,
                body: Reply::Ready(serde_json::to_vec(&owners).map_err(Fault::internal)?),
            },
        })
    }
}

/// The event's action.
const fn action(step: Step) -> &'static str {
    match step {
        Step::Added => "item.co_owner_added",
        Step::Removed => "item.co_owner_removed",
        Step::Offered => "item.transfer_offered",
        Step::Ended => "item.transfer_ended",
        Step::Accepted | Step::Imposed => "item.transferred",
    }
}

fn not_yours() -> Fault {
    Fault::new(
        Code::Forbidden,
        "Only its owner may do that. Nothing was changed.",
    )
}

fn refused(why: &str) -> Fault {
    Fault::new(
        Code::OwnershipRefused,
        format!("{why} Nothing was changed."),
    )
}

fn moved_on(why: &str) -> Fault {
    Fault::new(
        Code::OwnershipChanged,
        format!("{why} Nothing was changed."),
    )
}
