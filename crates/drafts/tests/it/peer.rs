//! An HTTP peer that says what a test tells it to: the network's faults, and
//! answers in the words of `dramatis-api`. It keeps no rules of an inventory.

use dramatis_api::{
    Code, Problem,
    account::{Account, Inventory, Tenant, Token as ApiToken, WhoAmI},
    headers,
    item::Release,
    paths,
    publish::{PublishOutcome, PublishRequest, Published},
    reading::{ResolveRequest, ResolvedMany, ResolvedOne},
    receipt::Receipt,
    review::{Review, Reviews},
};
use dramatis_domain::{Digest, Manifest};
use dramatis_drafts::{Connection, Studio, Token, view::InventoryKind};
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex},
};
use uuid::Uuid;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

#[derive(Clone, Debug)]
pub(crate) enum Say {
    /// The request was carried out.
    Done,
    /// Nothing new.
    Unchanged,
    /// A problem of the inventory.
    No(Code),
    /// The same, to be tried again after so many seconds.
    Later(Code, u32),
    /// Something between: a status and a page.
    Page(u16),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct Script {
    /// For requests with a key, one after the other; then [`Say::Done`].
    pub(crate) say: VecDeque<Say>,
    /// For the question to cancel.
    pub(crate) cancel: VecDeque<Receipt>,
    /// For uploads.
    pub(crate) uploads: VecDeque<Say>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) account: u128,
    pub(crate) inventory: u128,
    pub(crate) epoch: i32,
    /// What is shown as the only item's history.
    pub(crate) shown: Option<crate::shown::Shown>,
    /// The card of a release that was not published here.
    pub(crate) card: String,
    pub(crate) number: i32,
    /// What waits for a reviewer.
    pub(crate) reviews: Vec<Review>,
    /// Its store has lost the files.
    pub(crate) files_lost: bool,
    /// Releases that are found by their address.
    pub(crate) found: Vec<Release>,
    last: Option<Published>,
}

pub(crate) struct Peer {
    pub(crate) server: MockServer,
    pub(crate) script: Arc<Mutex<Script>>,
}

impl Peer {
    pub(crate) async fn start() -> Self {
        let script = Arc::new(Mutex::new(Script {
            account: 3,
            inventory: 1,
            epoch: 1,
            ..Script::default()
        }));
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(Voice(script.clone()))
            .mount(&server)
            .await;
        Self { server, script }
    }

    pub(crate) fn connection(&self, token: &str) -> Connection {
        Connection {
            base_url: self.server.uri().parse().unwrap(),
            token: Token::new(token),
            kind: InventoryKind::ThisComputer,
        }
    }

    pub(crate) async fn sign_in(&self, studio: &Studio) {
        studio.sign_in(self.connection("token")).await.unwrap();
    }

    pub(crate) fn say(&self, say: &[Say]) {
        self.script.lock().unwrap().say.extend(say.iter().cloned());
    }

    /// Requests with a key, in the order they came.
    pub(crate) fn requests(&self) -> Vec<Heard> {
        let heard = self.script.lock().unwrap().heard.clone();
        heard
            .into_iter()
            .filter(|one| one.key.is_some() && !one.path.ends_with("/cancel"))
            .collect()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.script
            .lock()
            .unwrap()
            .heard
            .iter()
            .map(|one| one.path.clone())
            .collect()
    }
}

/// A port where nobody listens.
pub(crate) fn nobody() -> Connection {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    Connection {
        base_url: format!("http://{address}/").parse().unwrap(),
        token: Token::new("token"),
        kind: InventoryKind::ThisComputer,
    }
}

struct Voice(Arc<Mutex<Script>>);

impl Respond for Voice {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut script = self.0.lock().unwrap();
        let path = request.url.path().to_owned();
        let key = request
            .headers
            .get(headers::IDEMPOTENCY_KEY)
            .map(|key| key.to_str().unwrap().to_owned());
        let reads = request.method.as_str() == "GET" || path == paths::RESOLVE_MANY;
        if !reads {
            script.heard.push(Heard {
                path: path.clone(),
                key: key.clone(),
                body: request.body.clone(),
            });
        }
        let answer = if path == paths::WHOAMI {
            if request
                .headers
                .get("authorization")
                .is_some_and(|token| token == "Bearer revoked")
            {
                problem(Code::Unauthorized, None)
            } else {
                ResponseTemplate::new(200).set_body_json(who(&script))
            }
        } else if path == paths::REVIEWS {
            // A page for each.
            let after = request.url.query_pairs().find(|(name, _)| name == "after");
            let at = after.map_or(0, |(_, at)| at.parse().unwrap());
            let reviews: Vec<_> = script.reviews.iter().skip(at).take(1).cloned().collect();
            let next = (at + 1 < script.reviews.len()).then(|| (at + 1).to_string());
            ResponseTemplate::new(200).set_body_json(Reviews { reviews, next })
        } else if path == paths::RESOLVE_MANY {
            ResponseTemplate::new(200).set_body_json(found(&script, &request.body))
        } else if path.ends_with("/cancel") {
            match script.cancel.pop_front() {
                Some(receipt) => ResponseTemplate::new(200).set_body_json(receipt),
                None => problem(Code::Unavailable, None),
            }
        } else if !reads && path.starts_with("/v1/blobs/") {
            match script.uploads.pop_front() {
                None | Some(Say::Done | Say::Unchanged) => ResponseTemplate::new(201),
                Some(Say::No(code)) => problem(code, None),
                Some(Say::Later(code, seconds)) => problem(code, Some(seconds)),
                Some(Say::Page(status)) => ResponseTemplate::new(status).set_body_string("<html>"),
            }
        } else if path == paths::RELEASES {
            match script.say.pop_front().unwrap_or(Say::Done) {
                Say::Done => {
                    script.number += 1;
                    let answer = published(&request.body, script.number, PublishOutcome::Published);
                    script.last = Some(answer.clone());
                    ResponseTemplate::new(201).set_body_json(answer)
                }
                Say::Unchanged => {
                    let last = script.last.clone().unwrap();
                    ResponseTemplate::new(200).set_body_json(Published {
                        outcome: PublishOutcome::Unchanged,
                        ..last
                    })
                }
                Say::No(code) => problem(code, None),
                Say::Later(code, seconds) => problem(code, Some(seconds)),
                Say::Page(status) => ResponseTemplate::new(status).set_body_string("<html>"),
            }
        } else {
            history(&script, request)
        };
        let inventory = headers::inventory(Uuid::from_u128(script.inventory).into(), script.epoch);
        answer.insert_header(headers::INVENTORY, inventory.as_str())
    }
}

/// The release at each address that was asked for.
fn found(script: &Script, body: &[u8]) -> ResolvedMany {
    let asked: ResolveRequest = serde_json::from_slice(body).unwrap();
    let answer = |address: String| {
        let release = script
            .found
            .iter()
            .find(|one| one.manifest_sha256 == address);
        let gone = || Problem::new(Code::Gone, "It was revoked.");
        ResolvedOne {
            release: release.cloned(),
            problem: release.is_none().then(gone),
            address,
        }
    };
    ResolvedMany {
        answers: asked.addresses.into_iter().map(answer).collect(),
    }
}

/// Reads: the item, its events, cards and files that were sent before.
fn history(script: &Script, request: &Request) -> ResponseTemplate {
    let path = request.url.path();
    let Some(shown) = &script.shown else {
        return problem(Code::NotFound, None);
    };
    if path.ends_with("/events") {
        let after = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "after")
            .unwrap()
            .1
            .parse()
            .unwrap();
        return ResponseTemplate::new(200).set_body_json(shown.page(after));
    }
    if path.starts_with("/v1/items/") {
        return ResponseTemplate::new(200).set_body_json(&shown.item);
    }
    if script.files_lost && path.starts_with("/v1/blobs/") {
        return problem(Code::FileMissing, None);
    }
    let sent = script.heard.iter().find_map(|heard| {
        if heard.path == path {
            return Some(heard.body.clone());
        }
        let publish: PublishRequest = serde_json::from_slice(&heard.body).ok()?;
        let manifest = Manifest::parse_canonical(publish.manifest.as_bytes()).ok()?;
        let card = path == format!("/v1/releases/{}/card", manifest.release);
        card.then(|| publish.card.into_bytes())
    });
    match sent {
        Some(bytes) => ResponseTemplate::new(200).set_body_bytes(bytes),
        None => ResponseTemplate::new(200).set_body_string(script.card.clone()),
    }
}

fn problem(code: Code, retry_after: Option<u32>) -> ResponseTemplate {
    let problem = Problem {
        retry_after,
        ..Problem::new(code, format!("said {code}"))
    };
    let answer = ResponseTemplate::new(code.status()).set_body_json(problem);
    match retry_after {
        Some(seconds) => answer.insert_header("retry-after", seconds.to_string().as_str()),
        None => answer,
    }
}

fn who(script: &Script) -> WhoAmI {
    WhoAmI {
        inventory: Inventory {
            id: Uuid::from_u128(script.inventory),
            epoch: script.epoch,
            name: "Team".into(),
            version: "0".into(),
        },
        tenant: Tenant {
            id: Uuid::from_u128(2),
            slug: "t".into(),
            name: "Salt Road Press".into(),
        },
        account: Account {
            id: Uuid::from_u128(script.account),
            handle: "ana".into(),
            name: "Ana".into(),
            kind: "person".into(),
            roles: vec!["creator".into()],
        },
        token: ApiToken {
            id: Uuid::from_u128(4),
            prefix: "drm_x".into(),
            label: "l".into(),
            expires_at: None,
        },
        rule_set: dramatis_domain::rules::current(dramatis_domain::ItemKind::Character)
            .unwrap()
            .1
            .to_string(),
    }
}

/// The answer to a publish, made of what was sent.
pub(crate) fn published(body: &[u8], number: i32, outcome: PublishOutcome) -> Published {
    let request: PublishRequest = serde_json::from_slice(body).unwrap();
    let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
    let release = Release {
        id: manifest.release.0,
        item: manifest.item.0,
        number,
        state: "published".into(),
        manifest_sha256: Digest::of(request.manifest.as_bytes()).to_string(),
        manifest: request.manifest,
        notes: request.notes,
        created_at: "2026-11-21T12:00:00Z".into(),
        notice: None,
        channels: Vec::new(),
        pins: Vec::new(),
    };
    Published {
        outcome,
        item: manifest.item.0,
        release,
        slug: request.slug,
        creator: "ana".into(),
    }
}

/// How many different keys were heard.
pub(crate) fn keys(heard: &[Heard]) -> usize {
    heard
        .iter()
        .filter_map(|one| one.key.clone())
        .collect::<HashSet<_>>()
        .len()
}
