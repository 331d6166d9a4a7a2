//! Status line, settings, signing in.

use crate::{
    Connection, Studio, StudioError,
    clock::shown,
    link::{Came, place_of},
    outbox, show,
    store::Db,
    table::{self, account::THIS_COMPUTER, setting},
    view::{self, HistoryHealth, HistoryState, StoreHealth, StoreState},
};
use dramatis_api::Problem;
use dramatis_domain::{limits, rules};
use url::Url;

impl Studio {
    /// The status line.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn status(&self) -> Result<view::Status, StudioError> {
        let mut db = self.store().reader().await?;
        let account = self.account(&mut db).await?;
        let (connection, connection_detail) = self.inner.link.state();
        let (waiting, needs_you) = table::outbox::counts(&mut db, None).await?;
        let place = self.place(&mut db).await?;
        Ok(view::Status {
            connection,
            connection_detail,
            inventory: show::inventory_ref(&place, account.as_ref()),
            account: account
                .as_ref()
                .filter(|account| account.signed_in == 1)
                .map(show::account_ref),
            waiting,
            needs_you,
            store: self.store_health(),
            history: history(&mut db, account.as_ref()).await?,
            keychain: self.inner.link.keychain(),
        })
    }

    /// The settings.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn settings(&self) -> Result<view::Settings, StudioError> {
        let mut db = self.store().reader().await?;
        let account = self.account(&mut db).await?;
        let place = self.place(&mut db).await?;
        let device = table::device::get(&mut db).await?;
        let signed_in = account.as_ref().filter(|account| account.signed_in == 1);
        Ok(view::Settings {
            device_name: device.map(|device| device.name).unwrap_or_default(),
            inventory: show::inventory_ref(&place, account.as_ref()),
            account: signed_in.map(show::account_ref),
            keychain: self.inner.link.keychain(),
            token_prefix: signed_in.map(|account| account.token_prefix.clone()),
            data_folder: self.store().dir().display().to_string(),
            export_folder: self.inner.options.export_dir.display().to_string(),
            app_version: self.inner.options.app_version.clone(),
            rule_set: rules::current(dramatis_domain::ItemKind::Character)?
                .1
                .to_string(),
        })
    }

    /// Names this installation; requests frozen from now on carry the name.
    ///
    /// # Errors
    /// `device_name_invalid`, and where the store cannot be written.
    pub async fn set_device_name(&self, name: &str) -> Result<view::Settings, StudioError> {
        let name = name.trim();
        if name.is_empty() || name.len() > limits::DEVICE_NAME || name.chars().any(char::is_control)
        {
            return Err(StudioError::DeviceName);
        }
        let mut write = self.store().begin().await?;
        table::device::rename(write.db(), name).await?;
        write.tag("settings");
        write.commit().await?;
        self.settings().await
    }

    /// Chooses an inventory by its address; none: this computer's own. The
    /// connection itself is the shell's to make.
    ///
    /// # Errors
    /// `bad_url`, and where the store cannot be written.
    pub async fn use_inventory(&self, url: Option<&str>) -> Result<view::Settings, StudioError> {
        let url = url.map(address).transpose()?;
        let mut write = self.store().begin().await?;
        table::setting::set(
            write.db(),
            setting::INVENTORY_URL,
            url.as_ref().map(Url::as_str),
        )
        .await?;
        for tag in ["settings", "status", "library"] {
            write.tag(tag);
        }
        write.commit().await?;
        self.settings().await
    }

    /// Asks the inventory who the token belongs to, keeps the answer, and
    /// connects. The token itself is the caller's to keep.
    ///
    /// # Errors
    /// `unauthorized`, `offline`, and where the store cannot be written. The
    /// connection that was set before stays then.
    pub async fn sign_in(&self, connection: Connection) -> Result<view::Settings, StudioError> {
        let remote = crate::remote::Remote::new(connection.clone())?;
        let who = remote.who_am_i().await?;
        let me = table::account::Account::of(&place_of(&connection), &who);
        let mut write = self.store().begin().await?;
        table::account::put(write.db(), &me, self.now()).await?;
        for tag in ["settings", "status", "library"] {
            write.tag(tag);
        }
        write.commit().await?;
        self.inner.link.set(Some(connection))?;
        if let Some(reach) = self.inner.link.reach_anew() {
            outbox::came(self, &reach, Came::Confirmed(Box::new(me)));
        }
        self.inner.wake.notify_one();
        self.settings().await
    }

    /// Asks the inventory who the token of the connection belongs to: what is
    /// frozen from now on is theirs.
    ///
    /// # Errors
    /// `unauthorized`, `offline`, `no_inventory`, and where the store cannot be
    /// written.
    pub async fn ask_who(&self) -> Result<(), StudioError> {
        self.sure(outbox::confirm_anew(self).await?).map(drop)
    }

    /// Why the inventory gave no answer, in a sentence.
    #[must_use]
    pub fn why_unanswered(&self) -> String {
        self.inner.link.unanswered().to_ipc().message
    }

    /// Forgets who is signed in. Drafts, history and the outbox stay.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn sign_out(&self) -> Result<view::Settings, StudioError> {
        let mut write = self.store().begin().await?;
        let place = match self.inner.link.place() {
            Some(place) => place,
            None => table::account::chosen_place(write.db()).await?,
        };
        table::account::sign_out(write.db(), &place).await?;
        for tag in ["settings", "status", "library"] {
            write.tag(tag);
        }
        write.commit().await?;
        self.inner
            .link
            .describe(view::ConnectionState::SignedOut, None);
        self.settings().await
    }

    /// The address chosen with [`use_inventory`](Self::use_inventory); none:
    /// this computer's own inventory.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn inventory_url(&self) -> Result<Option<String>, StudioError> {
        let mut db = self.store().reader().await?;
        table::setting::get(&mut db, setting::INVENTORY_URL).await
    }

    async fn place(&self, db: &mut Db) -> Result<String, StudioError> {
        match self.inner.link.place() {
            Some(place) => Ok(place),
            None => table::account::chosen_place(db).await,
        }
    }

    fn store_health(&self) -> StoreHealth {
        if self.store().is_full() {
            let message =
                "The disk is full: nothing more can be saved. What was saved before is safe.";
            return StoreHealth {
                state: StoreState::Full,
                message: Some(message.to_owned()),
            };
        }
        match self.store().recovered() {
            Some(message) => StoreHealth {
                state: StoreState::Recovered,
                message: Some(message.to_owned()),
            },
            None => StoreHealth {
                state: StoreState::Ok,
                message: None,
            },
        }
    }

    /// The inventory, where one can be asked now.
    pub(crate) fn reach_now(&self) -> Result<crate::link::Reach, StudioError> {
        if let Some(reach) = self.inner.link.reach() {
            return Ok(reach);
        }
        let (state, detail) = self.inner.link.state();
        if state == view::ConnectionState::SignedOut {
            let detail = detail.unwrap_or_else(|| "Nobody is signed in.".to_owned());
            let problem = Problem::new(dramatis_api::Code::Unauthorized, detail);
            return Err(StudioError::Inventory(Box::new(problem)));
        }
        let detail = detail.unwrap_or_else(|| "there is no connection yet".to_owned());
        Err(StudioError::Offline { detail })
    }
}

/// The history over all characters of the account.
async fn history(
    db: &mut Db,
    account: Option<&table::account::Account>,
) -> Result<HistoryHealth, StudioError> {
    if let Some(alarm) = table::alarm::standing(db).await?.into_iter().next() {
        let message = format!(
            "The history of {} does not continue what this studio saw before: {}. Both versions are kept.",
            alarm.character_name, alarm.message
        );
        return Ok(HistoryHealth {
            state: HistoryState::Alarm,
            at: Some(shown(alarm.raised_at)),
            message: Some(message),
        });
    }
    let items = match account {
        Some(account) => table::item::list(db, account).await?,
        None => Vec::new(),
    };
    let seen = items
        .iter()
        .filter(|item| item.pinned_seq > 0)
        .filter_map(|item| item.fetched_at.max(item.verified_at))
        .max();
    Ok(match seen {
        Some(at) => HistoryHealth {
            state: HistoryState::Verified,
            at: Some(shown(at)),
            message: None,
        },
        None => HistoryHealth {
            state: HistoryState::Unknown,
            at: None,
            message: None,
        },
    })
}

/// An address of an inventory: http or https, without a name and password.
fn address(text: &str) -> Result<Url, StudioError> {
    let fault = || StudioError::Url {
        url: text.to_owned(),
    };
    let url = Url::parse(text.trim()).map_err(|_| fault())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.username().is_empty()
        && url.password().is_none();
    if plain && text.trim() != THIS_COMPUTER {
        Ok(url)
    } else {
        Err(fault())
    }
}
