//! What is known of the connection in this process: who to ask, whether it
//! answered, and whether the queue is paused.

use crate::{
    Connection, StudioError,
    remote::Remote,
    table::account::{Account, THIS_COMPUTER},
    view::{ConnectionState, InventoryKind, KeychainState, KeychainWord},
};
use std::sync::{Mutex, PoisonError};

/// The connection, and what came of it so far.
#[derive(Debug)]
pub(crate) struct Link(Mutex<State>);

#[derive(Clone, Debug)]
struct State {
    remote: Option<Remote>,
    /// Who the inventory said this token belongs to, since it was set.
    confirmed: Option<Account>,
    state: ConnectionState,
    detail: Option<String>,
    /// What answered last was no inventory.
    stranger: bool,
    keychain: KeychainState,
    /// Grows with every connection: a late answer of an older one is ignored.
    turn: u64,
}

/// A connection that can be asked, and which one it is.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) remote: Remote,
    pub(crate) confirmed: Option<Account>,
    pub(crate) turn: u64,
}

impl Link {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            remote: None,
            confirmed: None,
            state: ConnectionState::Offline,
            detail: None,
            stranger: false,
            keychain: KeychainState {
                state: KeychainWord::Empty,
                message: None,
            },
            turn: 0,
        }))
    }

    /// Takes a new connection; the old one's answers no longer count.
    pub(crate) fn set(&self, connection: Option<Connection>) -> Result<(), StudioError> {
        let remote = connection.map(Remote::new).transpose()?;
        self.change(|state| {
            let same = match (&state.remote, &remote) {
                (Some(old), Some(new)) => old.connection() == new.connection(),
                (None, None) => true,
                _ => false,
            };
            if same {
                return;
            }
            state.turn += 1;
            state.confirmed = None;
            state.detail = None;
            state.stranger = false;
            // Whether it answers is not known before it did.
            state.state = ConnectionState::Offline;
            state.remote = remote;
        });
        Ok(())
    }

    pub(crate) fn describe(&self, to: ConnectionState, detail: Option<String>) {
        self.change(|state| {
            if to == ConnectionState::SignedOut {
                state.turn += 1;
                state.remote = None;
                state.confirmed = None;
            }
            state.state = to;
            state.detail = detail;
            state.stranger = false;
        });
    }

    pub(crate) fn set_keychain(&self, keychain: KeychainState) {
        self.change(|state| state.keychain = keychain);
    }

    pub(crate) fn keychain(&self) -> KeychainState {
        self.look(|state| state.keychain.clone())
    }

    pub(crate) fn state(&self) -> (ConnectionState, Option<String>) {
        self.look(|state| (state.state, state.detail.clone()))
    }

    /// Why there is no answer, once one was asked for.
    pub(crate) fn unanswered(&self) -> StudioError {
        self.look(|state| {
            let detail = state.detail.clone();
            let detail = detail.unwrap_or_else(|| "it does not answer".to_owned());
            if state.stranger {
                StudioError::NoInventory { detail }
            } else {
                StudioError::Offline { detail }
            }
        })
    }

    /// Who to ask; none where there is no connection or its token is refused.
    pub(crate) fn reach(&self) -> Option<Reach> {
        self.look(|state| {
            let remote = state.remote.clone()?;
            (state.state != ConnectionState::SignedOut).then(|| Reach {
                remote,
                confirmed: state.confirmed.clone(),
                turn: state.turn,
            })
        })
    }

    /// The same after signing in: a token that was refused before counts anew.
    pub(crate) fn reach_anew(&self) -> Option<Reach> {
        self.change(|state| {
            let remote = state.remote.clone()?;
            state.turn += 1;
            Some(Reach {
                remote,
                confirmed: None,
                turn: state.turn,
            })
        })
    }

    /// The place of the connection that is set.
    pub(crate) fn place(&self) -> Option<String> {
        self.look(|state| {
            state
                .remote
                .as_ref()
                .map(|remote| place_of(remote.connection()))
        })
    }

    /// Remembers what came of asking; says whether that is news.
    pub(crate) fn came(&self, turn: u64, outcome: Came) -> bool {
        self.change(|state| {
            if state.turn != turn {
                return false;
            }
            let before = (state.state, state.detail.clone(), state.confirmed.is_some());
            state.stranger = matches!(outcome, Came::Stranger(_));
            match outcome {
                Came::Answered => {
                    state.state = ConnectionState::Online;
                    state.detail = None;
                }
                Came::Confirmed(account) => {
                    state.confirmed = Some(*account);
                    state.state = ConnectionState::Online;
                    state.detail = None;
                }
                Came::Lost(detail) | Came::Stranger(detail) => {
                    state.state = ConnectionState::Offline;
                    state.detail = Some(detail);
                }
                Came::Unauthorized(detail) => {
                    state.state = ConnectionState::SignedOut;
                    state.detail = Some(detail);
                    state.confirmed = None;
                }
                Came::Doubtful => state.confirmed = None,
            }
            before != (state.state, state.detail.clone(), state.confirmed.is_some())
        })
    }

    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What came of asking.
#[derive(Clone, Debug)]
pub(crate) enum Came {
    /// An answer.
    Answered,
    /// The answer to *who am I*.
    Confirmed(Box<Account>),
    /// No answer, and why.
    Lost(String),
    /// An answer, but of no inventory.
    Stranger(String),
    /// The token is not taken.
    Unauthorized(String),
    /// Another inventory seems to answer: it has to be asked again who it is.
    Doubtful,
}

/// The name under which an account of this connection is remembered.
pub(crate) fn place_of(connection: &Connection) -> String {
    match connection.kind {
        InventoryKind::ThisComputer => THIS_COMPUTER.to_owned(),
        InventoryKind::Shared => connection
            .base_url
            .as_str()
            .trim_end_matches('/')
            .to_owned(),
    }
}
