//! Moving a channel by its own audited command (inventory.md, Channels).

use super::{channel_name, move_to, not_found, of_item, owned};
use crate::{
    app::App,
    audit::chain::Circumstances,
    auth::Caller,
    error::Fault,
    exchange::{self, Answer, Ask, Command, Effect, Reply, Scene, Success, fingerprint},
    publish::{origin, salted},
    request_id,
    table::facts::Facts,
};
use dramatis_api::{
    command::{PromoteRequest, Promoted},
    item::Release,
};
use dramatis_domain::{
    IdempotencyKey, ItemId, ReleaseId, limits, names::ChannelName, salted::Salted,
};
use serde_json::json;
use sqlx::PgConnection;

/// Points the channel at the release.
pub(crate) async fn promote(
    app: &App,
    caller: Caller,
    key: IdempotencyKey,
    item: ItemId,
    channel: &str,
    request: PromoteRequest,
) -> Result<Answer, Fault> {
    let device = origin(&request.device)?;
    let fingerprint = fingerprint::of("promote", &format!("{item}/{channel}"), &request)?;
    let command = Promote {
        item,
        channel: channel_name(channel)?,
        release: ReleaseId(request.release),
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
    exchange::settle(
        app,
        &Ask {
            about,
            operation: "promote",
            fingerprint,
            item: Some(item),
        },
        &command,
    )
    .await
}

struct Promote {
    item: ItemId,
    channel: ChannelName,
    release: ReleaseId,
    message: Option<Salted>,
}

impl Command for Promote {
    fn may(&self, caller: &Caller) -> Result<(), Fault> {
        caller.creates()
    }

    async fn decide(&self, db: &mut PgConnection, mut scene: Scene<'_>) -> Result<Effect, Fault> {
        let caller = &scene.about.caller;
        self.may(caller)?;
        let Some(item) = scene.item else {
            return Err(not_found());
        };
        owned(db, caller, self.item, item).await?;
        let Some(to) = of_item(db, caller.tenant, self.item, self.release).await? else {
            return Err(not_found());
        };
        let reason = self.message.as_ref().map(|text| (text, text.digest()));
        let moved = move_to(db, &mut scene, self.item, &self.channel, &to, reason).await?;
        let (previous, event) = (moved.from, moved.event);
        let facts = Facts {
            links: scene.chain.links().to_vec(),
            personal: self
                .message
                .iter()
                .map(|text| ("reason", text.clone()))
                .collect(),
            moves: vec![moved],
            news: vec![("channel.moved", event)],
            release_count: item.release_count,
            ..Facts::default()
        };
        let write = |release: Release, rest: &serde_json::Value| {
            serde_json::to_vec(&Promoted {
                channel: rest["channel"].as_str().unwrap_or_default().to_owned(),
                release,
                previous: rest["previous"].as_str().and_then(|id| id.parse().ok()),
            })
        };
        let body = Reply::Shows(
            self.release,
            write,
            json!({ "channel": self.channel, "previous": previous }),
        );
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
