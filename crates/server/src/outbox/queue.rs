use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat};
use sea_orm::{DbErr, FromQueryResult, Value};
use serde::Serialize;

use super::{Event, Letter, Notice};
use crate::db::{Rows, Sql, placeholders};
use crate::log::Tx;
use crate::values;

/// A message that did not arrive is tried for this long.
pub(super) const PATIENCE_MS: i64 = 24 * 3_600_000;

/// The body of a webhook, as Standard Webhooks has it.
#[derive(Serialize)]
struct Body<'a, T> {
    #[serde(rename = "type")]
    event: Event,
    timestamp: String,
    data: &'a T,
}

/// Tells the endpoints that want to hear of an event, once the transaction is committed.
pub async fn queue(tx: &mut Tx<'_>, event: Event, data: &(impl Serialize + Sync)) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
    }
    let sql = "SELECT w.id FROM webhook_event e JOIN webhook w ON w.id = e.webhook_id WHERE e.event = $1 AND w.active ORDER BY w.id";
    let webhooks: Vec<Row> = tx.sql().all(sql, values![event.as_str()]).await?;
    if webhooks.is_empty() {
        return Ok(());
    }
    let body = body(event, tx.now, data)?;
    let rows = webhooks.into_iter().map(|Row { id }| row(tx.now, Some(id), None, event.as_str(), body.clone()));
    insert(tx, rows.collect()).await
}

/// Tells one endpoint, and answers the delivery's id.
pub(super) async fn queue_for(
    tx: &mut Tx<'_>,
    webhook: i64,
    event: Event,
    data: &(impl Serialize + Sync),
) -> Result<i64, DbErr> {
    let body = body(event, tx.now, data)?;
    let values = row(tx.now, Some(webhook), None, event.as_str(), body);
    let sql = "INSERT INTO outbox (webhook_id, person_id, event, message_id, body, created_at, due_at, give_up_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    tx.sql().number(sql, values).await?.ok_or(DbErr::RecordNotInserted)
}

/// Sends mails to those of the people who have an address and want this kind.
pub async fn queue_letters(tx: &mut Tx<'_>, letters: BTreeSet<(i64, Letter)>) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        mails: Option<String>,
    }
    let people: BTreeSet<i64> = letters.iter().map(|(person, _)| *person).collect();
    if people.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT id, mails FROM person WHERE id IN ({}) AND email IS NOT NULL AND active",
        placeholders(1, people.len())
    );
    let known: Vec<Row> = tx.sql().all(&sql, people.into_iter().map(Value::from)).await?;
    let wants = |person: i64, notice: Notice| {
        let mails = known.iter().find(|row| row.id == person).map(|row| Notice::chosen(row.mails.as_deref()));
        mails.is_some_and(|mails| mails.contains(&notice))
    };
    let mut rows = Vec::new();
    for (person, letter) in letters.into_iter().filter(|(person, letter)| wants(*person, letter.notice())) {
        rows.push(row(tx.now, None, Some(person), letter.notice().as_str(), json(&letter)?));
    }
    insert(tx, rows).await
}

fn row(now: i64, webhook: Option<i64>, person: Option<i64>, event: &str, body: String) -> [Value; 8] {
    let message = format!("msg_{:032x}", rand::random::<u128>());
    values![webhook, person, event, message, body, now, now, now + PATIENCE_MS]
}

async fn insert(tx: &Tx<'_>, rows: Vec<[Value; 8]>) -> Result<(), DbErr> {
    let sql = "INSERT INTO outbox (webhook_id, person_id, event, message_id, body, created_at, due_at, give_up_at) VALUES {rows}";
    Rows(rows).run(tx.sql(), sql).await
}

fn body(event: Event, now: i64, data: &impl Serialize) -> Result<String, DbErr> {
    let timestamp = DateTime::from_timestamp_millis(now).unwrap_or_default();
    json(&Body { event, timestamp: timestamp.to_rfc3339_opts(SecondsFormat::Millis, true), data })
}

fn json(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()))
}
