//! Opens the store and reaches the inventory.

use crate::{args::Args, exit::Failure, output};
use dramatis_drafts::{
    Folders, Reached, Session, SessionOptions, Studio, StudioOptions, Token, default_device_name,
    view,
};
use std::{
    io::{IsTerminal, Read, Write},
    path::Path,
};

/// What a command needs of the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Nothing: it works on the store alone.
    Nothing,
    /// The address of a shared inventory: this computer's own needs no token.
    Address,
    /// To be connected where that is possible; without, it works on what the
    /// store has seen, or leaves its request in the outbox.
    Connection,
    /// The same, and to know as whom: what it freezes is frozen in that name.
    Account,
    /// The same where an address or a token was given with the command; nothing
    /// without: a dry run does not start this computer's inventory.
    AccountIfGiven,
}

/// The open store, and how far it came with the inventory.
pub(crate) struct Opened {
    pub(crate) studio: Studio,
    session: Session,
    given: Option<Token>,
    reached: Reached,
    address: Option<String>,
    want: Want,
}

impl Opened {
    pub(crate) async fn new(args: &Args, want: Want) -> Result<Self, Failure> {
        let folders = Folders::of(args.store.as_deref());
        let given = given_token(args.token_file.as_deref())?;
        let inventory = args.inventory.as_deref().map(address).transpose()?;
        let studio = Studio::open(StudioOptions::new(
            &folders.store,
            &folders.exports,
            default_device_name(),
        ))
        .await?;
        if let Some(message) = studio.status().await?.store.message {
            // On standard error, so that what a script reads stays what it was.
            let _ = writeln!(std::io::stderr().lock(), "dramatis: {message}");
        }
        let want = match want {
            Want::AccountIfGiven if inventory.is_some() || given.is_some() => Want::Account,
            Want::AccountIfGiven => Want::Nothing,
            want => want,
        };
        let options = SessionOptions {
            inventory,
            token: given.clone(),
            local_dir: folders.inventory,
        };
        let session = Session::new(studio.clone(), options);
        let address = session.address().await.unwrap_or_default();
        let mut opened = Self {
            studio,
            session,
            given,
            reached: Reached::Starting,
            address: address.map(|url| url.to_string()),
            want,
        };
        if want == Want::Address && opened.address.is_none() {
            opened.close().await;
            return Err(Failure::new(
                "no_address",
                "No address of an inventory was given: which one is meant is not known, and this computer's own needs no token.",
            )
            .hint("Give it with --inventory URL, or in DRAMATIS_INVENTORY_URL."));
        }
        if want != Want::Nothing {
            opened.session.connect().await?;
            opened.reached = opened.session.reached().await;
        }
        Ok(opened)
    }

    /// Asks whose the token is, where the store does not know or may be wrong:
    /// one that was given with the command may be somebody else's than the last.
    /// Where nobody can be asked, what is frozen stays that of the account that
    /// was signed in last; the inventory takes it from nobody else.
    pub(crate) async fn ask_who(&self) -> Result<(), Failure> {
        if self.want != Want::Account || !self.is_connected() {
            return Ok(());
        }
        let known = self.studio.status().await?.account.is_some();
        if known && self.given.is_none() {
            return Ok(());
        }
        match self.studio.ask_who().await {
            Err(error) if known && output::is_unreached(error.code()) => Ok(()),
            asked => Ok(asked?),
        }
    }

    /// Whether requests can be tried now.
    pub(crate) fn is_connected(&self) -> bool {
        self.reached == Reached::Connected
    }

    /// The address of the shared inventory that is meant.
    pub(crate) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Signs in with the token that was given, or the one on standard input.
    pub(crate) async fn sign_in(&self) -> Result<view::Settings, Failure> {
        let token = match &self.given {
            Some(token) => token.secret().to_owned(),
            None => {
                if std::io::stdin().is_terminal() {
                    let _ = writeln!(
                        std::io::stderr().lock(),
                        "Paste the token, then press Ctrl D."
                    );
                }
                let mut text = String::new();
                std::io::stdin()
                    .take(4096)
                    .read_to_string(&mut text)
                    .map_err(|error| {
                        Failure::new(
                            "cannot_read",
                            format!("The token cannot be read from standard input: {error}"),
                        )
                    })?;
                text.trim().to_owned()
            }
        };
        let signed_in = self.session.sign_in(&token).await;
        signed_in.map_err(|error| self.of_which(error.into()))
    }

    /// A refusal, with the inventory that gave it.
    fn of_which(&self, failure: Failure) -> Failure {
        match &self.address {
            Some(address) if failure.code == "unauthorized" => Failure {
                message: format!("{address} answered: {}", failure.message),
                ..failure
            },
            _ => failure,
        }
    }

    pub(crate) async fn close(&self) {
        self.session.close().await;
    }
}

/// An address of an inventory: http or https, with a host.
fn address<U: std::str::FromStr + ToString>(text: &str) -> Result<U, Failure> {
    let fault = || {
        Failure::new(
            "bad_url",
            format!("“{text}” is no address of an inventory."),
        )
        .hint("It looks like https://inventory.example/.")
    };
    let url: U = text.parse().map_err(|_| fault())?;
    let whole = url.to_string();
    if whole.starts_with("http://") || whole.starts_with("https://") {
        Ok(url)
    } else {
        Err(fault())
    }
}

/// The token file, which nobody else may read; else the variable.
fn given_token(file: Option<&Path>) -> Result<Option<Token>, Failure> {
    let Some(file) = file else {
        let variable = std::env::var("DRAMATIS_TOKEN")
            .ok()
            .filter(|text| !text.trim().is_empty());
        return Ok(variable.map(|text| Token::new(text.trim())));
    };
    let cannot = |error: std::io::Error| {
        Failure::new(
            "token_file",
            format!("The token file {} cannot be read: {error}", file.display()),
        )
    };
    refuse_if_open_to_others(file, &std::fs::metadata(file).map_err(cannot)?)?;
    let text = std::fs::read_to_string(file).map_err(cannot)?;
    Ok(Some(Token::new(text.trim())))
}

#[cfg(unix)]
fn refuse_if_open_to_others(file: &Path, metadata: &std::fs::Metadata) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::new(
        "token_file",
        format!(
            "The token file {} can be read by others; it was not used.",
            file.display()
        ),
    )
    .hint(format!("chmod 600 {}", file.display())))
}

#[cfg(not(unix))]
fn refuse_if_open_to_others(_: &Path, _: &std::fs::Metadata) -> Result<(), Failure> {
    Ok(())
}
