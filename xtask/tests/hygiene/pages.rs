//! The window's pages: one door to the shell, and nothing raw of a card.

use crate::committed::{files, lines};

const HOST: &str = "ui/src/lib/host.ts";
const BINDINGS: &str = "ui/src/lib/bindings.ts";

#[test]
fn only_the_host_imports_the_shells_api() {
    let others: Vec<String> = pages()
        .into_iter()
        .filter(|path| path != HOST && path != BINDINGS)
        .collect();
    let shell = concat!("@tauri-", "apps");
    let found = lines(&others, |line| line.contains(shell));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_host_calls_the_bindings() {
    let others: Vec<String> = pages().into_iter().filter(|path| path != HOST).collect();
    let found = lines(&others, |line| {
        let bindings = line.contains("/bindings'") || line.contains("/bindings\"");
        bindings && line.contains("import") && !line.contains("import type")
    });
    assert!(
        found.is_empty(),
        "types only, please:\n{}",
        found.join("\n")
    );
}

#[test]
fn no_page_renders_raw_html() {
    let found = lines(&pages(), |line| {
        line.contains("{@html") || line.contains(".innerHTML") || line.contains("outerHTML")
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn pages() -> Vec<String> {
    files(&[".ts", ".svelte", ".js"])
        .into_iter()
        .filter(|path| path.starts_with("ui/src/"))
        .collect()
}
