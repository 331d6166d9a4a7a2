//! The command line against a real inventory: two devices, one account.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dramatis_domain::lifecycle::Role;
use dramatis_inventory::{PolicyStage, testing::Inventory};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

struct Device<'a> {
    inventory: &'a Inventory,
    store: tempfile::TempDir,
}

impl Device<'_> {
    fn run(&self, args: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_dramatis"))
            .args(args)
            .env("TZ", "Asia/Kolkata")
            .env("DRAMATIS_TOKEN", &self.inventory.token)
            .env("DRAMATIS_STORE", self.store.path())
            .env("DRAMATIS_INVENTORY_URL", &self.inventory.url)
            .output()
            .unwrap();
        for stream in [&output.stdout, &output.stderr] {
            let said = String::from_utf8_lossy(stream);
            assert!(!said.contains(&self.inventory.token), "{args:?}: {said}");
        }
        output
    }

    /// Runs a command that has to end so; gives what it printed.
    fn ends(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, code: i32, args: &[&str]) -> Value {
        serde_json::from_str(&self.ends(code, &[&["--json"], args].concat())).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_release_is_taken_in_and_sides_are_chosen_from_the_command_line() {
    let inventory = Inventory::start().await;
    let device = || Device {
        inventory: &inventory,
        store: tempfile::tempdir().unwrap(),
    };
    let (first, second) = (device(), device());
    first.ends(0, &["import", "mirelle"]);
    first.ends(0, &["publish", "mirelle"]);
    copy(first.store.path(), second.store.path());
    first.ends(0, &["set", "mirelle", "scenario", "Theirs alone."]);
    first.ends(0, &["set", "mirelle", "first_mes", "Theirs."]);
    first.ends(0, &["publish", "mirelle", "-n", "Two."]);
    second.ends(0, &["set", "mirelle", "first_mes", "Mine."]);

    // Too late: nothing is published, and what to do is said.
    let refused = second.json(4, &["publish", "mirelle", "-n", "Mine, too."]);
    assert_eq!(refused["last_error"]["code"], "base_outdated");
    let key = refused["key"].as_str().unwrap();
    second.ends(1, &["outbox", "retry", key]);

    // A field that both sides changed asks for a decision: status 4.
    let taken = second.json(4, &["take-in", "mirelle"]);
    assert_eq!(
        (&taken["number"], &taken["taken"][0]["path"]),
        (&2.into(), &"scenario".into())
    );
    assert_eq!(taken["undecided"][0]["mine"], "Mine.");
    assert_eq!(taken["undecided"][0]["theirs"], "Theirs.");
    let still = second.ends(4, &["take-in", "mirelle"]);
    assert!(still.contains("--theirs first_mes"), "{still}");
    let decided = second.ends(0, &["take-in", "mirelle", "--theirs", "first_mes"]);
    assert!(decided.contains("Nothing is left to decide"), "{decided}");
    let shown = second.ends(0, &["show", "mirelle", "--field", "first_mes"]);
    assert_eq!(shown.trim(), "Theirs.");
    second.ends(1, &["take-in", "mirelle"]);

    // The refused request goes on with the draft, which now says more.
    second.ends(0, &["set", "mirelle", "personality", "Calm."]);
    second.ends(0, &["outbox", "retry", key]);
    let history = second.json(0, &["history", "mirelle"]);
    assert_eq!(history["releases"].as_array().unwrap().len(), 3);
    assert_eq!(history["releases"][0]["notes"], "Mine, too.");
    second.ends(0, &["verify", "mirelle"]);

    // Times: the person's zone, to the minute; UTC with full precision for programs.
    let audit = second.ends(0, &["audit", "mirelle"]);
    assert!(audit.contains(" IST  "), "{audit}");
    let at = second.json(0, &["audit", "mirelle"])[0]["at"].clone();
    assert!(at.as_str().unwrap().ends_with('Z'), "{at}");

    // A channel that points there already: said, and nothing is asked for.
    let before = second.json(0, &["outbox"]).as_array().unwrap().len();
    let promoted = second.run(&["promote", "mirelle", "3", "stable"]);
    assert_eq!(promoted.status.code(), Some(1));
    let why = String::from_utf8(promoted.stderr).unwrap();
    assert!(
        why.contains("The channel stable points at release 3 already"),
        "{why}"
    );
    assert_eq!(
        second.json(0, &["outbox"]).as_array().unwrap().len(),
        before
    );

    // Why a channel is gone has fields of its own.
    let revoke = [
        "revoke",
        "mirelle",
        "3",
        "--reason",
        "rights",
        "-m",
        "A borrowed line.",
    ];
    second.ends(0, &revoke);
    let gone = second.json(1, &["resolve", "mirelle"]);
    assert_eq!(gone["reason_code"], "rights");
    assert_eq!(gone["reason"], "A borrowed line.");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_publishes_made_offline_are_told_apart_in_the_outbox() {
    let mut inventory = Inventory::start().await;
    let store = tempfile::tempdir().unwrap();
    {
        let device = Device {
            inventory: &inventory,
            store,
        };
        device.ends(0, &["import", "mirelle"]);
        device.ends(0, &["publish", "mirelle"]);
        let Device { store: kept, .. } = device;
        inventory.pause().await;
        let device = Device {
            inventory: &inventory,
            store: kept,
        };
        device.ends(0, &["set", "mirelle", "personality", "Calm."]);
        device.ends(3, &["publish", "mirelle", "-n", "Calmer nights.\nMore."]);
        device.ends(0, &["set", "mirelle", "scenario", "At sea."]);
        device.ends(3, &["publish", "mirelle"]);
        let listed = device.ends(0, &["outbox"]);
        let entries: Vec<&str> = listed.lines().collect();
        assert!(entries[0].starts_with("2. Mirelle"), "{listed}");
        assert_eq!(entries[1].trim(), "Scenario");
        assert!(
            listed.contains("\n1. Mirelle") && listed.contains("\n  Calmer nights.\n"),
            "{listed}"
        );
        assert!(listed.contains("waits behind 1."), "{listed}");
        assert!(listed.contains(" IST"), "{listed}");
        // Put away again: done, the later one needs a decision.
        let all = device.json(0, &["outbox"]);
        let key = all[1]["key"].as_str().unwrap();
        device.ends(0, &["outbox", "cancel", key]);
        let history = device.ends(1, &["history", "mirelle"]);
        assert!(
            history.contains("[needs you]") && history.contains("could not be asked now"),
            "{history}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_elsewhere_is_asked_for_before_a_publish_is_refused() {
    let inventory = Inventory::start().await;
    let device = || Device {
        inventory: &inventory,
        store: tempfile::tempdir().unwrap(),
    };
    let (first, second, lacking) = (device(), device(), device());
    first.ends(0, &["import", "mirelle"]);
    first.ends(0, &["publish", "mirelle"]);
    let stage = PolicyStage {
        name: "look".into(),
        role: Role::Reviewer,
    };
    let tenant = inventory.tenant;
    let provisioner = &inventory.provisioner;
    provisioner.set_approvals(tenant, &[stage]).await.unwrap();
    first.ends(0, &["set", "mirelle", "personality", "Calm."]);
    first.ends(0, &["publish", "mirelle"]);
    let listed = first.ends(0, &["outbox"]);
    assert!(
        listed.contains("Submitted as release 2. It waits for approval."),
        "{listed}"
    );
    first.ends(0, &["set", "mirelle", "scenario", "At sea."]);
    let behind = first.run(&["publish", "mirelle"]);
    let said = String::from_utf8(behind.stderr).unwrap();
    assert!(said.contains("dramatis withdraw mirelle 2"), "{said}");
    copy(first.store.path(), second.store.path());

    // Taken back elsewhere: the other device still knows it as submitted.
    first.ends(0, &["withdraw", "mirelle", "2"]);
    let listed = first.ends(0, &["outbox"]);
    assert!(
        listed.contains("Submitted as release 2. It is withdrawn now."),
        "{listed}"
    );
    second.ends(0, &["set", "mirelle", "personality", "Calmer."]);
    copy(second.store.path(), lacking.store.path());
    lacking.ends(0, &["set", "mirelle", "first_mes", ""]);
    let output = lacking.run(&["publish", "mirelle"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("That is over.\n") && said.contains("cannot be published yet"),
        "{said}"
    );
    let output = second.run(&["publish", "mirelle"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("The inventory was asked again") && said.contains("is submitted"),
        "{said}"
    );
    assert!(
        said.contains("That is over. The publish goes on."),
        "{said}"
    );
    let history = second.json(0, &["history", "mirelle"]);
    assert_eq!(history["releases"].as_array().unwrap().len(), 3);

    // Deprecated elsewhere: nothing to publish, and now for the true reason.
    second.ends(0, &["withdraw", "mirelle", "3"]);
    provisioner.set_approvals(tenant, &[]).await.unwrap();
    second.ends(0, &["publish", "mirelle"]);
    let third = device();
    copy(second.store.path(), third.store.path());
    second.ends(0, &["deprecate", "mirelle", "4", "-m", "Too calm."]);
    let output = third.run(&["publish", "mirelle"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let (asked, refused) = said.split_once('\n').unwrap();
    assert!(
        asked.contains("Nothing has changed since release 4."),
        "{said}"
    );
    assert!(refused.contains("is deprecated"), "{said}");

    // Both the notes and the message stand in the history.
    second.ends(0, &["set", "mirelle", "personality", "Wild."]);
    second.ends(0, &["publish", "mirelle", "-n", "Wilder."]);
    second.ends(0, &["deprecate", "mirelle", "5", "-m", "Too wild."]);
    let history = second.ends(0, &["history", "mirelle"]);
    assert!(history.contains("Wilder.  [Too wild.]"), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_that_is_taken_or_held_names_what_helps() {
    fn device<'a>(inventory: &'a Inventory, path: &Path) -> Device<'a> {
        let store = tempfile::tempdir().unwrap();
        copy(path, store.path());
        Device { inventory, store }
    }
    let mut inventory = Inventory::start().await;
    let (store, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    {
        let first = device(&inventory, store.path());
        first.ends(0, &["import", "mirelle"]);
        first.ends(0, &["publish", "mirelle"]);
        let second = device(&inventory, store.path());
        second.ends(0, &["import", "mirelle"]);
        let refused = second.ends(4, &["publish", "mirelle"]);
        let character = second.json(0, &["list"])[0]["id"].clone();
        let set = format!("dramatis set {} slug", character.as_str().unwrap());
        assert!(refused.contains(&set), "{refused}");
        let key = second.json(0, &["outbox"])[0]["key"].clone();
        second.ends(0, &["set", "mirelle", "slug", "mirelle-two"]);
        let settled = second.ends(0, &["outbox", "retry", key.as_str().unwrap()]);
        assert!(settled.contains("Published as release 1"), "{settled}");
        second.ends(0, &["import", "anselm"]);
        copy(second.store.path(), kept.path());
    }
    inventory.pause().await;
    {
        let offline = device(&inventory, kept.path());
        offline.ends(3, &["publish", "brother-anselm"]);
        let output = offline.run(&["set", "brother-anselm", "slug", "anselm"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let key = offline.json(0, &["outbox"])[0]["key"].clone();
        let cancel = format!("dramatis outbox cancel {}", key.as_str().unwrap());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&cancel), "{said}");
        offline.ends(0, &["outbox", "cancel", key.as_str().unwrap()]);
        offline.ends(0, &["set", "brother-anselm", "slug", "anselm"]);
    }
}
