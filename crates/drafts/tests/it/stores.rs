use crate::bench::*;
use dramatis_drafts::{Studio, view::*};
use std::fs;

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_untouched() {
    let bench = Bench::new();
    let studio = bench.open().await;
    mirelle(&studio).await;
    studio.close().await;
    sql(&bench, "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)").await;
    let before = fs::read(bench.database()).unwrap();
    let error = Studio::open(bench.options()).await.unwrap_err();
    assert_eq!(error.to_ipc().code, "store_newer");
    assert_eq!(fs::read(bench.database()).unwrap(), before);
}

#[tokio::test]
async fn processes_that_make_the_store_at_once_make_it_once() {
    let bench = Bench::new();
    let opened = tokio::join!(bench.open(), bench.open(), bench.open());
    let id = mirelle(&opened.0).await;
    assert_eq!(opened.1.open_character(&id).await.unwrap().id, id);
    assert_eq!(
        opened.2.settings().await.unwrap().device_name,
        "studio-laptop"
    );
}

#[tokio::test]
async fn an_older_store_is_backed_up_and_brought_up_to_date() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    studio.close().await;
    // As the first version left it.
    sql(&bench, "DELETE FROM _sqlx_migrations WHERE version > 1").await;
    sql(&bench, "ALTER TABLE alarm DROP COLUMN by_verify").await;
    sql(&bench, "DROP TABLE overlap").await;
    sql(&bench, "DROP TABLE taken_in").await;
    sql(&bench, "DELETE FROM original").await;
    sql(&bench, "DROP INDEX character_slug").await;
    sql(&bench, "DROP VIEW save").await;
    sql(&bench, "DROP TRIGGER news_stays_short").await;
    let studio = bench.open().await;
    assert_eq!(studio.open_character(&id).await.unwrap().id, id);
    assert_eq!(
        fs::read_dir(bench.store_dir().join("backups"))
            .unwrap()
            .count(),
        1
    );
}

#[tokio::test]
async fn a_step_that_was_added_below_the_newest_one_is_taken_too() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    studio.close().await;
    sql(&bench, "DELETE FROM _sqlx_migrations WHERE version = 3").await;
    sql(&bench, "DROP VIEW save").await;
    sql(&bench, "DROP TRIGGER news_stays_short").await;
    let studio = bench.open().await;
    let saved = write(&studio, &id, "scenario", "A quay.").await;
    let edit = text("scenario", "A quay at night.");
    studio.edit_field(&id, saved.revision, edit).await.unwrap();
    assert_eq!(read(&studio, &id, "scenario").await, "A quay at night.");
}

#[tokio::test]
async fn a_damaged_store_is_put_aside_whole_and_what_can_be_read_is_taken_over() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let mut ids = Vec::new();
    for number in 0..60 {
        let id = studio
            .create_character(&format!("Number {number}"))
            .await
            .unwrap();
        write(&studio, &id, "description", &"words ".repeat(400)).await;
        ids.push(id);
    }
    studio.close().await;
    sql(&bench, "PRAGMA user_version = 1").await;

    // One page in the middle of the file is overwritten.
    let mut bytes = fs::read(bench.database()).unwrap();
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page..page + 4096].fill(0xA5);
    fs::write(bench.database(), &bytes).unwrap();

    let studio = bench.open().await;
    let status = studio.status().await.unwrap();
    assert_eq!(status.store.state, StoreState::Recovered);
    let list = studio.list_characters().await.unwrap();
    assert!(
        list.len() > 30 && list.len() <= 60,
        "{} characters",
        list.len()
    );
    for one in &list {
        studio.open_character(&one.id).await.unwrap();
    }
    let aside = fs::read_dir(bench.store_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("damaged-")
        })
        .unwrap();
    assert_eq!(fs::read(aside.join("drafts.db")).unwrap(), bytes);
    assert!(status.store.message.unwrap().contains("put aside whole"));
    // It goes on working, and the next start has nothing to tell.
    studio.create_character("After").await.unwrap();
    studio.close().await;
    assert_eq!(
        bench.open().await.status().await.unwrap().store.state,
        StoreState::Ok
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_put_aside() {
    let bench = Bench::new();
    fs::create_dir_all(bench.store_dir()).unwrap();
    fs::write(
        bench.database(),
        "not a database, whatever its name says ".repeat(300),
    )
    .unwrap();
    let studio = bench.open().await;
    assert_eq!(
        studio.status().await.unwrap().store.state,
        StoreState::Recovered
    );
    assert!(studio.list_characters().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_store_that_another_window_uses_is_left_alone() {
    let bench = Bench::new();
    let other = bench.open().await;
    mirelle(&other).await;
    sql(&bench, "PRAGMA user_version = 1").await;
    let mut bytes = fs::read(bench.database()).unwrap();
    bytes[..100].fill(0xA5);
    fs::write(bench.database(), &bytes).unwrap();
    assert_eq!(
        Studio::open(bench.options())
            .await
            .unwrap_err()
            .to_ipc()
            .code,
        "folder"
    );
    assert_eq!(fs::read(bench.database()).unwrap(), bytes);
}

#[tokio::test]
async fn a_full_store_loses_nothing_and_says_so_until_there_is_room() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    write(&studio, &id, "personality", "calm").await;
    studio.close().await;

    let pages = fs::metadata(bench.database()).unwrap().len() / 4096;
    let mut options = bench.options();
    options.max_pages = Some(u32::try_from(pages).unwrap() + 2);
    let studio = Studio::open(options).await.unwrap();
    let revision = studio.open_character(&id).await.unwrap().revision;
    let long = text("personality", &"a long text ".repeat(10_000));
    assert_eq!(
        code(studio.edit_field(&id, revision, long.clone()).await),
        "store_full"
    );
    assert_eq!(studio.status().await.unwrap().store.state, StoreState::Full);
    assert_eq!(read(&studio, &id, "personality").await, "calm");
    assert!(!document(&studio, &id).await.is_empty());
    studio.close().await;

    let studio = bench.open().await;
    studio.edit_field(&id, revision, long).await.unwrap();
    assert_eq!(studio.status().await.unwrap().store.state, StoreState::Ok);
}
