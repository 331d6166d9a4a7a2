//! `cargo xtask chaos`: random rounds of operations, duplicates and crashes
//! against live processes, for as long as one likes.

use crate::{fault::Fault, house, needs, shell};

const HOW: &str = "cargo xtask chaos [--rounds N] [--seed S]";

/// Builds the rounds' test and runs it.
pub(crate) fn command(words: &[&str]) -> Result<(), Fault> {
    let (rounds, seed) = chosen(words)?;
    needs::bring(&[&needs::POSTGRES])?;
    let mut chaos = house::cargo();
    // With the workspace's features, or what its tests have built is built again.
    chaos
        .args(["test", "-q", "--workspace", "--test", "model"])
        .args(["--", "--nocapture"])
        .env("SQLX_OFFLINE", "true")
        .env("DRAMATIS_CHAOS_ROUNDS", rounds.to_string());
    if let Some(seed) = seed {
        chaos.env("DRAMATIS_CHAOS_SEED", seed.to_string());
    }
    shell::shown_run("Chaos", &mut chaos)
}

/// The number of rounds, and the seed where one is given.
fn chosen(words: &[&str]) -> Result<(u64, Option<u64>), Fault> {
    let (mut rounds, mut seed) = (50, None);
    for pair in words.chunks(2) {
        let number = pair.get(1).and_then(|word| word.parse().ok());
        match (pair[0], number) {
            ("--rounds", Some(number)) => rounds = number,
            ("--seed", Some(number)) => seed = Some(number),
            (other, _) => {
                return Err(Fault::new(format!(
                    "`{other}` is not understood, or lacks its number."
                ))
                .fix(HOW));
            }
        }
    }
    Ok((rounds, seed))
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn rounds_and_seed_are_read() {
        let all = chosen(&["--rounds", "500", "--seed", "7"]);
        assert_eq!(all.ok(), Some((500, Some(7))));
        assert_eq!(chosen(&[]).ok(), Some((50, None)));
        assert!(chosen(&["--rounds"]).is_err());
        assert!(chosen(&["--round", "5"]).is_err());
    }
}
