//! Small files with one question each.

use crate::committed::{files, text};

/// A file longer than this asks to be two.
const LIMIT: usize = 400;

/// Files that were asked, and why they are one all the same.
const LONGER: [(&str, &str); 0] = [];

/// Written by a program, and read by nobody.
const GENERATED: [&str; 2] = ["crates/client/src/generated.rs", "ui/src/lib/bindings.ts"];

#[test]
fn no_production_file_is_longer_than_it_may_be() {
    let long: Vec<String> = production()
        .into_iter()
        .filter(|path| LONGER.iter().all(|(known, _)| known != path))
        .filter_map(|path| {
            let lines = text(&path).lines().count();
            (lines > LIMIT).then(|| format!("{path}: {lines} lines"))
        })
        .collect();
    assert!(
        long.is_empty(),
        "over {LIMIT} lines, so each asks to be two:\n{}",
        long.join("\n")
    );
}

#[test]
fn the_list_of_longer_files_names_only_longer_files() {
    for (path, why) in LONGER {
        assert!(!why.is_empty(), "{path} needs a reason");
        assert!(text(path).lines().count() > LIMIT, "{path} is short now");
    }
}

fn production() -> Vec<String> {
    files(&[".rs", ".ts", ".js", ".svelte", ".css", ".sql"])
        .into_iter()
        .filter(|path| !GENERATED.contains(&path.as_str()))
        .filter(|path| !path.contains("tests/") && !path.contains("/e2e/"))
        .filter(|path| !path.ends_with(".test.ts") && !path.ends_with("tests.rs"))
        .collect()
}
