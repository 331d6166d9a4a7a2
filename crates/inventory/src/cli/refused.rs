//! What went wrong before a command could do anything, in words that say what
//! to do about it.

use clap::{
    Command,
    error::{ContextKind, ContextValue, Error as Usage, ErrorKind},
};
use sqlx::Error as Driver;
use std::error::Error;

/// Said in place of Postgres' words about a role or a table that is not there.
const UNMIGRATED: &str = "This database was not made ready yet, or by an older version. Nothing was changed. As its administrator, run `dramatis-inventory migrate` first, then this again.";

/// Where the database lacks what migrations make: that it does, and its words.
pub(super) fn unmigrated(fault: &(dyn Error + 'static)) -> Option<String> {
    let driver = std::iter::successors(Some(fault), |&fault| fault.source())
        .find_map(|fault| fault.downcast_ref::<Driver>())?
        .as_database_error()?;
    let said = driver.message();
    let lacks = match driver.code().as_deref() {
        // A value of a setting; `role` is the one that can be wrong.
        Some("22023") => said.contains("dramatis_"),
        Some("42P01") => true,
        _ => false,
    };
    lacks.then(|| format!("{UNMIGRATED} ({said})"))
}

/// Names the variables that stand for the arguments that are missing.
pub(super) fn with_variables(mut fault: Usage, command: &Command) -> Usage {
    if fault.kind() != ErrorKind::MissingRequiredArgument {
        return fault;
    }
    let Some(ContextValue::Strings(missing)) = fault.get(ContextKind::InvalidArg) else {
        return fault;
    };
    let tips: Vec<_> = missing
        .iter()
        .filter_map(|argument| {
            let flag = argument.split_whitespace().next()?;
            let variable = variable(command, flag.strip_prefix("--")?)?;
            Some(format!("{flag} is read from the variable {variable} too").into())
        })
        .collect();
    if !tips.is_empty() {
        fault.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    fault
}

/// The variable that a flag is read from; the same in every command that has it.
fn variable(command: &Command, flag: &str) -> Option<String> {
    let here = command
        .get_arguments()
        .find(|argument| argument.get_long() == Some(flag))
        .and_then(|argument| argument.get_env())
        .map(|name| name.to_string_lossy().into_owned());
    here.or_else(|| {
        command
            .get_subcommands()
            .find_map(|below| variable(below, flag))
    })
}
