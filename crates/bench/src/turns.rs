//! Ours and its floors in turns, so that whatever else the computer does
//! meanwhile falls on all of them alike.

use crate::fault::Fault;

/// Sides that do the same, each its way. Side 0 is ours.
pub(crate) trait Contest {
    /// How many sides there are.
    fn sides(&self) -> usize;

    /// What to call a side.
    fn name(&self, side: usize) -> &'static str {
        if side == 0 { "ours" } else { "floor" }
    }

    /// One turn of a side: how many a second.
    async fn turn(&mut self, side: usize) -> Result<f64, Fault>;
}

/// Lets every side have its turns, another one first each time; gives the
/// median of each.
pub(crate) async fn medians(
    name: &str,
    turns: usize,
    contest: &mut impl Contest,
) -> Result<Vec<f64>, Fault> {
    let sides = contest.sides();
    let mut rates = vec![Vec::with_capacity(turns); sides];
    for turn in 0..turns {
        for offset in 0..sides {
            let side = (turn + offset) % sides;
            let rate = contest.turn(side).await?;
            let whose = contest.name(side);
            eprintln!(
                "· {name}, turn {} of {turns}: {whose} {rate:.0}/s",
                turn + 1
            );
            rates[side].push(rate);
        }
    }
    Ok(rates.into_iter().map(median).collect())
}

/// The middle one, or the mean of the two in the middle; 0 of none.
pub(crate) fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let middle = rates.len() / 2;
    match rates.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => rates[middle],
        _ => f64::midpoint(rates[middle - 1], rates[middle]),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[expect(clippy::float_cmp)]
    fn the_median_is_in_the_middle() {
        assert_eq!(super::median(vec![3.0, 100.0, 1.0]), 3.0);
        assert_eq!(super::median(vec![4.0, 1.0, 2.0, 100.0]), 3.0);
        assert_eq!(super::median(vec![]), 0.0);
    }
}
