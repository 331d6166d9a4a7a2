//! Where the inventory's program is.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::LocalError;

/// Names the inventory's program, for development and tests.
pub const BINARY_VARIABLE: &str = "DRAMATIS_INVENTORY_BIN";

/// The inventory's program: what [`BINARY_VARIABLE`] names, else the one beside
/// the program that runs, where an installed studio has it.
///
/// # Errors
/// [`LocalError::NoBinary`] with the place where it was expected.
pub fn find_binary() -> Result<PathBuf, LocalError> {
    let named = env::var_os(BINARY_VARIABLE).map(PathBuf::from);
    let own = env::current_exe().unwrap_or_default();
    choose(named, &own)
}

fn choose(named: Option<PathBuf>, own: &Path) -> Result<PathBuf, LocalError> {
    let name = format!("dramatis-inventory{}", env::consts::EXE_SUFFIX);
    let program = named.unwrap_or_else(|| own.with_file_name(name));
    if program.is_file() {
        Ok(program)
    } else {
        Err(LocalError::NoBinary(program))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_named_one_comes_before_the_one_beside() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("dramatis-studio");
        let Err(LocalError::NoBinary(expected)) = choose(None, &own) else {
            panic!("found what is not there");
        };
        assert_eq!(expected.parent(), Some(folder.path()));
        std::fs::write(&expected, "").unwrap();
        assert_eq!(choose(None, &own).unwrap(), expected);
        let named = folder.path().join("other");
        assert!(choose(Some(named.clone()), &own).is_err());
        std::fs::write(&named, "").unwrap();
        assert_eq!(choose(Some(named.clone()), &own).unwrap(), named);
    }
}
