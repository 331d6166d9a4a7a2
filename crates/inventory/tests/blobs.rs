//! Files: what is taken in, and what is taken away.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{Digest, limits};
use dramatis_inventory::{
    Collected, Database, DbRole, collect, open_store,
    testing::{Inventory, binary},
    verify,
};
use std::time::Duration;
use support::*;

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

fn worker(inventory: &Inventory) -> Database {
    Database::open(&inventory.worker_url(), DbRole::Worker, 2).unwrap()
}

async fn collected(inventory: &Inventory, keep: Duration, dry_run: bool) -> Collected {
    let store = open_store(&inventory.settings().blobs).unwrap();
    collect(&worker(inventory), store.as_ref(), keep, dry_run)
        .await
        .unwrap()
}

/// Makes everything that lies there eight days old.
async fn age(inventory: &Inventory) {
    sqlx::query("UPDATE blob SET created_at = created_at - interval '8 days'")
        .execute(&inventory.admin)
        .await
        .unwrap();
    let then = std::time::SystemTime::now() - WEEK - Duration::from_secs(86_400);
    for path in files(inventory.blobs()) {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(then).unwrap();
    }
}

async fn published(inventory: &Inventory, slug: &str, picture: &[u8]) -> Answer {
    let request = publish_with_portrait(slug, picture);
    let sent = publishing(&client(), &inventory.url, &inventory.token, key(), &request);
    send(sent).await.unwrap()
}

async fn fetched(inventory: &Inventory, digest: Digest) -> u16 {
    let path = format!("{}/v1/blobs/{}", inventory.url, digest.hex());
    let get = client().get(path).bearer_auth(&inventory.token);
    get.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pixel_bomb_and_half_a_header_are_refused_and_leave_nothing() {
    let inventory = Inventory::start().await;
    let side = u32::try_from(limits::PIXELS / 1024 + 1).unwrap();
    let refused = [
        (png_of(1024, side, ""), "too_large"),
        (png_of(u32::MAX, u32::MAX, ""), "too_large"),
        (png_of(0, 1, ""), "unsupported_type"),
        (png("")[..20].to_vec(), "unsupported_type"),
    ];
    for (picture, code) in refused {
        let answer = upload(&inventory, Digest::of(&picture), picture).await;
        assert_eq!(answer.code(), code, "{}", answer.body);
    }
    assert_eq!(files(inventory.blobs()), Vec::<std::path::PathBuf>::new());
    assert_eq!(count(&inventory, "SELECT count(*) FROM blob").await, 0);
    let largest = png_of(1024, side - 1, "");
    assert_eq!(
        upload(&inventory, Digest::of(&largest), largest)
            .await
            .status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_there_is_checked_but_not_written_again() {
    let inventory = Inventory::start().await;
    let picture = png("portrait");
    let digest = Digest::of(&picture);
    assert_eq!(
        upload(&inventory, digest, picture.clone()).await.status,
        201
    );
    let before = files(inventory.blobs());
    assert_eq!(
        upload(&inventory, digest, picture.clone()).await.status,
        200
    );
    let other = upload(&inventory, digest, png("another")).await;
    assert_eq!(other.code(), "digest_mismatch");
    assert_eq!(files(inventory.blobs()), before);

    // A folder that lost a file gets it back under the same row.
    std::fs::remove_file(&before[0]).unwrap();
    assert_eq!(upload(&inventory, digest, picture).await.status, 201);
    assert_eq!(files(inventory.blobs()), before);
    assert_eq!(fetched(&inventory, digest).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_no_release_names_and_is_a_week_old_is_collected() {
    let inventory = Inventory::start().await;
    let (named, unnamed, young) = (png("named"), png("unnamed"), png("young"));
    for picture in [&named, &unnamed] {
        upload(&inventory, Digest::of(picture), picture.clone()).await;
    }
    assert_eq!(published(&inventory, "mirelle", &named).await.status, 201);
    let stray = inventory
        .blobs()
        .join(inventory.tenant.to_string())
        .join("00");
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("00".repeat(32)), "half an upload").unwrap();
    std::fs::write(inventory.blobs().join("notes.txt"), "somebody's").unwrap();
    age(&inventory).await;
    upload(&inventory, Digest::of(&young), young.clone()).await;

    let expected = Collected {
        unnamed: 1,
        stray: 1,
        kept: 0,
        foreign: 1,
    };
    assert_eq!(collected(&inventory, WEEK, true).await, expected);
    assert_eq!(files(inventory.blobs()).len(), 5, "a dry run takes nothing");
    assert_eq!(collected(&inventory, WEEK, false).await, expected);
    assert_eq!(files(inventory.blobs()).len(), 3);
    for (picture, status) in [(&named, 200), (&unnamed, 404), (&young, 200)] {
        assert_eq!(fetched(&inventory, Digest::of(picture)).await, status);
    }
    let again = collected(&inventory, WEEK, false).await;
    assert_eq!((again.unnamed, again.stray), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_that_is_under_way_keeps_its_file() {
    let inventory = Inventory::start().await;
    let picture = png("portrait");
    let digest = Digest::of(&picture);
    upload(&inventory, digest, picture.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held");
    let process = inventory
        .process(Some(&format!(
            "publish.after_facts=hold:{}",
            held.display()
        )))
        .await;
    let request = publish_with_portrait("mirelle", &picture);
    let publish = publishing(&client(), &process.url, &inventory.token, key(), &request);
    let publish = tokio::spawn(send(publish));
    while !held.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    // The collection sees no release that names it, and waits for the key.
    let collecting = async { collected(&inventory, Duration::ZERO, false).await };
    let release = async {
        until_sql(
            &inventory,
            "SELECT count(*) FROM pg_stat_activity
             WHERE usename = 'dramatis_worker' AND wait_event_type = 'Lock' AND datname = current_database()",
        )
        .await;
        std::fs::remove_file(&held).unwrap();
    };
    let (done, ()) = tokio::join!(collecting, release);
    assert_eq!((done.unnamed, done.kept), (0, 1));
    assert_eq!(publish.await.unwrap().unwrap().status, 201);
    assert_eq!(fetched(&inventory, digest).await, 200);
}

/// `dramatis-inventory collect`, as an operator runs it.
fn collecting(inventory: &Inventory, failpoint: &str) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(binary());
    command
        .args(["collect", "--keep-days", "0", "--blobs"])
        .arg(inventory.blobs())
        .env("INVENTORY_WORKER_DATABASE_URL", inventory.worker_url())
        .env("DRAMATIS_FAILPOINT", failpoint)
        .env("DRAMATIS_LOG", "error")
        .stdout(std::process::Stdio::null())
        .kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_dies_between_row_and_file_is_finished_by_the_next() {
    let inventory = Inventory::start().await;
    let picture = png("portrait");
    let digest = Digest::of(&picture);
    upload(&inventory, digest, picture.clone()).await;
    let died = collecting(&inventory, "collect.after_row=abort");
    assert!(!{ died }.status().await.unwrap().success());
    assert_eq!(fetched(&inventory, digest).await, 404);
    assert_eq!(files(inventory.blobs()).len(), 1, "the file is left behind");

    // Brought in again it lies elsewhere, so that the rest cannot take it away.
    assert_eq!(
        upload(&inventory, digest, picture.clone()).await.status,
        201
    );
    assert_eq!(published(&inventory, "mirelle", &picture).await.status, 201);
    let done = collected(&inventory, Duration::ZERO, false).await;
    assert_eq!((done.unnamed, done.stray), (0, 1));
    assert_eq!(fetched(&inventory, digest).await, 200);
    let store = open_store(&inventory.settings().blobs).unwrap();
    verify(inventory.admin_url(), Some(store.as_ref()))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_uploaded_again_while_it_is_collected_stays() {
    let inventory = Inventory::start().await;
    let picture = png("portrait");
    let digest = Digest::of(&picture);
    upload(&inventory, digest, picture.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held");
    let hold = format!("collect.after_row=hold:{}", held.display());
    let mut collection = collecting(&inventory, &hold).spawn().unwrap();
    while !held.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(
        upload(&inventory, digest, picture.clone()).await.status,
        201
    );
    assert_eq!(published(&inventory, "mirelle", &picture).await.status, 201);
    std::fs::remove_file(&held).unwrap();
    assert!(collection.wait().await.unwrap().success());
    assert_eq!(files(inventory.blobs()).len(), 1);
    let store = open_store(&inventory.settings().blobs).unwrap();
    let verified = verify(inventory.admin_url(), Some(store.as_ref())).await;
    assert_eq!(verified.unwrap().blobs, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_no_release_has_is_for_those_who_may_write() {
    let inventory = Inventory::start().await;
    let (app, _) = inventory.another_creator("app", &["app"]).await;
    let (_, writes) = inventory.another_creator("ben", &[]).await;
    let (_, reads) = inventory.token_for(app, &["read".into()], None).await;
    let reads = reads.reveal().to_owned();
    let picture = png("portrait");
    let digest = Digest::of(&picture);
    let url = format!("{}/v1/blobs/{}", inventory.url, digest.hex());
    let stands = async |token: &str, wanted: u16, keep: &str| {
        for request in [client().head(&url), client().get(&url)] {
            let answer = request.bearer_auth(token).send().await.unwrap();
            assert_eq!(answer.status(), wanted);
            if wanted == 200 {
                assert_eq!(answer.headers()["cache-control"], keep);
                assert_eq!(
                    answer.headers()["content-length"],
                    picture.len().to_string()
                );
            }
        }
    };
    stands(&writes, 404, "").await;
    assert_eq!(
        upload(&inventory, digest, picture.clone()).await.status,
        201
    );
    for token in [&inventory.token, &writes] {
        stands(token, 200, "private, no-store").await;
    }
    stands(&reads, 404, "").await;
    assert_eq!(published(&inventory, "mirelle", &picture).await.status, 201);
    for token in [&inventory.token, &writes, &reads] {
        stands(token, 200, "private, max-age=31536000, immutable").await;
    }
}

/// It is not tried again, and said to be what it is; uploading it mends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_its_store_lost_is_said_to_be_lost_and_not_to_be_asked_again() {
    let inventory = Inventory::start().await;
    let picture = dramatis_cards::blank_picture();
    let digest = Digest::of(&picture);
    upload(&inventory, digest, picture.clone()).await;
    let released = published(&inventory, "mirelle", &picture).await.json();
    let id = released["release"]["id"].as_str().unwrap().to_owned();
    let whole = files(inventory.blobs()).remove(0);
    let paths = [
        format!("/v1/blobs/{}", digest.hex()),
        format!("/v1/releases/{id}/png"),
    ];
    let half = |path: &std::path::Path| std::fs::write(path, &picture[..20]).unwrap();
    let gone = |path: &std::path::Path| std::fs::remove_file(path).unwrap();
    for lose in [&half as &dyn Fn(&std::path::Path), &gone] {
        lose(&whole);
        for path in &paths {
            let url = format!("{}{path}", inventory.url);
            let asked = client().get(url).bearer_auth(&inventory.token);
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), 500, "{path}");
            assert_eq!(answer.headers().get("retry-after"), None, "{path}");
            let problem: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "file_missing", "{path}");
            let detail = problem["detail"].as_str().unwrap();
            for said in [&digest.to_string(), "verify --blobs", "backup"] {
                assert!(detail.contains(said), "{detail}");
            }
        }
    }
    assert_eq!(upload(&inventory, digest, picture).await.status, 201);
    assert_eq!(fetched(&inventory, digest).await, 200);
}
