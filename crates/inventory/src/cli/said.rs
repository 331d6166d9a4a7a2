//! What a failed command says: what happened, what is safe, what to do, and the
//! cause at the end, in Postgres' words and not in the driver's.

use crate::migrate::MigrateFault;
use sqlx::{Error as Driver, migrate::MigrateError};
use std::{error::Error, io::ErrorKind};

/// The failure, for people.
pub(super) fn said(fault: &(dyn Error + 'static)) -> String {
    let whole = fault.to_string();
    let chain = || std::iter::successors(Some(fault), |&fault| fault.source());
    let Some(driver) = chain().find_map(|fault| fault.downcast_ref::<Driver>()) else {
        return whole;
    };
    let cause = cause(driver);
    if let Some(what) = never_began(driver) {
        return format!("{what} ({cause})");
    }
    if let Some(fault) = chain().find_map(|fault| fault.downcast_ref()) {
        return format!("{} ({cause})", not_migrated(fault));
    }
    whole.replace(&driver.to_string(), &cause)
}

/// How far a migration came.
const fn not_migrated(fault: &MigrateFault) -> &'static str {
    match fault {
        MigrateFault::Schema(MigrateError::ExecuteMigration(..)) => {
            "A migration was not made, and is undone whole; those before it stand, and the data is safe. Mend the cause and run it again."
        }
        MigrateFault::Schema(_) => {
            "The migrations did not run to their end. Those that were made stand, each whole, and the data is safe. Mend the cause and run it again."
        }
        MigrateFault::Afterwards(_) => {
            "The schema is up to date and the data is safe, but what lists and search show of older releases was not finished. Mend the cause and run it again."
        }
    }
}

/// Where the command was not let in: nothing more was changed.
fn never_began(driver: &Driver) -> Option<&'static str> {
    const AWAY: &str = "Postgres cannot be reached, so nothing more was changed. See that it runs and that the URL names its host and port, then run the command again.";
    const BUSY: &str = "Postgres does not take connections now, so nothing more was changed. Wait until it is up and has room, then run the command again.";
    const LOGIN: &str = "Postgres does not let this login in, so nothing more was changed. See that the URL names a login with its password that may act as the role the command needs, then run it again.";
    const NOT_THERE: &str = "That Postgres has no such database, so nothing more was changed. See that the URL names the right one, or create it, then run the command again.";
    const URL: &str = "The URL of Postgres cannot be read, so nothing was changed. It looks like postgres://USER:PASSWORD@HOST/DATABASE.";
    match driver {
        Driver::Configuration(_) => Some(URL),
        Driver::Tls(_) | Driver::PoolTimedOut => Some(AWAY),
        Driver::Io(fault) => {
            let away = matches!(
                fault.kind(),
                ErrorKind::ConnectionRefused
                    | ErrorKind::NotFound
                    | ErrorKind::PermissionDenied
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
                    | ErrorKind::AddrNotAvailable
            );
            // A name that cannot be looked up has no kind of its own.
            (away || fault.to_string().contains("lookup")).then_some(AWAY)
        }
        Driver::Database(fault) => match fault.code().as_deref() {
            Some("3D000") => Some(NOT_THERE),
            Some("57P03" | "53300") => Some(BUSY),
            Some(code) if code.starts_with("28") => Some(LOGIN),
            _ => None,
        },
        _ => None,
    }
}

/// The cause alone: what Postgres or the system says.
fn cause(driver: &Driver) -> String {
    match driver {
        Driver::Database(fault) => fault.message().to_owned(),
        Driver::Io(fault) => fault.to_string(),
        Driver::Configuration(fault) | Driver::Tls(fault) => fault.to_string(),
        Driver::PoolTimedOut => "no connection came about in time".to_owned(),
        Driver::Migrate(fault) => fault.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_migration_came_is_said() {
        let undone = MigrateError::ExecuteMigration(Driver::RowNotFound, 7);
        let around = MigrateError::Execute(Driver::RowNotFound);
        for (fault, says, not) in [
            (
                MigrateFault::Schema(undone),
                "is undone whole",
                "up to date",
            ),
            (
                MigrateFault::Schema(around),
                "did not run to their end",
                "undone",
            ),
            (
                MigrateFault::Afterwards(Driver::RowNotFound),
                "schema is up to date",
                "undone",
            ),
        ] {
            let said = said(&fault);
            assert!(said.contains(says) && !said.contains(not), "{said}");
            assert!(said.contains("run it again"), "{said}");
        }
    }
}
