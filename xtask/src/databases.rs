//! The two schemas, laid out in empty databases from the committed
//! migrations: for checking queries, and for writing them.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{
    fault::{About, Fault},
    house, needs,
    postgres::{self, Cluster},
    shell, studio,
};

/// The variables named in each crate's `sqlx.toml`.
pub(crate) const DRAFTS: &str = "DRAFTS_DATABASE_URL";
pub(crate) const INVENTORY: &str = "INVENTORY_DATABASE_URL";

/// How the program that applies migrations is come by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runner {
    /// By itself: nothing else has to compile.
    Alone,
    /// With all tests, which are about to run: its dependencies are then
    /// compiled once, and not once more for it.
    WithTests,
}

impl Runner {
    fn build(self) -> Result<PathBuf, Fault> {
        match self {
            Self::WithTests => studio::build_tests()?,
            Self::Alone => {
                let mut build = house::cargo();
                build.args(["build", "--package", "xtask-migrate"]);
                let doing = "Building the migration runner";
                shell::logged("migrate", doing, &mut build)?.success(doing)?;
            }
        }
        Ok(house::target().join("debug/xtask-migrate"))
    }
}

/// Both schemas in databases that go when this value does. There is only one
/// at a time, also between programs.
pub(crate) struct Databases {
    _turn: fs::File,
    _cluster: postgres::Passing,
    folder: PathBuf,
    inventory: String,
    drafts: String,
}

impl Databases {
    /// Starts a cluster, and applies all migrations.
    pub(crate) fn fresh(runner: Runner) -> Result<Self, Fault> {
        needs::bring(&[&needs::POSTGRES])?;
        let turn = turn()?;
        let migrate = runner.build()?;
        let cluster = Cluster::passing()?;
        let folder = house::scratch().join("databases");
        fs::create_dir_all(&folder).about("create", &folder)?;
        let inventory = cluster.url("inventory");
        let drafts = format!("sqlite:{}", folder.join("drafts.sqlite").display());
        lay_out(&migrate, &inventory, "inventory")?;
        lay_out(&migrate, &drafts, "drafts")?;
        Ok(Self {
            _turn: turn,
            _cluster: cluster,
            folder,
            inventory,
            drafts,
        })
    }

    /// Points `command` at them.
    pub(crate) fn name_to<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env(INVENTORY, &self.inventory)
            .env(DRAFTS, &self.drafts)
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// Waits until nobody else checks queries in this checkout.
fn turn() -> Result<fs::File, Fault> {
    let folder = house::scratch();
    fs::create_dir_all(&folder).about("create", &folder)?;
    let path = folder.join("databases.lock");
    let file = fs::File::create(&path).about("create", &path)?;
    if file.try_lock().is_err() {
        println!("· Waiting for another `cargo xtask` that checks queries …");
        file.lock().about("lock", &path)?;
    }
    Ok(file)
}

/// `cargo xtask db`: the same databases, kept until `db stop`.
pub(crate) fn command(words: &[&str]) -> Result<(), Fault> {
    let (inventory, drafts) = match words {
        [] => (true, true),
        ["inventory"] => (true, false),
        ["drafts"] => (false, true),
        ["stop"] => return stop(),
        _ => return Err(Fault::new("Usage: cargo xtask db [drafts|inventory|stop]")),
    };
    let folder = kept_folder();
    let migrate = Runner::Alone.build()?;
    let mut exports = Vec::new();
    if inventory {
        needs::bring(&[&needs::POSTGRES])?;
        let server = folder.with_extension("postgres");
        let cluster = match Cluster::running(&server) {
            Some(cluster) => cluster,
            None => Cluster::start(&server)?,
        };
        let url = cluster.url("inventory");
        lay_out(&migrate, &url, "inventory")?;
        exports.push(format!("export {INVENTORY}='{url}'"));
        // `#[sqlx::test]` makes its databases beside this one.
        exports.push(format!("export DATABASE_URL='{}'", cluster.url("postgres")));
    }
    if drafts {
        fs::create_dir_all(&folder).about("create", &folder)?;
        let url = format!("sqlite:{}", folder.join("drafts.sqlite").display());
        lay_out(&migrate, &url, "drafts")?;
        exports.push(format!("export {DRAFTS}='{url}'"));
    }
    println!("{}", exports.join("\n"));
    Ok(())
}

fn stop() -> Result<(), Fault> {
    let folder = kept_folder();
    if let Some(cluster) = Cluster::running(&folder.with_extension("postgres")) {
        cluster.stop()?;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).about("remove", &folder)?;
    }
    Ok(())
}

/// Outside the checkout: Postgres' own user must be able to reach it.
fn kept_folder() -> PathBuf {
    let checkout: String = house::root()
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    env::temp_dir().join(format!("dramatis-db{checkout}"))
}

fn lay_out(migrate: &PathBuf, url: &str, which: &str) -> Result<(), Fault> {
    let folder = house::root().join("migrations").join(which);
    shell::shown_run(
        &format!("Laying out the {which} schema"),
        Command::new(migrate).arg(url).arg(folder),
    )
}
