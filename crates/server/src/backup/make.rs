use std::path::Path;

use anyhow::{Context, Result, ensure};
use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, TransactionTrait,
};

use super::file::{FORM, FileHead, Header, Line, Place, Writer};
use super::passphrase::SecretString;
use super::{Backup, Totals, folders, rows, tables};
use crate::clock::now_ms;
use crate::db::{self, Database};

/// Puts a site into a file: the database as it is at one moment, and the files that it names. Memory does not grow with
/// the site.
pub async fn make(options: &Backup, passphrase: SecretString) -> Result<Totals> {
    let Backup { file, site, vault_key, .. } = options;
    for folder in [site.data.clone(), site.files()] {
        let is_inside = std::path::absolute(file)?.starts_with(std::path::absolute(&folder)?);
        ensure!(!is_inside, "a backup can not be part of itself: make it outside of {}", folder.display());
    }
    // What was signed before the snapshot is in it.
    let checkpoints = folders::checkpoints_length(&site.data)?;
    let db = open(site.database.as_deref(), &site.data).await?;
    let snapshot = snapshot(&db).await?;
    let mut writer = Writer::create(file, passphrase)?;
    let copied = tables::copied(&snapshot).await?;
    writer.line(&Line::Backup(Header {
        form: FORM,
        version: env!("CARGO_PKG_VERSION").into(),
        made_at: now_ms(),
        migrations: db::applied_migrations(&snapshot).await?,
    }))?;
    let mut totals = Totals::default();
    for table in copied {
        writer.line(&Line::Table(table.clone()))?;
        totals.rows += rows::dump(&snapshot, &table, &mut writer).await?;
    }
    let files = site.files();
    let in_data = folders::length_in_data(&site.data, &files, checkpoints);
    totals.files += folders::write(&mut writer, Place::Data, &site.data, in_data)?;
    totals.files += folders::write(&mut writer, Place::Files, &files, folders::length_in_files)?;
    if let Some(key) = vault_key.as_deref().filter(|key| !key.starts_with(&site.data)) {
        write_key(&mut writer, key)?;
        totals.files += 1;
    }
    writer.line(&Line::End(totals))?;
    writer.finish()?;
    Ok(totals)
}

/// Where a restored site looks for the key.
fn write_key(writer: &mut Writer, key: &Path) -> Result<()> {
    let bytes = std::fs::read(key).with_context(|| format!("can not read {}", key.display()))?;
    let size = bytes.len() as u64;
    let head = FileHead { place: Place::Data, path: "keys/vault.key".into(), mode: 0o600, size };
    writer.line(&Line::File(head))?;
    writer.bytes(bytes.as_slice(), size)
}

async fn open(database: Option<&str>, data: &Path) -> Result<DatabaseConnection> {
    match database {
        Some(url) => Database::read_postgres(url).await.context("can not open the PostgreSQL database"),
        None => Database::read_sqlite(data).await.context("can not open the SQLite database"),
    }
}

/// A transaction in which everything is as it was at its first query, whatever is written meanwhile.
async fn snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            db.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
        }
        // Readers of a write-ahead log see the database as it was when they began.
        _ => db.begin().await,
    }
}
