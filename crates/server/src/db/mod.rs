//! The database: SQLite in the data folder, or PostgreSQL. One SQL text serves both, with `$1`, `$2` … as parameters.

mod backfill;
mod migrations;
mod rows;
mod watched;

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as SeaDatabase, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, ExecResult, FromQueryResult, Statement, Value,
};
use sea_orm_migration::MigratorTrait;

use crate::values;

pub use rows::Rows;
pub use watched::Watched;

/// How many connections read at the same time.
const READERS: u32 = 4;

/// Whoever reads or fills a database from the command line hears by then that it is not there. A server waits longer:
/// its database may be starting, too.
const COMMAND_LIMIT: Duration = Duration::from_secs(5);

/// Two pools on one database: only the log's writers use `writer`.
#[derive(Debug, Clone)]
pub struct Database {
    pub reader: DatabaseConnection,
    pub writer: DatabaseConnection,
}

impl Database {
    /// Opens the SQLite file `countersign.db` in `folder`, which exists. `max_pages` bounds its size in pages of 4 KiB.
    pub async fn open_sqlite(folder: &Path, max_pages: Option<u32>) -> Result<Self, DbErr> {
        let writer = SeaDatabase::connect(sqlite(folder, 1, true, max_pages)).await?;
        migrations::Migrator::up(&writer, None).await?;
        let reader = SeaDatabase::connect(sqlite(folder, READERS, false, max_pages)).await?;
        Ok(Self { reader, writer })
    }

    /// Makes an empty SQLite file in `folder`, without a schema.
    pub async fn create_sqlite(folder: &Path) -> Result<DatabaseConnection, DbErr> {
        SeaDatabase::connect(sqlite(folder, 1, true, None)).await
    }

    pub async fn open_postgres(url: &str, writers: u32) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(writers + 1).min_connections(1).sqlx_logging(false);
        let writer = SeaDatabase::connect(options.clone()).await?;
        migrations::Migrator::up(&writer, None).await?;
        options.max_connections(READERS * 2);
        let reader = SeaDatabase::connect(options).await?;
        Ok(Self { reader, writer })
    }

    /// Reads the SQLite file `countersign.db` in `folder`, beside a server or without one, and changes nothing.
    pub async fn read_sqlite(folder: &Path) -> Result<DatabaseConnection, DbErr> {
        let file = folder.join("countersign.db");
        let mut options = ConnectOptions::new("sqlite:");
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(move |options| {
            options.filename(&file).read_only(true).busy_timeout(Duration::from_secs(10))
        });
        SeaDatabase::connect(options).await
    }

    /// Opens a PostgreSQL database as it is, without bringing its schema up to date.
    pub async fn connect_postgres(url: &str) -> Result<DatabaseConnection, DbErr> {
        SeaDatabase::connect(for_a_command(url)).await
    }

    /// Reads a PostgreSQL database, and changes nothing.
    pub async fn read_postgres(url: &str) -> Result<DatabaseConnection, DbErr> {
        let mut options = for_a_command(url);
        options.map_sqlx_postgres_opts(|options| options.options([("default_transaction_read_only", "on")]));
        SeaDatabase::connect(options).await
    }

    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }
}

fn for_a_command(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(COMMAND_LIMIT).sqlx_logging(false);
    options
}

fn sqlite(folder: &Path, connections: u32, writes: bool, max_pages: Option<u32>) -> ConnectOptions {
    let file = folder.join("countersign.db");
    let mut options = ConnectOptions::new("sqlite:");
    options.max_connections(connections).min_connections(1).sqlx_logging(false).idle_timeout(Duration::from_secs(600));
    options.map_sqlx_sqlite_opts(move |options| {
        let mut options = options
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(200)
            .pragma("query_only", if writes { "off" } else { "on" });
        if let Some(max_pages) = max_pages {
            options = options.pragma("max_page_count", max_pages.to_string());
        }
        options
    });
    options
}

/// The names of the migrations that this program knows, in their order.
pub fn migrations() -> Vec<String> {
    migrations::names()
}

/// Those that a database has had.
pub async fn applied_migrations(sql: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        version: String,
    }
    let rows: Vec<Row> = sql.all("SELECT version FROM seaql_migrations ORDER BY version", values![]).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Brings a schema up to date, or as far as `count` further migrations go.
pub async fn migrate(transaction: &DatabaseTransaction, count: Option<u32>) -> Result<(), DbErr> {
    migrations::Migrator::up(transaction, count).await
}

/// Plain SQL on a pool or a transaction.
pub trait Sql: ConnectionTrait {
    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.get_database_backend(), sql, values)
    }

    fn run(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<ExecResult, DbErr>> + Send {
        let statement = self.statement(sql, values);
        async move { self.execute_raw(statement).await }
    }

    fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Option<T>, DbErr>> + Send {
        let statement = self.statement(sql, values);
        async move { self.query_one_raw(statement).await?.map(|row| T::from_query_result(&row, "")).transpose() }
    }

    fn all<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Vec<T>, DbErr>> + Send {
        let statement = self.statement(sql, values);
        async move {
            let rows = self.query_all_raw(statement).await?;
            rows.iter().map(|row| T::from_query_result(row, "")).collect()
        }
    }

    /// The first column of the first row, as a number.
    fn number(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> impl Future<Output = Result<Option<i64>, DbErr>> + Send {
        let statement = self.statement(sql, values);
        async move { self.query_one_raw(statement).await?.map(|row| row.try_get_by_index(0)).transpose() }
    }
}

impl<C: ConnectionTrait> Sql for C {}

/// `[1.into(), "a".into()]` for parameters of different types.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$(sea_orm::Value::from($value)),*] };
}

/// `$1, $2, $3` for `count` parameters that start at number `first`.
pub fn placeholders(first: usize, count: usize) -> String {
    let mut list = String::new();
    for number in first..first + count {
        if number > first {
            list.push(',');
        }
        list.push_str(&format!("${number}"));
    }
    list
}

/// Whether the database refused to grow: the disk or its quota is full.
pub fn is_storage_full(error: &DbErr) -> bool {
    let text = error.to_string();
    text.contains("database or disk is full")
        || text.contains("No space left on device")
        || text.contains("disk I/O error")
}

/// Whether a transaction met another one and has to run again: SQLSTATE 40P01 and 40001, or a command that another
/// node answered in the same moment.
pub fn is_conflict(error: &DbErr) -> bool {
    use sea_orm::{RuntimeErr, sqlx};
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => match &**error {
            sqlx::Error::Database(error) => match error.code().as_deref() {
                Some("40P01" | "40001") => true,
                Some("23505") => error.constraint() == Some("command_pkey"),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}
