//! Which tables a backup holds. The list is compared with the schema: a table that it does not know ends a backup
//! before it has begun, and a test before that.

use anyhow::{Result, bail};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};

use super::file::{Column, Kind, TableHead};
use crate::db::Sql;
use crate::values;

/// Tables that are copied row by row.
pub const COPIED: &[&str] = &[
    "absence",
    "admin_event",
    "application",
    "artifact",
    "command",
    "counter",
    "directory",
    "entry",
    "environment",
    "file",
    "flow",
    "flow_draft",
    "flow_version",
    "group_member",
    "hook",
    "hook_delivery",
    "host",
    "host_group",
    "host_in_group",
    "invitation",
    "log",
    "measure",
    "member",
    "mention",
    "message",
    "order_event",
    "order_form",
    "order_part",
    "order_run",
    "order_script",
    "order_task",
    "order_timer",
    "orders",
    "permission",
    "person",
    "person_group",
    "reaction",
    "release_lock",
    "rollback",
    "room",
    "run_host",
    "sealed",
    "secret",
    "secret_grant",
    "tally",
    "token",
    "webhook",
    "webhook_event",
];

/// Tables that are not, and why. Of a name that ends in `_`, all that begin so.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("outbox", "whoever was told already is not told again by a restored copy"),
    ("session", "whoever uses the restored site signs in there"),
    ("seaql_migrations", "the migrations are run again"),
    ("search", "made again from the messages"),
    ("search_", "made again from the messages"),
    ("order_search", "made again from the orders"),
    ("order_search_", "made again from the orders"),
    ("order_word", "made again from the orders"),
];

pub fn is_left_out(table: &str) -> bool {
    LEFT_OUT.iter().any(|(name, _)| *name == table || (name.ends_with('_') && table.starts_with(name)))
}

#[derive(FromQueryResult)]
struct Row {
    table_name: String,
    column_name: String,
    data_type: String,
}

/// The columns of all tables, those of a table together.
async fn columns(sql: &impl ConnectionTrait) -> Result<Vec<Row>, DbErr> {
    let text = match sql.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name::TEXT AS table_name, column_name::TEXT AS column_name, data_type::TEXT AS data_type FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        }
        _ => {
            "SELECT m.name AS table_name, c.name AS column_name, c.type AS data_type FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"
        }
    };
    sql.all(text, values![]).await
}

/// The names of all tables.
pub async fn names(sql: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let mut names: Vec<String> = columns(sql).await?.into_iter().map(|row| row.table_name).collect();
    names.dedup();
    Ok(names)
}

/// The tables that are copied, as the schema has them.
pub async fn copied(sql: &impl ConnectionTrait) -> Result<Vec<TableHead>> {
    let columns = columns(sql).await?;
    let mut tables = Vec::new();
    for rows in columns.chunk_by(|a, b| a.table_name == b.table_name) {
        let name = &rows[0].table_name;
        if is_left_out(name) {
            continue;
        }
        if !COPIED.contains(&name.as_str()) {
            bail!("this version does not know how to back up the table {name}");
        }
        let columns: Result<Vec<Column>> = rows.iter().map(column).collect();
        tables.push(TableHead { name: name.clone(), columns: columns?, last_id: last_id(sql, name).await? });
    }
    Ok(tables)
}

fn column(row: &Row) -> Result<Column> {
    let kind = match row.data_type.to_ascii_lowercase().as_str() {
        "bigint" | "integer" => Kind::Integer,
        "text" => Kind::Text,
        "boolean" => Kind::Boolean,
        "blob" | "bytea" => Kind::Bytes,
        other => bail!("this version does not know how to back up {} {other}", row.column_name),
    };
    Ok(Column { name: row.column_name.clone(), kind })
}

/// The last number that the database gave a row of the table. Nothing when it numbers none.
async fn last_id(sql: &impl ConnectionTrait, table: &str) -> Result<Option<i64>, DbErr> {
    if sql.get_database_backend() != DbBackend::Postgres {
        return sql.number("SELECT seq FROM sqlite_sequence WHERE name = $1", values![table]).await;
    }
    match sequence(sql, table).await? {
        Some(sequence) => {
            // Nothing of it comes from a person: it is the database's own name.
            let text = format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}");
            sql.number(&text, values![]).await
        }
        None => Ok(None),
    }
}

/// The name of what numbers the rows of a table.
async fn sequence(sql: &impl ConnectionTrait, table: &str) -> Result<Option<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        sequence: Option<String>,
    }
    let text = "SELECT pg_get_serial_sequence(quote_ident(table_name), 'id') AS sequence FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND column_name = 'id'";
    let found: Option<Found> = sql.one(text, values![table]).await?;
    Ok(found.and_then(|found| found.sequence))
}

/// Goes on numbering after what was copied.
pub async fn go_on_numbering(sql: &impl ConnectionTrait, table: &TableHead) -> Result<(), DbErr> {
    let Some(last_id) = table.last_id.filter(|last_id| *last_id > 0) else { return Ok(()) };
    if sql.get_database_backend() != DbBackend::Postgres {
        sql.run("DELETE FROM sqlite_sequence WHERE name = $1", values![table.name.clone()]).await?;
        let text = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
        sql.run(text, values![table.name.clone(), last_id]).await?;
        return Ok(());
    }
    if let Some(sequence) = sequence(sql, &table.name).await? {
        sql.number("SELECT setval($1::regclass, $2)", values![sequence, last_id]).await?;
    }
    Ok(())
}
