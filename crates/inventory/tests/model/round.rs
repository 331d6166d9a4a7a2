//! One round: every operation is asked of the live service and of the
//! reference, and both have to say the same.

use crate::{
    ops::{Act, Base, How, Op, Round, Victim},
    reference::{Kept, PEOPLE, Reference, Said, Wish},
    studio::{Asked, Once, once, settle},
    support::{Answer, device, item, manifest_hash, publish},
    world::{Person, World, asked},
};
use dramatis_domain::{Digest, IdempotencyKey, Manifest, TenantId};
use dramatis_inventory::testing::{Counted, Plan};
use serde_json::{Value, json};
use uuid::Uuid;

/// What was done, for the count at the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub rounds: u32,
    pub operations: u32,
    pub duplicates: u32,
    pub service: u32,
    pub connection: u32,
    pub postgres: u32,
}

/// A tenant and what was asked of it.
struct Tenant {
    id: TenantId,
    people: Vec<Person>,
    reference: Reference,
    /// Who sent what, with which wish.
    sent: Vec<(usize, Asked, Wish)>,
}

/// Runs a round.
///
/// # Panics
/// Where service and reference differ, or the history does not verify.
pub async fn run(world: &mut World, round: &Round, tally: &mut Tally) {
    let (id, people) = world.tenant(round.stages).await;
    let mut tenant = Tenant {
        id,
        people,
        reference: Reference {
            stages: round.stages,
            ..Reference::default()
        },
        sent: vec![],
    };
    for op in &round.ops {
        tenant.carry_out(world, op, tally).await;
        tally.operations += 1;
    }
    tenant.is_as_the_reference_says(world).await;
    dramatis_inventory::replay(world.inventory.admin_url(), |_| {})
        .await
        .unwrap_or_else(|fault| panic!("history does not hold: {fault}"));
    tally.rounds += 1;
}

impl Tenant {
    async fn carry_out(&mut self, world: &mut World, op: &Op, tally: &mut Tally) {
        let who = op.who;
        match &op.act {
            Act::CancelFirst { release } => {
                let Some((asked, wish)) = self.promoting(who, *release, "beta") else {
                    return;
                };
                let key = asked.key.expect("a key");
                self.cancel(world, who, key, &op.how, tally).await;
                self.send(world, who, asked, wish, &op.how, tally).await;
            }
            Act::CancelLate { earlier } => {
                if let Some((who, asked, _)) = pick(&self.sent, *earlier).cloned() {
                    let key = asked.key.expect("a key");
                    self.cancel(world, who, key, &op.how, tally).await;
                }
            }
            Act::Again { earlier, other } => {
                let Some((who, asked, wish)) = pick(&self.sent, *earlier).cloned() else {
                    return;
                };
                if *other {
                    self.send_another_with(world, who, &asked).await;
                } else {
                    let token = self.people[who].token.clone();
                    let asked = Asked { token, ..asked };
                    self.send(world, who, asked, wish, &op.how, tally).await;
                }
            }
            Act::NewToken => self.take_a_new_token(world, who).await,
            Act::Read { release, channel } => self.read(world, who, *release, channel).await,
            Act::Publish { .. } | Act::Step { .. } | Act::Promote { .. } | Act::Decide { .. } => {
                if let Some((asked, wish)) = self.asking(who, &op.act) {
                    self.sent.push((who, asked.clone(), wish.clone()));
                    self.send(world, who, asked, wish, &op.how, tally).await;
                }
            }
        }
    }

    /// Sends a wish until it is settled, and looks whether the answer is right.
    async fn send(
        &mut self,
        world: &mut World,
        who: usize,
        asked: Asked,
        wish: Wish,
        how: &How,
        tally: &mut Tally,
    ) {
        let key = (who, asked.key.expect("a key").0);
        let request = format!("{} {}", asked.path, asked.body);
        let kept = self.reference.kept.get(&key).cloned();
        let answer = deliver(world, &asked, how, kept.is_some(), tally).await;
        if let Some(kept) = kept {
            assert!(answer.replayed, "{wish:?}: not replayed: {answer:?}");
            assert_eq!(
                (answer.status, &answer.body),
                (kept.status, &kept.body),
                "{wish:?}: another answer than the first"
            );
            return;
        }
        let (status, word) = self.reference.carry_out(who, &wish);
        let said = (answer.status, word_of(&wish, &answer));
        assert_eq!(
            said,
            (status, word.to_owned()),
            "{wish:?} by {}: {}",
            PEOPLE[who].0,
            answer.body
        );
        if status != 403 {
            let kept = Kept {
                request: Some(request),
                status,
                body: answer.body,
            };
            self.reference.kept.insert(key, kept);
        }
    }

    /// Something else under a key that was used.
    async fn send_another_with(&mut self, world: &mut World, who: usize, asked: &Asked) {
        let key = (who, asked.key.expect("a key").0);
        let Some(kept) = self.reference.kept.get(&key) else {
            return;
        };
        let cancelled = kept.request.is_none();
        let body = publish(item(), "another", None, "another");
        let other = Asked {
            path: "/v1/releases".into(),
            token: self.people[who].token.clone(),
            key: asked.key,
            body: serde_json::to_string(&body).unwrap(),
        };
        let answer = settle(&world.client, &world.other.url, &other).await;
        let expected = match cancelled {
            true => (409, "cancelled"),
            false => (422, "idempotency_key_reused"),
        };
        assert_eq!(
            (answer.status, answer.code().as_str()),
            expected,
            "{}",
            answer.body
        );
    }

    async fn cancel(
        &mut self,
        world: &mut World,
        who: usize,
        key: IdempotencyKey,
        how: &How,
        tally: &mut Tally,
    ) {
        let asked = Asked {
            path: format!("/v1/receipts/{key}/cancel"),
            token: self.people[who].token.clone(),
            key: None,
            body: String::new(),
        };
        let answer = deliver(world, &asked, how, true, tally).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let said = answer.json();
        let told = (said["status"].as_u64(), said["body"].as_str().unwrap());
        let known = self.reference.kept.get(&(who, key.0));
        let was_there = known.is_some_and(|kept| kept.request.is_some());
        assert_eq!(said["cancelled"], !was_there, "{}", answer.body);
        if let Some(kept) = known {
            assert_eq!(told, (Some(kept.status.into()), kept.body.as_str()));
            return;
        }
        assert_eq!(told.0, Some(409));
        let kept = Kept {
            request: None,
            status: 409,
            body: told.1.to_owned(),
        };
        self.reference.kept.insert((who, key.0), kept);
    }

    async fn take_a_new_token(&mut self, world: &World, who: usize) {
        let person = &self.people[who];
        let provisioner = &world.inventory.provisioner;
        provisioner
            .revoke_token(self.id, person.token_id)
            .await
            .unwrap();
        let (status, problem) = world.read(&person.token, "/v1/whoami").await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (401, Some("unauthorized"))
        );
        let (token_id, token) = world.token(self.id, person.account).await;
        self.people[who] = Person {
            account: person.account,
            token_id,
            token,
        };
    }

    async fn read(&self, world: &World, who: usize, release: usize, channel: &str) {
        let all = self.reference.releases();
        let Some((item, release)) = pick(&all, release) else {
            return;
        };
        let token = &self.people[who].token;
        let (status, body) = world
            .read(token, &format!("/v1/releases/{}", release.id))
            .await;
        let said = (status, word(&body, "/state"));
        assert_said(&said, item.by_id(release, who), &body);
        let path = format!(
            "/v1/resolve/{}/{}/{channel}",
            PEOPLE[item.owner].0, item.slug
        );
        let (status, body) = world.read(token, &path).await;
        let said = (status, word(&body, "/release/state"));
        assert_said(&said, item.by_channel(channel), &body);
    }

    /// What was asked of it, with the picks made.
    fn asking(&self, who: usize, act: &Act) -> Option<(Asked, Wish)> {
        let all = self.reference.releases();
        match act {
            Act::Publish { .. } => Some(self.publishing(who, act)),
            Act::Promote { release, channel } => self.promoting(who, *release, channel),
            Act::Step {
                release,
                to,
                stale,
                message,
                reason,
                successor,
                back,
            } => {
                let (item, release) = pick(&all, *release)?;
                let from = match (stale, release.state) {
                    (false, state) => state,
                    (true, "published") => "deprecated",
                    (true, _) => "published",
                };
                let sibling = |pick_of: &Option<usize>| {
                    pick_of
                        .and_then(|n| pick(&item.releases, n))
                        .map(|one| one.id)
                };
                let (successor, back) = (sibling(successor), sibling(back));
                let body = json!({
                    "from": from, "to": to, "device": device(),
                    "message": message.then(words),
                    "reason_code": reason.then_some("error"),
                    "successor": successor,
                    "repoint": back.map(|back| json!({ "channel": "stable", "release": back }))
                        .into_iter().collect::<Vec<_>>(),
                });
                let path = format!("/v1/releases/{}/steps", release.id);
                let wish = Wish::Step {
                    release: release.id,
                    from,
                    to,
                    message: *message,
                    reason: *reason,
                    successor,
                    back,
                };
                Some((asked(&self.people[who].token, path, &body), wish))
            }
            Act::Decide {
                release,
                yes,
                other_stage,
                other_bytes,
                message,
            } => {
                // What waits, where anything does.
                let waiting: Vec<_> = all
                    .iter()
                    .filter(|one| one.1.state == "submitted")
                    .collect();
                let (_, release) = match pick(&waiting, *release) {
                    Some(waiting) => **waiting,
                    None => *pick(&all, *release)?,
                };
                let next = release.approved.len() + 1;
                let stage = if *other_stage { 3 - next.min(2) } else { next };
                let manifest = match other_bytes {
                    true => Digest::of(b"other bytes"),
                    false => release.manifest,
                };
                let body = json!({
                    "decision": if *yes { "approved" } else { "rejected" },
                    "stage": stage, "manifest_sha256": manifest.to_string(),
                    "message": message.then(words), "device": device(),
                });
                let path = format!("/v1/releases/{}/decisions", release.id);
                let wish = Wish::Decide {
                    release: release.id,
                    yes: *yes,
                    stage,
                    manifest,
                    message: *message,
                };
                Some((asked(&self.people[who].token, path, &body), wish))
            }
            _ => None,
        }
    }

    fn publishing(&self, who: usize, act: &Act) -> (Asked, Wish) {
        let Act::Publish {
            item: of,
            base,
            word,
            channel,
            other_slug,
        } = act
        else {
            unreachable!()
        };
        let items = &self.reference.items;
        let known = of.and_then(|n| pick(items, n));
        let fresh = format!("m-{}", Uuid::new_v4().simple());
        let slug = match (known, other_slug) {
            (Some(known), false) => known.slug.clone(),
            (None, true) => items.last().map_or(fresh, |last| last.slug.clone()),
            _ => fresh,
        };
        let all = self.reference.releases();
        let parent = match base {
            Base::Newest => known.and_then(|item| item.newest()).map(|one| one.manifest),
            Base::None => None,
            Base::Some(n) => match known {
                Some(item) => pick(&item.releases, *n).map(|one| one.manifest),
                None => pick(&all, *n).map(|(_, one)| one.manifest),
            },
        };
        let id = known.map_or_else(item, |known| known.id);
        let mut request = publish(id, &slug, parent, &format!("word {word}"));
        request.channel = channel.map(str::to_owned);
        let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
        let wish = Wish::Publish {
            item: id,
            slug,
            parent,
            word: *word,
            channel: *channel,
            release: manifest.release,
            manifest: manifest_hash(&request),
        };
        let token = &self.people[who].token;
        (asked(token, "/v1/releases".into(), &request), wish)
    }

    fn promoting(
        &self,
        who: usize,
        release: usize,
        channel: &'static str,
    ) -> Option<(Asked, Wish)> {
        let all = self.reference.releases();
        let (item, release) = pick(&all, release)?;
        let body = json!({ "release": release.id, "device": device() });
        let path = format!("/v1/items/{}/channels/{channel}", item.id);
        let wish = Wish::Promote {
            item: item.id,
            release: release.id,
            channel,
        };
        Some((asked(&self.people[who].token, path, &body), wish))
    }

    /// Every item by its owner's eyes, and the tenant's rows by the administrator's.
    async fn is_as_the_reference_says(&self, world: &World) {
        for item in &self.reference.items {
            let token = &self.people[item.owner].token;
            let (_, shown) = world.read(token, &format!("/v1/items/{}", item.id)).await;
            let releases: Vec<_> = shown["releases"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| {
                    json!([
                        one["id"],
                        one["number"],
                        one["state"],
                        one["manifest_sha256"]
                    ])
                })
                .collect();
            let expected: Vec<_> = (1..)
                .zip(&item.releases)
                .map(|(number, one)| json!([one.id, number, one.state, one.manifest.to_string()]))
                .collect();
            assert_eq!(releases, expected, "releases of {}", item.slug);
            let channels: Vec<_> = shown["channels"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| json!([one["name"], one["release"]]))
                .collect();
            let expected: Vec<_> = item
                .channels
                .iter()
                .map(|(name, id)| json!([name, id]))
                .collect();
            assert_eq!(channels, expected, "channels of {}", item.slug);
            for channel in ["stable", "beta"] {
                let path = format!(
                    "/v1/resolve/{}/{}/{channel}",
                    PEOPLE[item.owner].0, item.slug
                );
                let (status, body) = world.read(token, &path).await;
                let said = (status, word(&body, "/release/state"));
                assert_said(&said, item.by_channel(channel), &body);
            }
            let path = format!("/v1/items/{}/events?limit=500", item.id);
            let (_, events) = world.read(token, &path).await;
            let actions: Vec<_> = events["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["action"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(actions, item.events, "history of {}", item.slug);
        }
        let rows: (i64, i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM item WHERE tenant_id = $1), (SELECT count(*) FROM outbox WHERE tenant_id = $1),
                    (SELECT count(*) FROM idempotency_key WHERE tenant_id = $1), (SELECT count(*) FROM receipt WHERE tenant_id = $1)",
        )
        .bind(self.id.0)
        .fetch_one(&world.inventory.admin)
        .await
        .unwrap();
        let number = |n: usize| i64::try_from(n).unwrap();
        let (items, keys) = (self.reference.items.len(), self.reference.kept.len());
        let expected = (
            number(items),
            self.reference.news,
            number(keys),
            number(keys),
        );
        assert_eq!(rows, expected, "items, news, claims, receipts");
    }
}

/// Sends it in the way that was chosen, until it is settled. Where its answer
/// is kept, every answer to it has to be the same.
async fn deliver(
    world: &mut World,
    asked: &Asked,
    how: &How,
    kept: bool,
    tally: &mut Tally,
) -> Answer {
    let client = world.client.clone();
    let (cut, other) = (world.cut.url.clone(), world.other.url.clone());
    match how {
        How::Once => settle(&client, &other, asked).await,
        How::Twice => {
            tally.duplicates += 1;
            let (one, two) =
                tokio::join!(settle(&client, &cut, asked), settle(&client, &other, asked));
            same(&one, &two, asked);
            one
        }
        How::Crash { victim, at, side } => {
            world.wire.arm(Plan {
                at: *at,
                side: *side,
                counted: Counted::Writes,
                strike: world.strike(*victim),
            });
            let first = once(&client, &cut, asked).await;
            if world.wire.seen().struck {
                world.restart(*victim).await;
                match victim {
                    Victim::Service => tally.service += 1,
                    Victim::Connection => tally.connection += 1,
                    Victim::Postgres => tally.postgres += 1,
                }
            }
            let settled = settle(&client, &world.cut.url, asked).await;
            if let Once::Settled(first) = &first {
                same(first, &settled, asked);
            }
            let again = settle(&client, &other, asked).await;
            same(&settled, &again, asked);
            if kept || settled.status != 403 {
                again
            } else {
                settled
            }
        }
    }
}

/// Two answers to one key: the same bytes; a 403 is given anew each time.
fn same(one: &Answer, two: &Answer, asked: &Asked) {
    assert_eq!(
        one.status, two.status,
        "{}: {} and {}",
        asked.path, one.body, two.body
    );
    if one.status != 403 {
        assert_eq!(one.body, two.body, "{}", asked.path);
    }
}

fn pick<T>(all: &[T], index: usize) -> Option<&T> {
    all.get(index.checked_rem(all.len())?)
}

fn words() -> Value {
    json!({ "salt": "04".repeat(16), "value": "For a reason." })
}

/// The code of a problem, or what is at `path`.
fn word(body: &Value, path: &str) -> String {
    let found = body["code"]
        .as_str()
        .or_else(|| body.pointer(path)?.as_str());
    found.unwrap_or_default().to_owned()
}

fn word_of(wish: &Wish, answer: &Answer) -> String {
    let body = answer.json();
    match wish {
        Wish::Publish { .. } => word(&body, "/outcome"),
        Wish::Step { .. } | Wish::Decide { .. } => word(&body, "/release/state"),
        Wish::Promote { release, .. } if body["release"]["id"] == json!(release) => "moved".into(),
        Wish::Promote { .. } => word(&body, ""),
    }
}

fn assert_said(said: &(u16, String), expected: Said, body: &Value) {
    assert_eq!(*said, (expected.0, expected.1.to_owned()), "{body}");
}
