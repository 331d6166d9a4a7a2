//! A token is in the keychain and on the wire, and nowhere else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex},
};

use dramatis_drafts::{StudioError, view::ConnectionState};
use dramatis_inventory::testing::Inventory;
use support::{DEVICE, connection, desk_with_mirelle};

/// Everything that was logged, by the studio and by the service, which runs in
/// this process too.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Files below a folder that hold the bytes.
fn holding(folder: &Path, needle: &[u8], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holding(&path, needle, found);
        } else if contains(&std::fs::read(&path).unwrap(), needle) {
            found.push(path.display().to_string());
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// An error in every form in which it is printed, shown or logged.
fn forms(error: &StudioError) -> String {
    format!(
        "{error} {error:?} {}",
        serde_json::to_string(&error.to_ipc()).unwrap()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn no_store_log_or_error_holds_a_token_after_sign_in_publish_401_and_sign_out() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let inventory = Inventory::start().await;
    let mut wrong = inventory.token.clone();
    let last = wrong.pop().unwrap();
    wrong.push(if last == '0' { '1' } else { '0' });
    let mut said = format!("{:?}", connection(&inventory.url, &inventory.token));

    // Sign-in and publish.
    let (desk, id) = desk_with_mirelle(&inventory.url, &inventory.token).await;
    let entry = desk.studio.publish(&id, "stable", "One.").await.unwrap();
    desk.settled(&entry).await;

    // 401: the token is revoked while a request waits; a wrong one is refused.
    let (tenant, token) = (inventory.tenant, inventory.token_id);
    let revoked = inventory.provisioner.revoke_token(tenant, token).await;
    revoked.unwrap();
    desk.write(&id, "scenario", "Another.").await;
    desk.studio.publish(&id, "stable", "Two.").await.unwrap();
    desk.studio.settle_once().await.unwrap();
    let status = desk.studio.status().await.unwrap();
    assert_eq!(status.connection, ConnectionState::SignedOut);
    said += &forms(&desk.studio.refresh(Some(&id)).await.unwrap_err());
    said += &forms(&desk.sign_in(&inventory.url, &wrong).await.unwrap_err());

    // Sign-out, and everything that crosses to a window afterwards.
    let signed_in = inventory.another_token().await;
    desk.sign_in(&inventory.url, &signed_in).await.unwrap();
    desk.studio.sign_out().await.unwrap();
    said += &format!("{:?}", desk.studio);
    said += &serde_json::to_string(&desk.studio.settings().await.unwrap()).unwrap();
    said += &serde_json::to_string(&desk.studio.status().await.unwrap()).unwrap();
    said += &serde_json::to_string(&desk.studio.list_outbox().await.unwrap()).unwrap();

    // While the store is open, its write-ahead log included, and after it is closed.
    let logged = || log.0.lock().unwrap().clone();
    for closed in [false, true] {
        if closed {
            desk.studio.close().await;
        }
        for secret in [&inventory.token, &wrong, &signed_in] {
            let secret = secret.as_bytes();
            let mut found = Vec::new();
            holding(desk.folder.path(), secret, &mut found);
            assert!(found.is_empty(), "in the store: {found:?}");
            assert!(!contains(&logged(), secret), "in the log");
            assert!(
                !contains(said.as_bytes(), secret),
                "in what is said: {said}"
            );
        }
    }
    // The search does find what is there.
    let mut found = Vec::new();
    holding(desk.folder.path(), DEVICE.as_bytes(), &mut found);
    assert!(!found.is_empty());
    assert!(
        contains(&logged(), b"/v1/releases"),
        "the log has the requests"
    );
}
