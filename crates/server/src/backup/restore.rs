use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::file::{FORM, Header, Line, Place, Reader, TableHead};
use super::passphrase::SecretString;
use super::rows::Loader;
use super::{Restore, Site, Totals, folders, tables};
use crate::db::{self, Database};
use crate::{orders, rooms};

/// Makes the site of a backup where there is none. It is made beside its place and moved there when it is whole; what
/// goes into PostgreSQL is one transaction. So a restore that is interrupted has changed nothing.
pub async fn restore(options: &Restore, passphrase: SecretString) -> Result<Totals> {
    let Restore { file, site, .. } = options;
    let mut reader = Reader::open(file, passphrase)?;
    let Line::Backup(header) = reader.line()? else { bail!("{} is no backup of countersign", file.display()) };
    let migrations = check(&header)?;
    let staging = Staging::begin(site)?;
    let restored = load(&mut reader, site, &staging, migrations).await;
    match restored {
        Ok(totals) => {
            staging.finish()?;
            Ok(totals)
        }
        Err(error) => {
            staging.remove()?;
            Err(error.context("nothing was restored"))
        }
    }
}

/// How many of the migrations that this program knows the backup had. It had no others, and these in their order.
fn check(header: &Header) -> Result<u32> {
    let known = db::migrations();
    let Header { form, version, migrations, .. } = header;
    ensure!(
        *form == FORM && known.starts_with(migrations),
        "the backup was made by version {version}, which this one ({}) does not know; restore it with that version",
        env!("CARGO_PKG_VERSION")
    );
    Ok(migrations.len() as u32)
}

async fn load(reader: &mut Reader, site: &Site, staging: &Staging, migrations: u32) -> Result<Totals> {
    let db = match &site.database {
        Some(url) => Database::connect_postgres(url).await.context("can not open the PostgreSQL database")?,
        None => Database::create_sqlite(&staging.data).await.context("can not make the SQLite database")?,
    };
    let transaction = db.begin().await?;
    if !tables::names(&transaction).await?.is_empty() {
        bail!("the database is not empty");
    }
    // As it was when the backup was made; what came since then is done with what was restored.
    db::migrate(&transaction, Some(migrations)).await?;
    let totals = load_lines(reader, &transaction, staging).await?;
    db::migrate(&transaction, None).await?;
    rooms::search::rebuild(&transaction).await?;
    orders::rebuild_search(&transaction).await?;
    transaction.commit().await?;
    close(db).await?;
    Ok(totals)
}

async fn load_lines(reader: &mut Reader, sql: &DatabaseTransaction, staging: &Staging) -> Result<Totals> {
    let known = tables::copied(sql).await?;
    let mut totals = Totals::default();
    let mut loader: Option<Loader> = None;
    loop {
        match (reader.line()?, &mut loader) {
            (Line::Row(row), Some(loader)) => {
                loader.add(sql, row).await?;
                totals.rows += 1;
            }
            (Line::Table(table), _) => {
                finish(loader.take(), sql).await?;
                loader = Some(begin(sql, table, &known).await?);
            }
            (Line::File(head), _) => {
                finish(loader.take(), sql).await?;
                let folder = match head.place {
                    Place::Data => &staging.data,
                    Place::Files => &staging.files,
                };
                folders::restore_one(reader, &head, folder)?;
                totals.files += 1;
            }
            (Line::End(promised), _) => {
                finish(loader.take(), sql).await?;
                ensure!(promised == totals, "the file is damaged: something is missing");
                return Ok(totals);
            }
            (Line::Backup(_), _) | (Line::Row(_), None) => bail!("the file is damaged: its lines are out of order"),
        }
    }
}

async fn begin(sql: &DatabaseTransaction, table: TableHead, known: &[TableHead]) -> Result<Loader> {
    let known = known.iter().find(|known| known.name == table.name);
    let known = known.with_context(|| format!("the file is damaged: there is no table {}", table.name))?;
    Loader::begin(sql, table, known).await
}

async fn finish(loader: Option<Loader>, sql: &impl ConnectionTrait) -> Result<()> {
    match loader {
        Some(loader) => loader.finish(sql).await,
        None => Ok(()),
    }
}

/// The last connection to a SQLite file puts its write-ahead log into it.
async fn close(db: DatabaseConnection) -> Result<()> {
    Ok(db.close().await?)
}

/// Folders beside the places of a site, which they take when all is well.
struct Staging {
    data: PathBuf,
    files: PathBuf,
    /// From, to.
    moves: Vec<(PathBuf, PathBuf)>,
}

impl Staging {
    fn begin(site: &Site) -> Result<Self> {
        let beside = |folder: &Path| -> Result<PathBuf> {
            is_free(folder)?;
            // A path that ends in a slash, or in a dot, has no name of its own.
            let folder = std::path::absolute(folder)?;
            let name = folder.file_name().with_context(|| format!("{} has no name", folder.display()))?;
            let beside = folder.with_file_name(format!("{}.restoring", name.to_string_lossy()));
            if beside.exists() {
                eprintln!("countersign: an earlier restore was interrupted; {} is removed", beside.display());
                std::fs::remove_dir_all(&beside)?;
            }
            std::fs::create_dir_all(&beside).with_context(|| format!("can not make {}", beside.display()))?;
            Ok(beside)
        };
        let data = beside(&site.data)?;
        let mut moves = vec![(data.clone(), site.data.clone())];
        let files = match &site.files {
            Some(files) => {
                let beside = beside(files)?;
                moves.insert(0, (beside.clone(), files.clone()));
                beside
            }
            None => data.join("files"),
        };
        Ok(Self { data, files, moves })
    }

    fn finish(self) -> Result<()> {
        for (from, to) in &self.moves {
            std::fs::rename(from, to).with_context(|| {
                format!("all is restored, but {} can not be moved to {}: move it there", from.display(), to.display())
            })?;
            if let Some(parent) = std::path::absolute(to)?.parent() {
                std::fs::File::open(parent)?.sync_all()?;
            }
        }
        Ok(())
    }

    fn remove(self) -> Result<()> {
        for (from, _) in &self.moves {
            match std::fs::remove_dir_all(from) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("can not remove {}", from.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a folder is not there, or empty.
fn is_free(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder) {
        Ok(mut items) => ensure!(items.next().is_none(), "the folder {} is not empty", folder.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("can not read {}", folder.display())),
    }
    Ok(())
}
