//! When to stop.

use std::io::Read as _;
use tokio::signal::unix::{SignalKind, signal};

/// Resolves on SIGTERM or SIGINT, and `with_parent` when standard input closes.
pub(super) async fn stop(with_parent: bool) {
    let orphaned = async {
        if with_parent {
            input_closes().await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = caught(SignalKind::terminate()) => {}
        () = caught(SignalKind::interrupt()) => {}
        () = orphaned => {}
    }
    tracing::info!("stopping: no new requests, those at hand are finished");
}

async fn caught(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(fault) => {
            tracing::warn!(%fault, "a signal cannot be waited for");
            std::future::pending::<()>().await;
        }
    }
}

/// Ends with the standard input, whatever comes before that. Read by a thread
/// of its own: the runtime would wait for a read of its own when it ends.
async fn input_closes() {
    let (told, tell) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 256];
        while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
        let _ = told.send(());
    });
    let _ = tell.await;
}
