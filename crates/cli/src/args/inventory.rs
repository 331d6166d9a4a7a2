//! Commands on the inventory alone, beside the library.

use clap::{Args as ClapArgs, ValueEnum};
use dramatis_domain::ItemKind;
use dramatis_drafts::Form;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Character,
    Lorebook,
    Pack,
    Runtime,
}

impl From<Kind> for ItemKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Character => Self::Character,
            Kind::Lorebook => Self::Lorebook,
            Kind::Pack => Self::Pack,
            Kind::Runtime => Self::Runtime,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Search {
    /// Words; `"a phrase"`, `or`, `-not`. Everything where left out.
    pub(crate) text: Vec<String>,
    #[arg(long, value_enum, default_value_t = Kind::Character)]
    pub(crate) kind: Kind,
    /// Only what has this tag; all of them where given more than once.
    #[arg(long)]
    pub(crate) tag: Vec<String>,
    /// Whose, by handle.
    #[arg(long)]
    pub(crate) creator: Option<String>,
    /// What it is for.
    #[arg(long)]
    pub(crate) vertical: Option<String>,
    /// An app it names.
    #[arg(long)]
    pub(crate) app: Option<String>,
    /// A version of that app, within what the release names.
    #[arg(long, requires = "app", value_name = "VERSION")]
    pub(crate) app_version: Option<String>,
    #[arg(long, value_enum)]
    pub(crate) state: Option<Offered>,
    /// Only what has changed since, as in 2026-11-26T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Go on where the page before ended; with the very same words.
    #[arg(long)]
    pub(crate) after: Option<String>,
    /// At most so many: 50, at most 100.
    #[arg(long)]
    pub(crate) limit: Option<u16>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Offered {
    Published,
    Deprecated,
}

impl Offered {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Deprecated => "deprecated",
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Fetch {
    /// CREATOR/SLUG@CHANNEL, CREATOR/SLUG (its `stable`), CREATOR/SLUG#NUMBER,
    /// sha256:… of its manifest, or its id.
    pub(crate) address: String,
    /// As what. Where left out: the card in its portrait for a FILE that ends in
    /// .png, otherwise its document byte for byte.
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub(crate) written: Option<Written>,
    /// Where to; an existing file is never replaced. Standard output without it.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Written {
    /// The card as `chara_card_v2`.
    V2,
    /// The card as `chara_card_v3`.
    V3,
    /// The card in its portrait.
    Png,
    /// The manifest.
    Manifest,
    /// The EIP-721 metadata.
    Ownership,
}

impl From<Written> for Form {
    fn from(written: Written) -> Self {
        match written {
            Written::V2 => Self::V2,
            Written::V3 => Self::V3,
            Written::Png => Self::Png,
            Written::Manifest => Self::Manifest,
            Written::Ownership => Self::Ownership,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Lineage {
    /// Any address of one of its releases, as `fetch` takes it.
    pub(crate) address: String,
    /// Go on with the forks where the page before ended.
    #[arg(long)]
    pub(crate) after: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PublishFile {
    #[arg(value_enum)]
    pub(crate) kind: Kind,
    /// The document: JSON of its kind (docs/formats.md). Until the request is
    /// answered it lies beside it as FILE.waiting; the same command sends it again.
    pub(crate) file: PathBuf,
    /// Its name in addresses; the file's own where left out. A name that you
    /// have published under already gets its next release.
    #[arg(long)]
    pub(crate) slug: Option<String>,
    #[arg(long, default_value = "stable")]
    pub(crate) channel: String,
    /// What this release is about.
    #[arg(long, short)]
    pub(crate) notes: Option<String>,
    /// An SPDX expression.
    #[arg(long)]
    pub(crate) licence: Option<String>,
    /// A PNG that shows it. Each release names its own: leave it out, and the
    /// next one has none.
    #[arg(long, value_name = "FILE")]
    pub(crate) portrait: Option<PathBuf>,
    /// The release that a new item began as: an address as `fetch` takes it,
    /// or the hash of a manifest of another inventory.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) forked_from: Option<String>,
}
