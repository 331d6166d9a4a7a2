//! `cargo xtask bench`: every measurement beside its floor, in one run.

use std::process::Command;

use crate::{fault::Fault, house, needs, shell};

/// Builds what is measured as it is shipped, then measures it. Further words
/// go to the measuring program.
pub(crate) fn command(words: &[&str]) -> Result<(), Fault> {
    needs::bring(&[&needs::POSTGRES])?;
    let mut build = house::cargo();
    build.args([
        "build",
        "--release",
        "-p",
        "dramatis-bench",
        "-p",
        "dramatis-inventory",
    ]);
    build.env("SQLX_OFFLINE", "true");
    let doing = "Compiling what is measured, optimised";
    shell::logged("bench-build", doing, &mut build)?.success(doing)?;

    let programs = house::target().join("release");
    let mut bench = Command::new(programs.join("dramatis-bench"));
    bench.args(words).current_dir(house::root()).env(
        "DRAMATIS_INVENTORY_BIN",
        programs.join("dramatis-inventory"),
    );
    shell::shown_run("The bench", &mut bench)
}
