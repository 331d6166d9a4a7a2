//! Sharing and handing over from the command line, against a real inventory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dramatis_inventory::testing::Inventory;
use serde_json::Value;
use std::process::Command;

struct Person {
    url: String,
    token: String,
    store: tempfile::TempDir,
}

impl Person {
    fn with(inventory: &Inventory, token: &str) -> Self {
        Self {
            url: inventory.url.clone(),
            token: token.to_owned(),
            store: tempfile::tempdir().unwrap(),
        }
    }

    fn json(&self, code: i32, args: &[&str]) -> Value {
        self.says(code, args).0
    }

    /// What a command answered, and what it said beside that.
    fn says(&self, code: i32, args: &[&str]) -> (Value, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_dramatis"))
            .arg("--json")
            .args(args)
            .env("DRAMATIS_TOKEN", &self.token)
            .env("DRAMATIS_STORE", self.store.path())
            .env("DRAMATIS_INVENTORY_URL", &self.url)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        (
            serde_json::from_slice(&output.stdout).unwrap_or_default(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_character_is_shared_and_handed_over_from_the_command_line() {
    let inventory = Inventory::start().await;
    let (_, token) = inventory.another_creator("berta", &[]).await;
    let berta = Person::with(&inventory, &token);
    let (_, token) = inventory.another_creator("otto", &["operator"]).await;
    let otto = Person::with(&inventory, &token);
    let ana = Person::with(&inventory, &inventory.token);
    ana.json(0, &["import", "mirelle"]);
    ana.json(0, &["publish", "mirelle"]);

    let shared = ana.json(0, &["owner", "add", "mirelle", "berta"]);
    assert_eq!(
        shared["outcome"],
        "ana/mirelle belongs to ana, is shared with berta."
    );
    let owners = berta.json(0, &["owners", "ana/mirelle"]);
    assert_eq!(owners["co_owners"][0], "berta");
    // The inventory says no, and the request says what it said.
    let refused = berta.json(4, &["owner", "add", "ana/mirelle", "otto"]);
    assert_eq!(refused["last_error"]["code"], "forbidden");
    berta.json(0, &["outbox", "cancel", refused["key"].as_str().unwrap()]);
    berta.json(0, &["owner", "remove", "ana/mirelle", "berta"]);

    ana.json(0, &["transfer", "offer", "mirelle", "berta"]);
    let offered = berta.json(0, &["transfer", "list"]);
    assert_eq!(offered[0]["address"], "ana/mirelle");
    let accepted = berta.json(0, &["transfer", "accept", "ana/mirelle"]);
    assert_eq!(accepted["outcome"], "ana/mirelle belongs to berta.");
    // Who handed it over is told so, keeps what was seen, and hears of the rest.
    ana.json(0, &["import", "anselm"]);
    ana.json(0, &["publish", "brother-anselm"]);
    let (history, said) = ana.says(0, &["history", "mirelle"]);
    assert_eq!(history["releases"].as_array().unwrap().len(), 1);
    assert!(
        said.contains("“ana/mirelle” was handed over to berta")
            && said.contains("Your drafts stay here"),
        "{said}"
    );
    ana.json(0, &["history", "brother-anselm"]);
    ana.json(0, &["status"]);
    let late = berta.json(4, &["transfer", "accept", "ana/mirelle"]);
    assert_eq!(late["last_error"]["code"], "ownership_changed");
    assert_eq!(berta.json(0, &["transfer", "list"]), Value::Array(vec![]));

    let imposed = [
        "transfer",
        "impose",
        "ana/mirelle",
        "ana",
        "-m",
        "Berta left.",
    ];
    assert_eq!(
        otto.json(0, &imposed)["outcome"],
        "ana/mirelle belongs to ana."
    );
    let told = ana.json(0, &["audit", "mirelle"]).to_string();
    assert!(
        told.contains("item.transferred") && told.contains("Berta left."),
        "{told}"
    );
    ana.json(0, &["verify", "mirelle"]);
    ana.json(0, &["set", "mirelle", "personality", "Calm."]);
    ana.json(0, &["publish", "mirelle"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_command_with_another_token_acts_as_whom_it_says() {
    let mut inventory = Inventory::start().await;
    let (_, token) = inventory.another_creator("berta", &[]).await;
    let mut desk = Person::with(&inventory, &inventory.token);
    desk.json(0, &["import", "mirelle"]);
    // A fresh store: the token says who there is to publish as.
    let check = desk.json(0, &["publish", "mirelle", "--check"]);
    assert_eq!(check["blocked"], Value::Null);
    desk.json(0, &["publish", "mirelle"]);
    desk.json(0, &["import", "anselm"]);
    desk.token = token;
    let published = desk.json(0, &["publish", "brother-anselm"]);
    assert_eq!(published["account"], "berta");

    // Nobody can be asked: said, and not that nobody is signed in.
    let fresh = Person::with(&inventory, &inventory.token);
    fresh.json(0, &["import", "mirelle"]);
    inventory.pause().await;
    for args in [
        &["publish", "mirelle", "--check"][..],
        &["publish", "mirelle"],
    ] {
        let (_, said) = fresh.says(1, args);
        assert!(said.contains("cannot be reached"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_and_audit_say_why_the_inventory_could_not_be_asked() {
    let inventory = Inventory::start().await;
    let mut ana = Person::with(&inventory, &inventory.token);
    ana.json(0, &["import", "mirelle"]);
    ana.json(0, &["publish", "mirelle"]);
    ana.json(0, &["history", "mirelle"]);
    let url = ana.url.clone();
    for (at, token, why) in [
        // Nothing listens on the discard port of this computer.
        ("http://127.0.0.1:9/", inventory.token.as_str(), "offline"),
        (
            &format!("{url}/elsewhere/"),
            &inventory.token,
            "no_inventory",
        ),
        (&url, "drm_nobodys", "unauthorized"),
    ] {
        (ana.url, ana.token) = (at.to_owned(), token.to_owned());
        for command in ["history", "audit"] {
            let (seen, said) = ana.says(1, &[command, "mirelle"]);
            assert!(said.contains(why), "{at}: {said}");
            assert!(!seen.is_null(), "{at}");
            // What was seen is that of the account at this very address.
            if why == "unauthorized" && command == "history" {
                assert_eq!(seen["releases"].as_array().unwrap().len(), 1);
            }
        }
        ana.json(0, &["status"]);
    }
    let (_, said) = ana.says(1, &["sign-in"]);
    assert!(said.contains(&url) && said.contains("answered"), "{said}");
}
