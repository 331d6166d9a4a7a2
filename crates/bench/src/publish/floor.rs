//! The floors: pgbench runs the statements of a publish as the same role, with
//! the same bytes, one round trip each (`floor.sql`) or all in one
//! (`one_call.sql`).

use super::lane::{Common, Items, Lane};
use crate::{
    fault::Fault,
    ground::{Ground, Server},
    plan::Plan,
};
use sqlx::AssertSqlSafe;
use std::{
    path::{Path, PathBuf},
    process::Output,
};
use tokio::process::Command;
use uuid::Uuid;

/// Hex digits that make a card, a manifest and every id of a publish unlike any other.
const UNIQUE: usize = 28;

/// pgbench with everything a publish takes.
pub(super) struct Floor {
    pgbench: PathBuf,
    url: String,
    statements: PathBuf,
    one_call: PathBuf,
    variables: Vec<(&'static str, String)>,
}

/// In how many round trips a publish is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// One for each statement, as the service sends them.
    Statements,
    /// One in all.
    OneCall,
}

/// pgbench's clients in one turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clients {
    pub(super) script: Script,
    pub(super) count: u32,
    /// How far their items lie apart; 0 for one item.
    pub(super) stride: u32,
}

impl Floor {
    /// `answer` is what the service said to a publish.
    pub(super) async fn new(
        server: &Server,
        ground: &Ground,
        common: &Common,
        items: &Items,
        answer: String,
        folder: &Path,
    ) -> Result<Self, Fault> {
        let of_tenant = |text: &str| text.replace("{tenant}", &ground.tenant.to_string());
        let written = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, of_tenant(text))
                .map_err(Fault::io(format!("the file {}", path.display())))?;
            Ok::<_, Fault>(path)
        };
        let statements = written("floor.sql", include_str!("floor.sql"))?;
        let one_call = written("one_call.sql", include_str!("one_call_script.sql"))?;
        // The tenant is a parsed UUID.
        sqlx::raw_sql(AssertSqlSafe(of_tenant(include_str!("one_call.sql"))))
            .execute(&ground.admin)
            .await?;
        let actor_name: Vec<u8> =
            sqlx::query_scalar("SELECT name_sha256 FROM account WHERE tenant_id = $1 AND id = $2")
                .bind(ground.tenant.0)
                .bind(ground.account.0)
                .fetch_one(&ground.admin)
                .await?;
        // Of the same form and length as what the service sends.
        let request = Lane::new(common, items, 0).make()?;
        let release = Uuid::now_v7();
        let moved = format!(r#"{{"channel":"stable","release":"{release}"}}"#);
        let bytes = |bytes: &[u8]| format!("\\x{}", hex::encode(bytes));
        let variables = vec![
            ("n", "0".to_owned()),
            ("tenant", ground.tenant.to_string()),
            ("account", ground.account.to_string()),
            ("items", items.prefix()),
            ("portrait", bytes(common.portrait.sha256.as_bytes())),
            ("rule_set", bytes(common.rule_set.as_bytes())),
            ("name", "Mirelle".to_owned()),
            ("card", shortened(&request.card)?),
            ("manifest", shortened(&request.manifest)?),
            (
                "notes",
                request.notes.map(|notes| notes.value).unwrap_or_default(),
            ),
            ("device", common.device.to_string()),
            ("device_name", common.device_name.value.clone()),
            ("device_name_salt", bytes(&common.device_name.salt)),
            (
                "device_name_sha256",
                bytes(common.device_name.digest().as_bytes()),
            ),
            ("actor_name_sha256", bytes(&actor_name)),
            ("before_submitted", r#"{"state":"draft"}"#.to_owned()),
            (
                "after_submitted",
                format!(
                    r#"{{"manifest":"{}","number":100,"state":"submitted"}}"#,
                    "0".repeat(64)
                ),
            ),
            ("before_published", r#"{"state":"submitted"}"#.to_owned()),
            (
                "after_published",
                r#"{"number":100,"state":"published"}"#.to_owned(),
            ),
            ("before_moved", moved.clone()),
            ("after_moved", moved),
            ("answer", answer),
        ];
        Ok(Self {
            pgbench: server.program("pgbench"),
            url: ground.service_url.clone(),
            statements,
            one_call,
            variables,
        })
    }

    /// Publishes a second, in one turn; how often transactions were run again.
    pub(super) async fn turn(&self, plan: &Plan, clients: Clients) -> Result<(f64, u64), Fault> {
        let seconds = (plan.warm + plan.counted).as_secs();
        let output = self
            .run(clients, &["-T", &seconds.to_string(), "-P", "1"])
            .await?;
        let told = String::from_utf8_lossy(&output.stderr);
        let warm = usize::try_from(plan.warm.as_secs()).unwrap_or(usize::MAX);
        let rates: Vec<f64> = told.lines().filter_map(progress).skip(warm).collect();
        #[expect(clippy::cast_precision_loss)]
        let mean = rates.iter().sum::<f64>() / rates.len() as f64;
        // It may end before it says how the last second went, and on a busy
        // computer nothing may have ended in a second.
        let rate = if rates.is_empty() || mean <= 0.0 {
            overall(&output)
        } else {
            Some(mean)
        };
        Ok((rate.ok_or_else(|| failed(&output))?, retries(&output)))
    }

    /// Exactly `count` publishes of one client.
    pub(super) async fn publish(&self, script: Script, count: u32) -> Result<(), Fault> {
        self.run(
            Clients {
                script,
                count: 1,
                stride: 0,
            },
            &["-t", &count.to_string()],
        )
        .await?;
        Ok(())
    }

    async fn run(&self, clients: Clients, how_long: &[&str]) -> Result<Output, Fault> {
        let mut command = Command::new(&self.pgbench);
        command
            .args([
                "-n",
                "-M",
                "prepared",
                "--max-tries=1000",
                "-j",
                "2",
                "-c",
                &clients.count.to_string(),
            ])
            .args(how_long)
            .arg("-f")
            .arg(match clients.script {
                Script::Statements => &self.statements,
                Script::OneCall => &self.one_call,
            })
            .args(["-D", &format!("stride={}", clients.stride)]);
        for (name, value) in &self.variables {
            command.arg("-D").arg(format!("{name}={value}"));
        }
        // As the service connects (`Database::open`).
        command.arg(&self.url).env(
            "PGOPTIONS",
            "-c role=dramatis_service -c timezone=UTC -c statement_timeout=30s -c enable_seqscan=off -c jit=off -c idle_in_transaction_session_timeout=30s",
        );
        let output = command
            .kill_on_drop(true)
            .output()
            .await
            .map_err(Fault::io("pgbench"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let whole = said
            .lines()
            .any(|line| line.starts_with("number of failed transactions: 0 "));
        if output.status.success() && whole {
            Ok(output)
        } else {
            Err(failed(&output))
        }
    }
}

/// Room for what makes it unique.
fn shortened(text: &str) -> Result<String, Fault> {
    let end = text.len().saturating_sub(UNIQUE);
    text.get(..end)
        .map(str::to_owned)
        .ok_or_else(|| Fault::made("a text of the floor ends within a character"))
}

/// `progress: 2.0 s, 512.3 tps, lat …`
fn progress(line: &str) -> Option<f64> {
    line.strip_prefix("progress: ")?
        .split(", ")
        .nth(1)?
        .strip_suffix(" tps")?
        .parse()
        .ok()
}

/// `tps = 512.3 (without initial connection time)`
fn overall(output: &Output) -> Option<f64> {
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines()
        .find_map(|line| line.strip_prefix("tps = "))?
        .split(' ')
        .next()?
        .parse()
        .ok()
}

fn retries(output: &Output) -> u64 {
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("total number of retries: "));
    line.and_then(|number| number.trim().parse().ok())
        .unwrap_or(0)
}

fn failed(output: &Output) -> Fault {
    let all = [&output.stderr[..], &output.stdout[..]].concat();
    let all = String::from_utf8_lossy(&all);
    let lines: Vec<&str> = all
        .lines()
        .filter(|line| !line.starts_with("progress"))
        .collect();
    Fault::Program {
        program: "pgbench",
        said: lines[..lines.len().min(20)].join("\n"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn progress_is_read() {
        let line = "progress: 2.0 s, 512.3 tps, lat 15.610 ms stddev 3.200, 0 failed, 12 retried, 15 retries";
        assert_eq!(super::progress(line), Some(512.3));
        assert_eq!(super::progress("pgbench (15.18)"), None);
    }
}
