//! V3's dates: unix seconds.

use dramatis_domain::json::Tree;

use super::RepairCode as Code;
use super::fields::{Members, Need};

/// Mends `creation_date` and `modification_date`.
pub(super) fn mend(body: &mut Members<'_>) {
    for key in ["creation_date", "modification_date"] {
        body.number(key, Need::Optional);
        body.each(key, Need::Optional, |value, path, log| {
            match seconds(&value) {
                Some(seconds) => {
                    log.note(
                        Code::Milliseconds,
                        path,
                        format!("“{key}” counts milliseconds; it was read as {seconds} seconds."),
                    );
                    Some(Tree::Number(seconds))
                }
                None => Some(value),
            }
        });
    }
}

/// The seconds of a number that can only be milliseconds: as seconds it would
/// lie beyond the year 5000.
fn seconds(value: &Tree) -> Option<String> {
    const YEAR_5000: f64 = 95_617_584_000.0;
    let Tree::Number(text) = value else {
        return None;
    };
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite() && *number > YEAR_5000)?;
    (number < YEAR_5000 * 1000.0).then(|| format!("{:.0}", (number / 1000.0).floor()))
}
