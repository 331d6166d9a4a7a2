//! What the person asks for.

use crate::fault::Fault;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures publishing, saving and importing, each beside its floor.
#[derive(Debug, Parser)]
#[command(name = "dramatis-bench", version)]
pub(crate) struct Arguments {
    /// Everything tiny: shows that it runs, measures nothing
    #[arg(long)]
    pub(crate) quick: bool,
    /// The table as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Only this
    #[arg(long, value_enum)]
    only: Vec<Measure>,
    /// Where stores and cards lie meanwhile; on the disk that is to be measured
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    /// Publishing over HTTP
    Publish,
    /// Saving a draft
    Save,
    /// Importing cards
    Import,
}

impl Arguments {
    pub(crate) fn wants(&self, measure: Measure) -> bool {
        self.only.is_empty() || self.only.contains(&measure)
    }

    /// The folder, made where it is missing.
    pub(crate) fn folder(&self) -> Result<PathBuf, Fault> {
        let about = || format!("the folder {}", self.folder.display());
        std::fs::create_dir_all(&self.folder).map_err(Fault::io(about()))?;
        self.folder.canonicalize().map_err(Fault::io(about()))
    }
}
