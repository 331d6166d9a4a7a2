//! Who sees a release in which state, by which way (product.md, Lifecycle of a
//! release): every state × way × person, with the code of each answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::reading::ResolvedMany;
use dramatis_cards::{blank_picture, embed};
use dramatis_domain::{
    Digest, ItemId, ReleaseId,
    lifecycle::{ReleaseState, Role},
    manifest::Asset,
};
use dramatis_inventory::{PolicyStage, testing::Inventory};
use serde_json::{Value, json};
use support::*;
use uuid::Uuid;

/// What somebody gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gets {
    /// It, and nothing said against it.
    It,
    /// It, with the message and the successor.
    WithNotice,
    /// 404.
    Nothing,
    /// 410 with reason and successor.
    Gone,
    /// 451 with the notice.
    Withheld,
}

use Gets::{Gone, It, Nothing, WithNotice, Withheld};

/// A row of the table in product.md.
struct Row {
    state: ReleaseState,
    /// *Found by channel and search*; the same for everybody.
    by_channel: Gets,
    /// *Fetched by exact hash*, by whom it says ...
    readers: &'static [&'static str],
    /// ... and what it is to them,
    to_readers: Gets,
    /// and to others.
    to_others: Gets,
}

const EVERYBODY: &[&str] = &[
    "owner",
    "reviewer",
    "operator",
    "auditor",
    "app",
    "other creator",
];

/// The table, row by row, as product.md has it.
const TABLE: &[Row] = &[
    row(S::Submitted, Nothing, &["owner", "reviewer"], It, Nothing),
    row(
        S::Rejected,
        Nothing,
        &["owner", "reviewer"],
        WithNotice,
        Nothing,
    ),
    row(S::Withdrawn, Nothing, &["owner", "reviewer"], It, Nothing),
    row(S::Published, It, EVERYBODY, It, It),
    row(S::Deprecated, WithNotice, EVERYBODY, WithNotice, WithNotice),
    row(
        S::Quarantined,
        Withheld,
        &["owner", "reviewer"],
        WithNotice,
        Withheld,
    ),
    row(S::Revoked, Gone, &["owner", "auditor"], WithNotice, Gone),
    row(S::Archived, Nothing, EVERYBODY, It, It),
];

/// Who else reads, for they have to act on it (docs/decisions.md).
const BESIDES: &[(ReleaseState, &str)] =
    &[(S::Submitted, "operator"), (S::Quarantined, "operator")];

use ReleaseState as S;

const fn row(
    state: ReleaseState,
    by_channel: Gets,
    readers: &'static [&'static str],
    to_readers: Gets,
    to_others: Gets,
) -> Row {
    Row {
        state,
        by_channel,
        readers,
        to_readers,
        to_others,
    }
}

impl Row {
    fn by_hash(&self, who: &str) -> Gets {
        if self.readers.contains(&who) || BESIDES.contains(&(self.state, who)) {
            self.to_readers
        } else {
            self.to_others
        }
    }

    fn is_open(&self) -> bool {
        self.readers.len() == EVERYBODY.len()
    }
}

impl Gets {
    fn status(self) -> u16 {
        match self {
            It | WithNotice => 200,
            Nothing => 404,
            Gone => 410,
            Withheld => 451,
        }
    }

    fn code(self) -> &'static str {
        match self {
            It | WithNotice => "",
            Nothing => "not_found",
            Gone => "gone",
            Withheld => "quarantined",
        }
    }
}

/// A release, by each of its names.
struct Named {
    slug: String,
    item: ItemId,
    release: ReleaseId,
    manifest: Digest,
    portrait: Digest,
}

struct World {
    inventory: Inventory,
    people: Vec<(&'static str, String)>,
}

impl World {
    async fn new() -> Self {
        let inventory = Inventory::start().await;
        let mut people = vec![("owner", inventory.token.clone())];
        for role in &EVERYBODY[1..5] {
            people.push((*role, inventory.another_creator(role, &[role]).await.1));
        }
        people.push((
            "other creator",
            inventory.another_creator("ben", &[]).await.1,
        ));
        assert!(people.iter().map(|(who, _)| who).eq(EVERYBODY));
        Self { inventory, people }
    }

    fn token(&self, who: &str) -> &str {
        &self.people.iter().find(|(name, _)| *name == who).unwrap().1
    }

    async fn ask(&self, who: &str, path: &str) -> Answer {
        let request = client()
            .get(format!("{}{path}", self.inventory.url))
            .bearer_auth(self.token(who));
        send(request).await.unwrap()
    }

    /// Bytes, and what may be kept of them: asked a second time by their tag.
    async fn fetch(&self, who: &str, path: &str) -> (u16, String, String) {
        let get = || {
            client()
                .get(format!("{}{path}", self.inventory.url))
                .bearer_auth(self.token(who))
        };
        let first = get().send().await.unwrap();
        let text = |answer: &reqwest::Response, name: &str| {
            let value = answer.headers().get(name);
            value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
        };
        let (status, keep) = (first.status().as_u16(), text(&first, "cache-control"));
        if status != 200 {
            let problem: Value = first.json().await.unwrap();
            return (status, keep, problem["code"].as_str().unwrap().to_owned());
        }
        let tag = text(&first, "etag");
        let bytes = first.bytes().await.unwrap();
        assert_eq!(tag, format!("\"{}\"", Digest::of(&bytes)), "{path}");
        let again = get().header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(again.status(), 304, "{who} {path}");
        assert_eq!(text(&again, "etag"), tag, "{who} {path}");
        assert_eq!(text(&again, "cache-control"), keep, "{who} {path}");
        assert!(again.bytes().await.unwrap().is_empty(), "{path}");
        (status, keep, String::new())
    }

    async fn resolved(&self, who: &str, addresses: &[String]) -> ResolvedMany {
        let request = client()
            .post(format!("{}/v1/resolve", self.inventory.url))
            .bearer_auth(self.token(who))
            .json(&json!({ "addresses": addresses }));
        let answer = send(request).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    async fn post(&self, who: &str, path: &str, mut body: Value) {
        body["device"] = json!(device());
        let (url, token) = (&self.inventory.url, self.token(who));
        let done = send(mutation(&client(), url, path, token, key(), &body))
            .await
            .unwrap();
        assert_eq!(done.status, 200, "{who} {path}: {}", done.body);
    }

    async fn stages(&self, on: bool) {
        let stages = if on {
            vec![PolicyStage {
                name: "review".into(),
                role: Role::Reviewer,
            }]
        } else {
            Vec::new()
        };
        let (provisioner, tenant) = (&self.inventory.provisioner, self.inventory.tenant);
        provisioner.set_approvals(tenant, &stages).await.unwrap();
    }

    /// A release with a portrait of its own, that nothing else has.
    async fn publish(&self, item: ItemId, slug: &str, parent: Option<Digest>) -> Named {
        let word = format!("{parent:?}");
        let picture = embed(&blank_picture(), &card(&format!("{slug} {word}"))).unwrap();
        let portrait = Digest::of(&picture);
        let size = u32::try_from(picture.len()).unwrap();
        assert!(upload(&self.inventory, portrait, picture).await.status < 300);
        let plain = publish(item, slug, parent, &word);
        let mut manifest = manifest_of(&plain);
        manifest.assets = vec![Asset {
            role: "portrait".into(),
            sha256: portrait,
            size,
            media_type: "image/png".into(),
        }];
        let request = with_manifest(&manifest, slug, plain.card);
        let (url, token) = (&self.inventory.url, self.token("owner"));
        let answer = send(publishing(&client(), url, token, key(), &request))
            .await
            .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        Named {
            slug: slug.to_owned(),
            item,
            release: manifest.release,
            manifest: manifest_hash(&request),
            portrait,
        }
    }

    /// A character whose `stable` points at a release in that state, with a
    /// later one as successor where the state can have one.
    async fn in_state(&self, state: ReleaseState) -> Named {
        let (item, slug) = (item(), format!("is-{state}"));
        let waits = matches!(
            state,
            ReleaseState::Submitted | ReleaseState::Rejected | ReleaseState::Withdrawn
        );
        self.stages(waits).await;
        let named = self.publish(item, &slug, None).await;
        let (release, manifest) = (named.release, named.manifest);
        let steps = format!("/v1/releases/{release}/steps");
        let message = json!({ "salt": "0b".repeat(16), "value": "Why." });
        let mut step = json!({ "from": "published", "to": state, "message": message });
        match state {
            ReleaseState::Draft => unreachable!("no release is a draft"),
            ReleaseState::Submitted | ReleaseState::Published => {}
            ReleaseState::Rejected => {
                let word = json!({
                    "decision": "rejected", "stage": 1, "message": message,
                    "manifest_sha256": manifest.to_string(),
                });
                let path = format!("/v1/releases/{release}/decisions");
                self.post("reviewer", &path, word).await;
            }
            ReleaseState::Withdrawn => {
                step["from"] = json!("submitted");
                self.post("owner", &steps, step).await;
            }
            ReleaseState::Deprecated | ReleaseState::Revoked => {
                let successor = self.publish(item, &slug, Some(manifest)).await.release;
                let back = format!("/v1/items/{item}/channels/stable");
                self.post("owner", &back, json!({ "release": release }))
                    .await;
                step["successor"] = json!(successor);
                if state == ReleaseState::Revoked {
                    step["reason_code"] = json!("rights");
                }
                self.post("owner", &steps, step).await;
            }
            ReleaseState::Archived => self.post("owner", &steps, step).await,
            ReleaseState::Quarantined => self.post("operator", &steps, step).await,
        }
        named
    }
}

fn check(answer: &Answer, wanted: Gets, state: ReleaseState, what: &str) {
    assert_eq!(answer.status, wanted.status(), "{what}: {}", answer.body);
    let json = answer.json();
    if answer.status != 200 {
        assert_eq!(answer.code(), wanted.code(), "{what}: {}", answer.body);
    }
    let release = if json["release"].is_object() {
        &json["release"]
    } else {
        &json
    };
    let notice = &release["notice"];
    match wanted {
        It => assert!(notice.is_null(), "{what}: {}", answer.body),
        Nothing => assert!(notice.is_null(), "{what}: it gives itself away"),
        WithNotice | Gone | Withheld => {
            assert_eq!(notice["message"], "Why.", "{what}: {}", answer.body);
            let named = notice["successor"]["number"] == 2;
            let has = matches!(state, ReleaseState::Deprecated | ReleaseState::Revoked);
            assert_eq!(named, has, "{what}: {}", answer.body);
        }
    }
    if answer.status == 200 {
        assert_eq!(release["state"], state.as_str(), "{what}");
    }
}

/// Every way to have a release or what it is made of, for one of them.
async fn by_every_way(world: &World, row: &Row, named: &Named, who: &str) {
    let (state, by_channel, by_hash) = (row.state, row.by_channel, row.by_hash(who));
    let Named {
        slug,
        item,
        release,
        manifest,
        portrait,
    } = named;
    let what = |way: &str| format!("{state}, {who}, {way}");
    let (channel, number) = (
        format!("/v1/resolve/ana/{slug}/stable"),
        format!("/v1/resolve/ana/{slug}/releases/1"),
    );
    let (id, hash) = (
        format!("/v1/releases/{release}"),
        format!("/v1/releases/{manifest}"),
    );
    check(
        &world.ask(who, &channel).await,
        by_channel,
        state,
        &what("channel"),
    );
    for path in [&number, &id, &hash] {
        check(&world.ask(who, path).await, by_hash, state, &what(path));
    }

    // What may be kept, and for how long: for good only what everybody has.
    let not_at_all = "private, no-store";
    let (short, good) = if row.is_open() {
        (
            "private, max-age=10",
            "private, max-age=31536000, immutable",
        )
    } else {
        (not_at_all, not_at_all)
    };
    let mut ways = vec![
        (format!("/v1/blobs/{}", portrait.hex()), good),
        (format!("{number}/ownership"), good),
        (number.clone(), short),
    ];
    for name in [&id, &hash] {
        ways.push((name.clone(), short));
        for part in ["card", "card?as=v3", "manifest", "png", "ownership"] {
            ways.push((format!("{name}/{part}"), good));
        }
    }
    for (path, keep) in ways {
        let (status, kept, code) = world.fetch(who, &path).await;
        let wanted = (by_hash.status(), by_hash.code());
        assert_eq!((status, code.as_str()), wanted, "{}", what(&path));
        if status == 200 {
            assert_eq!(kept, keep, "{}", what(&path));
        }
    }

    // Many at once, and all of an item.
    let addresses = [
        format!("ana/{slug}@stable"),
        format!("ana/{slug}#1"),
        release.to_string(),
        manifest.to_string(),
    ];
    let answers = world.resolved(who, &addresses).await.answers;
    assert_eq!(answers.len(), addresses.len());
    for (one, wanted) in answers.iter().zip([by_channel, by_hash, by_hash, by_hash]) {
        let way = what(&one.address);
        assert_eq!(one.release.is_some(), wanted.status() == 200, "{way}");
        let code = one.problem.as_ref().map_or("", |one| one.code.as_str());
        assert_eq!(code, wanted.code(), "{way}");
    }
    let all = world.ask(who, &format!("/v1/items/{item}")).await.json();
    let shown = all["releases"].as_array().into_iter().flatten();
    let is_shown = shown.clone().any(|one| one["id"] == release.to_string());
    assert_eq!(is_shown, by_hash.status() == 200, "{}", what("item"));

    // In the list of items: what everybody finds, and what is one's own to work on.
    let works = ["owner", "reviewer", "operator", "auditor"].contains(&who);
    let is_listed = state.is_offered() || works && by_hash.status() == 200;
    let list = world
        .ask(who, "/v1/items?creator=ana&limit=500")
        .await
        .json();
    let mut listed = list["items"].as_array().unwrap().iter();
    let listed = listed.find(|one| one["id"] == item.to_string());
    match state {
        // There is a later one, which is published.
        S::Deprecated | S::Revoked => assert_eq!(listed.unwrap()["latest"]["number"], 2),
        _ => assert_eq!(listed.is_some(), is_listed, "{}", what("items")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_by_every_way_for_everybody_is_as_the_table_says() {
    let world = World::new().await;
    for row in TABLE {
        let named = world.in_state(row.state).await;
        for who in EVERYBODY {
            by_every_way(&world, row, &named, who).await;
        }
    }
    for state in ReleaseState::ALL {
        assert!(
            *state == ReleaseState::Draft || TABLE.iter().any(|row| row.state == *state),
            "{state} is missing"
        );
    }
    dramatis_inventory::verify(world.inventory.admin_url(), None)
        .await
        .unwrap();
}

/// Whoever may write learns of no release by trying to change it.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_one_may_not_see_is_answered_as_of_what_is_not_there() {
    let world = World::new().await;
    let message = json!({ "salt": "0b".repeat(16), "value": "Why." });
    let tried = async |who: &str, release: &str| {
        let mut answers = Vec::new();
        for (path, mut body) in [
            (
                "steps",
                json!({ "from": "published", "to": "archived", "message": message }),
            ),
            (
                "decisions",
                json!({
                    "decision": "approved", "stage": 1, "message": message,
                    "manifest_sha256": Digest::of(b"another").to_string(),
                }),
            ),
        ] {
            body["device"] = json!(device());
            let path = format!("/v1/releases/{release}/{path}");
            let (url, token) = (&world.inventory.url, world.token(who));
            let request = mutation(&client(), url, &path, token, key(), &body);
            let answer = send(request).await.unwrap();
            let mut json = answer.json();
            json.as_object_mut().unwrap().remove("request_id");
            answers.push((answer.status, json));
        }
        answers
    };
    for row in TABLE {
        let release = world.in_state(row.state).await.release.to_string();
        for who in EVERYBODY {
            let said = tried(who, &release).await;
            let nothing = tried(who, &ItemId(Uuid::now_v7()).to_string()).await;
            let wanted = row.by_hash(who);
            match wanted {
                Nothing => assert_eq!(said, nothing, "{}, {who}", row.state),
                Gone | Withheld => {
                    for ((status, problem), nothing) in said.iter().zip(&nothing) {
                        // Who may take no such step at all is told so of anything.
                        if nothing.0 == 403 {
                            assert_eq!((*status, problem), (403, &nothing.1), "{who}");
                            continue;
                        }
                        assert_eq!(*status, wanted.status(), "{who}: {problem}");
                        assert_eq!(problem["code"], wanted.code(), "{who}: {problem}");
                    }
                }
                It | WithNotice => {
                    for (status, problem) in &said {
                        assert!(![404, 410, 451].contains(status), "{who}: {problem}");
                    }
                }
            }
        }
    }
}

/// A file of several releases is had by the one that says most.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_several_releases_is_had_where_one_of_them_is() {
    let world = World::new().await;
    world.stages(false).await;
    let picture = embed(&blank_picture(), &card("shared")).unwrap();
    let portrait = Digest::of(&picture);
    assert_eq!(
        upload(&world.inventory, portrait, picture.clone())
            .await
            .status,
        201
    );
    let path = format!("/v1/blobs/{}", portrait.hex());
    let mut releases = Vec::new();
    for slug in ["one", "two"] {
        let request = publish_with_portrait(slug, &picture);
        let (url, token) = (&world.inventory.url, world.token("owner"));
        let answer = send(publishing(&client(), url, token, key(), &request)).await;
        assert_eq!(answer.unwrap().status, 201);
        releases.push(manifest_of(&request).release);
    }
    let message = json!({ "salt": "0b".repeat(16), "value": "Why." });
    let step = async |who: &str, release: ReleaseId, to: &str| {
        let mut body = json!({ "from": "published", "to": to, "message": message });
        if to == "revoked" {
            body["reason_code"] = json!("safety");
        }
        world
            .post(who, &format!("/v1/releases/{release}/steps"), body)
            .await;
    };
    let stands = async |app: u16, reviewer: u16, auditor: u16, keep: &str| {
        for (who, wanted) in [
            ("app", app),
            ("other creator", app),
            ("reviewer", reviewer),
            ("auditor", auditor),
            ("owner", 200),
        ] {
            let (status, kept, _) = world.fetch(who, &path).await;
            assert_eq!(status, wanted, "{who}");
            if status == 200 {
                assert_eq!(kept, keep, "{who}");
            }
        }
    };
    let good = "private, max-age=31536000, immutable";
    stands(200, 200, 200, good).await;
    step("owner", releases[0], "revoked").await;
    stands(200, 200, 200, good).await;
    step("operator", releases[1], "quarantined").await;
    stands(451, 200, 200, "private, no-store").await;
}

/// From quarantine a release goes back to where it came from, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn from_quarantine_a_release_goes_back_to_the_state_it_came_from() {
    let world = World::new().await;
    let message = json!({ "salt": "0b".repeat(16), "value": "Why." });
    let offered = [
        ReleaseState::Published,
        ReleaseState::Deprecated,
        ReleaseState::Archived,
    ];
    for state in offered {
        let release = world.in_state(state).await.release;
        let path = format!("/v1/releases/{release}/steps");
        let step = |from: &str, to: &str| json!({ "from": from, "to": to, "message": message });
        world
            .post("operator", &path, step(state.as_str(), "quarantined"))
            .await;
        for to in offered {
            let mut body = step("quarantined", to.as_str());
            body["device"] = json!(device());
            let (url, token) = (&world.inventory.url, world.token("operator"));
            if to != state {
                let answer = send(mutation(&client(), url, &path, token, key(), &body))
                    .await
                    .unwrap();
                assert_eq!(answer.code(), "step_refused", "{state} → {to}");
            }
        }
        world
            .post("operator", &path, step("quarantined", state.as_str()))
            .await;
    }
}
