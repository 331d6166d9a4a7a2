//! What has to hold for any input.

use crate::make::{V1, V2, V3, card_picture, document, picture, raw_chunk};
use dramatis_cards::{
    CardDocument, NewValue, embed, inspect, losses, read, to_format, to_format_repaired,
};
use dramatis_domain::card::{CardView, FIELDS, FieldKind};
use dramatis_domain::json::Tree;
use proptest::prelude::*;

/// Any JSON value, small.
fn any_tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Bool),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,5})?(e[+-]?[0-9]{1,3})?".prop_map(Tree::Number),
        ".{0,12}".prop_map(Tree::String),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::Array),
            prop::collection::btree_map("[a-z_]{0,8}", inner, 0..5)
                .prop_map(|members| Tree::Object(members.into_iter().collect())),
        ]
    })
}

/// A card with any values in any of its places.
fn any_card() -> impl Strategy<Value = Tree> {
    let keys: Vec<&'static str> = FIELDS
        .iter()
        .map(|field| field.key)
        .chain([
            "extensions",
            "character_book",
            "assets",
            "creation_date",
            "source",
            "own",
            "data",
            "creatorcomment",
        ])
        .collect();
    let entry = prop::collection::btree_map(
        prop::sample::select(vec![
            "keys",
            "content",
            "enabled",
            "id",
            "position",
            "insertion_order",
            "use_regex",
        ]),
        any_tree(),
        0..5,
    );
    let entry = entry.prop_map(|members| {
        Tree::Object(
            members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    });
    let book = prop::collection::vec(entry, 0..3)
        .prop_map(|entries| Tree::Object(vec![("entries".to_owned(), Tree::Array(entries))]));
    let value = prop_oneof![5 => any_tree(), 1 => book];
    let body = prop::collection::vec((prop::sample::select(keys), value), 0..10).prop_map(unique);
    (
        body.clone(),
        body,
        prop::option::of("chara_card_v[1-5]"),
        any::<bool>(),
    )
        .prop_map(|(outer, inner, spec, wrapped)| {
            let mut root = outer;
            root.push(("description".to_owned(), Tree::String("x".to_owned())));
            root.push(("name".to_owned(), Tree::String("A".to_owned())));
            if wrapped {
                root.push(("data".to_owned(), Tree::Object(inner)));
            }
            root.extend(spec.map(|spec| ("spec".to_owned(), Tree::String(spec))));
            Tree::Object(unique(root))
        })
}

fn unique<K: Into<String>>(members: Vec<(K, Tree)>) -> Vec<(String, Tree)> {
    let mut out: Vec<(String, Tree)> = Vec::new();
    for (key, value) in members {
        let key = key.into();
        match out.iter_mut().find(|(found, _)| *found == key) {
            Some((_, found)) => *found = value,
            None => out.push((key, value)),
        }
    }
    out
}

/// The tree without some members, at the top level and in `data`.
fn without(tree: &Tree, key: &str) -> Tree {
    let Tree::Object(root) = tree else {
        return tree.clone();
    };
    let cut = |members: &[(String, Tree)]| -> Vec<(String, Tree)> {
        members
            .iter()
            .filter(|(found, _)| found != key && found != "creatorcomment")
            .cloned()
            .collect()
    };
    let root = cut(root).into_iter().map(|(found, value)| match value {
        Tree::Object(data) if found == "data" => (found, Tree::Object(cut(&data))),
        other => (found, other),
    });
    Tree::Object(root.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = inspect(&bytes);
        let _ = inspect(&[&b"\x89PNG\r\n\x1a\n"[..], &bytes].concat());
        let _ = inspect(&picture(&[], &[raw_chunk("chara", &bytes)]));
        let _ = inspect(&[&b"{"[..], &bytes].concat());
    }

    #[test]
    fn a_card_file_with_changed_bytes_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = card_picture(V3);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = inspect(&bytes);
        let _ = embed(&bytes, V2);
        bytes.truncate(cut.index(bytes.len()));
        let _ = inspect(&bytes);
        let _ = embed(&bytes, V2);
    }

    /// What is derived without parsing is what parsing gives: text, tree and repairs.
    #[test]
    fn an_edited_document_is_its_own_text_parsed(
        card in any_card(),
        known in prop::sample::select(vec![None, Some(V1), Some(V2), Some(V3)]),
        field in prop::sample::select(FIELDS.to_vec()),
        texts in prop::collection::vec(".{0,40}", 1..4),
    ) {
        let card = known.map_or_else(|| card.to_json(), str::to_owned);
        let Ok(mut document) = CardDocument::parse(card) else { return Ok(()) };
        for text in texts {
            let list = [text.clone()];
            let value = if field.kind == FieldKind::List { NewValue::List(&list) } else { NewValue::Text(&text) };
            let Ok(edited) = document.set(field.key, value) else { return Ok(()) };
            document = edited.clone();
            prop_assert_eq!(&edited, &CardDocument::parse(edited.text().to_owned()).unwrap());
        }
    }

    #[test]
    fn an_edit_leaves_every_other_byte(
        card in prop::sample::select(vec![V1, V2, V3]),
        spaced in any::<bool>(),
        field in prop::sample::select(FIELDS.to_vec()),
        text in ".{0,40}",
        list in prop::collection::vec(".{0,12}", 0..4),
    ) {
        let card = if spaced { document(card).tree().to_json_pretty() } else { card.to_owned() };
        let before = document(&card);
        let value = if field.kind == FieldKind::List { NewValue::List(&list) } else { NewValue::Text(&text) };
        let Ok(after) = before.set(field.key, value) else {
            prop_assert!(before.format() < field.since);
            return Ok(());
        };
        match value {
            NewValue::List(list) => prop_assert_eq!(after.view().list(field.key), list.iter().map(String::as_str).collect::<Vec<_>>()),
            _ => prop_assert_eq!(after.view().text(field.key), text.as_str()),
        }
        // The text is the old one with one stretch replaced (or one added).
        let (old, new) = (before.text(), after.text());
        let head = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        let room = old.len().min(new.len()) - head;
        let tail = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count().min(room);
        let changed = &old[floor(old, head)..];
        prop_assert!(head + tail <= old.len());
        if old != new {
            let stretch = old.len() - head - tail;
            let written = before.view().body().get(field.key).map_or(0, |value| value.to_json_pretty().len() + 64);
            prop_assert!(stretch <= written, "{stretch} bytes of {changed} changed");
        }
        prop_assert_eq!(without(before.tree(), field.key), without(after.tree(), field.key));
    }

    #[test]
    fn any_card_edits_converts_and_repairs(tree in any_card(), field in prop::sample::select(FIELDS.to_vec()), text in ".{0,20}") {
        let Ok(document) = CardDocument::parse(tree.to_json()) else { return Ok(()) };
        let list = [text.clone()];
        let value = if field.kind == FieldKind::List { NewValue::List(&list) } else { NewValue::Text(&text) };
        let edited = document.set_raising_format(field.key, value).unwrap();
        if edited.raised_from.is_none() {
            prop_assert_eq!(without(document.tree(), field.key), without(edited.document.tree(), field.key));
        }
        for format in dramatis_cards::format::FORMATS {
            let converted = CardDocument::parse(to_format(&document, format).text).unwrap();
            prop_assert_eq!(converted.format(), format);
            if let Some(own) = document.view().body().get("own") {
                let named = losses(&document, format).iter().any(|loss| loss.path.ends_with("/own"));
                let kept = converted.view().body().get("own") == Some(own) || converted.tree().get("own") == Some(own);
                prop_assert!(named || kept);
            }
            let repaired = CardDocument::parse(to_format_repaired(&document, format).text).unwrap();
            prop_assert_eq!(repaired.format(), format);
        }
        let file = embed(&picture(&[], &[]), document.text()).unwrap();
        let carried = read(&file).unwrap();
        prop_assert_eq!(carried.document.text(), document.text());
    }

    #[test]
    fn the_view_reads_a_card_as_its_repaired_form(tree in any_card()) {
        let Ok(document) = CardDocument::parse(tree.to_json()) else { return Ok(()) };
        let repaired = document.repaired_tree();
        let (before, after) = (document.view(), CardView::new(&repaired));
        prop_assert_eq!(before.format(), after.format());
        for field in FIELDS.iter().filter(|field| field.since <= before.format()) {
            match field.kind {
                FieldKind::List => prop_assert_eq!(before.list(field.key), after.list(field.key)),
                _ => prop_assert_eq!(before.text(field.key), after.text(field.key)),
            }
        }
        // Mending is done once: what is left is what has no obvious reading.
        prop_assert_eq!(&dramatis_cards::repair::scan(&repaired).tree, &repaired);
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
