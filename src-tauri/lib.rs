//! The shell: one window over a studio, and nothing else. It is the only place
//! that knows Tauri; what a person can do is in `dramatis-drafts`.

mod bindings;
mod changes;
mod commands;
mod error;
mod life;
mod log;
mod portrait;
mod start;
mod state;

pub use bindings::typescript;

use std::process::ExitCode;

use clap::Parser;
use tauri::Manager;

/// Opens the window and stays until it is closed. The window appears at once;
/// store, keychain and inventory are opened behind it.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = start::Arguments::parse();
    let folders = arguments.folders();
    log::begin(&folders);
    let builder = bindings::builder();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            life::come_forward(app);
        }))
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .register_asynchronous_uri_scheme_protocol("portrait", portrait::serve)
        .invoke_handler(builder.invoke_handler())
        .setup(move |app| {
            builder.mount_events(app);
            app.manage(state::Desk::open(
                app.handle().clone(),
                folders.clone(),
                arguments.inventory.clone(),
            ));
            life::stop_on_signals(app.handle().clone());
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(life::step);
            ExitCode::SUCCESS
        }
        Err(why) => {
            tracing::error!(error = %why, "the window could not be opened");
            log::to_person(&format!(
                "Dramatis could not open its window: {why}\n\
                 Your characters are safe; nothing was opened. Is there a display?"
            ));
            ExitCode::FAILURE
        }
    }
}
