//! Making an order again from its events, to see that nothing else was kept than what happened.

use flow::{Event, Order};
use sea_orm::FromQueryResult;

use super::deciding::{Kept, json, sha256};
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
    #[error("order {order}: its events give another state than the one that is kept")]
    State { order: i64 },
}

impl Orders {
    /// Replays every order and answers what does not fit together, at most `limit` of it.
    pub async fn mismatches(&self, limit: usize) -> Result<Vec<Mismatch>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
        }
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let sql = "SELECT id FROM orders WHERE state IS NOT NULL AND id > $1 ORDER BY id LIMIT $2";
            let rows: Vec<Row> = self.log.db().reader.all(sql, values![after, PAGE]).await?;
            let Some(last) = rows.last() else { return Ok(found) };
            after = last.id;
            for row in rows {
                found.extend(self.replay(row.id).await?);
                if found.len() >= limit {
                    return Ok(found);
                }
            }
        }
    }

    /// Replays one order. Answers the first thing that does not fit.
    pub async fn replay(&self, order: i64) -> Result<Option<Mismatch>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            seq: i64,
            body: String,
            events: Option<String>,
        }
        let reader = &self.log.db().reader;
        let kept = Kept::load(reader, order).await?;
        let flow = self.flows.load(reader, &kept.flow, kept.version).await?;
        let sql = "SELECT e.seq, e.body, o.events FROM entry e LEFT JOIN order_event o ON o.order_id = e.log_id AND o.seq = e.seq WHERE e.log_id = $1 AND e.kind = 'order' ORDER BY e.seq";
        let rows: Vec<Row> = reader.all(sql, values![order]).await?;
        let mut state = Order::default();
        for Row { seq, body, events } in rows {
            let Some(text) = events else { return Ok(Some(Mismatch::Missing { order, seq })) };
            let body: Option<OrderBody> = serde_json::from_str(&body).ok();
            if body.is_none_or(|body| body.events_sha256 != sha256(&text)) {
                return Ok(Some(Mismatch::Events { order, seq }));
            }
            let events: Vec<Event> =
                serde_json::from_str(&text).map_err(|error| sea_orm::DbErr::Json(error.to_string()))?;
            for event in &events {
                state.apply(&flow, event);
            }
        }
        let same = kept.state.as_ref().is_some_and(|kept| *kept == state) && json(&state)? == json(&kept.state)?;
        Ok((!same).then_some(Mismatch::State { order }))
    }
}
