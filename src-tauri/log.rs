//! The log: a file in the folder for logs, for support. It never holds a token
//! or a creator's text.

use std::{fs, io, io::Write, panic, path::Path};

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use dramatis_drafts::Folders;

/// A log that has grown past this is put aside at the next start.
const LIMIT: u64 = 8 << 20;

/// Begins to log. Without a log the studio works all the same, and says so on
/// the terminal.
pub(crate) fn begin(folders: &Folders) {
    let wanted = EnvFilter::try_from_env("DRAMATIS_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,zbus=warn,sqlx=warn"));
    match file(&folders.logs) {
        Ok(file) => tracing_subscriber::registry()
            .with(wanted)
            .with(fmt::layer().with_ansi(false).with_writer(file))
            .init(),
        Err(why) => to_person(&format!("No log is written: {why}")),
    }
    log_panics();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        store = %folders.store.display(),
        "the studio starts"
    );
}

/// Says something where a person may see it when there is no window.
pub(crate) fn to_person(words: &str) {
    // Nobody may be listening; then there is nobody to tell.
    let _ = writeln!(io::stderr(), "{words}");
}

fn file(folder: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(folder)?;
    let path = folder.join("studio.log");
    if fs::metadata(&path).is_ok_and(|log| log.len() > LIMIT) {
        fs::rename(&path, folder.join("studio.log.1"))?;
    }
    fs::OpenOptions::new().create(true).append(true).open(path)
}

/// A panic is a fault of ours: it goes into the log with its place.
fn log_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        let place = panicked.location().map(ToString::to_string);
        let what = panicked.payload_as_str().unwrap_or("without words");
        tracing::error!(what, place, "a step of the studio failed");
        before(panicked);
    }));
}
