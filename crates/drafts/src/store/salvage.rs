//! What can be read of a damaged store is taken over into a new one, row by
//! row from both ends, so that a damaged page costs its own rows only.

use super::open::{Opening, options};
use crate::StudioError;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use std::path::Path;

/// Tables in the order in which their rows refer to each other.
const TABLES: &[&str] = &[
    "device",
    "setting",
    "account",
    "blob",
    "character",
    "draft",
    "edit",
    "field_revision",
    "kept_text",
    "original",
    "item",
    "release",
    "channel",
    "event",
    "alarm",
    "outbox",
    "outbox_blob",
    "attempt",
    "taken_in",
    "overlap",
];

/// Rows that refer to something that could not be read. Texts come first: a
/// draft whose picture is lost stays, without it.
const MEND: &[&str] = &[
    "DELETE FROM blob WHERE length(sha256) <> 64",
    "INSERT OR IGNORE INTO character (id, slug, created_at) SELECT character, 'character', saved_at FROM draft",
    "UPDATE draft SET portrait = NULL WHERE portrait NOT IN (SELECT sha256 FROM blob)",
    "DELETE FROM edit WHERE character NOT IN (SELECT character FROM draft)
        OR portrait_before NOT IN (SELECT sha256 FROM blob) OR portrait_after NOT IN (SELECT sha256 FROM blob)",
    "DELETE FROM field_revision WHERE character NOT IN (SELECT id FROM character)",
    "DELETE FROM kept_text WHERE character NOT IN (SELECT id FROM character)",
    "DELETE FROM original WHERE character NOT IN (SELECT id FROM character) 
        OR whole NOT IN (SELECT sha256 FROM blob) OR picture NOT IN (SELECT sha256 FROM blob)",
    "UPDATE item SET base_card = NULL WHERE base_card NOT IN (SELECT sha256 FROM blob)",
    "UPDATE taken_in SET before_card = NULL WHERE before_card NOT IN (SELECT sha256 FROM blob)",
    "DELETE FROM taken_in WHERE item NOT IN (SELECT id FROM item) OR character NOT IN (SELECT id FROM character)",
    "DELETE FROM overlap WHERE taken_in NOT IN (SELECT id FROM taken_in)",
    "DELETE FROM attempt WHERE key NOT IN (SELECT key FROM outbox)",
    "DELETE FROM outbox_blob WHERE key NOT IN (SELECT key FROM outbox) OR sha256 NOT IN (SELECT sha256 FROM blob)",
    "UPDATE outbox SET after_key = NULL WHERE after_key NOT IN (SELECT key FROM outbox)",
    "UPDATE outbox SET replaced_by = NULL WHERE replaced_by NOT IN (SELECT key FROM outbox)",
    "UPDATE outbox SET card = NULL WHERE card NOT IN (SELECT sha256 FROM blob)",
    "UPDATE outbox SET portrait = NULL WHERE portrait NOT IN (SELECT sha256 FROM blob)",
    // A journal with a hole cannot be walked: the text stays, its undo goes.
    "DELETE FROM edit WHERE character IN (SELECT character FROM edit GROUP BY character HAVING max(seq) - min(seq) + 1 <> count(*))",
    "UPDATE draft SET undo_seq = 0 WHERE character NOT IN (SELECT character FROM edit)",
];

/// Copies what can be read of the database at `aside` into the new one, and
/// says for people what came over.
pub(super) async fn take_over(opening: &Opening<'_>, aside: &Path) -> Result<String, StudioError> {
    let folder = aside.parent().unwrap_or(aside).display().to_string();
    let mut db = options(opening.path, opening.max_pages)
        .foreign_keys(false)
        .connect()
        .await?;
    // The damaged database is read from a copy: reading one in WAL mode may
    // write to it, and what was put aside stays as it was found.
    let copy = opening.dir.join("salvage.db");
    let copied = copy_all(aside, &copy);
    let read = match copied {
        Ok(()) => attach_and_copy(&mut db, &copy).await,
        Err(_) => Ok(0),
    };
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{suffix}", copy.display())).ok();
    }
    let characters = match read {
        Ok(characters) => characters,
        Err(error) if super::damage::is_damage(&error) => 0,
        Err(error) => return Err(error),
    };
    db.close().await?;
    Ok(match characters {
        0 => format!(
            "The local store was damaged. It was put aside whole in {folder}; nothing of it could be read, and a new one was made."
        ),
        1 => format!(
            "The local store was damaged. It was put aside whole in {folder}; 1 character could be read and was taken over."
        ),
        many => format!(
            "The local store was damaged. It was put aside whole in {folder}; {many} characters could be read and were taken over."
        ),
    })
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to)?;
    let wal = format!("{}-wal", from.display());
    if Path::new(&wal).exists() {
        std::fs::copy(wal, format!("{}-wal", to.display()))?;
    }
    Ok(())
}

async fn attach_and_copy(db: &mut SqliteConnection, copy: &Path) -> Result<i64, StudioError> {
    let quoted = copy.to_string_lossy().replace('\'', "''");
    run(db, format!("ATTACH '{quoted}' AS old")).await?;
    for table in TABLES {
        // A table that cannot be read at all is left out; the others go on.
        match copy_table(db, table).await {
            Err(error) if !super::damage::is_damage(&error) && !is_missing(&error) => {
                return Err(error);
            }
            _ => {}
        }
    }
    run(db, "DETACH old".to_owned()).await?;
    drop_broken(db).await?;
    for statement in MEND {
        sqlx::query(*statement).execute(&mut *db).await?;
    }
    let broken: Vec<(String, Option<i64>)> =
        sqlx::query_as(r#"SELECT "table", rowid FROM pragma_foreign_key_check"#)
            .fetch_all(&mut *db)
            .await?;
    for (table, rowid) in broken
        .into_iter()
        .filter(|(table, _)| TABLES.contains(&table.as_str()))
    {
        if let Some(rowid) = rowid {
            run(
                db,
                format!(r#"DELETE FROM "{table}" WHERE rowid = {rowid}"#),
            )
            .await?;
        }
    }
    Ok(sqlx::query_scalar("SELECT count(*) FROM draft")
        .fetch_one(db)
        .await?)
}

/// Bytes that no longer have their digest, and texts that are no card.
async fn drop_broken(db: &mut SqliteConnection) -> Result<(), StudioError> {
    let blobs: Vec<String> = sqlx::query_scalar("SELECT sha256 FROM blob")
        .fetch_all(&mut *db)
        .await?;
    for sha256 in blobs {
        let bytes: Vec<u8> = sqlx::query_scalar("SELECT bytes FROM blob WHERE sha256 = ?")
            .bind(&sha256)
            .fetch_one(&mut *db)
            .await?;
        if dramatis_domain::Digest::of(&bytes).hex() != sha256 {
            sqlx::query("DELETE FROM blob WHERE sha256 = ?")
                .bind(&sha256)
                .execute(&mut *db)
                .await?;
        }
    }
    let drafts: Vec<(String, String)> = sqlx::query_as("SELECT character, document FROM draft")
        .fetch_all(&mut *db)
        .await?;
    for (character, document) in drafts {
        if dramatis_domain::json::Tree::parse_strict(&document).is_err() {
            sqlx::query("DELETE FROM draft WHERE character = ?")
                .bind(&character)
                .execute(&mut *db)
                .await?;
        }
    }
    Ok(())
}

async fn copy_table(db: &mut SqliteConnection, table: &str) -> Result<(), StudioError> {
    let ours = columns(db, "main", table).await?;
    let theirs = columns(db, "old", table).await?;
    let shared: Vec<_> = ours
        .into_iter()
        .filter(|name| theirs.contains(name))
        .collect();
    let list = shared.join(", ");
    let insert = format!(
        r#"INSERT OR IGNORE INTO main."{table}" ({list}) SELECT {list} FROM old."{table}" WHERE rowid = ?"#
    );
    let upwards =
        format!(r#"SELECT rowid FROM old."{table}" WHERE rowid > ? ORDER BY rowid LIMIT 1"#);
    let downwards =
        format!(r#"SELECT rowid FROM old."{table}" WHERE rowid < ? ORDER BY rowid DESC LIMIT 1"#);
    let reached = walk(db, &insert, &upwards, i64::MIN, i64::MAX).await?;
    if let Some(reached) = reached {
        walk(db, &insert, &downwards, i64::MAX, reached).await?;
    }
    Ok(())
}

/// Copies rows from one end; gives the last row reached where the rest cannot
/// be walked from here.
async fn walk(
    db: &mut SqliteConnection,
    insert: &str,
    next: &str,
    from: i64,
    stop: i64,
) -> Result<Option<i64>, StudioError> {
    let mut at = from;
    loop {
        let row: Result<Option<i64>, _> = sqlx::query_scalar(AssertSqlSafe(next.to_owned()))
            .bind(at)
            .fetch_optional(&mut *db)
            .await;
        match row.map_err(StudioError::from) {
            Ok(Some(row)) if row != stop => {
                let copied = sqlx::query(AssertSqlSafe(insert.to_owned()))
                    .bind(row)
                    .execute(&mut *db)
                    .await;
                if let Err(error) = copied.map_err(StudioError::from)
                    && !super::damage::is_damage(&error)
                {
                    return Err(error);
                }
                at = row;
            }
            Ok(_) => return Ok(None),
            Err(error) if super::damage::is_damage(&error) => return Ok(Some(at)),
            Err(error) => return Err(error),
        }
    }
}

async fn columns(
    db: &mut SqliteConnection,
    schema: &str,
    table: &str,
) -> Result<Vec<String>, StudioError> {
    let sql = format!("SELECT name FROM pragma_table_info('{table}', '{schema}')");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(db).await?)
}

async fn run(db: &mut SqliteConnection, sql: String) -> Result<(), StudioError> {
    sqlx::query(AssertSqlSafe(sql)).execute(db).await?;
    Ok(())
}

/// `no such table`: an older schema, or a schema page that is lost.
fn is_missing(error: &StudioError) -> bool {
    matches!(error, StudioError::Store(error) if error.as_database_error().is_some_and(|database| database.message().contains("no such")))
}
