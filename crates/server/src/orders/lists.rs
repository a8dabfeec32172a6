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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub at: i64,
    pub id: i64,
}

/// Where a list comes from, and in which order. Each shape walks an index in the order of the list and stops when the
/// page is full.
struct Source {
    from: &'static str,
    /// When the order came into the list.
    at: &'static str,
    fresh: &'static str,
    newest: &'static str,
    /// The orders after the page before.
    before: &'static str,
}

/// Which orders are listed, and where they are looked for.
#[derive(Clone, Copy)]
struct List {
    which: OrderBox,
    /// All orders, for whoever may see them.
    everything: bool,
    has_words: bool,
    sqlite: bool,
}

impl List {
    /// What a filter asks of an order. Every parameter of the query has to be named, also where nothing depends on it.
    fn conditions(self, filter: &Filter) -> Vec<&'static str> {
        let Self { which, everything, has_words, sqlite } = self;
        let mut conditions = vec![
            "$1 = $1 AND $2 = $2 AND $3 = $3 AND $4 = $4 AND $5 = $5 AND $6 = $6 AND $7 = $7 AND $8 = $8 AND $9 = $9 AND $11 = $11",
        ];
        // The index that is to be walked is the list's own, or the requester's, who has few orders. A column in an
        // expression has no index.
        let (own, by_requester) = (self.has_own_index(), filter.requester.is_some());
        let hidden = own || by_requester;
        conditions.push(match (filter.status, which) {
            (Some(_), _) if hidden => "o.status || '' = $5",
            (Some(_), _) => "o.status = $5",
            (None, OrderBox::Mine) => "o.status <> 'discarded'",
            (None, _) => "o.status NOT IN ('draft', 'discarded')",
        });
        let (has_flow, from, to) = (filter.flow.is_some(), filter.from.is_some(), filter.to.is_some());
        conditions.extend(has_flow.then_some(if hidden { "o.flow || '' = $6" } else { "o.flow = $6" }));
        conditions.extend(by_requester.then_some(if own { "o.requester_id + 0 = $7" } else { "o.requester_id = $7" }));
        conditions.extend(from.then_some(if own { "o.created_at + 0 >= $8" } else { "o.created_at >= $8" }));
        conditions.extend((to && own).then_some("o.created_at + 0 < $9"));
        // Nobody has a part in an order before it is made.
        conditions.extend((from && !everything && !has_words).then_some("p.at >= $8"));
        if has_words && sqlite {
            conditions.extend(from.then_some(MADE_FROM));
            conditions.extend(to.then_some(MADE_TO));
        }
        conditions
    }

    /// Whether it is walked by an index of its own, and not by that of all orders.
    fn has_own_index(self) -> bool {
        !self.everything || self.has_words
    }
}

impl Source {
    fn of(List { everything, has_words, sqlite, .. }: List) -> Self {
        let (at, fresh) = if everything { ("o.created_at", "FALSE") } else { ("p.at", "p.fresh") };
        if !has_words {
            let (from, newest, before) = match everything {
                true => ("orders o", "o.created_at DESC, o.id DESC", "(o.created_at, o.id) < ($11, $4)"),
                false => (
                    "order_part p JOIN orders o ON o.id = p.order_id",
                    "p.at DESC, p.order_id DESC",
                    "p.person_id = $2 AND p.part = $3 AND (p.at, p.order_id) < ($11, $4)",
                ),
            };
            return Self { from, at, fresh, newest, before };
        }
        // Ids grow with time, and the index of words gives them in their order.
        let (from, newest, before) = match (sqlite, everything) {
            (true, true) => (
                "order_search s CROSS JOIN orders o ON o.id = s.rowid",
                "s.rowid DESC",
                "order_search MATCH $1 AND s.rowid < $4",
            ),
            (true, false) => (
                "order_search s CROSS JOIN order_part p ON p.person_id = $2 AND p.part = $3 AND p.order_id = s.rowid CROSS JOIN orders o ON o.id = s.rowid",
                "s.rowid DESC",
                "order_search MATCH $1 AND s.rowid < $4",
            ),
            (false, true) => (
                "order_search s JOIN orders o ON o.id = s.order_id",
                "s.order_id DESC",
                "s.words @@ CAST($1 AS tsquery) AND s.order_id < $4",
            ),
            (false, false) => (
                "order_search s JOIN order_part p ON p.person_id = $2 AND p.part = $3 AND p.order_id = s.order_id JOIN orders o ON o.id = s.order_id",
                "s.order_id DESC",
                "s.words @@ CAST($1 AS tsquery) AND s.order_id < $4",
            ),
        };
        Self { from, at, fresh, newest, before }
    }
}

/// Bounds of the ids of orders that were made in a time. Ids grow with time but for what happens at once, and for a
/// clock that is set back; an hour is added for that.
const MADE_FROM: &str = "s.rowid >= COALESCE((SELECT f.id FROM orders f WHERE f.created_at >= $8 - 3600000 ORDER BY f.created_at LIMIT 1), 0)";
const MADE_TO: &str = "s.rowid <= COALESCE((SELECT f.id FROM orders f WHERE f.created_at < $9 + 3600000 ORDER BY f.created_at DESC LIMIT 1), 0)";

impl Orders {
    /// A page of a box, newest first, and where the next one begins. What is searched or
    /// filtered comes by when it was made.
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
        let sqlite = reader.get_database_backend() == DbBackend::Sqlite;
        let everything = which == OrderBox::All && caller.is_administrator();
        // Somebody may have a part in very many orders, of which few are like this. Drafts have no words and no marks.
        let with_drafts = which == OrderBox::Mine || filter.status == Some(OrderStatus::Draft);
        let by_marks = !everything && !with_drafts && filter.is_narrow();
        let words = match search::matching(&filter, (!everything).then_some(caller.id()), by_marks)? {
            Some(words) if sqlite => Some(words.spell_out(reader).await?),
            words => words,
        };
        let list = List { which, everything, has_words: words.is_some(), sqlite };
        let Source { from, at, fresh, newest, before: page } = Source::of(list);
        let conditions = [list.conditions(&filter), vec![page]].concat().join(" AND ");
        let sql = format!(
            "SELECT {ORDER}, {at} AS at, {fresh} AS fresh FROM {from} WHERE {conditions} ORDER BY {newest} LIMIT $10"
        );
        let mut cursor = before.unwrap_or(Cursor { at: i64::MAX, id: i64::MAX });
        let Filter { status, flow, requester, from: made_from, to: made_to, .. } = filter;
        if let (Some(at), false) = (made_to, list.has_own_index()) {
            // A list by time that ends somewhere is one that begins after a page.
            cursor = cursor.min(Cursor { at, id: i64::MIN });
        }
        let values = values![
            words.map(|words| words.query(sqlite)).unwrap_or_default(),
            caller.id(),
            which.part(),
            cursor.id,
            status.map_or("", OrderStatus::as_str),
            flow.unwrap_or_default(),
            requester.unwrap_or(0),
            made_from.unwrap_or(0),
            made_to.unwrap_or(0),
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
