//! The tour as it goes: the window, the hands, the notes.

use std::{path::PathBuf, process::Command, time::Duration};

use crate::{driver::Driver, page::Page, team::Team, transcript::Transcript};

/// How long anything may take that a person waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Everything a scene has at hand.
pub(crate) struct Walk {
    pub(crate) driver: Driver,
    pub(crate) page: Page,
    pub(crate) team: Team,
    pub(crate) notes: Transcript,
    pub(crate) store: PathBuf,
    pub(crate) folder: PathBuf,
    pictures: u32,
}

impl Walk {
    pub(crate) fn new(
        driver: Driver,
        page: Page,
        team: Team,
        store: PathBuf,
        folder: PathBuf,
    ) -> Self {
        Self {
            driver,
            page,
            team,
            notes: Transcript::default(),
            store,
            folder,
            pictures: 0,
        }
    }

    /// Notes what was done.
    pub(crate) fn did(&mut self, what: impl Into<String>) {
        self.notes.did(what.into());
    }

    /// Notes what was seen; what is noted has been checked.
    pub(crate) fn saw(&mut self, what: impl Into<String>) {
        self.notes.saw(what.into());
    }

    /// Takes a picture of the whole screen, as a person sees it.
    pub(crate) async fn picture(&mut self, name: &str) -> Result<(), String> {
        self.page.settled().await?;
        self.pictures += 1;
        let file = format!("{:02}-{name}.png", self.pictures);
        let taken = Command::new("import")
            .args(["-window", "root"])
            .arg(self.folder.join(&file))
            .status();
        match taken {
            Ok(status) if status.success() => {
                self.notes.picture(file);
                Ok(())
            }
            other => Err(format!("no picture was taken: {other:?}")),
        }
    }

    /// Starts the studio again after its process has ended.
    pub(crate) async fn reopen(&mut self) {
        self.page.abandon().await;
        self.page = Page::new(self.driver.open().await);
    }
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(
    what: &str,
    patience: Duration,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> Result<T, String> {
    let asking = async {
        let mut pace = tokio::time::interval(Duration::from_millis(25));
        loop {
            pace.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(patience, asking)
        .await
        .map_err(|_| format!("not within {} s: {what}", patience.as_secs()))
}

/// A condition that has to hold.
pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
