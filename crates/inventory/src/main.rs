//! `dramatis-inventory`: see `--help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    dramatis_inventory::command_line()
}
