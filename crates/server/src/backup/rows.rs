//! Rows in a form that knows no database.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, StreamTrait, Value};

use super::file::{Cell, Column, Kind, Line, TableHead, Writer};
use crate::db::Sql;
use crate::values;

/// Parameters of a statement, at most.
const PARAMETERS: usize = 900;

/// Rows of a statement, at most.
const ROWS: usize = 64;

/// Writes the rows of a table as they come; none is kept. Answers how many there were.
pub async fn dump(snapshot: &DatabaseTransaction, table: &TableHead, writer: &mut Writer) -> Result<u64> {
    let text = format!("SELECT {} FROM \"{}\"", column_names(table), table.name);
    let mut rows = snapshot.stream_raw(snapshot.statement(&text, values![])).await?;
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let cells: Result<Vec<_>, DbErr> =
            table.columns.iter().enumerate().map(|(index, column)| cell(&row, index, column.kind)).collect();
        writer.line(&Line::Row(cells.with_context(|| format!("a row of {}", table.name))?))?;
        count += 1;
    }
    Ok(count)
}

fn column_names(table: &TableHead) -> String {
    let names: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    names.join(", ")
}

fn cell(row: &QueryResult, index: usize, kind: Kind) -> Result<Option<Cell>, DbErr> {
    Ok(match kind {
        Kind::Integer => row.try_get_by_index::<Option<i64>>(index)?.map(Cell::Integer),
        Kind::Boolean => row.try_get_by_index::<Option<bool>>(index)?.map(Cell::Boolean),
        Kind::Text => row.try_get_by_index::<Option<String>>(index)?.map(Cell::Text),
        Kind::Bytes => {
            let bytes: Option<Vec<u8>> = row.try_get_by_index(index)?;
            bytes.map(|bytes| Cell::Text(STANDARD.encode(bytes)))
        }
    })
}

/// Takes the rows of one table and puts them into the database, some at a time.
pub struct Loader {
    table: TableHead,
    waiting: Vec<Value>,
    /// Rows of a full statement, and its text.
    most: usize,
    full: String,
}

impl Loader {
    /// Empties the table first: a migration may have put something there.
    pub async fn begin(sql: &impl ConnectionTrait, table: TableHead, known: &TableHead) -> Result<Self> {
        let has = |column: &Column| known.columns.contains(column);
        ensure!(table.columns.iter().all(has), "the table {} has other columns here", table.name);
        sql.run(&format!("DELETE FROM \"{}\"", table.name), values![]).await?;
        let most = (PARAMETERS / table.columns.len().max(1)).clamp(1, ROWS);
        let full = insert(sql.get_database_backend(), &table, most);
        Ok(Self { table, waiting: Vec::new(), most, full })
    }

    pub async fn add(&mut self, sql: &impl ConnectionTrait, row: Vec<Option<Cell>>) -> Result<()> {
        ensure!(
            row.len() == self.table.columns.len(),
            "the file is damaged: a row of {} is too short",
            self.table.name
        );
        for (cell, column) in row.into_iter().zip(&self.table.columns) {
            self.waiting.push(value(cell, column.kind)?);
        }
        if self.waiting.len() == self.most * self.table.columns.len() {
            sql.run(&self.full, std::mem::take(&mut self.waiting)).await?;
        }
        Ok(())
    }

    pub async fn finish(self, sql: &impl ConnectionTrait) -> Result<()> {
        let rows = self.waiting.len() / self.table.columns.len().max(1);
        if rows > 0 {
            let text = insert(sql.get_database_backend(), &self.table, rows);
            sql.run(&text, self.waiting).await?;
        }
        Ok(super::tables::go_on_numbering(sql, &self.table).await?)
    }
}

fn insert(backend: DbBackend, table: &TableHead, rows: usize) -> String {
    let width = table.columns.len();
    let row = |row: usize| match backend {
        DbBackend::Postgres => format!("({})", crate::db::placeholders(row * width + 1, width)),
        _ => format!("(?{})", ",?".repeat(width - 1)),
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO \"{}\" ({}) VALUES {}", table.name, column_names(table), rows.join(","))
}

fn value(cell: Option<Cell>, kind: Kind) -> Result<Value> {
    Ok(match (kind, cell) {
        (Kind::Integer, None) => Value::from(None::<i64>),
        (Kind::Integer, Some(Cell::Integer(number))) => number.into(),
        (Kind::Boolean, None) => Value::from(None::<bool>),
        (Kind::Boolean, Some(Cell::Boolean(boolean))) => boolean.into(),
        (Kind::Text, None) => Value::from(None::<String>),
        (Kind::Text, Some(Cell::Text(text))) => text.into(),
        (Kind::Bytes, None) => Value::from(None::<Vec<u8>>),
        (Kind::Bytes, Some(Cell::Text(text))) => STANDARD.decode(text).context("the file is damaged")?.into(),
        (kind, Some(cell)) => bail!("the file is damaged: {cell:?} is no {kind:?}"),
    })
}
