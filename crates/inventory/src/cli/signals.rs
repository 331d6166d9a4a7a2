//! When to stop.

use std::io::Read as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Resolves on SIGTERM or SIGINT, and `with_parent` when standard input closes.
/// Listens from this call on, not only from the first time somebody waits: what
/// comes while the service starts is not lost.
pub(super) fn stop(with_parent: bool) -> impl Future<Output = ()> + Send + 'static {
    let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    let orphaned = with_parent.then(input_closes);
    async move {
        let orphaned = async {
            match orphaned {
                Some(closed) => {
                    let _ = closed.await;
                }
                None => std::future::pending::<()>().await,
            }
        };
        let [terminate, interrupt] = signals.map(caught);
        tokio::select! {
            () = terminate => {}
            () = interrupt => {}
            () = orphaned => {}
        }
        tracing::info!("stopping: no new requests, those at hand are finished");
    }
}

async fn caught(signal: std::io::Result<Signal>) {
    match signal {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(fault) => {
            tracing::warn!(%fault, "a signal cannot be waited for");
            std::future::pending::<()>().await;
        }
    }
}

/// Told at the end of the standard input, whatever comes before that. Read by
/// a thread of its own: the runtime would wait for a read of its own when it
/// ends.
fn input_closes() -> tokio::sync::oneshot::Receiver<()> {
    let (told, tell) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 256];
        while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
        let _ = told.send(());
    });
    tell
}
