//! Making an order again from its events, to see that nothing else was kept than what happened.

use std::collections::BTreeMap;

use flow::{Event, Order};
use sea_orm::{DatabaseConnection, FromQueryResult};

use super::deciding::{Kept, json, sha256};
use super::flows::Flows;
use super::{OrderBody, Orders, Refusal};
use crate::db::Sql;
use crate::values;

/// Orders that are looked at in one go.
const PAGE: i64 = 100;

/// What does not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("order {order}: the events of entry {seq} are not those that the entry was written with")]
    Events { order: i64, seq: i64 },
    #[error("order {order}: entry {seq} has no events")]
    Missing { order: i64, seq: i64 },
    #[error("order {order}: the form that entry {seq} names is not the one that was filled in")]
    Form { order: i64, seq: i64 },
    #[error("order {order}: its events give another state than the one that is kept")]
    State { order: i64 },
}

/// Replays every order and answers in sentences what does not fit together, at most `limit` of it. Nothing is found in
/// a database that is too old to have orders.
pub async fn mismatches(db: &DatabaseConnection, limit: usize) -> Result<Vec<String>, Refusal> {
    let found = find(db, &Flows::default(), limit).await?;
    Ok(found.iter().map(Mismatch::to_string).collect())
}

impl Orders {
    /// What does not fit together, at most `limit` of it.
    pub async fn mismatches(&self, limit: usize) -> Result<Vec<Mismatch>, Refusal> {
        find(&self.log.db().reader, &self.flows, limit).await
    }
}

async fn find(db: &DatabaseConnection, flows: &Flows, limit: usize) -> Result<Vec<Mismatch>, Refusal> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
    }
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let sql = "SELECT id FROM orders WHERE state IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";
        let rows: Vec<Row> = db.all(sql, values![after, PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        for row in rows {
            found.extend(replay(db, flows, row.id).await?);
            if found.len() >= limit {
                return Ok(found);
            }
        }
    }
}

/// Replays one order. Answers the first thing that does not fit.
async fn replay(db: &DatabaseConnection, flows: &Flows, order: i64) -> Result<Option<Mismatch>, Refusal> {
    #[derive(FromQueryResult)]
    struct Row {
        seq: i64,
        body: String,
        events: Option<String>,
    }
    let kept = Kept::load(db, order).await?;
    let flow = flows.load(db, &kept.flow, kept.version).await?;
    let forms = forms(db, order).await?;
    let sql = "SELECT e.seq, e.body, o.events FROM entry e LEFT JOIN order_event o ON o.order_id = e.log_id AND o.seq = e.seq WHERE e.log_id = $1 AND e.kind = 'order' ORDER BY e.seq";
    let rows: Vec<Row> = db.all(sql, values![order]).await?;
    let mut state = Order::default();
    for Row { seq, body, events } in rows {
        let Some(text) = events else { return Ok(Some(Mismatch::Missing { order, seq })) };
        let body: Option<OrderBody> = serde_json::from_str(&body).ok();
        let Some(body) = body.filter(|body| body.events_sha256 == sha256(&text)) else {
            return Ok(Some(Mismatch::Events { order, seq }));
        };
        let events: Vec<Event> =
            serde_json::from_str(&text).map_err(|error| sea_orm::DbErr::Json(error.to_string()))?;
        for event in &events {
            state.apply(&flow, event);
        }
        if forms.get(&body.form_version) != Some(&json(&state.form)?) {
            return Ok(Some(Mismatch::Form { order, seq }));
        }
    }
    let same = kept.state.as_ref().is_some_and(|kept| *kept == state) && json(&state)? == json(&kept.state)?;
    Ok((!same).then_some(Mismatch::State { order }))
}

/// The versions of an order's form.
async fn forms(db: &DatabaseConnection, order: i64) -> Result<BTreeMap<i64, String>, Refusal> {
    #[derive(FromQueryResult)]
    struct Row {
        version: i64,
        form: String,
    }
    let sql = "SELECT version, form FROM order_form WHERE order_id = $1";
    let rows: Vec<Row> = db.all(sql, values![order]).await?;
    Ok(rows.into_iter().map(|row| (row.version, row.form)).collect())
}
