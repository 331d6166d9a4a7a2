//! That the bench runs, with real parts, and fills every row. Times are not
//! asked about: a busy computer would answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::{path::Path, process::Command};

#[test]
fn every_row_has_its_numbers() {
    let rows = quick(&[]);
    let measured = |what: &str| {
        rows.iter()
            .filter(|row| row["what"].as_str().unwrap().starts_with(what))
            .count()
    };
    // 1 client, then 8 and 32 with an item each and on one item, each beside
    // two floors; and with few and with many releases stored.
    assert_eq!(measured("publish"), 1 + 2 * 2 + 2 * 2 + 1);
    // A manifest, a channel, lists three ways, and who is asking.
    assert_eq!(measured("read"), 6);
    // Beside the events alone, and beside all that it reads.
    assert_eq!(measured("verify"), 2);
    assert_eq!(measured("save"), 1);
    assert_eq!(measured("import"), 1);
    assert_eq!(rows.len(), 20);
}

#[test]
fn a_soak_says_what_memory_it_took() {
    let rows = quick(&["--only", "soak"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["unit"], "MB");
}

/// The rows of a tiny run.
fn quick(words: &[&str]) -> Vec<Value> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tempfile::tempdir_in(target).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dramatis-bench"))
        .args(["--quick", "--json", "--folder"])
        .arg(folder.path())
        .args(words)
        // The program itself is the service: whatever else lies built is older.
        .env_remove("DRAMATIS_INVENTORY_BIN")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let table: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = table["rows"].as_array().unwrap().clone();
    for row in &rows {
        for side in ["ours", "floor"] {
            assert!(
                row[side]
                    .as_f64()
                    .is_some_and(|rate| rate > 0.0 && rate.is_finite()),
                "{row}"
            );
        }
    }
    rows
}
