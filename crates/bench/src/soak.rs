//! Everything at once for a while, at a rate that leaves room: does the
//! service's memory stay where it is?

use crate::{
    fault::Fault,
    plan::Plan,
    publish::{Filled, client::Client},
    reads::{Addresses, Kind, Reader},
    table::{Aim, Row, Table},
    turns::median,
};
use nix::unistd::Pid;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval},
};

/// Clients that publish, and as many that read.
const CLIENTS: u32 = 8;
/// Of what was possible.
const LOAD: f64 = 0.7;
/// What is warm-up: one in so many looks.
const WARM: usize = 5;
/// Looks that the memory at a time is the median of.
const LOOKS: usize = 10;

/// How many a second.
#[derive(Clone, Copy, Debug)]
struct Rates {
    publishes: f64,
    reads: f64,
}

/// Measures.
pub(crate) async fn measure(plan: &Plan, filled: &Filled, table: &mut Table) -> Result<(), Fault> {
    let pid = filled
        .ground
        .pid()
        .ok_or_else(|| Fault::made("the service has ended"))?;
    let addresses = Arc::new(Addresses::load(&filled.ground).await?);
    let most = load(plan.soak_probe, None, filled, &addresses).await?;
    let aimed = Rates {
        publishes: most.publishes * LOAD,
        reads: most.reads * LOAD,
    };
    let seconds = plan.soak.as_secs_f64();
    eprintln!(
        "· soak: {:.0} publishes and {:.0} reads a second for {seconds:.0} s",
        aimed.publishes, aimed.reads
    );
    let (reached, looks) = tokio::try_join!(
        load(plan.soak, Some(aimed), filled, &addresses),
        watch(pid, plan.soak_look, plan.soak),
    )?;

    let after = &looks[looks.len() / WARM..];
    let few = LOOKS.min(after.len());
    table.row(Row {
        what: format!("soak, {seconds:.0} s at 70 % load: memory"),
        beside: "after the first fifth",
        ours: median(after[after.len() - few..].to_vec()),
        floor: median(after[..few].to_vec()),
        unit: "MB",
        aim: Some(Aim::AtMost(1.1)),
    });
    table.note(format!(
        "Soak: {:.0} publishes and {:.0} reads a second, of {:.0} and {:.0} that were possible at once; the service's memory lay between {:.1} and {:.1} MB after the first fifth.",
        reached.publishes,
        reached.reads,
        most.publishes,
        most.reads,
        after.iter().copied().fold(f64::INFINITY, f64::min),
        after.iter().copied().fold(0.0, f64::max),
    ));
    Ok(())
}

/// Publishes and reads for so long, as fast as it goes or at a rate; gives
/// what was reached.
async fn load(
    how_long: Duration,
    aimed: Option<Rates>,
    filled: &Filled,
    addresses: &Arc<Addresses>,
) -> Result<Rates, Fault> {
    let until = Instant::now() + how_long;
    let (mut publishing, mut reading) = (JoinSet::new(), JoinSet::new());
    for at in 0..CLIENTS {
        let (client, line) = (Client::new(&filled.ground)?, filled.lane_apart(at)?);
        let mut pace = Pace::new(aimed.map(|aimed| aimed.publishes));
        publishing.spawn(async move {
            let mut count = 0_u32;
            while pace.next(until).await {
                line.publish(&client).await?;
                count += 1;
            }
            Ok::<_, Fault>(count)
        });
        let mut reader = Reader::new(&filled.ground, addresses, at.into())?;
        let mut pace = Pace::new(aimed.map(|aimed| aimed.reads));
        reading.spawn(async move {
            let mut count = 0_u32;
            while pace.next(until).await {
                let kind = if count.is_multiple_of(2) {
                    Kind::Manifest
                } else {
                    Kind::Channel
                };
                reader.read(kind).await?;
                count += 1;
            }
            Ok::<_, Fault>(count)
        });
    }
    let seconds = how_long.as_secs_f64();
    Ok(Rates {
        publishes: f64::from(all(publishing).await?) / seconds,
        reads: f64::from(all(reading).await?) / seconds,
    })
}

async fn all(mut running: JoinSet<Result<u32, Fault>>) -> Result<u32, Fault> {
    let mut sum = 0;
    while let Some(done) = running.join_next().await {
        sum += done.map_err(Fault::made)??;
    }
    Ok(sum)
}

/// One client's share of a rate; none: at once.
struct Pace(Option<Interval>);

impl Pace {
    fn new(rate: Option<f64>) -> Self {
        Self(rate.map(|rate| {
            let between = f64::from(CLIENTS) / rate.max(1.0);
            let mut pace = interval(Duration::from_secs_f64(between));
            pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
            pace
        }))
    }

    /// Whether there is another one before the end.
    async fn next(&mut self, until: Instant) -> bool {
        if let Some(pace) = &mut self.0 {
            pace.tick().await;
        }
        Instant::now() < until
    }
}

/// The process's memory, again and again, in MB.
async fn watch(pid: Pid, between: Duration, how_long: Duration) -> Result<Vec<f64>, Fault> {
    let until = Instant::now() + how_long;
    let mut tick = interval(between);
    let mut looks = Vec::new();
    while Instant::now() < until {
        tick.tick().await;
        looks.push(resident(pid)?);
    }
    Ok(looks)
}

fn resident(pid: Pid) -> Result<f64, Fault> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).map_err(Fault::io(path))?;
    text.lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"))
        .and_then(|kilobytes| kilobytes.trim().parse::<f64>().ok())
        .map(|kilobytes| kilobytes / 1000.0)
        .ok_or_else(|| Fault::made("this system does not say what memory a process takes"))
}
