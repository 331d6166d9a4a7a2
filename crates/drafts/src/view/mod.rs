//! What crosses to a window or a command line: plain, named, without ids of
//! other kinds than text, without 64-bit numbers and without loose JSON
//! (studio.md, The IPC boundary).

mod character;
mod diff;
mod error;
mod library;
mod outbox;
mod owners;
mod publish;
mod review;
mod status;
mod timeline;
mod verify;

pub use character::*;
pub use diff::*;
pub use error::*;
pub use library::*;
pub use outbox::*;
pub use owners::*;
pub use publish::*;
pub use review::*;
pub use status::*;
pub use timeline::*;
pub use verify::*;

/// A type that crosses, and the TypeScript that is generated from it.
macro_rules! views {
    ($($(#[$meta:meta])* pub $kind:tt $name:ident $body:tt)+) => {
        $(
            #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "specta", derive(specta::Type))]
            $(#[$meta])*
            pub $kind $name $body
        )+
    };
}

/// A closed set of words.
macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "specta", derive(specta::Type))]
            pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

            impl $name {
                /// The word as it crosses and as it is stored.
                #[must_use]
                pub const fn as_str(self) -> &'static str {
                    match self { $(Self::$variant => $word),+ }
                }
            }

            impl std::str::FromStr for $name {
                type Err = dramatis_domain::lifecycle::UnknownWord;
                fn from_str(word: &str) -> Result<Self, Self::Err> {
                    match word {
                        $($word => Ok(Self::$variant),)+
                        _ => Err(Self::Err { what: stringify!($name), word: word.to_owned() }),
                    }
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        )+
    };
}

use {views, words};
