//! Cards that other people's programs wrote. They stand beside the checkout and
//! are no part of it: without them this is skipped with a line, unless
//! `DRAMATIS_SHARED_CARDS=required` says that they have to be there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use dramatis_cards::{
    Container, RepairCode as Code, embed, inspect, picture_size, read, strip_card, to_format,
    to_format_repaired,
};
use dramatis_domain::card::CardFormat;
use dramatis_domain::json::Tree;

/// What is true of one file.
struct Truth {
    format: CardFormat,
    spec: &'static str,
    after_pixels: bool,
    entries: Option<usize>,
    repairs: &'static [Code],
}

fn truths() -> BTreeMap<&'static str, Truth> {
    let v2 = |after_pixels, entries, repairs| Truth {
        format: CardFormat::V2,
        spec: "chara_card_v2",
        after_pixels,
        entries,
        repairs,
    };
    BTreeMap::from([
        ("default_FluxTheCat.png", v2(true, None, &[])),
        ("content_Assistant_CapoGPT.png", v2(false, None, &[])),
        ("contest_Assistant_Gloria.png", v2(false, None, &[])),
        (
            "contest_Assistant_Sakana.png",
            v2(true, Some(14), &[Code::LorebookExtensions]),
        ),
        (
            "City_Explorer_v1.png",
            Truth {
                format: CardFormat::V1,
                spec: "tavern_ai",
                after_pixels: true,
                entries: None,
                repairs: &[],
            },
        ),
    ])
}

/// Every PNG of the folder, by name; `None` where there is no folder.
fn files() -> Option<BTreeMap<String, Vec<u8>>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cards");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let required =
            std::env::var("DRAMATIS_SHARED_CARDS").is_ok_and(|value| value == "required");
        assert!(
            !required,
            "{} is missing, and DRAMATIS_SHARED_CARDS=required",
            folder.display()
        );
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    };
    let pictures = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "png"))
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            )
        });
    Some(pictures.collect())
}

#[test]
fn every_real_card_is_told_truly() {
    let Some(files) = files() else { return };
    let truths = truths();
    assert!(
        truths.keys().all(|name| files.contains_key(*name)),
        "a known file is missing"
    );
    for (name, bytes) in &files {
        let found = inspect(bytes).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(found.container, Container::Png, "{name}");
        assert!(found.picture.is_some_and(|size| size.width > 100), "{name}");
        let Some(truth) = truths.get(name.as_str()) else {
            continue;
        };
        assert_eq!(found.format, truth.format, "{name}");
        assert_eq!(found.spec.as_deref(), Some(truth.spec), "{name}");
        assert_eq!(found.lorebook_entries, truth.entries, "{name}");
        assert_eq!(
            found.chunk.unwrap().after_pixels,
            truth.after_pixels,
            "{name}"
        );
        let mut codes: Vec<Code> = found.repairs.iter().map(|repair| repair.code).collect();
        codes.dedup();
        assert_eq!(codes, truth.repairs, "{name}: {:#?}", found.repairs);
    }
}

#[test]
fn the_v1_era_card_keeps_its_own_twenty_fields_and_two() {
    let Some(files) = files() else { return };
    let document = read(&files["City_Explorer_v1.png"]).unwrap().document;
    assert_eq!(document.tree().members().unwrap().len(), 6 + 2 + 14);
    let raised = to_format(&document, CardFormat::V2);
    assert!(raised.losses.is_empty() && raised.text.contains("\"public_id\""));
}

#[test]
fn every_real_card_is_exported_untouched_as_the_same_bytes() {
    let Some(files) = files() else { return };
    for (name, bytes) in &files {
        let document = read(bytes).unwrap().document;
        let out = embed(bytes, document.text()).unwrap();
        assert_eq!(
            read(&out).unwrap().document.text(),
            document.text(),
            "{name}"
        );
        assert_eq!(strip_card(&out), strip_card(bytes), "{name}");
        assert!(out == *bytes, "{name}: the file changed");
        let portrait = strip_card(bytes).unwrap();
        assert_eq!(picture_size(&portrait), picture_size(bytes), "{name}");
        let elsewhere = embed(&portrait, document.text()).unwrap();
        assert_eq!(
            read(&elsewhere).unwrap().document.text(),
            document.text(),
            "{name}"
        );
    }
}

#[test]
fn every_real_card_converts_and_repairs_without_anything_left_to_repair() {
    let Some(files) = files() else { return };
    for (name, bytes) in &files {
        let document = read(bytes).unwrap().document;
        for format in dramatis_cards::format::FORMATS {
            let text = to_format_repaired(&document, format).text;
            let again = read(text.as_bytes()).unwrap().document;
            assert_eq!(again.format(), format, "{name}");
            assert!(
                again.repairs().is_empty(),
                "{name} {format:?}: {:#?}",
                again.repairs()
            );
            assert_eq!(again.view().name(), document.view().name(), "{name}");
        }
    }
}

#[test]
fn an_edit_of_a_real_card_changes_its_field_alone() {
    let Some(files) = files() else { return };
    for (name, bytes) in &files {
        let document = read(bytes).unwrap().document;
        let edited = document
            .set("personality", dramatis_cards::NewValue::Text("edited here"))
            .unwrap();
        let reverted = edited
            .set(
                "personality",
                dramatis_cards::NewValue::Text(&document.view().text("personality")),
            )
            .unwrap();
        assert_eq!(
            reverted.tree(),
            &Tree::parse_strict(document.text()).unwrap(),
            "{name}"
        );
        assert_eq!(
            edited.text().matches("edited here").count(),
            if name.contains("Flux") || name.contains("Sakana") {
                2
            } else {
                1
            },
            "{name}"
        );
    }
}

#[test]
fn our_own_samples_need_no_repair() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ext| ext == "png") {
            let found = inspect(&std::fs::read(&path).unwrap()).unwrap();
            assert!(
                found.repairs.is_empty(),
                "{}: {:#?}",
                path.display(),
                found.repairs
            );
            assert!(
                !found.name.is_empty() && found.picture.is_some() && found.tokens.permanent > 0
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
}
