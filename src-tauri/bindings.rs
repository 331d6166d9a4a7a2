//! Every command and event, and the TypeScript that is made from them.

use specta_typescript::{Error, Typescript};
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::{
    changes::Changed,
    commands::{character, library, outbox, release, review, settings},
};

const HEADER: &str = "// Generated from the commands of `src-tauri`. Do not edit: `cargo test -p dramatis-studio` checks it,\n\
    // `UPDATE_BINDINGS=1 cargo test -p dramatis-studio --test bindings` writes it anew.\n";

/// All that crosses between window and studio.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::new()
        // What crosses is written and read alike, so each type has one form.
        .disable_serde_phases()
        .commands(collect_commands![
            settings::status,
            settings::settings,
            settings::set_device_name,
            settings::use_inventory,
            settings::sign_in,
            settings::sign_out,
            library::list_characters,
            library::list_samples,
            library::create_character,
            library::preview_import,
            library::preview_sample,
            library::commit_imports,
            character::open_character,
            character::edit_field,
            character::set_slug,
            character::set_portrait,
            character::undo,
            character::redo,
            character::restore_field,
            character::take_in,
            character::settle_overlap,
            character::export_card,
            release::timeline,
            release::refresh,
            release::diff,
            release::publish_check,
            release::publish,
            release::withdraw,
            release::deprecate,
            release::undeprecate,
            release::archive,
            release::unarchive,
            release::revoke,
            release::promote,
            release::verify,
            release::resolve,
            review::reviews,
            review::review,
            review::approve,
            review::reject,
            outbox::list_outbox,
            outbox::outbox_send_now,
            outbox::outbox_retry,
            outbox::outbox_cancel,
        ])
        .events(collect_events![Changed])
}

/// The window's side of the boundary, `ui/src/lib/bindings.ts`, as it should be.
///
/// # Errors
/// When a type crosses that has no TypeScript, for example a 64-bit integer.
pub fn typescript(path: &std::path::Path) -> Result<(), Error> {
    builder().export(Typescript::default().header(HEADER), path)
}
