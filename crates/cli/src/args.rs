//! The command line.

mod inventory;
mod owners;

pub(crate) use inventory::{Fetch, Lineage, PublishFile, Search};
pub(crate) use owners::{OwnerAction, TransferAction, Whose};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use dramatis_drafts::view;
use std::path::PathBuf;

/// The studio without a window: import, edit, publish and verify characters.
///
/// Exit status: 0 done · 1 not done, the message says why · 2 the command line
/// cannot be read · 3 safely in the outbox, waiting for the inventory · 4 done as
/// far as it goes and in need of your decision · 5 something does not verify.
#[derive(Debug, Parser)]
#[command(name = "dramatis", version)]
pub(crate) struct Args {
    /// Print one JSON document instead of lines.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// The folder of the store; the window's own where it is left out.
    #[arg(long, global = true, env = "DRAMATIS_STORE", value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,

    /// The shared inventory to use, instead of the one in the settings.
    #[arg(
        long,
        global = true,
        env = "DRAMATIS_INVENTORY_URL",
        value_name = "URL"
    )]
    pub(crate) inventory: Option<String>,

    /// A file with the token, readable by you alone (mode 0600).
    /// Without it: the variable DRAMATIS_TOKEN, then the keychain.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell what a card file holds, without importing it.
    Inspect { file: PathBuf },
    /// Write a card file in another format.
    Convert(Convert),
    /// Bring a card file into the library.
    Import(Import),
    /// List the characters in the library.
    List,
    /// Show a character's draft.
    Show {
        character: String,
        /// One field alone, as it is.
        #[arg(long)]
        field: Option<String>,
    },
    /// Set a field of a character's draft.
    Set(Set),
    /// Write a draft or a release to a card file.
    Export(Export),
    /// Write the file a character was imported from, byte for byte as it was.
    Original {
        character: String,
        /// Where to; an existing file is never replaced.
        out: PathBuf,
    },
    /// Publish a character's draft.
    Publish(Publish),
    /// Take the newest release, which was published elsewhere in between, in to
    /// the draft, field by field; or say which side stands where both changed.
    TakeIn(TakeIn),
    /// List a character's releases.
    History { character: String },
    /// List every event of a character: who, when, what, why.
    Audit { character: String },
    /// Compare two versions: `draft` or a release's number.
    Diff {
        character: String,
        a: String,
        b: String,
    },
    /// Revoke a release, for good.
    Revoke(Revoke),
    /// Deprecate a release.
    Deprecate {
        character: String,
        release: u32,
        /// Why, for those who use it.
        #[arg(long, short)]
        message: String,
        /// The release to use instead.
        #[arg(long)]
        successor: Option<u32>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Take a deprecation back.
    Undeprecate {
        character: String,
        release: u32,
        #[command(flatten)]
        wait: Wait,
    },
    /// Take a release out of channels and search; its hash still finds it.
    Archive {
        character: String,
        release: u32,
        #[command(flatten)]
        wait: Wait,
    },
    /// Bring an archived release back.
    Unarchive {
        character: String,
        release: u32,
        #[command(flatten)]
        wait: Wait,
    },
    /// Take a submission back before it is decided.
    Withdraw {
        character: String,
        release: u32,
        #[command(flatten)]
        wait: Wait,
    },
    /// What waits for approval.
    Reviews,
    /// Approve the stage that waits: CREATOR/SLUG@NUMBER, as `reviews` lists it.
    Approve {
        release: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Reject what waits, for good.
    Reject {
        release: String,
        /// Why, for its creator.
        #[arg(long, short)]
        message: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Who owns a character: one of the library, or CREATOR/SLUG.
    Owners { character: String },
    /// Share a character with a co-owner, or end that.
    #[command(subcommand)]
    Owner(OwnerAction),
    /// Hand a character to another creator; its address stays.
    #[command(subcommand)]
    Transfer(TransferAction),
    /// Point a channel at a release.
    Promote {
        character: String,
        release: u32,
        channel: String,
        #[arg(long, short, default_value = "")]
        message: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// What an app gets when it asks for a channel.
    Resolve {
        character: String,
        #[arg(default_value = "stable")]
        channel: String,
    },
    /// Find what is published: words in name, tags, creator or description.
    Search(Search),
    /// Take a release from the inventory, as an app does.
    Fetch(Fetch),
    /// What a character, or whatever else is published, began as, and its forks.
    Lineage(Lineage),
    /// Publish a pack, a lorebook, a runtime or a card straight from a file.
    PublishFile(PublishFile),
    /// The requests that wait, and what became of the others.
    Outbox {
        #[command(subcommand)]
        action: Option<OutboxAction>,
    },
    /// Compute every hash and chain again and compare with what was seen before.
    Verify { character: Option<String> },
    /// Sign in to a shared inventory; the token comes from --token-file,
    /// DRAMATIS_TOKEN or standard input, and goes to the keychain.
    SignIn,
    /// What is saved, what waits, and where the inventory is.
    Status,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Convert {
    /// The card file to read.
    pub(crate) input: PathBuf,
    /// The file to write: `.json`, or `.png` where the input is a picture.
    pub(crate) output: PathBuf,
    /// The format to write.
    #[arg(long, value_enum)]
    pub(crate) to: CardFormat,
    /// Also apply every repair, so that strict readers take it.
    #[arg(long)]
    pub(crate) repaired: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CardFormat {
    V1,
    V2,
    V3,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Import {
    /// Card files, folders of them, or the name of a sample: mirelle, anselm,
    /// lighthouse.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// What to do with a card that is already in the library.
    #[arg(long, value_enum, default_value_t = IfKnown::Skip)]
    pub(crate) if_known: IfKnown,
    /// Make it the new draft of this character.
    #[arg(long, value_name = "CHARACTER", conflicts_with = "if_known")]
    pub(crate) draft_of: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IfKnown {
    /// Leave it out (the very same document only).
    Skip,
    /// Make a character of its own.
    New,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Set {
    pub(crate) character: String,
    /// `name`, `description`, `first_mes`, `tags`, `slug`, …
    pub(crate) field: String,
    /// The text, or the items of a list; `-` reads the text from standard input.
    #[arg(required = true)]
    pub(crate) values: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    pub(crate) character: String,
    /// `draft` or a release's number.
    #[arg(default_value = "draft")]
    pub(crate) version: String,
    #[arg(long, value_enum, default_value_t = Container::Png)]
    pub(crate) container: Container,
    /// The format; as it is where left out.
    #[arg(long, value_enum)]
    pub(crate) to: Option<CardFormat>,
    /// Only list what the format cannot hold.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Container {
    Png,
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Publish {
    pub(crate) character: String,
    #[arg(long, default_value = "stable")]
    pub(crate) channel: String,
    /// What this release is about.
    #[arg(long, short, default_value = "")]
    pub(crate) notes: String,
    /// Only say what publishing still needs.
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct TakeIn {
    pub(crate) character: String,
    /// In this field that both sides changed, the draft's text stands.
    #[arg(long, value_name = "FIELD")]
    pub(crate) mine: Vec<String>,
    /// In this field that both sides changed, the release's text stands.
    #[arg(long, value_name = "FIELD")]
    pub(crate) theirs: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Revoke {
    pub(crate) character: String,
    pub(crate) release: u32,
    #[arg(long, value_enum)]
    pub(crate) reason: Reason,
    /// Why, for those who use it.
    #[arg(long, short)]
    pub(crate) message: String,
    /// The release to use instead.
    #[arg(long)]
    pub(crate) successor: Option<u32>,
    /// Point a channel at another release in the same step: `stable=1`.
    #[arg(long, value_name = "CHANNEL=RELEASE")]
    pub(crate) repoint: Vec<String>,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

/// How long to wait for the inventory's answer.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub(crate) struct Wait {
    /// Leave the request in the outbox and do not wait for the answer.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Give up waiting after so many seconds; the request stays in the outbox.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    pub(crate) timeout: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Reason {
    Error,
    Rights,
    Safety,
    Security,
    Superseded,
    Other,
}

impl From<Reason> for view::ReasonCode {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Error => Self::Error,
            Reason::Rights => Self::Rights,
            Reason::Safety => Self::Safety,
            Reason::Security => Self::Security,
            Reason::Superseded => Self::Superseded,
            Reason::Other => Self::Other,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxAction {
    /// Send what is due now and wait for the answers.
    Send(Wait),
    /// Send one request again that needed you.
    Retry { key: String },
    /// Cancel a request; once sent, by asking the inventory.
    Cancel { key: String },
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::CommandFactory;

    /// clap checks names, conflicts and defaults only when a command is used.
    #[test]
    fn every_command_is_well_formed() {
        Args::command().debug_assert();
    }
}
