//! Reading as apps do, over everything that is stored, beside a handler of the
//! same server that does nothing.

use crate::{
    fault::Fault,
    ground::Ground,
    plan::Plan,
    stored::words,
    table::{Aim, Row, Table},
    turns::{self, Contest},
};
use dramatis_api::paths;
use futures::TryStreamExt as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sqlx::Row as _;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A manifest by its hash.
    Manifest,
    /// What a channel points at.
    Channel,
    /// The newest page.
    Newest,
    /// The newest page of a tag.
    Tag,
    /// A page of what a word stands in.
    Words,
    /// Who is asking: the least that needs the database.
    Whoami,
    /// The handler that does nothing.
    Health,
}

const OURS: [(Kind, &str, Option<Aim>); 6] = [
    (
        Kind::Manifest,
        "a manifest by its hash",
        Some(Aim::AtLeast(0.5)),
    ),
    (Kind::Channel, "a channel", Some(Aim::AtLeast(0.5))),
    (Kind::Newest, "the newest 50", None),
    (Kind::Tag, "the newest 50 of a tag", None),
    (Kind::Words, "a search by word", None),
    (Kind::Whoami, "who is asking", None),
];

/// Everything that can be asked for by name.
pub(crate) struct Addresses(Vec<Address>);

struct Address {
    manifest: [u8; 32],
    /// `creator/slug`
    item: Box<str>,
}

/// One connection, kept alive.
pub(crate) struct Reader {
    http: reqwest::Client,
    url: String,
    token: String,
    addresses: Arc<Addresses>,
    random: StdRng,
}

/// Measures.
pub(crate) async fn measure(plan: &Plan, ground: &Ground, table: &mut Table) -> Result<(), Fault> {
    let addresses = Arc::new(Addresses::load(ground).await?);
    let readers = (0..plan.connections)
        .map(|seed| Reader::new(ground, &addresses, seed.into()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut sides = Sides {
        plan,
        readers,
        took: vec![Vec::new(); OURS.len() + 1],
    };
    let stored = addresses.0.len();
    let medians = turns::medians("reads", plan.read_turns, &mut sides).await?;
    let health = medians[OURS.len()];
    for ((_, what, aim), rate) in OURS.iter().zip(&medians) {
        table.row(Row {
            what: format!("read {what}, {} connections", plan.connections),
            beside: "a handler that does nothing",
            ours: *rate,
            floor: health,
            unit: "reads/s",
            aim: *aim,
        });
    }
    let names = OURS.iter().map(|(_, what, _)| *what).chain(["nothing"]);
    let told: Vec<String> = names
        .zip(&mut sides.took)
        .map(|(name, took)| {
            took.sort_unstable();
            format!(
                "{name} {:.1} and {:.1}",
                at(took, 50).as_secs_f64() * 1000.0,
                at(took, 99).as_secs_f64() * 1000.0
            )
        })
        .collect();
    table.note(format!(
        "Reads: among {stored} published characters; p50 and p99 in ms: {}.",
        told.join("; ")
    ));
    Ok(())
}

/// The one that so many of a hundred are not above.
fn at(sorted: &[Duration], percent: usize) -> Duration {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or_default()
}

impl Addresses {
    /// All that is published.
    pub(crate) async fn load(ground: &Ground) -> Result<Self, Fault> {
        let mut rows = sqlx::query(
            "SELECT r.manifest_sha256, a.handle || '/' || i.slug AS item
             FROM channel c
             JOIN release r ON r.tenant_id = c.tenant_id AND r.id = c.release_id
             JOIN item i ON i.tenant_id = c.tenant_id AND i.id = c.item_id
             JOIN account a ON a.tenant_id = c.tenant_id AND a.id = i.creator_id
             WHERE c.tenant_id = $1 AND c.name = 'stable'",
        )
        .bind(ground.tenant.0)
        .fetch(&ground.admin);
        let mut all = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let manifest: &[u8] = row.try_get("manifest_sha256")?;
            let item: String = row.try_get("item")?;
            all.push(Address {
                manifest: manifest.try_into().map_err(Fault::made)?,
                item: item.into(),
            });
        }
        if all.is_empty() {
            return Err(Fault::made("nothing is published"));
        }
        Ok(Self(all))
    }
}

impl Reader {
    pub(crate) fn new(
        ground: &Ground,
        addresses: &Arc<Addresses>,
        seed: u64,
    ) -> Result<Self, Fault> {
        // A second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(30))
                .tcp_nodelay(true)
                .build()?,
            url: ground.url.clone(),
            token: ground.app.clone(),
            addresses: Arc::clone(addresses),
            random: StdRng::seed_from_u64(seed),
        })
    }

    /// Asks for one of them, any.
    pub(crate) async fn read(&mut self, kind: Kind) -> Result<(), Fault> {
        let path = self.path(kind);
        let response = self
            .http
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.token)
            .send()
            .await?;
        let status = response.status().as_u16();
        let body = response.bytes().await?;
        // Where little is stored, there are words that stand nowhere.
        let empty =
            matches!(kind, Kind::Newest | Kind::Tag) && !body.starts_with(br#"{"entries":[{"#);
        if status == 200 && !empty {
            return Ok(());
        }
        Err(Fault::Answer {
            what: "a read",
            status,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    fn path(&mut self, kind: Kind) -> String {
        let any = self.random.random_range(0..self.addresses.0.len());
        let address = &self.addresses.0[any];
        match kind {
            Kind::Manifest => {
                let name = format!("sha256:{}", hex::encode(address.manifest));
                paths::RELEASE_MANIFEST.replace("{release}", &name)
            }
            Kind::Channel => paths::RESOLVE
                .replace("{creator}/{slug}", &address.item)
                .replace("{channel}", "stable"),
            Kind::Newest => paths::LISTING.to_owned(),
            Kind::Tag => {
                let tag = words::tag(self.random.random());
                format!("{}?tags={tag}", paths::LISTING)
            }
            Kind::Words => {
                let word = words::word(self.random.random());
                format!("{}?q={word}", paths::LISTING)
            }
            Kind::Whoami => paths::WHOAMI.to_owned(),
            Kind::Health => paths::HEALTH.to_owned(),
        }
    }
}

struct Sides<'a> {
    plan: &'a Plan,
    readers: Vec<Reader>,
    /// What each counted answer took, side by side.
    took: Vec<Vec<Duration>>,
}

impl Contest for Sides<'_> {
    fn sides(&self) -> usize {
        OURS.len() + 1
    }

    fn name(&self, side: usize) -> &'static str {
        OURS.get(side).map_or("nothing", |(_, what, _)| what)
    }

    async fn turn(&mut self, side: usize) -> Result<f64, Fault> {
        let kind = OURS.get(side).map_or(Kind::Health, |(kind, ..)| *kind);
        let from = Instant::now() + self.plan.warm;
        let until = from + self.plan.read_counted;
        let mut running = JoinSet::new();
        for mut reader in self.readers.drain(..) {
            running.spawn(async move {
                let mut took = Vec::new();
                loop {
                    let asked = Instant::now();
                    if asked >= until {
                        return Ok::<_, Fault>((reader, took));
                    }
                    reader.read(kind).await?;
                    let answered = Instant::now();
                    if answered >= from && answered < until {
                        took.push(answered - asked);
                    }
                }
            });
        }
        let mut count = 0_u32;
        while let Some(done) = running.join_next().await {
            let (reader, took) = done.map_err(Fault::made)??;
            count += u32::try_from(took.len()).map_err(Fault::made)?;
            self.took[side].extend(took);
            self.readers.push(reader);
        }
        Ok(f64::from(count) / self.plan.read_counted.as_secs_f64())
    }
}
