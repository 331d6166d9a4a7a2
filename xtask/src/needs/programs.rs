//! Programs that a person installs: whether they are here, and new enough.

use std::{env, fs};

use crate::{
    fault::{About, Fault},
    house, shell,
};

/// Whether `program` can be called by its name.
pub(crate) fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Node and npm, of the version `ui/package.json` asks for.
pub(crate) fn node() -> Result<(), Fault> {
    let asked = asked_node()?;
    let fix = format!(
        "Install Node.js {}.{} or newer, with npm.",
        asked.0, asked.1
    );
    let Some(said) = shell::answer("node", &["--version"]) else {
        return Err(Fault::new("There is no Node.js here (`node`).").fix(fix));
    };
    if version(&said).is_none_or(|here| here < asked) {
        return Err(Fault::new(format!("Node.js {said} is too old.")).fix(fix));
    }
    if on_path("npm") {
        return Ok(());
    }
    Err(Fault::new("Node.js is here, but npm is not.").fix(fix))
}

/// The lowest version in `"node": ">=20.19"`.
fn asked_node() -> Result<(u32, u32), Fault> {
    let path = house::root().join("ui/package.json");
    let text = fs::read_to_string(&path).about("read", &path)?;
    let asked = text.split("\"node\": \">=").nth(1).and_then(version);
    asked.ok_or_else(|| Fault::new("ui/package.json does not say which Node.js it needs."))
}

/// Major and minor of `v20.20.2`, or of text that begins so.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text
        .trim_start_matches('v')
        .split(|c: char| !c.is_ascii_digit());
    Some((
        numbers.next()?.parse().ok()?,
        numbers.next().and_then(|n| n.parse().ok()).unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(version("v20.20.2"), Some((20, 20)));
        assert_eq!(version("20\"\n"), Some((20, 0)));
        assert!(version("v9.11.2") < version("20.19"));
        assert_eq!(version("nightly"), None);
    }
}
