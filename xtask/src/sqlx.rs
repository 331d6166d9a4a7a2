//! The query cache `.sqlx`: what every `query!` answers, so that builds need
//! no database. Made by compiling the queries against real databases, as
//! `cargo sqlx prepare` does it, but without that program's compile time.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    databases::{Databases, Runner},
    fault::{About, Fault},
    house, shell,
};

/// Crate, and how its entries in the cache name their database.
const WITH_QUERIES: [(&str, &str); 2] = [
    ("dramatis-drafts", "\"db_name\": \"SQLite\""),
    ("dramatis-inventory", "\"db_name\": \"PostgreSQL\""),
];

type Entries = BTreeMap<String, Vec<u8>>;

/// `cargo xtask sqlx …`.
pub(crate) fn command(words: &[&str]) -> Result<(), Fault> {
    match words {
        ["prepare"] => prepare(&WITH_QUERIES),
        ["prepare", rest @ ..] => prepare(&chosen(rest)?),
        ["check"] => check(),
        _ => Err(Fault::new(
            "Usage: cargo xtask sqlx prepare [-p CRATE]… | check",
        )),
    }
}

/// Writes `.sqlx` anew for the given crates.
pub(crate) fn prepare(crates: &[(&str, &str)]) -> Result<(), Fault> {
    let mut packages = vec!["check", "--all-targets"];
    packages.extend(crates.iter().flat_map(|(name, _)| ["--package", name]));
    let databases = Databases::fresh(Runner::Alone)?;
    let found = compile(crates, &databases, &packages)?;
    let cache = cache();
    fs::create_dir_all(&cache).about("create", &cache)?;
    for (name, bytes) in read(&cache)? {
        let text = String::from_utf8_lossy(&bytes);
        let ours = crates.iter().any(|(_, database)| text.contains(database));
        if ours && !found.contains_key(&name) {
            let path = cache.join(&name);
            fs::remove_file(&path).about("remove", &path)?;
        }
    }
    for (name, bytes) in &found {
        let path = cache.join(name);
        fs::write(&path, bytes).about("write", &path)?;
    }
    println!("{} queries are in .sqlx; commit it.", found.len());
    Ok(())
}

/// Compares `.sqlx` with what the queries answer now.
pub(crate) fn check() -> Result<(), Fault> {
    // The whole workspace, as clippy looks at it next.
    let whole = ["check", "--all-targets", "--workspace"];
    let databases = Databases::fresh(Runner::WithTests)?;
    let found = compile(&WITH_QUERIES, &databases, &whole)?;
    let committed = read(&cache())?;
    let mut off = Vec::new();
    for (name, bytes) in &found {
        match committed.get(name) {
            None => off.push(format!("missing: {name}")),
            Some(kept) if kept != bytes => off.push(format!("differs: {name}")),
            Some(_) => {}
        }
    }
    let unused = committed.keys().filter(|name| !found.contains_key(*name));
    off.extend(unused.map(|name| format!("not used any more: {name}")));
    if off.is_empty() {
        println!("{} queries, all as in .sqlx.", found.len());
        return Ok(());
    }
    Err(Fault::new(format!(
        ".sqlx is not what the queries answer:\n{}",
        off.join("\n")
    ))
    .fix("Run `cargo xtask sqlx prepare` and commit .sqlx."))
}

fn chosen(words: &[&str]) -> Result<Vec<(&'static str, &'static str)>, Fault> {
    let mut crates = Vec::new();
    for pair in words.chunks(2) {
        let known = WITH_QUERIES
            .iter()
            .find(|(name, _)| pair.get(1) == Some(name));
        match (pair.first(), known) {
            (Some(&("-p" | "--package")), Some(known)) => crates.push(*known),
            _ => {
                return Err(Fault::new("Which crate?")
                    .fix("cargo xtask sqlx prepare -p dramatis-drafts -p dramatis-inventory"));
            }
        }
    }
    Ok(crates)
}

/// Has the macros write what they learn into an empty folder, and reads it.
fn compile(
    crates: &[(&str, &str)],
    databases: &Databases,
    check: &[&str],
) -> Result<Entries, Fault> {
    let folder = house::scratch().join("queries");
    if folder.exists() {
        fs::remove_dir_all(&folder).about("remove", &folder)?;
    }
    fs::create_dir_all(&folder).about("create", &folder)?;

    let mut build = house::cargo();
    let _touched = Touched::roots_of(crates)?;
    build
        .args(check)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &folder);
    let doing = "Compiling the queries against real databases";
    shell::logged("sqlx", doing, databases.name_to(&mut build))?.success(doing)?;
    read(&folder)
}

/// Files made newer for a moment. Cargo does not know that the databases are
/// an input: a newer crate root makes it expand the macros again. Afterwards
/// they get their times back, or all that was built before would be stale.
struct Touched(Vec<(PathBuf, SystemTime, SystemTime)>);

impl Touched {
    fn roots_of(crates: &[(&str, &str)]) -> Result<Self, Fault> {
        let now = SystemTime::now();
        let mut touched = Self(Vec::new());
        for path in crates.iter().flat_map(|(name, _)| roots(name)) {
            let before = modified(&path)?;
            set_modified(&path, now)?;
            touched.0.push((path, before, now));
        }
        Ok(touched)
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (path, before, now) in &self.0 {
            // Somebody may have edited it meanwhile; then it is new indeed.
            if modified(path).is_ok_and(|time| time == *now) {
                set_modified(path, *before).ok();
            }
        }
    }
}

/// The files that a crate's targets begin with.
fn roots(name: &str) -> Vec<PathBuf> {
    let room = name.trim_start_matches("dramatis-");
    let package = house::root().join("crates").join(room);
    let mut roots = vec![package.join("src/lib.rs"), package.join("src/main.rs")];
    for folder in ["tests", "examples", "benches"] {
        let entries = fs::read_dir(package.join(folder)).into_iter().flatten();
        roots.extend(entries.flatten().map(|entry| entry.path()));
    }
    roots.retain(|path| path.is_file());
    roots
}

fn modified(path: &Path) -> Result<SystemTime, Fault> {
    fs::metadata(path)
        .and_then(|data| data.modified())
        .about("look at", path)
}

fn set_modified(path: &Path, time: SystemTime) -> Result<(), Fault> {
    fs::File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(time))
        .about("touch", path)
}

fn cache() -> PathBuf {
    house::root().join(".sqlx")
}

fn read(folder: &Path) -> Result<Entries, Fault> {
    let mut entries = Entries::new();
    let Ok(listed) = fs::read_dir(folder) else {
        return Ok(entries);
    };
    for entry in listed.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            let bytes = fs::read(entry.path()).about("read", entry.path())?;
            entries.insert(name, bytes);
        }
    }
    Ok(entries)
}
