//! Orders in lists: the boxes of an inbox, search, filters, and the same as a table for other programs.

use std::collections::BTreeMap;

use sea_orm::{DbBackend, FromQueryResult, Value};

use super::model::{Filter, OrderBox, OrderCounts, OrderStatus, OrderSummary};
use super::{Orders, Refusal, search};
use crate::accounts::Caller;
use crate::db::{Sql, placeholders};
use crate::values;

/// Orders in a page, at most.
const PAGE: i64 = 200;

/// The columns of an [`OrderRow`], of an order `o`.
pub(super) const ORDER: &str = "o.id, o.number, o.flow, o.version, o.title, o.requester_id, o.status, o.revision, o.nodes, o.waiting_for, o.created_at, o.updated_at, o.submitted_at, o.closed_at";

#[derive(Debug, FromQueryResult)]
pub(super) struct OrderRow {
    pub id: i64,
    pub number: Option<i64>,
    pub flow: String,
    pub version: i64,
    pub title: String,
    pub requester_id: i64,
    pub status: String,
    pub revision: i64,
    pub nodes: String,
    pub waiting_for: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub submitted_at: Option<i64>,
    pub closed_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct ListedRow {
    #[sea_orm(nested)]
    order: OrderRow,
    at: i64,
    fresh: bool,
}

/// Where a page ends: the time of its last order in the box, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: i64,
    pub id: i64,
}

impl Orders {
    /// A page of a box, newest first, and where the next one begins.
    pub async fn orders(
        &self,
        caller: &Caller,
        which: OrderBox,
        filter: Filter,
        before: Option<Cursor>,
        limit: i64,
    ) -> Result<(Vec<OrderSummary>, Option<Cursor>), Refusal> {
        let reader = &self.log.db().reader;
        let limit = limit.clamp(1, PAGE);
        let everything = which == OrderBox::All && caller.is_administrator();
        let mut conditions = vec![
            "$1 = $1 AND $2 = $2 AND $3 = $3 AND $5 = $5 AND $6 = $6 AND $7 = $7 AND $8 = $8 AND $9 = $9 AND $11 = $11",
        ];
        let person = (!everything).then_some(caller.id());
        let words = filter.query.as_deref().map(|words| search::matching(words, person)).transpose()?;
        let sqlite = reader.get_database_backend() == DbBackend::Sqlite;
        let (source, order) = match (everything, words.is_some() && sqlite) {
            // Ids grow with time. The index gives them in their order, so that a common word costs no more than a page.
            (true, true) => ("order_search JOIN orders o ON o.id = order_search.rowid", "order_search.rowid DESC"),
            (true, false) => ("orders o", "o.id DESC"),
            (false, _) => ("order_part p JOIN orders o ON o.id = p.order_id", "p.at DESC, p.order_id DESC"),
        };
        let columns = match everything {
            true => "o.created_at AS at, FALSE AS fresh",
            false => "p.at, p.fresh",
        };
        conditions.push(match (everything, words.is_some() && sqlite) {
            (true, true) => "order_search MATCH $1 AND order_search.rowid < $4",
            (true, false) => "o.id < $4",
            (false, _) => "p.person_id = $2 AND p.part = $3 AND (p.at, p.order_id) < ($11, $4)",
        });
        if words.is_some() && !sqlite {
            conditions.push("o.id IN (SELECT order_id FROM order_search WHERE words @@ CAST($1 AS tsquery))");
        } else if words.is_some() && !everything {
            conditions.push("o.id IN (SELECT rowid FROM order_search WHERE order_search MATCH $1)");
        }
        let cursor = before.unwrap_or(Cursor { at: i64::MAX, id: i64::MAX });
        let Filter { status, flow, requester, from, to, .. } = filter;
        conditions.push(match (status, which) {
            (Some(_), _) => "o.status = $5",
            (None, OrderBox::Mine) => "o.status <> 'discarded'",
            (None, _) => "o.status NOT IN ('draft', 'discarded')",
        });
        conditions.extend(flow.is_some().then_some("o.flow = $6"));
        conditions.extend(requester.is_some().then_some("o.requester_id = $7"));
        conditions.extend(from.is_some().then_some("o.created_at >= $8"));
        conditions.extend(to.is_some().then_some("o.created_at < $9"));
        let sql = format!(
            "SELECT {ORDER}, {columns} FROM {source} WHERE {} ORDER BY {order} LIMIT $10",
            conditions.join(" AND ")
        );
        let values = values![
            words.map(|words| words.query(sqlite)).unwrap_or_default(),
            caller.id(),
            which.part(),
            cursor.id,
            status.map_or("", OrderStatus::as_str),
            flow.unwrap_or_default(),
            requester.unwrap_or(0),
            from.unwrap_or(0),
            to.unwrap_or(0),
            limit + 1,
            cursor.at
        ];
        let mut rows: Vec<ListedRow> = reader.all(&sql, values).await?;
        let has_more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next = if has_more { rows.last().map(|row| Cursor { at: row.at, id: row.order.id }) } else { None };
        let mut orders = Vec::with_capacity(rows.len());
        let mut tasks = self.open_tasks(caller.id(), &rows.iter().map(|row| row.order.id).collect::<Vec<_>>()).await?;
        for row in rows {
            let my_tasks = tasks.remove(&row.order.id).unwrap_or_default();
            orders.push(self.summary(row.order, my_tasks, row.fresh).await?);
        }
        Ok((orders, next))
    }

    /// How many orders wait in the boxes, and the last number of the caller's feed before that.
    pub async fn counts(&self, caller: &Caller) -> Result<OrderCounts, Refusal> {
        let reader = &self.log.db().reader;
        let count = async |sql: &str| Ok::<i64, Refusal>(reader.number(sql, values![caller.id()]).await?.unwrap_or(0));
        Ok(OrderCounts {
            waiting: count("SELECT COUNT(*) FROM order_part WHERE person_id = $1 AND part = 'waiting'").await?,
            mine_open: count("SELECT COUNT(*) FROM orders WHERE requester_id = $1 AND status IN ('running', 'returned', 'cancelling')").await?,
            drafts: count("SELECT COUNT(*) FROM orders WHERE requester_id = $1 AND status = 'draft'").await?,
            copied_unread: count("SELECT COUNT(*) FROM order_part WHERE person_id = $1 AND part = 'copied' AND fresh").await?,
        })
    }

    /// The last number of the caller's feed: whoever follows it from there on misses nothing of a list that is read
    /// afterwards.
    pub async fn feed_seq(&self, caller: &Caller) -> Result<i64, Refusal> {
        let sql = "SELECT last_seq FROM log WHERE id = $1";
        Ok(self.log.db().reader.number(sql, values![caller.feed]).await?.unwrap_or(0))
    }

    /// The caller's open tasks in these orders.
    async fn open_tasks(&self, person: i64, orders: &[i64]) -> Result<BTreeMap<i64, Vec<i64>>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            order_id: i64,
            task: i64,
        }
        if orders.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sql = format!(
            "SELECT order_id, task FROM order_task WHERE person_id = $1 AND order_id IN ({}) ORDER BY task",
            placeholders(2, orders.len())
        );
        let values = std::iter::once(Value::from(person)).chain(orders.iter().map(|id| Value::from(*id)));
        let rows: Vec<Row> = self.log.db().reader.all(&sql, values).await?;
        let mut tasks: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for Row { order_id, task } in rows {
            tasks.entry(order_id).or_default().push(task);
        }
        Ok(tasks)
    }

    pub(super) async fn summary(
        &self,
        row: OrderRow,
        my_tasks: Vec<i64>,
        fresh: bool,
    ) -> Result<OrderSummary, Refusal> {
        let flow = self.flows.load(&self.log.db().reader, &row.flow, row.version).await?;
        Ok(OrderSummary {
            id: row.id,
            log: format!("r{}", row.id),
            number: row.number,
            flow_name: flow.definition().name.clone(),
            flow: row.flow,
            version: row.version,
            title: serde_json::from_str(&row.title).unwrap_or_default(),
            requester: row.requester_id,
            status: OrderStatus::parse(&row.status),
            revision: row.revision,
            nodes: serde_json::from_str(&row.nodes).unwrap_or_default(),
            waiting_for: serde_json::from_str(&row.waiting_for).unwrap_or_default(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            submitted_at: row.submitted_at,
            closed_at: row.closed_at,
            my_tasks,
            fresh,
        })
    }
}
