//! Words that must not stand in committed files.

use crate::committed::{files, lines, root, text};

const CODE: [&str; 5] = [".rs", ".ts", ".js", ".svelte", ".sql"];

#[test]
fn no_file_names_a_folder_of_one_computer() {
    let all = files(&[""]);
    // Put together here, or this file would be the first that it finds.
    let mut homes: Vec<String> = ["root", "home", "Users"]
        .iter()
        .map(|home| format!("/{home}/"))
        .collect();
    if root().components().count() > 2 {
        homes.push(root().display().to_string());
    }
    let found = lines(&all, |line| {
        homes.iter().any(|home| {
            line.match_indices(home.as_str()).any(|(at, _)| {
                // A folder's own name may end so: `somewhere/home/`.
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || "$}_.-".contains(c))
            })
        })
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_says_where_packages_come_from() {
    let lock = text("ui/package-lock.json");
    assert!(
        !lock.contains("\"resolved\": \"http"),
        "ui/package-lock.json names hosts"
    );
    let npm = text("ui/.npmrc");
    assert!(!npm.contains("registry="), "ui/.npmrc names a registry");
    let cargo = text(".cargo/config.toml");
    assert!(
        !cargo.contains("[source") && !cargo.contains("[registries"),
        ".cargo/config.toml names a registry"
    );
}

#[test]
fn nothing_is_switched_off_or_left_for_later() {
    let words = [
        concat!("#[", "ignore"),
        concat!(".", "skip("),
        concat!(".", "only("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("@ts-", "ignore"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let code: Vec<String> = files(&CODE)
        .into_iter()
        .filter(|path| path != "ui/src/lib/bindings.ts")
        .collect();
    let found = lines(&code, |line| {
        words.iter().any(|word| {
            // Iterators skip, too: only what a test is given, a quoted name, is meant.
            let quoted = word.ends_with("p(") || word.ends_with("y(");
            line.match_indices(word).any(|(at, _)| {
                let rest = &line[at + word.len()..];
                !quoted || rest.starts_with(['\'', '"', '`'])
            })
        })
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_is_called_after_nothing() {
    let empty = ["Manager", "Service", "Helper", "Util", "Utils", "Helpers"];
    let found = lines(&files(&CODE), |line| {
        let words: Vec<&str> = line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        words.windows(2).any(|pair| {
            ["struct", "enum", "trait", "class", "interface"].contains(&pair[0])
                && empty.iter().any(|name| pair[1].ends_with(name))
        })
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
    let named: Vec<String> = files(&CODE)
        .into_iter()
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            let stem = name.split('.').next().unwrap_or_default().to_lowercase();
            [
                "util", "utils", "helper", "helpers", "manager", "misc", "common",
            ]
            .contains(&stem.as_str())
        })
        .collect();
    assert!(named.is_empty(), "{}", named.join("\n"));
}
