//! The short way of an edit, for all but the first keystrokes: nothing is read,
//! one statement is written, and what the window is shown of it is worked out
//! while the disk syncs. Whatever does not fit goes the long way
//! ([`super::edit::apply`]), which this one has to equal.

use super::{
    change::{self, Change},
    desk::Open,
    edit::{key, value},
    journal,
};
use crate::{
    Studio, StudioError, show,
    view::{FieldEdit, Saved},
};
use std::sync::Arc;

/// Writes an edit that was typed on `revision`; none, and nothing written,
/// where it has to go the long way.
pub(crate) async fn in_one(
    studio: &Studio,
    character: &str,
    revision: u32,
    edit: &FieldEdit,
) -> Result<Option<Saved>, StudioError> {
    let store = studio.store();
    let desk = &studio.inner.desk;
    let Some(open) = desk.at(character, i64::from(revision)) else {
        return Ok(None);
    };
    let Ok(edited) = open.card.set_raising_format(key(edit), value(edit)) else {
        return Ok(None);
    };
    let (card, now) = (edited.document, studio.now());
    if card.text() == open.card.text() {
        return Ok(None);
    }
    let change = Change {
        field: key(edit),
        card: &card,
        portrait: open.draft.portrait.clone(),
        coalesce: true,
    };
    let last = open.last.as_ref();
    let (entry, goes_on) =
        journal::next(&open.draft, last, open.ahead, &change, store.origin(), now);
    if !goes_on && journal::wants_trimming(&entry) {
        return Ok(None);
    }
    let portrait = open.draft.portrait.clone();
    let draft = change::next(&open.draft, &card, portrait, entry.seq, now);
    let next = Arc::new(Open {
        draft,
        card,
        last: Some(entry.clone()),
        ahead: false,
    });
    let (written, shown) = tokio::join!(
        store.save(&next.draft, &entry, goes_on),
        show::saved(studio, Arc::clone(&next), key(edit)),
    );
    if !written? {
        return Ok(None);
    }
    desk.lay(next);
    shown.map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::in_one;
    use crate::{
        Clock, Micros, Studio, StudioOptions,
        draft::edit,
        view::{FieldEdit, ImportChoice, Saved},
    };
    use proptest::prelude::*;
    use sqlx::Row as _;
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };
    use tempfile::TempDir;

    /// Whoever writes: what is typed, an undo, a redo, or nothing for a while.
    #[derive(Clone, Debug)]
    enum Doing {
        Types(&'static str, String),
        Lists(&'static str, Vec<String>),
        Undoes,
        Redoes,
        Waits(Micros),
    }

    fn doing() -> impl Strategy<Value = Doing> {
        let field = prop::sample::select(vec!["name", "description", "first_mes", "scenario"]);
        let list = prop::sample::select(vec!["tags", "alternate_greetings"]);
        prop_oneof![
            6 => (field, ".{0,30}").prop_map(|(field, text)| Doing::Types(field, text)),
            1 => (list, prop::collection::vec(".{0,8}", 0..3)).prop_map(|(field, items)| Doing::Lists(field, items)),
            1 => Just(Doing::Undoes),
            1 => Just(Doing::Redoes),
            2 => (0_i64..20_000_000).prop_map(Doing::Waits),
        ]
    }

    struct Desk {
        studio: Studio,
        character: String,
        revision: u32,
        time: Arc<AtomicI64>,
        _folder: TempDir,
    }

    impl Desk {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let time = Arc::new(AtomicI64::new(1_795_262_400_000_000));
            let read = Arc::clone(&time);
            let studio = Studio::open(StudioOptions {
                clock: Clock::from_fn(move || read.load(Ordering::Relaxed)),
                ..StudioOptions::new(folder.path().join("store"), folder.path(), "test")
            })
            .await
            .unwrap();
            let preview = studio.preview_sample("anselm").await.unwrap();
            let made = studio.commit_import(&preview.id, ImportChoice::New).await;
            let character = made.unwrap().unwrap();
            let revision = studio.open_character(&character).await.unwrap().revision;
            Self {
                studio,
                character,
                revision,
                time,
                _folder: folder,
            }
        }

        async fn does(&mut self, doing: &Doing, in_one_statement: bool) -> Option<Saved> {
            let edit = match doing {
                Doing::Types(field, text) => FieldEdit::Text {
                    field: (*field).to_owned(),
                    text: text.clone(),
                },
                Doing::Lists(field, items) => FieldEdit::List {
                    field: (*field).to_owned(),
                    items: items.clone(),
                },
                Doing::Undoes => return self.walked(self.studio.undo(&self.character).await.ok()),
                Doing::Redoes => return self.walked(self.studio.redo(&self.character).await.ok()),
                Doing::Waits(while_) => {
                    self.time.fetch_add(*while_, Ordering::Relaxed);
                    return None;
                }
            };
            let saved = if in_one_statement {
                let edited = self.studio.edit_field(&self.character, self.revision, edit);
                edited.await.unwrap()
            } else {
                let written = edit::apply(&self.studio, &self.character, self.revision, &edit);
                let written = written.await.unwrap();
                let saved = self
                    .studio
                    .saved(&self.character, edit::key(&edit), written);
                saved.await.unwrap()
            };
            self.revision = saved.revision;
            Some(saved)
        }

        fn walked(&mut self, to: Option<crate::view::Character>) -> Option<Saved> {
            if let Some(to) = to {
                self.revision = to.revision;
            }
            None
        }

        /// Everything that a save writes, without the ids of this very store.
        async fn stored(&self) -> Vec<String> {
            let mut db = self.studio.store().reader().await.unwrap();
            let mut lines = Vec::new();
            for sql in [
                "SELECT json_array(revision, document, sha256, portrait, undo_seq, name, tags, excerpt, saved_at) FROM draft",
                "SELECT json_array(seq, field, at, removed, inserted, portrait_change, portrait_before, portrait_after, began_at, ended_at)
                 FROM edit ORDER BY seq",
                "SELECT json_array(field, revision) FROM field_revision ORDER BY field",
                "SELECT substr(tag, 1, 9) || ' ' || count(*) FROM news GROUP BY substr(tag, 1, 9) ORDER BY 1",
            ] {
                for row in sqlx::query(sql).fetch_all(&mut *db).await.unwrap() {
                    lines.push(row.get::<String, _>(0));
                }
            }
            lines
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        #[test]
        fn the_short_way_writes_and_says_what_the_long_way_does(all in prop::collection::vec(doing(), 1..40)) {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let (mut short, mut long) = (Desk::new().await, Desk::new().await);
                for doing in &all {
                    let (said, expected) = (short.does(doing, true).await, long.does(doing, false).await);
                    prop_assert_eq!(format!("{said:?}"), format!("{expected:?}"), "{:?}", doing);
                    prop_assert_eq!(short.stored().await, long.stored().await, "{:?}", doing);
                }
                short.studio.close().await;
                long.studio.close().await;
                Ok(())
            })?;
        }
    }

    #[tokio::test]
    async fn what_another_process_wrote_is_not_written_over() {
        let mut desk = Desk::new().await;
        let first = Doing::Types("scenario", "A quay.".to_owned());
        desk.does(&first, true).await.unwrap();
        let here = desk.revision;
        let other = Studio::open(desk.studio.inner.options.clone())
            .await
            .unwrap();
        let theirs = FieldEdit::Text {
            field: "personality".to_owned(),
            text: "Calm.".to_owned(),
        };
        other
            .edit_field(&desk.character, here, theirs)
            .await
            .unwrap();
        // What lies open is a guess, and by now a wrong one.
        let ours = FieldEdit::Text {
            field: "scenario".to_owned(),
            text: "A quay at night.".to_owned(),
        };
        let short = in_one(&desk.studio, &desk.character, here, &ours).await;
        assert!(short.unwrap().is_none());
        let saved = desk.studio.edit_field(&desk.character, here, ours).await;
        assert_eq!(saved.unwrap().revision, here + 2);
        let merged = desk.studio.open_character(&desk.character).await.unwrap();
        let read = |key: &str| {
            let field = merged.fields.iter().find(|field| field.key == key);
            field.unwrap().text.clone()
        };
        assert_eq!(read("personality"), "Calm.");
        assert_eq!(read("scenario"), "A quay at night.");
    }
}
