//! `cargo xtask generate`: writes anew what is generated and committed. That
//! it is fresh is checked by tests, which is why the tests can write it.

use crate::{
    fault::Fault,
    house, needs,
    shell::{self, shown_run},
    sqlx,
};

/// What is written, the test that checks it, and the variable that makes
/// that test write instead.
const WRITTEN_BY_TESTS: [(&str, &str, &[&str]); 3] = [
    (
        "ui/src/lib/bindings.ts",
        "UPDATE_BINDINGS",
        &["-p", "dramatis-studio", "--test", "bindings"],
    ),
    (
        "docs/openapi.json",
        "DRAMATIS_UPDATE",
        &[
            "-p",
            "dramatis-inventory",
            "--test",
            "http",
            "openapi_is_fresh",
        ],
    ),
    // Behind the description that it is made of.
    (
        "crates/client/src/generated.rs",
        "DRAMATIS_UPDATE",
        &["-p", "dramatis-api", "--test", "client"],
    ),
];

/// Writes everything, or only what is named.
pub(crate) fn command(words: &[&str]) -> Result<(), Fault> {
    let all = words.is_empty();
    let known = ["sqlx", "bindings", "openapi", "client"];
    if let Some(unknown) = words.iter().find(|word| !known.contains(word)) {
        return Err(
            Fault::new(format!("Nothing called `{unknown}` is generated.")).fix(format!(
                "Usage: cargo xtask generate [{}]…",
                known.join("|")
            )),
        );
    }
    // Everything else compiles with the queries' answers.
    if all || words.contains(&"sqlx") {
        sqlx::command(&["prepare"])?;
    }
    needs::bring(&[&needs::WEBVIEW])?;
    for (path, variable, test) in WRITTEN_BY_TESTS {
        if all || words.iter().any(|word| path.contains(word)) {
            let mut write = house::cargo();
            write.arg("test").args(test).env(variable, "1");
            write.env("SQLX_OFFLINE", "true");
            let doing = format!("Writing {path}");
            shell::logged("generate", &doing, &mut write)?.success(&doing)?;
        }
    }
    shown_run(
        "git status",
        std::process::Command::new("git")
            .args([
                "status",
                "--short",
                "--",
                ".sqlx",
                "docs",
                "ui/src/lib/bindings.ts",
                "crates/client/src/generated.rs",
            ])
            .current_dir(house::root()),
    )
}
