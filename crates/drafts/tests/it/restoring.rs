//! Parts of an older version, taken back into the draft from a comparison.

use crate::{bench::*, peer::*};
use dramatis_cards::{CardDocument, WHOLE_LOREBOOK};
use dramatis_drafts::view::*;

#[tokio::test]
async fn a_lorebook_is_restored_entry_by_entry_or_whole_with_its_very_bytes() {
    let (bench, peer) = (Bench::new(), Peer::start().await);
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    studio.publish(&id, "stable", "").await.unwrap();
    studio.settle_once().await.unwrap();
    let written = document(&studio, &id).await;
    let release = VersionRef::Release {
        release: studio.timeline(&id).await.unwrap().releases[0].id.clone(),
    };

    // Another book in its place.
    let other = r#"{"spec":"chara_card_v2","data":{"name":"B","character_book":{"name":"Other","entries":[{"id":77,"keys":["z"],"content":"z"}]}}}"#;
    let other = CardDocument::parse(other.to_owned()).unwrap();
    let card = CardDocument::parse(written.clone()).unwrap();
    let changed = card.taking(&other, WHOLE_LOREBOOK).unwrap();
    let bytes = changed.text().as_bytes().to_vec();
    let preview = studio.preview_import("mirelle.json", bytes).await.unwrap();
    let choice = ImportChoice::DraftOf {
        character: id.clone(),
    };
    studio.commit_import(&preview.id, choice).await.unwrap();
    let replaced = document(&studio, &id).await;

    // As a whole: the bytes that were released, and one undo away.
    let path = WHOLE_LOREBOOK;
    studio
        .restore_field(&id, release.clone(), path)
        .await
        .unwrap();
    assert_eq!(document(&studio, &id).await, written);
    studio.undo(&id).await.unwrap();
    assert_eq!(document(&studio, &id).await, replaced);

    // Part by part, as the comparison names them.
    let draft = VersionRef::Draft;
    let diff = studio
        .diff(&id, release.clone(), draft.clone())
        .await
        .unwrap();
    let parts: Vec<_> = diff
        .fields
        .iter()
        .filter(|field| field.path.starts_with("character_book"))
        .collect();
    assert!(parts.len() > 3, "{parts:#?}");
    for part in parts {
        assert!(part.restorable, "{part:#?}");
        studio
            .restore_field(&id, release.clone(), &part.path)
            .await
            .unwrap();
    }
    let left = studio.diff(&id, release, draft).await.unwrap();
    let left: Vec<_> = left
        .fields
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    assert!(
        left.iter().all(|path| *path == "document"),
        "at most the order of keys: {left:?}"
    );
}
