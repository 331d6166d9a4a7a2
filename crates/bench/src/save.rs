//! Saving a draft, durably, beside a bare SQLite commit of as many bytes in
//! the same folder.

use crate::{
    fault::Fault,
    import,
    plan::Plan,
    table::{Aim, Row, Table},
    turns::{self, Contest},
};
use dramatis_cards::{CardDocument, NewValue};
use dramatis_drafts::{Studio, view::FieldEdit};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const SAMPLE: &[u8] = include_bytes!("../../../samples/mirelle.png");
const FIELD: &str = "description";

/// Measures, and takes the stores away again.
pub(crate) async fn measure(plan: &Plan, folder: &Path, table: &mut Table) -> Result<(), Fault> {
    let place = import::fresh(&folder.join("save"))?;
    let mut sides = Sides::open(&place, plan.saves).await?;
    // Once for nothing: a write-ahead log is slower until it has its full length.
    for side in 0..sides.sides() {
        sides.turn(side).await?;
    }
    let medians = turns::medians("save", plan.turns, &mut sides).await?;
    table.row(Row {
        what: "save a draft".into(),
        beside: "one UPDATE of as many bytes, same pragmas",
        ours: medians[0],
        floor: medians[1],
        unit: "saves/s",
        aim: Some(Aim::AtLeast(0.8)),
    });
    table.note(format!(
        "Save: one field of a document of {} bytes.",
        sides.document(0)?.len()
    ));
    sides.studio.close().await;
    sides.bare.close().await;
    std::fs::remove_dir_all(&place).map_err(Fault::io(format!("the folder {}", place.display())))
}

struct Sides {
    saves: usize,
    studio: Studio,
    character: String,
    revision: u32,
    bare: SqlitePool,
    card: CardDocument,
    said: String,
    count: usize,
}

impl Sides {
    async fn open(place: &Path, saves: usize) -> Result<Self, Fault> {
        let studio = import::studio(&place.join("studio")).await?;
        let character = import::import(&studio, "mirelle.png", SAMPLE.to_vec()).await?;
        let revision = studio.open_character(&character).await?.revision;
        let card = dramatis_cards::read(SAMPLE)?.document;
        let said = card.view().text(FIELD).into_owned();
        let bare = bare(&place.join("bare.db"), card.text()).await?;
        Ok(Self {
            saves,
            studio,
            character,
            revision,
            bare,
            card,
            said,
            count: 0,
        })
    }

    /// What is typed: the field with another ending, always of one length.
    fn text(&self, count: usize) -> String {
        format!("{} {count:08}", self.said)
    }

    fn document(&self, count: usize) -> Result<String, Fault> {
        Ok(self
            .card
            .set(FIELD, NewValue::Text(&self.text(count)))?
            .into_text())
    }

    async fn ours(&mut self) -> Result<Duration, Fault> {
        let texts: Vec<String> = (0..self.saves)
            .map(|at| self.text(self.count + at))
            .collect();
        let begun = Instant::now();
        for text in texts {
            let edit = FieldEdit::Text {
                field: FIELD.to_owned(),
                text,
            };
            self.revision = self
                .studio
                .edit_field(&self.character, self.revision, edit)
                .await?
                .revision;
        }
        Ok(begun.elapsed())
    }

    async fn floor(&mut self) -> Result<Duration, Fault> {
        let documents = (0..self.saves)
            .map(|at| self.document(self.count + at))
            .collect::<Result<Vec<_>, _>>()?;
        let begun = Instant::now();
        for document in documents {
            sqlx::query("UPDATE draft SET document = ? WHERE character = 1")
                .bind(document)
                .execute(&self.bare)
                .await?;
        }
        Ok(begun.elapsed())
    }
}

impl Contest for Sides {
    fn sides(&self) -> usize {
        2
    }

    async fn turn(&mut self, side: usize) -> Result<f64, Fault> {
        self.count += self.saves;
        let took = if side == 0 {
            self.ours().await?
        } else {
            self.floor().await?
        };
        #[expect(clippy::cast_precision_loss)]
        let saves = self.saves as f64;
        Ok(saves / took.as_secs_f64())
    }
}

/// A database with one row, opened as the studio opens its own
/// (studio.md, Local store).
async fn bare(path: &Path, document: &str) -> Result<SqlitePool, Fault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON");
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    sqlx::raw_sql("CREATE TABLE draft (character INTEGER PRIMARY KEY NOT NULL, document TEXT NOT NULL) STRICT").execute(&pool).await?;
    sqlx::query("INSERT INTO draft (character, document) VALUES (1, ?)")
        .bind(document)
        .execute(&pool)
        .await?;
    Ok(pool)
}
