//! How the program ends, and what it prints where, without an inventory.
//! With one: `tests/` at the top.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn dramatis(store: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dramatis"))
        .args(args)
        .env_remove("DRAMATIS_TOKEN")
        .env("DRAMATIS_STORE", store)
        // Nothing listens on the discard port of this computer.
        .env("DRAMATIS_INVENTORY_URL", "http://127.0.0.1:9/")
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn done_is_0_and_json_is_one_document() {
    let store = tempfile::tempdir().unwrap();
    let imported = dramatis(store.path(), &["--json", "import", "mirelle"]);
    assert_eq!(code(&imported), 0, "{imported:?}");
    assert_eq!(json(&imported.stdout)[0]["name"], "Mirelle");
    let again = dramatis(store.path(), &["--json", "import", "mirelle"]);
    assert_eq!(
        json(&again.stdout)[0]["character"],
        Value::Null,
        "imported twice"
    );
    let set = dramatis(store.path(), &["set", "mirelle", "scenario", "At sea."]);
    assert_eq!(code(&set), 0, "{set:?}");
    let shown = dramatis(store.path(), &["show", "mirelle", "--field", "scenario"]);
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim(), "At sea.");
    let list = dramatis(store.path(), &["list", "--json"]);
    assert_eq!(json(&list.stdout).as_array().unwrap().len(), 1);
}

#[test]
fn a_draft_is_exported_without_any_inventory_and_overwrites_nothing() {
    let store = tempfile::tempdir().unwrap();
    assert_eq!(code(&dramatis(store.path(), &["import", "anselm"])), 0);
    let export = || {
        let output = dramatis(
            store.path(),
            &["--json", "export", "brother-anselm", "--container", "json"],
        );
        assert_eq!(code(&output), 0, "{output:?}");
        json(&output.stdout)["file"].as_str().unwrap().to_owned()
    };
    assert_ne!(export(), export());
}

#[test]
fn a_failure_is_1_and_says_so_on_standard_error_alone() {
    let store = tempfile::tempdir().unwrap();
    let text = store.path().join("no-card.png");
    fs::write(&text, b"\x89PNG\r\n\x1a\n").unwrap();
    for args in [
        &["--json", "inspect", text.to_str().unwrap()][..],
        &["--json", "import", text.to_str().unwrap()],
        &["--json", "show", "nobody"],
        &["--json", "publish", "nobody"],
    ] {
        let output = dramatis(store.path(), args);
        assert_eq!(code(&output), 1, "{args:?} {output:?}");
        assert!(output.stdout.is_empty(), "{args:?} {output:?}");
        let failure = json(&output.stderr);
        assert!(
            !failure["code"].as_str().unwrap().is_empty()
                && !failure["message"].as_str().unwrap().is_empty()
        );
    }
}

#[test]
fn who_never_signed_in_is_told_so_at_once() {
    let store = tempfile::tempdir().unwrap();
    assert_eq!(code(&dramatis(store.path(), &["import", "lighthouse"])), 0);
    let publish = dramatis(
        store.path(),
        &["--json", "publish", "the-lighthouse-unit-7"],
    );
    assert_eq!(code(&publish), 1, "{publish:?}");
    assert_eq!(json(&publish.stderr)["code"], "not_signed_in");
}

#[test]
fn a_name_that_is_not_found_brings_those_like_it() {
    let store = tempfile::tempdir().unwrap();
    let imported = dramatis(store.path(), &["import", "anselm"]);
    let said = String::from_utf8_lossy(&imported.stdout).into_owned();
    assert!(said.contains("imported as brother-anselm"), "{said}");
    let shown = dramatis(store.path(), &["show", "anselm"]);
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(said.contains("Is brother-anselm meant"), "{said}");
    let set = |field: &str, value: &str| {
        let output = dramatis(store.path(), &["set", "brother-anselm", field, value]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(set("scenario", "At sea.").starts_with("Saved "));
    assert!(set("scenario", "At sea.").starts_with("Nothing to save"));
    assert_eq!(set("slug", "anselm").trim(), "Its address is anselm.");
}

#[test]
fn a_sign_in_says_which_inventory_is_meant() {
    let store = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dramatis"))
        .args(["--json", "sign-in"])
        .env("DRAMATIS_TOKEN", "drm_x")
        .env("DRAMATIS_STORE", store.path())
        .env_remove("DRAMATIS_INVENTORY_URL")
        .output()
        .unwrap();
    assert_eq!(code(&output), 1, "{output:?}");
    assert_eq!(json(&output.stderr)["code"], "no_address");
}

#[test]
fn a_damaged_store_is_told_to_the_person() {
    let store = tempfile::tempdir().unwrap();
    assert_eq!(code(&dramatis(store.path(), &["import", "mirelle"])), 0);
    fs::write(store.path().join("drafts.db"), vec![0x5a; 5_000]).unwrap();
    let list = dramatis(store.path(), &["--json", "list"]);
    assert!(
        String::from_utf8_lossy(&list.stderr).contains("damaged"),
        "{list:?}"
    );
    json(&list.stdout);
}

#[test]
fn a_command_line_that_cannot_be_read_is_2() {
    let store = tempfile::tempdir().unwrap();
    for args in [
        &["nonsense"][..],
        &["publish"],
        &["revoke", "a", "1"],
        &["convert", "a", "b", "--to", "v9"],
    ] {
        assert_eq!(code(&dramatis(store.path(), args)), 2, "{args:?}");
    }
    let ftp = dramatis(store.path(), &["--inventory", "ftp://x", "status"]);
    assert_eq!(code(&ftp), 1, "{ftp:?}");
}

#[test]
fn a_token_file_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let store = tempfile::tempdir().unwrap();
    let file = store.path().join("token");
    fs::write(&file, "dmt_x").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = dramatis(
        store.path(),
        &["--json", "--token-file", file.to_str().unwrap(), "status"],
    );
    assert_eq!(
        (code(&output), json(&output.stderr)["code"].as_str()),
        (1, Some("token_file")),
        "{output:?}"
    );
}

#[test]
fn a_folder_is_imported_and_the_file_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let cards = folder.path().join("cards");
    fs::create_dir(&cards).unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/mirelle.png");
    fs::copy(sample, cards.join("mirelle.png")).unwrap();
    fs::write(
        cards.join("jo.json"),
        r#"{"name":"Jo","description":"A card."}"#,
    )
    .unwrap();
    fs::write(cards.join("notes.txt"), "not a card").unwrap();
    let store = folder.path().join("store");
    let imported = dramatis(&store, &["import", cards.to_str().unwrap()]);
    assert_eq!(code(&imported), 0, "{imported:?}");
    let said = String::from_utf8_lossy(&imported.stdout);
    assert_eq!(said.matches("imported as").count(), 2, "{said}");
    let back = folder.path().join("back.png");
    let written = dramatis(&store, &["original", "mirelle", back.to_str().unwrap()]);
    assert_eq!(code(&written), 0, "{written:?}");
    assert!(fs::read(&back).unwrap() == fs::read(sample).unwrap());
}
