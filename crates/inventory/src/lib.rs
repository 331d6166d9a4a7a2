//! What is there: the inventory. Postgres tables that keep the rules, and the
//! service in front of them. Knows nothing of the studio (house.md, Rooms).

mod app;
mod asks;
mod audit;
mod auth;
mod blobs;
mod cli;
mod cluster;
mod command;
mod constraint;
mod db;
mod error;
mod exchange;
mod failpoint;
mod feed;
mod local;
mod migrate;
mod observe;
mod openapi;
mod patience;
mod privacy;
mod provision;
mod publish;
mod rate;
mod read;
mod replay;
mod replica;
mod request_id;
mod routes;
mod serve;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod traces;
mod verify;
mod webhook;
mod worker;

pub use app::App;
pub use blobs::{
    BlobStore,
    collect::{CollectFault, Collected, collect},
    open_store,
};
pub use cli::run as command_line;
pub use cluster::{Cluster, ClusterFault, Flavour, Place};
pub use db::{Database, DbRole};
pub use feed::sequencer::{Lease, NumberFault, Sequencer};
pub use migrate::{MIGRATIONS, MigrateFault, Migrated, matches, migrate};
pub use openapi::document as openapi_document;
pub use patience::Patience;
pub use privacy::{Class, Erased, Eraser, Exported, PrivacyFault, Request, Retained};
pub use provision::{Policy, PolicyStage, ProvisionFault, Provisioner};
pub use replay::{Replayed, replay};
pub use routes::listing::ListingQuery;
pub use serve::{Settings, StartFault, bind};
pub use table::webhook::{Delivery, Webhook};
pub use token::Token;
pub use verify::{Verified, VerifyFault, verify, verify_telling};
pub use webhook::{
    Claim, Deliverer, Outcome, SettleFault, Settled, WebhookSettings,
    guard::Allowed,
    key::{KeyFault, SealingKey},
    secret::Secret,
};
