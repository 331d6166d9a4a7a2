use crate::bench::*;
use dramatis_drafts::view::*;

#[tokio::test]
async fn importing_never_overwrites_and_recognises_the_same_bytes() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    let again = studio.preview_sample("mirelle").await.unwrap();
    assert_eq!(
        (
            again.duplicates[0].character.as_str(),
            again.duplicates[0].why
        ),
        (id.as_str(), DuplicateWhy::SameBytes)
    );
    assert_eq!(
        studio
            .commit_import(&again.id, ImportChoice::Skip)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        code(studio.commit_import(&again.id, ImportChoice::New).await),
        "preview_gone"
    );
    let other = mirelle(&studio).await;
    assert_ne!(other, id);
    let list = studio.list_characters().await.unwrap();
    assert_eq!(list.len(), 2);
    assert_ne!(list[0].slug, list[1].slug);
}

#[tokio::test]
async fn the_same_name_is_perhaps_another_character() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = studio.create_character("Mirelle").await.unwrap();
    let card = r#"{"name":"Mirelle","description":"another","first_mes":"f"}"#;
    let preview = studio.preview_import("m.json", card.into()).await.unwrap();
    assert_eq!(
        (
            preview.duplicates[0].character.as_str(),
            preview.duplicates[0].why
        ),
        (id.as_str(), DuplicateWhy::SameName)
    );
    assert_eq!(
        (preview.container.as_str(), preview.version.as_str()),
        ("JSON", "V1")
    );
}

#[tokio::test]
async fn a_new_draft_of_a_character_is_one_undo_away_from_the_old_one() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    let before = document(&studio, &id).await;
    let portrait = studio.open_character(&id).await.unwrap().portrait;
    let preview = studio.preview_sample("anselm").await.unwrap();
    let choice = ImportChoice::DraftOf {
        character: id.clone(),
    };
    assert_eq!(
        studio
            .commit_import(&preview.id, choice)
            .await
            .unwrap()
            .as_deref(),
        Some(id.as_str())
    );
    let now = studio.open_character(&id).await.unwrap();
    assert_ne!(now.portrait, portrait);
    assert_eq!(now.source.unwrap().file_name, "anselm.png");
    let undone = studio.undo(&id).await.unwrap();
    assert_eq!(
        (document(&studio, &id).await, undone.portrait),
        (before, portrait)
    );
}

#[tokio::test]
async fn what_is_no_card_gets_a_sentence_and_stores_nothing() {
    let bench = Bench::new();
    let studio = bench.open().await;
    for (bytes, expected) in [
        (&b""[..], "card_empty_file"),
        (b"hello", "card_not_a_card"),
        (
            br#"{"name":"a","name":"b","description":"c"}"#,
            "card_duplicate_key",
        ),
        (br#"{"name":"\ud800","description":"c"}"#, "card_bad_text"),
        (&dramatis_cards::blank_picture(), "card_none_in_png"),
    ] {
        assert_eq!(
            code(studio.preview_import("x", bytes.to_vec()).await),
            expected
        );
    }
    let deep = format!(
        r#"{{"name":"a","description":"d","x":{}{}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    assert_eq!(
        code(studio.preview_import("x", deep.into_bytes()).await),
        "card_too_deep"
    );
    assert!(studio.list_characters().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_samples_can_be_imported_and_published() {
    let bench = Bench::new();
    let studio = bench.open().await;
    for sample in studio.list_samples().await.unwrap() {
        assert!(studio.portrait(&sample.portrait).await.unwrap().is_some());
        let preview = studio.preview_sample(&sample.id).await.unwrap();
        assert_eq!(preview.repairs, []);
        let id = studio
            .commit_import(&preview.id, ImportChoice::New)
            .await
            .unwrap()
            .unwrap();
        let check = studio.publish_check(&id, "stable").await.unwrap();
        assert_eq!(check.failures, []);
        assert_eq!(check.blocked.unwrap().code, "not_signed_in");
    }
}
