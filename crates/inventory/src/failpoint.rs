//! Places where a test stops the process: before and after every statement of
//! a publish and around its commit (inventory.md, Idempotency contract, Proof).
//! Without the feature `testing` nothing of it is compiled.

/// Where the process can be stopped, in the order of a publish.
#[cfg(feature = "testing")]
pub const ALL: &[&str] = &[
    "publish.before_begin",
    "publish.after_begin",
    "publish.after_lock",
    "publish.after_claim",
    "publish.after_savepoint",
    "publish.after_item",
    "publish.after_release",
    "publish.after_facts",
    "publish.after_receipt",
    "publish.after_commit",
    "publish.before_answer",
];

/// Where a reviewer's decision can be stopped: the exchange's own places, and
/// the one after its word.
#[cfg(feature = "testing")]
pub const DECISION: &[&str] = &[
    "publish.before_begin",
    "publish.after_begin",
    "publish.after_lock",
    "publish.after_claim",
    "publish.after_savepoint",
    "decide.after_word",
    "publish.after_facts",
    "publish.after_receipt",
    "publish.after_commit",
    "publish.before_answer",
];

/// Where a change of an item's owners can be stopped.
#[cfg(feature = "testing")]
pub const OWNERSHIP: &[&str] = &[
    "publish.before_begin",
    "publish.after_begin",
    "publish.after_lock",
    "publish.after_claim",
    "publish.after_savepoint",
    "owners.after_steps",
    "publish.after_facts",
    "publish.after_receipt",
    "publish.after_commit",
    "publish.before_answer",
];

/// Does what `DRAMATIS_FAILPOINT` says for this place: `NAME=abort` ends the
/// process at once, `NAME=hold:FILE` makes FILE and goes on when it is gone;
/// each once.
#[cfg(feature = "testing")]
pub(crate) async fn reach(name: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    };
    static REACHED: AtomicBool = AtomicBool::new(false);
    static WANTED: OnceLock<Option<(String, String)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("DRAMATIS_FAILPOINT").ok()?;
        let (name, action) = text.split_once('=')?;
        Some((name.to_owned(), action.to_owned()))
    });
    let Some((at, action)) = wanted else { return };
    if at != name || REACHED.swap(true, Ordering::SeqCst) {
        return;
    }
    if let Some(file) = action.strip_prefix("hold:") {
        if std::fs::write(file, name).is_err() {
            std::process::abort();
        }
        while std::path::Path::new(file).exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    } else {
        std::process::abort();
    }
}

/// Nothing, in a released binary.
#[cfg(not(feature = "testing"))]
#[inline]
pub(crate) async fn reach(_name: &str) {}
