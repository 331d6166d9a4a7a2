//! What git has, or would have after `git add`: the files the rules are about.

use std::{fs, path::Path, process::Command};

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Paths below the root of all files with one of `endings`.
pub(crate) fn files(endings: &[&str]) -> Vec<String> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .expect("git lists the checkout's files");
    assert!(listed.status.success(), "git ls-files: {listed:?}");
    let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let files: Vec<String> = paths
        .split('\0')
        .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
        // Deleted, but not yet for git.
        .filter(|path| root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    assert!(!files.is_empty(), "no file ends in {endings:?}");
    files
}

/// The text of one of them.
pub(crate) fn text(path: &str) -> String {
    let bytes = fs::read(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `path:line` of every line that `is_off`.
pub(crate) fn lines(paths: &[String], is_off: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for path in paths {
        for (at, line) in text(path).lines().enumerate() {
            if is_off(line) {
                found.push(format!("{path}:{}: {}", at + 1, line.trim()));
            }
        }
    }
    found
}
