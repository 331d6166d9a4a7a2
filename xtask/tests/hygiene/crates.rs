//! Which crate may know which.

use std::{collections::BTreeSet, process::Command};

use crate::committed::{files, lines, root};

/// Crates that open files or sockets, wait, or ask the system.
const IO: [&str; 15] = [
    "tokio",
    "mio",
    "socket2",
    "sqlx",
    "sqlx-core",
    "reqwest",
    "hyper",
    "axum",
    "rustls",
    "keyring",
    "keyring-core",
    "object_store",
    "tauri",
    "tempfile",
    "walkdir",
];

#[test]
fn domain_and_cards_depend_on_no_io_crate() {
    for pure in ["dramatis-domain", "dramatis-cards"] {
        let known = dependencies(pure, "normal,build");
        let found: Vec<&str> = IO.into_iter().filter(|io| known.contains(*io)).collect();
        assert!(found.is_empty(), "{pure} depends on {found:?}");
    }
}

#[test]
fn domain_and_cards_ask_the_system_for_nothing() {
    let pure: Vec<String> = files(&[".rs"])
        .into_iter()
        .filter(|p| p.starts_with("crates/domain/src/") || p.starts_with("crates/cards/src/"))
        .collect();
    let asks = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "fs::File",
        "SystemTime",
        "Instant::now",
        "now_utc",
        "now_v7",
        "new_v4",
        "rand::",
    ];
    let found = lines(&pure, |line| {
        let comment = line.trim_start().starts_with("//");
        !comment && asks.iter().any(|ask| line.contains(ask))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn drafts_and_inventory_do_not_see_each_other() {
    let all = "normal,build,dev";
    assert!(!dependencies("dramatis-drafts", all).contains("dramatis-inventory"));
    assert!(!dependencies("dramatis-inventory", all).contains("dramatis-drafts"));
    for studio in ["dramatis-studio", "dramatis-cli"] {
        let known = dependencies(studio, "normal,build");
        assert!(
            known.contains("dramatis-drafts"),
            "{studio} without drafts?"
        );
        assert!(
            !known.contains("dramatis-inventory"),
            "{studio} sees the inventory"
        );
    }
}

#[test]
fn the_studios_side_asks_an_inventory_through_the_generated_client_alone() {
    assert!(!dependencies("dramatis-inventory", "normal,build").contains("dramatis-client"));
    let manifest = std::fs::read_to_string(root().join("crates/drafts/Cargo.toml"))
        .expect("drafts has a manifest");
    assert!(!manifest.contains("reqwest"), "drafts opens connections");
    let side = ["crates/drafts/src/", "crates/cli/src/", "src-tauri/"];
    let side: Vec<String> = files(&[".rs"])
        .into_iter()
        .filter(|path| side.iter().any(|folder| path.starts_with(folder)))
        .collect();
    let spelled = lines(&side, |line| {
        line.contains("\"/v1") || line.contains("api::paths") || line.contains("paths::")
    });
    assert!(spelled.is_empty(), "{}", spelled.join("\n"));
}

#[test]
fn domain_knows_none_of_the_other_rooms() {
    let known = dependencies("dramatis-domain", "normal,build,dev");
    let rooms: Vec<&String> = known
        .iter()
        .filter(|name| name.starts_with("dramatis-") && *name != "dramatis-domain")
        .collect();
    assert!(rooms.is_empty(), "domain depends on {rooms:?}");
}

#[test]
fn only_the_studio_knows_tauri() {
    assert_eq!(
        ours_that_name("tauri"),
        BTreeSet::from(["dramatis-studio".to_owned()])
    );
}

#[test]
fn only_drafts_knows_the_keychain() {
    assert_eq!(
        ours_that_name("keyring"),
        BTreeSet::from(["dramatis-drafts".to_owned()])
    );
}

#[test]
fn only_the_two_sides_have_checked_queries() {
    // `cargo xtask sqlx` looks at these two, and at no other.
    let others: Vec<String> = files(&[".rs"])
        .into_iter()
        .filter(|path| !path.starts_with("crates/drafts/"))
        .filter(|path| !path.starts_with("crates/inventory/"))
        .collect();
    let macros = ["query", "query_as", "query_scalar"].map(|name| format!("{name}!("));
    let found = lines(&others, |line| {
        macros.iter().any(|m| line.contains(m.as_str()))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn numbers_are_never_arbitrary_precision() {
    let features = tree(&[
        "--workspace",
        "-e",
        "features,normal,build,dev",
        "-i",
        "serde_json",
    ]);
    assert!(features.contains("preserve_order"), "{features}");
    assert!(!features.contains("arbitrary_precision"));
}

/// Every crate that `package` is built from.
fn dependencies(package: &str, edges: &str) -> BTreeSet<String> {
    names(&tree(&["-p", package, "-e", edges]))
}

/// Our own crates whose manifest names `dependency`.
fn ours_that_name(dependency: &str) -> BTreeSet<String> {
    let edges = "normal,build,dev";
    let users = tree(&["--workspace", "-i", dependency, "--depth", "1", "-e", edges]);
    names(&users)
        .into_iter()
        .filter(|name| name.starts_with("dramatis-") || name.starts_with("xtask"))
        .collect()
}

fn names(tree: &str) -> BTreeSet<String> {
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    tree.lines().filter_map(first).collect()
}

fn tree(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--prefix", "none", "--target", "all"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo tree {arguments:?}: {errors}"
    );
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}
