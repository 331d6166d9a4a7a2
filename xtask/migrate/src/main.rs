//! Makes an empty database and applies a folder of migrations to it.
//!
//! `xtask-migrate URL FOLDER`, with a `postgres:` or `sqlite:` URL. A database
//! that is already there under that name is dropped: these are databases for
//! checking queries against, never anyone's data.

use std::{path::Path, process::ExitCode};

use sqlx::{
    Connection, PgConnection, Postgres, Sqlite, SqliteConnection,
    migrate::{MigrateDatabase, Migrator},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, folder] = arguments.as_slice() else {
        eprintln!("usage: xtask-migrate URL FOLDER");
        return ExitCode::from(2);
    };
    match lay_out(url, Path::new(folder)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The migrations in {folder} do not apply: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn lay_out(url: &str, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let migrations = Migrator::new(folder).await?;
    if url.starts_with("sqlite:") {
        if Sqlite::database_exists(url).await? {
            Sqlite::drop_database(url).await?;
        }
        Sqlite::create_database(url).await?;
        let mut connection = SqliteConnection::connect(url).await?;
        migrations.run(&mut connection).await?;
        connection.close().await?;
    } else {
        if Postgres::database_exists(url).await? {
            Postgres::force_drop_database(url).await?;
        }
        Postgres::create_database(url).await?;
        let mut connection = PgConnection::connect(url).await?;
        migrations.run(&mut connection).await?;
        connection.close().await?;
    }
    Ok(())
}
