use crate::bench::*;
use dramatis_drafts::view::*;

#[tokio::test]
async fn an_export_reads_back_equal_and_overwrites_nothing() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    let text = document(&studio, &id).await;
    let mut files = Vec::new();
    for _ in 0..2 {
        let exported = studio
            .export_card(
                &id,
                VersionRef::Draft,
                ExportContainer::Png,
                ExportFormat::AsIs,
                false,
            )
            .await
            .unwrap();
        assert_eq!(exported.losses, [""; 0]);
        files.push(exported.file.unwrap());
    }
    assert_ne!(files[0], files[1]);
    for file in files {
        let carried = dramatis_cards::read(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(
            carried.document.tree(),
            &dramatis_domain::json::Tree::parse_strict(&text).unwrap()
        );
    }
}

#[tokio::test]
async fn a_dry_run_says_what_is_lost_and_writes_nothing() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    let dry = studio
        .export_card(
            &id,
            VersionRef::Draft,
            ExportContainer::Json,
            ExportFormat::V1,
            true,
        )
        .await
        .unwrap();
    assert!(dry.file.is_none() && dry.losses.len() > 1, "{dry:?}");
    assert!(!bench.folder.path().join("exports").exists());
}
