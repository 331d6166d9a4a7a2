//! How the studio ends: what is on the wire is let finish, our inventory is
//! stopped, the store is closed, and only then the process ends.

use std::sync::atomic::{AtomicU8, Ordering};

use tauri::{AppHandle, Manager, RunEvent};

use crate::state::Desk;

/// Open, closing, closed.
static STAGE: AtomicU8 = AtomicU8::new(OPEN);
const OPEN: u8 = 0;
const CLOSING: u8 = 1;
const CLOSED: u8 = 2;

/// One step of the program's life.
pub(crate) fn step(app: &AppHandle, event: RunEvent) {
    let RunEvent::ExitRequested { api, .. } = event else {
        return;
    };
    if STAGE.load(Ordering::SeqCst) != CLOSED {
        api.prevent_exit();
        close(app);
    }
}

/// Brings the window forward: somebody started the studio a second time.
pub(crate) fn come_forward(app: &AppHandle) {
    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    for done in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(why) = done {
            tracing::warn!(error = %why, "the window did not come forward");
        }
    }
}

/// A signal ends the studio as closing its window does.
pub(crate) fn stop_on_signals(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        match signalled().await {
            Ok(()) => close(&app),
            Err(why) => tracing::warn!(error = %why, "signals are not heard"),
        }
    });
}

fn close(app: &AppHandle) {
    let begun = STAGE.compare_exchange(OPEN, CLOSING, Ordering::SeqCst, Ordering::SeqCst);
    if begun.is_err() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Some(desk) = app.try_state::<Desk>() {
            desk.close().await;
        }
        tracing::info!("the studio has ended");
        STAGE.store(CLOSED, Ordering::SeqCst);
        app.exit(0);
    });
}

#[cfg(unix)]
async fn signalled() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
        _ = hung_up.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signalled() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
