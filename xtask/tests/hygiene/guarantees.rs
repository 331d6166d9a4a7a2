//! Every test that docs/guarantees.md names is there, where it says.

use crate::committed::{files, text};

#[test]
fn guarantees_name_tests_that_exist() {
    let sources = files(&[".rs"]);
    let mut named = 0;
    for line in text("docs/guarantees.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ([_, _, room, tests, _] | [_, _, _, room, tests, _]) = cells.as_slice() else {
            assert!(!line.starts_with('|'), "docs/guarantees.md: {line}");
            continue;
        };
        let folder = match *room {
            "cards" | "cli" | "domain" | "drafts" | "inventory" => format!("crates/{room}/"),
            "studio" => "tests/".to_owned(),
            // A table's head.
            "where" | "---" => continue,
            _ => panic!("docs/guarantees.md names no room: {line}"),
        };
        assert!(
            tests.contains('`'),
            "docs/guarantees.md names no test: {line}"
        );
        for name in tests.split('`').skip(1).step_by(2) {
            named += 1;
            let wanted = format!("fn {name}(");
            let found = sources
                .iter()
                .filter(|file| file.starts_with(&folder))
                .any(|file| text(file).contains(&wanted));
            assert!(
                found,
                "docs/guarantees.md names {name}, which {folder} lacks"
            );
        }
    }
    assert!(named > 250, "only {named} tests were found in the tables");
}
