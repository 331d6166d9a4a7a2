//! One file a noun. Each opens the store, does one thing, prints it, and says
//! how it ended.

mod convert;
mod draft;
mod inspect;
mod library;
mod lifecycle;
mod outbox;
mod owners;
mod publish;
mod publish_file;
mod reading;
mod releases;
mod reviews;
mod settings;
mod take_in;

use crate::{
    args::{Args, Command},
    connect::{Opened, Want},
    exit::{Exit, Failure},
};

pub(crate) async fn run(args: Args) -> Result<Exit, Failure> {
    let json = args.json;
    match &args.command {
        Command::Inspect { file } => return inspect::run(file, json),
        Command::Convert(convert) => return convert::run(convert, json),
        _ => {}
    }
    let session = Opened::new(&args, want(&args.command)).await?;
    let done = match session.ask_who().await {
        Ok(()) => Box::pin(with_store(&session, args.command, json)).await,
        Err(failure) => Err(failure),
    };
    session.close().await;
    done
}

async fn with_store(session: &Opened, command: Command, json: bool) -> Result<Exit, Failure> {
    let studio = &session.studio;
    match command {
        Command::Inspect { file } => inspect::run(&file, json),
        Command::Convert(convert) => convert::run(&convert, json),
        Command::Import(import) => library::import(studio, &import, json).await,
        Command::List => library::list(studio, json).await,
        Command::Show { character, field } => {
            draft::show(studio, &character, field.as_deref(), json).await
        }
        Command::Set(set) => draft::set(studio, &set, json).await,
        Command::Original { character, out } => {
            draft::original(studio, &character, &out, json).await
        }
        Command::Export(export) => draft::export(studio, &export, json).await,
        Command::Publish(publish) => publish::run(session, &publish, json).await,
        Command::TakeIn(args) => take_in::run(studio, &args, json).await,
        Command::History { character } => releases::history(studio, &character, json).await,
        Command::Audit { character } => releases::audit(studio, &character, json).await,
        Command::Diff { character, a, b } => releases::diff(studio, &character, &a, &b, json).await,
        Command::Resolve { character, channel } => {
            releases::resolve(studio, &character, &channel, json).await
        }
        Command::Verify { character } => releases::verify(studio, character.as_deref(), json).await,
        Command::Search(args) => reading::search(studio, args, json).await,
        Command::Fetch(args) => reading::fetch(studio, &args, json).await,
        Command::Lineage(args) => reading::lineage(studio, &args, json).await,
        Command::PublishFile(args) => publish_file::run(session, &args, json).await,
        Command::Reviews => reviews::list(studio, json).await,
        Command::Owners { character } => owners::show(studio, &character, json).await,
        Command::Owner(action) => owners::share(session, action, json).await,
        Command::Transfer(action) => owners::transfer(session, action, json).await,
        Command::Outbox { action } => outbox::run(session, action, json).await,
        Command::SignIn => settings::sign_in(session, json).await,
        Command::Status => settings::status(session, json).await,
        step => lifecycle::run(session, step, json).await,
    }
}

/// What a command needs of the inventory before it starts.
fn want(command: &Command) -> Want {
    match command {
        Command::Inspect { .. }
        | Command::Convert(_)
        | Command::Import(_)
        | Command::List
        | Command::Show { .. }
        | Command::Set(_)
        | Command::Outbox { action: None } => Want::Nothing,
        Command::SignIn => Want::Address,
        Command::Export(export) if export.version == "draft" => Want::Nothing,
        Command::Publish(publish) if publish.check || publish.wait.no_wait => Want::AccountIfGiven,
        Command::Publish(_)
        | Command::Revoke(_)
        | Command::Deprecate { .. }
        | Command::Undeprecate { .. }
        | Command::Archive { .. }
        | Command::Unarchive { .. }
        | Command::Withdraw { .. }
        | Command::Approve { .. }
        | Command::Reject { .. }
        | Command::Promote { .. }
        | Command::Owner(_)
        | Command::Transfer(_) => Want::Account,
        _ => Want::Connection,
    }
}
