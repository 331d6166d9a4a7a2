use crate::bench::*;
use dramatis_drafts::view::*;

#[tokio::test]
async fn an_edit_of_another_field_is_merged() {
    let bench = Bench::new();
    let (one, two) = (bench.open().await, bench.open().await);
    let id = mirelle(&one).await;
    let revision = one.open_character(&id).await.unwrap().revision;
    one.edit_field(&id, revision, text("personality", "calm"))
        .await
        .unwrap();
    // Typed on the revision before: another field, so both stand.
    two.edit_field(&id, revision, text("scenario", "a quay"))
        .await
        .unwrap();
    assert_eq!(read(&one, &id, "personality").await, "calm");
    assert_eq!(read(&one, &id, "scenario").await, "a quay");
}

#[tokio::test]
async fn two_windows_never_lose_data_to_each_other() {
    let bench = Bench::new();
    let (one, two) = (bench.open().await, bench.open().await);
    let id = mirelle(&one).await;
    let revision = one.open_character(&id).await.unwrap().revision;
    one.edit_field(&id, revision, text("personality", "calm"))
        .await
        .unwrap();
    let refused = two
        .edit_field(&id, revision, text("personality", "stormy"))
        .await;
    assert_eq!(code(refused), "edit_conflict");
    assert_eq!(read(&two, &id, "personality").await, "calm");
    let kept = two.kept_texts(&id).await.unwrap();
    assert_eq!(
        (kept[0].0.as_str(), kept[0].1.as_str()),
        ("personality", "stormy")
    );
    // The same text is no conflict, and an answer to the newest revision is none either.
    two.edit_field(&id, revision, text("personality", "calm"))
        .await
        .unwrap();
    write(&two, &id, "personality", "stormy").await;
    assert_eq!(read(&one, &id, "personality").await, "stormy");
}

#[tokio::test]
async fn undo_and_redo_survive_a_restart() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    let first = document(&studio, &id).await;
    write(&studio, &id, "personality", "calm").await;
    let second = document(&studio, &id).await;
    bench.pass_seconds(60);
    write(&studio, &id, "scenario", "a quay").await;
    let third = document(&studio, &id).await;
    studio.close().await;

    let studio = bench.open().await;
    assert!(studio.undo(&id).await.unwrap().can_redo);
    assert_eq!(document(&studio, &id).await, second);
    studio.close().await;

    let studio = bench.open().await;
    studio.undo(&id).await.unwrap();
    assert_eq!(document(&studio, &id).await, first);
    assert_eq!(code(studio.undo(&id).await), "nothing_to_undo");
    studio.redo(&id).await.unwrap();
    studio.redo(&id).await.unwrap();
    assert_eq!(document(&studio, &id).await, third);
    assert_eq!(code(studio.redo(&id).await), "nothing_to_redo");
}

#[tokio::test]
async fn one_undo_takes_back_a_burst_of_typing_and_not_more() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    let before = read(&studio, &id, "personality").await;
    for length in 1..=5 {
        write(&studio, &id, "personality", &"calm."[..length]).await;
    }
    bench.pass_seconds(30);
    write(&studio, &id, "personality", "calm. Patient.").await;
    studio.undo(&id).await.unwrap();
    assert_eq!(read(&studio, &id, "personality").await, "calm.");
    studio.undo(&id).await.unwrap();
    assert_eq!(read(&studio, &id, "personality").await, before);
    // A new edit goes another way: what was undone is no longer ahead.
    let saved = write(&studio, &id, "personality", "wild").await;
    assert!(!saved.can_redo);
}

#[tokio::test]
async fn an_edit_leaves_every_other_byte_and_a_30_digit_integer_as_it_was_written() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let card = r#"{ "spec":"chara_card_v2", "data": {"name":"Zoë","description":"d","first_mes":"f","extensions":{"big":123456789012345678901234567890,"n":1.50}}, "x" : [1e3] }"#;
    let preview = studio.preview_import("a.json", card.into()).await.unwrap();
    let id = studio
        .commit_import(&preview.id, ImportChoice::New)
        .await
        .unwrap()
        .unwrap();
    write(&studio, &id, "description", "e").await;
    assert_eq!(
        document(&studio, &id).await,
        card.replace(r#""description":"d""#, r#""description":"e""#)
    );
}

#[tokio::test]
async fn names_of_every_script_and_length_are_kept_and_a_long_one_is_said_to_be_too_long() {
    let bench = Bench::new();
    let studio = bench.open().await;
    for name in ["مريم", "🦊🦊", "", &"n".repeat(100 * 1024)] {
        let id = studio.create_character(name).await.unwrap();
        let character = studio.open_character(&id).await.unwrap();
        assert_eq!(character.name, name);
        let codes: Vec<_> = character
            .checklist
            .iter()
            .map(|item| item.code.as_str())
            .collect();
        assert_eq!(codes.contains(&"name_missing"), name.is_empty());
        assert_eq!(codes.contains(&"name_too_long"), name.len() > 1_000);
    }
    let slugs: Vec<_> = studio
        .list_characters()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.slug)
        .collect();
    assert_eq!(
        slugs.iter().collect::<std::collections::HashSet<_>>().len(),
        slugs.len()
    );
}

#[tokio::test]
async fn a_slug_of_another_character_is_taken() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let (one, two) = (
        studio.create_character("Ana").await.unwrap(),
        studio.create_character("Ben").await.unwrap(),
    );
    assert_eq!(studio.set_slug(&one, "quay").await.unwrap().slug, "quay");
    assert_eq!(code(studio.set_slug(&two, "quay").await), "slug_taken");
    assert_eq!(code(studio.set_slug(&two, "No Slug").await), "slug_invalid");
}

#[tokio::test]
async fn a_portrait_is_a_png_and_its_change_can_be_undone() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    let before = studio.open_character(&id).await.unwrap().portrait;
    assert_eq!(
        code(studio.set_portrait(&id, b"GIF89a".to_vec()).await),
        "picture_not_png"
    );
    let saved = studio
        .set_portrait(&id, dramatis_cards::blank_picture())
        .await
        .unwrap();
    assert_ne!(saved.portrait, before);
    assert!(
        studio
            .portrait(&saved.portrait.unwrap())
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(studio.undo(&id).await.unwrap().portrait, before);
}

#[tokio::test]
async fn other_windows_are_told_after_the_store_has_changed() {
    let bench = Bench::new();
    let (one, two) = (bench.open().await, bench.open().await);
    let id = mirelle(&one).await;
    let _sender = two.run_sender();
    let mut news = two.subscribe();
    let revision = one.open_character(&id).await.unwrap().revision;
    one.edit_field(&id, revision, text("personality", "calm"))
        .await
        .unwrap();
    let told = async {
        while !news
            .recv()
            .await
            .unwrap()
            .contains(&format!("character:{id}"))
        {}
        read(&two, &id, "personality").await
    };
    let told = tokio::time::timeout(std::time::Duration::from_secs(20), told).await;
    assert_eq!(told.expect("somebody is told"), "calm");
}
