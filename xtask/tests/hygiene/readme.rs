//! The commands that the documents tell people to type.

use std::{collections::BTreeSet, process::Command};

use crate::committed::{files, text};

#[test]
fn every_xtask_command_in_the_documents_exists() {
    let help = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("help")
        .output()
        .expect("xtask starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let known: BTreeSet<&str> = help
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(known.contains("run") && known.contains("test"), "{help}");
    for document in files(&[".md", ".yml", "run"]) {
        for line in text(&document).lines() {
            for rest in line.split("cargo xtask ").skip(1) {
                let word: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '-')
                    .collect();
                let real = word.is_empty() || known.contains(word.as_str());
                assert!(real, "{document}: there is no `cargo xtask {word}`");
            }
        }
    }
}

#[test]
fn the_readme_names_the_two_commands() {
    let readme = text("README.md");
    for command in ["cargo xtask run", "cargo xtask test"] {
        assert!(
            readme.contains(command),
            "README.md does not say `{command}`"
        );
    }
}
