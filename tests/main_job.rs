//! The main job without a window: a real store, the real inventory as a process
//! that really stops, a real Postgres. For each of our samples, and for each
//! PNG of the shared cards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod support;

use std::{env, fs, path::Path};

use dramatis_cards::{CardDocument, read};
use dramatis_drafts::view::{
    ExportContainer, ExportFormat, OutboxEntry, OutboxState, ReasonCode, ReleaseState,
};
use dramatis_inventory::testing::{Inventory, ServiceProcess};
use support::{DEVICE, Desk, release, sample};

#[tokio::test(flavor = "multi_thread")]
async fn mirelle_from_import_to_restart() {
    main_job("mirelle.png", sample("mirelle")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anselm_from_import_to_restart() {
    main_job("anselm.png", sample("anselm")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lighthouse_from_import_to_restart() {
    main_job("lighthouse.png", sample("lighthouse")).await;
}

/// Cards as they are found in the world. Without the folder this says so, and
/// fails where `DRAMATIS_SHARED_CARDS=required`.
#[tokio::test(flavor = "multi_thread")]
async fn each_shared_card_from_import_to_restart() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cards");
    let Ok(files) = fs::read_dir(&folder) else {
        let required = env::var("DRAMATIS_SHARED_CARDS").is_ok_and(|word| word == "required");
        assert!(
            !required,
            "the shared cards are required, and {} is missing",
            folder.display()
        );
        println!("skipped: there are no shared cards here");
        return;
    };
    let mut walked = 0;
    for file in files {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "png") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            println!("{name}");
            main_job(&name, fs::read(&path).unwrap()).await;
            walked += 1;
        }
    }
    assert!(walked > 0, "{} holds no PNG", folder.display());
}

/// The field that is edited; every format has it.
const EDITED: &str = "scenario";

/// The inventory's process and where it is.
struct Team {
    inventory: Inventory,
    service: Option<ServiceProcess>,
}

impl Team {
    async fn new() -> Self {
        let inventory = Inventory::without_service().await;
        let service = Some(inventory.process(None).await);
        Self { inventory, service }
    }

    fn url(&self) -> &str {
        &self.service.as_ref().expect("it runs").url
    }

    async fn down(&mut self) {
        self.service.take().expect("it runs").kill().await;
    }

    async fn up(&mut self, desk: &Desk) {
        self.service = Some(self.inventory.process(None).await);
        desk.connect(self.url(), &self.inventory.token);
    }
}

async fn main_job(file: &str, bytes: Vec<u8>) {
    let mut team = Team::new().await;
    let desk = Desk::at(team.url(), &team.inventory.token).await;
    let id = desk
        .import(file, bytes.clone())
        .await
        .unwrap_or_else(|why| panic!("{file}: {why}"));

    // Editing and publishing with the inventory down.
    team.down().await;
    let mut edited = complete(&desk, &id).await;
    edited.push(EDITED.to_owned());
    desk.write(&id, EDITED, "The first.").await;
    let first = publish(&desk, &id, "One.").await;
    assert!(on_the_way(&first), "{first:#?}");
    assert_eq!(first.after_key, None);
    desk.write(&id, EDITED, "The first, and the second.").await;
    let second = publish(&desk, &id, "Two.").await;
    assert_eq!(
        second.after_key.as_deref(),
        Some(first.key.as_str()),
        "chained on the first"
    );
    desk.studio.settle_once().await.unwrap();
    for entry in [&first, &second] {
        assert!(on_the_way(&desk.entry(&entry.key).await));
    }
    assert_eq!(
        desk.timeline(&id).await.releases.len(),
        0,
        "nothing is called published"
    );
    support::assert_releases(&team.inventory, 0).await;

    // The inventory is back: each once, in order.
    team.up(&desk).await;
    desk.settled(&first).await;
    desk.settled(&second).await;
    desk.assert_empty_outbox().await;
    support::assert_releases(&team.inventory, 2).await;
    let timeline = desk.timeline(&id).await;
    let numbers: Vec<u32> = timeline.releases.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [2, 1], "newest first");
    let (two, one) = (
        timeline.releases[0].id.clone(),
        timeline.releases[1].id.clone(),
    );
    assert_eq!(timeline.releases[0].notes.as_deref(), Some("Two."));

    // Comparing, promoting.
    let diff = desk
        .studio
        .diff(&id, release(&one), release(&two))
        .await
        .unwrap();
    let paths: Vec<&str> = diff
        .fields
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    assert_eq!(paths.len(), 1, "one field was edited in between: {paths:?}");
    assert!(paths[0].contains(EDITED), "{paths:?}");
    let promoted = desk
        .studio
        .promote(&id, &one, "beta", "For testers")
        .await
        .unwrap();
    desk.settled(&promoted).await;
    let beta = desk.studio.resolve(&id, "beta").await.unwrap();
    assert_eq!((beta.ok, beta.number), (true, Some(1)));

    // Revoking the head of stable, and pointing it back.
    let revoked = desk
        .studio
        .revoke(
            &id,
            &two,
            ReasonCode::Rights,
            "A borrowed line.",
            None,
            Vec::new(),
        )
        .await
        .unwrap();
    desk.settled(&revoked).await;
    let gone = desk.studio.resolve(&id, "stable").await.unwrap();
    assert!(!gone.ok, "{gone:#?}");
    assert!(gone.message.contains("A borrowed line."), "{gone:#?}");
    let back = desk
        .studio
        .promote(&id, &one, "stable", "The good one")
        .await
        .unwrap();
    desk.settled(&back).await;
    let stable = desk.studio.resolve(&id, "stable").await.unwrap();
    assert_eq!((stable.ok, stable.number), (true, Some(1)));

    // The audit trail, inline.
    let timeline = desk.timeline(&id).await;
    assert_eq!(timeline.releases[0].state, ReleaseState::Revoked);
    assert_eq!(timeline.releases[1].channels.len(), 2);
    let events: Vec<_> = timeline
        .releases
        .iter()
        .flat_map(|release| &release.events)
        .collect();
    for action in [
        "release.submitted",
        "release.published",
        "release.revoked",
        "channel.moved",
    ] {
        assert!(
            events.iter().any(|event| event.action == action),
            "no {action}: {events:#?}"
        );
    }
    for event in &events {
        assert_eq!(event.actor, "Ana", "{event:#?}");
        assert_eq!(event.device, DEVICE, "{event:#?}");
        assert!(!event.at.is_empty() && !event.hash.is_empty(), "{event:#?}");
    }
    assert!(
        events
            .iter()
            .any(|event| event.reason.as_deref() == Some("A borrowed line."))
    );

    let report = desk.studio.verify(&id).await.unwrap();
    assert!(report.ok && !report.lines.is_empty(), "{report:#?}");

    exports_equal(&desk, &id, &one, &bytes, &edited).await;

    // Quit, start again: everything is there, with no inventory to ask.
    team.down().await;
    let before = (
        desk.character(&id).await,
        desk.timeline(&id).await.releases.len(),
    );
    let desk = desk.reopened().await;
    let after = desk.character(&id).await;
    assert_eq!(before.0.fields, after.fields);
    assert_eq!(before.0.portrait, after.portrait);
    let timeline = desk.timeline(&id).await;
    assert_eq!(timeline.releases.len(), before.1);
    assert_eq!(timeline.releases[0].state, ReleaseState::Revoked);
    assert_eq!(desk.studio.list_characters().await.unwrap().len(), 1);
    desk.assert_empty_outbox().await;
}

/// Fills what publishing asks for and the card does not have; gives the fields.
async fn complete(desk: &Desk, id: &str) -> Vec<String> {
    let mut written = Vec::new();
    let check = desk.studio.publish_check(id, "stable").await.unwrap();
    assert!(check.blocked.is_none(), "{check:#?}");
    for missing in check.failures {
        match missing.field.as_str() {
            "slug" => {
                desk.studio
                    .set_slug(id, "a-card-of-the-world")
                    .await
                    .unwrap();
            }
            field => {
                desk.write(id, field, "Written for the release.").await;
                written.push(field.to_owned());
            }
        }
    }
    written
}

async fn publish(desk: &Desk, id: &str, notes: &str) -> OutboxEntry {
    desk.studio
        .publish(id, "stable", notes)
        .await
        .unwrap_or_else(|why| panic!("{why}"))
}

fn on_the_way(entry: &OutboxEntry) -> bool {
    matches!(
        entry.state,
        OutboxState::Waiting | OutboxState::Retrying | OutboxState::Sending
    )
}

/// Release 1 as PNG holds the card of release 1, and that one is the file's own
/// card, to the letter, but for the one field that was edited.
async fn exports_equal(desk: &Desk, id: &str, one: &str, original: &[u8], edited: &[String]) {
    let as_png = export(desk, id, one, ExportContainer::Png).await;
    let as_json = export(desk, id, one, ExportContainer::Json).await;
    let in_png = read(&as_png).expect("our own export").document;
    let alone = read(&as_json).expect("our own export").document;
    assert_eq!(
        in_png.text(),
        alone.text(),
        "both exports hold the same card"
    );

    let original = read(original).expect("it was imported").document;
    let rest = |card: &CardDocument| {
        let mut value: serde_json::Value = serde_json::from_str(card.text()).unwrap();
        // V1 fields may stand at the top level, too.
        for place in ["", "/data"] {
            if let Some(fields) = value
                .pointer_mut(place)
                .and_then(serde_json::Value::as_object_mut)
            {
                fields.retain(|name, _| !edited.contains(name));
            }
        }
        serde_json::to_string(&value).unwrap()
    };
    assert_eq!(
        rest(&in_png),
        rest(&original),
        "all that was not edited is as it came, order of keys included"
    );
    assert_eq!(in_png.format(), original.format());
}

async fn export(desk: &Desk, id: &str, one: &str, container: ExportContainer) -> Vec<u8> {
    let exported = desk
        .studio
        .export_card(id, release(one), container, ExportFormat::AsIs, false)
        .await
        .unwrap_or_else(|why| panic!("{why}"));
    let losses: &[&str] = match container {
        ExportContainer::Png => &[],
        ExportContainer::Json => &["The portrait has no place in a JSON file."],
    };
    assert_eq!(exported.losses, losses);
    fs::read(exported.file.expect("a file was written")).unwrap()
}
