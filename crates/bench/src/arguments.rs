//! What the person asks for.

use crate::fault::Fault;
use clap::{Parser, ValueEnum};
use std::{path::PathBuf, time::Duration};

/// Measures publishing, reading, verifying, saving and importing, each beside
/// its floor.
#[derive(Debug, Parser)]
#[command(name = "dramatis-bench", version)]
pub(crate) struct Arguments {
    /// Everything tiny: shows that it runs, measures nothing
    #[arg(long)]
    pub(crate) quick: bool,
    /// The table as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Only this; `soak` is measured only where it is named
    #[arg(long, value_enum)]
    only: Vec<Measure>,
    /// Releases that are stored for `scale` and `reads`: 1 million without it.
    /// A million takes about 10 GB of disk
    #[arg(long, value_parser = clap::value_parser!(u32).range(512..))]
    pub(crate) stored: Option<u32>,
    /// How long `soak` goes on: 10 without it
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: Option<u64>,
    /// Where stores and cards lie meanwhile; on the disk that is to be measured
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    /// Publishing over HTTP
    Publish,
    /// Publishing with few and with many releases stored
    Scale,
    /// Reading with many releases stored
    Reads,
    /// Verifying the history
    Verify,
    /// Saving a draft
    Save,
    /// Importing cards
    Import,
    /// Ten minutes of everything, and what memory it takes
    Soak,
}

impl Arguments {
    pub(crate) fn wants(&self, measure: Measure) -> bool {
        if self.only.is_empty() {
            return measure != Measure::Soak;
        }
        self.only.contains(&measure)
    }

    pub(crate) fn wants_any(&self, measures: &[Measure]) -> bool {
        measures.iter().any(|measure| self.wants(*measure))
    }

    /// How long the soak goes on, where that was said.
    pub(crate) fn soak(&self) -> Option<Duration> {
        self.minutes
            .map(|minutes| Duration::from_secs(minutes * 60))
    }

    /// The folder, made where it is missing.
    pub(crate) fn folder(&self) -> Result<PathBuf, Fault> {
        let about = || format!("the folder {}", self.folder.display());
        std::fs::create_dir_all(&self.folder).map_err(Fault::io(about()))?;
        self.folder.canonicalize().map_err(Fault::io(about()))
    }
}
