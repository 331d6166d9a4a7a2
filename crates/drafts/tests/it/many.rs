//! Files that are brought in: kept as they were, and many at once.

use crate::bench::*;
use dramatis_drafts::{CardFile, view::*};
use sqlx::Connection as _;

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/../../samples/{name}.png", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn file(name: &str, bytes: Vec<u8>) -> CardFile {
    CardFile::new(name, move || Ok(bytes))
}

#[tokio::test]
async fn the_imported_file_comes_back_byte_for_byte_and_its_picture_is_kept_once() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let json = br#"{"name":"Jo","description":"A card.","first_mes":"Hello."}"#.to_vec();
    // A picture that had to be closed is not the file with a piece taken out.
    let cut_off = {
        let whole = sample("anselm");
        whole[..whole.len() - 12].to_vec()
    };
    let files = [
        ("mirelle.png", sample("mirelle")),
        ("lighthouse.png", sample("lighthouse")),
        ("jo.json", json),
        ("cut-off.png", cut_off),
    ];
    for (name, bytes) in files {
        let preview = studio.preview_import(name, bytes.clone()).await.unwrap();
        let made = studio.commit_import(&preview.id, ImportChoice::New).await;
        let id = made.unwrap().unwrap();
        let (back, original) = studio.original_file(&id).await.unwrap();
        assert_eq!(back, name);
        assert!(original == bytes, "{name} came back as another file");
    }
    let stored = "SELECT sum(length(bytes)) FROM blob WHERE media_type = 'image/png'";
    let pictures: i64 = sqlx::query_scalar(stored)
        .fetch_one(&mut raw(&bench).await)
        .await
        .unwrap();
    let largest = sample("mirelle").len() + sample("lighthouse").len() + 2 * sample("anselm").len();
    assert!(
        pictures < i64::try_from(largest).unwrap(),
        "{pictures} bytes are kept of {largest}"
    );
}

#[tokio::test]
async fn a_folder_is_brought_in_and_one_bad_file_keeps_no_other_out() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let json = |number: usize| format!(r#"{{"name":"Number {number}","description":"{number}"}}"#);
    let mut files = vec![file("mirelle.png", sample("mirelle"))];
    files.extend((0..150).map(|number| file(&format!("{number}.json"), json(number).into_bytes())));
    files.push(file("no-card.json", b"[1, 2".to_vec()));
    files.push(CardFile::new("gone.png", || {
        Err(std::io::Error::from(std::io::ErrorKind::NotFound))
    }));
    files.push(file("mirelle again.png", sample("mirelle")));
    let done = studio.import_files(files, false).await;
    assert_eq!(done.len(), 154);
    let codes: Vec<String> = done
        .iter()
        .filter_map(|one| one.as_ref().err())
        .map(|error| error.to_ipc().code)
        .collect();
    assert_eq!(codes, ["card_not_json", "folder"]);
    let last = done.last().unwrap().as_ref().unwrap();
    let first = done[0].as_ref().unwrap();
    assert_eq!(last.character, None, "the same card twice in one go");
    assert_eq!(last.already, first.character);
    let list = studio.list_characters().await.unwrap();
    assert_eq!(list.len(), 151);

    // Once more: everything is here, and nothing doubles unless it is wanted.
    let again = vec![file("7.json", json(7).into_bytes())];
    let done = studio.import_files(again, false).await;
    assert_eq!(done[0].as_ref().unwrap().character, None);
    let wanted = vec![file("7.json", json(7).into_bytes())];
    let done = studio.import_files(wanted, true).await;
    let made = done[0].as_ref().unwrap();
    assert!(made.character.is_some() && made.already.is_some());
    let slugs: Vec<String> = studio
        .list_characters()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.slug)
        .filter(|slug| slug.starts_with("number-7"))
        .collect();
    assert!(slugs.contains(&"number-7-2".to_owned()), "{slugs:?}");
}

#[tokio::test]
async fn several_previews_are_committed_together_or_not_at_all() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let mirelle = studio.preview_sample("mirelle").await.unwrap();
    let anselm = studio.preview_sample("anselm").await.unwrap();
    let nobody = ImportChoice::DraftOf {
        character: "nobody".into(),
    };
    let chosen = [
        (mirelle.id.clone(), ImportChoice::New),
        (anselm.id.clone(), nobody),
    ];
    assert_eq!(code(studio.commit_imports(&chosen).await), "not_found");
    assert!(studio.list_characters().await.unwrap().is_empty());
    // Both can be tried again.
    let chosen = [
        (mirelle.id.clone(), ImportChoice::New),
        (anselm.id, ImportChoice::Skip),
    ];
    let made = studio.commit_imports(&chosen).await.unwrap();
    assert!(made[0].is_some() && made[1].is_none());
    let gone = studio
        .commit_imports(&[(mirelle.id, ImportChoice::New)])
        .await;
    assert_eq!(code(gone), "preview_gone");
}

#[tokio::test]
async fn a_file_kept_by_an_older_version_still_comes_back() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    studio.close().await;
    // As the versions before left it: the file whole, in a table of another form.
    let whole = sample("mirelle");
    let mut db = raw(&bench).await;
    let digest: String = sqlx::query_scalar("SELECT file FROM original")
        .fetch_one(&mut db)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO blob (sha256, media_type, bytes, added_at) VALUES (?, 'image/png', ?, 1)",
    )
    .bind(&digest)
    .bind(&whole)
    .execute(&mut db)
    .await
    .unwrap();
    db.close().await.unwrap();
    for statement in [
        "CREATE TABLE older (id INTEGER PRIMARY KEY NOT NULL, character TEXT NOT NULL, file_name TEXT NOT NULL, container TEXT NOT NULL,
            file TEXT NOT NULL, document TEXT NOT NULL, repairs TEXT NOT NULL, imported_at INTEGER NOT NULL) STRICT",
        "INSERT INTO older SELECT id, character, file_name, container, file, document, repairs, imported_at FROM original",
        "DROP TABLE original",
        "ALTER TABLE older RENAME TO original",
        "DROP INDEX character_slug",
        "DELETE FROM _sqlx_migrations WHERE version = 30",
    ] {
        sql(&bench, statement).await;
    }
    let studio = bench.open().await;
    assert!(studio.original_file(&id).await.unwrap().1 == whole);
}
