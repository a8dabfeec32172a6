//! What follows from an order's events for lists, inboxes, timers and feeds. Everything here could be made again from
//! the events; it is written in the same transaction, so that a list never says something else than the order.

use std::collections::{BTreeMap, BTreeSet};

use flow::order::{RunState, Task, TaskKind, TaskState};
use flow::{Event, Flow, Happening};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::deciding::{Kept, json};
use super::directory::Everybody;
use super::model::{NewsKind, OrderNews, OrderNode, OrderStatus, TaskBody, TaskChange};
use super::{Orders, Refusal, search, telling};
use crate::accounts::feed_of;
use crate::db::Sql;
use crate::log::{NewEntry, Tx};
use crate::rooms;
use crate::values;

/// Where an order stands, and whom it waits for.
#[derive(Debug)]
pub(super) struct Standing {
    pub nodes: Vec<OrderNode>,
    pub waiting_for: Vec<i64>,
    /// Open tasks by the people who can decide them.
    tasks: BTreeSet<(i64, i64)>,
}

impl Standing {
    pub fn of(flow: &Flow, order: &flow::Order, everybody: &Everybody) -> Self {
        let place = |id: &String| {
            let name = flow.node(id).map(|node| node.name.clone()).unwrap_or_default();
            let since = order.nodes.get(id).map_or(order.submitted_ms, |record| record.entered_ms);
            OrderNode { id: id.clone(), name, since, run: asked_run(order, id) }
        };
        let mut tasks = BTreeSet::new();
        for task in order.open_tasks() {
            tasks.extend(people_of(task, everybody).into_iter().map(|person| (person, task.id)));
        }
        let waiting_for: BTreeSet<i64> = tasks.iter().map(|(person, _)| *person).collect();
        Self { nodes: order.tokens.keys().map(place).collect(), waiting_for: waiting_for.into_iter().collect(), tasks }
    }
}

/// The state of a node's run, when people are asked what to do with it.
fn asked_run(order: &flow::Order, node: &str) -> Option<RunState> {
    use RunState::{Cancelled, Cancelling, Failed, Interrupted};
    let asks = |task: &Task| task.node == node && matches!(task.kind, TaskKind::RunFailed | TaskKind::Administer);
    let state = order.runs.get(node).map(|run| run.state)?;
    let is_bad = matches!(state, Failed | Interrupted | Cancelled | Cancelling);
    (is_bad && order.open_tasks().any(asks)).then_some(state)
}

/// Who can decide a task now.
fn people_of(task: &Task, everybody: &Everybody) -> BTreeSet<i64> {
    match task.claimed_by {
        Some(person) => BTreeSet::from([person]),
        None if task.administrators => {
            task.people.iter().copied().chain(everybody.directory.administrators()).collect()
        }
        None => task.people.iter().copied().collect(),
    }
}

/// What one command did.
pub(super) struct Happened<'a> {
    pub flow: &'a Flow,
    pub everybody: &'a Everybody,
    pub events: &'a [Event],
    pub by: Option<i64>,
    pub form_changed: bool,
    pub status_changed: bool,
}

pub(super) async fn write(
    tx: &mut Tx<'_>,
    kept: &Kept,
    standing: &Standing,
    happened: Happened<'_>,
) -> Result<(), Refusal> {
    let Some(state) = &kept.state else { return Ok(()) };
    let closed_at = kept.status_is_final().then_some(tx.now);
    let sql = "UPDATE orders SET number = $2, title = $3, status = $4, revision = $5, state = $6, draft = NULL, form_version = $7, nodes = $8, waiting_for = $9, updated_at = $10, submitted_at = $11, closed_at = $12 WHERE id = $1";
    let values = values![
        kept.id,
        kept.number,
        json(&kept.title)?,
        kept.status.as_str(),
        state.revision as i64,
        json(state)?,
        kept.form_version,
        json(&standing.nodes)?,
        json(&standing.waiting_for)?,
        tx.now,
        kept.submitted_at,
        closed_at
    ];
    tx.sql().run(sql, values).await?;
    write_timers(tx, kept.id, state).await?;
    let mut news = News::default();
    write_tasks(tx, kept.id, state, standing, &happened, &mut news).await?;
    let new_people = write_parts(tx, kept, &happened, &mut news).await?;
    if new_people || happened.form_changed || happened.status_changed {
        index(tx.sql(), kept, state, happened.flow, happened.everybody).await?;
    }
    telling::tell(tx, kept, &happened, news.given()).await?;
    news.tell(tx, kept, happened.by).await
}

impl Kept {
    pub(super) fn status_is_final(&self) -> bool {
        !matches!(
            self.status,
            OrderStatus::Draft | OrderStatus::Running | OrderStatus::Returned | OrderStatus::Cancelling
        )
    }
}

/// Makes the table of timers say what the order says.
async fn write_timers(tx: &Tx<'_>, order: i64, state: &flow::Order) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    let rows: Vec<Row> = tx.sql().all("SELECT name FROM order_timer WHERE order_id = $1", values![order]).await?;
    let known: BTreeSet<String> = rows.into_iter().map(|row| row.name).collect();
    for name in known.iter().filter(|name| !state.timers.contains_key(*name)) {
        let sql = "DELETE FROM order_timer WHERE order_id = $1 AND name = $2";
        tx.sql().run(sql, values![order, name.clone()]).await?;
    }
    for (name, timer) in state.timers.iter().filter(|(name, _)| !known.contains(*name)) {
        let sql = "INSERT INTO order_timer (order_id, name, at) VALUES ($1, $2, $3)";
        tx.sql().run(sql, values![order, name.clone(), timer.at_ms]).await?;
    }
    Ok(())
}

/// What people are told in their feeds.
#[derive(Default)]
struct News {
    tasks: BTreeMap<i64, Vec<TaskBody>>,
    orders: BTreeMap<i64, BTreeSet<NewsKind>>,
}

impl News {
    /// Who got a task.
    fn given(&self) -> BTreeSet<i64> {
        let is_given = |tasks: &[TaskBody]| tasks.iter().any(|task| task.change == TaskChange::Added);
        self.tasks.iter().filter(|(_, tasks)| is_given(tasks)).map(|(person, _)| *person).collect()
    }

    fn order(&mut self, person: i64, what: NewsKind) {
        self.orders.entry(person).or_default().insert(what);
    }

    /// In the order of the people, so that two transactions that tell the same people do not wait for each other.
    async fn tell(mut self, tx: &mut Tx<'_>, kept: &Kept, by: Option<i64>) -> Result<(), Refusal> {
        let people: BTreeSet<i64> = self.tasks.keys().chain(self.orders.keys()).copied().collect();
        for person in people {
            let Some(feed) = feed_of(tx, person).await? else { continue };
            for body in self.tasks.remove(&person).unwrap_or_default() {
                tx.append(feed, NewEntry::new(by, "task", &body)).await?;
            }
            for what in self.orders.remove(&person).unwrap_or_default() {
                let body = OrderNews { order: kept.id, status: kept.status, what, by };
                tx.append(feed, NewEntry::new(by, "order_news", &body)).await?;
            }
        }
        Ok(())
    }
}

/// Makes the inboxes say who is asked now, and notes whom that concerns.
async fn write_tasks(
    tx: &Tx<'_>,
    order: i64,
    state: &flow::Order,
    standing: &Standing,
    happened: &Happened<'_>,
    news: &mut News,
) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: i64,
        task: i64,
    }
    let sql = "SELECT person_id, task FROM order_task WHERE order_id = $1";
    let rows: Vec<Row> = tx.sql().all(sql, values![order]).await?;
    let before: BTreeSet<(i64, i64)> = rows.into_iter().map(|row| (row.person_id, row.task)).collect();
    let after = &standing.tasks;
    for (person, task) in before.difference(after) {
        let sql = "DELETE FROM order_task WHERE person_id = $1 AND order_id = $2 AND task = $3";
        tx.sql().run(sql, values![*person, order, *task]).await?;
        news.tasks.entry(*person).or_default().push(gone(order, *task, state, happened.by));
    }
    for (person, task) in after.difference(&before) {
        let sql = "INSERT INTO order_task (person_id, order_id, task) VALUES ($1, $2, $3)";
        tx.sql().run(sql, values![*person, order, *task]).await?;
        rooms::let_in(tx, order, *person).await?;
        let body =
            TaskBody { order, task: *task, change: TaskChange::Added, reason: None, by: happened.by, verdict: None };
        news.tasks.entry(*person).or_default().push(body);
    }
    let asked = |tasks: &BTreeSet<(i64, i64)>| tasks.iter().map(|(person, _)| *person).collect::<BTreeSet<i64>>();
    let (asked_before, asked_after) = (asked(&before), asked(after));
    for person in asked_before.difference(&asked_after) {
        let sql = "DELETE FROM order_part WHERE person_id = $1 AND part = 'waiting' AND order_id = $2";
        tx.sql().run(sql, values![*person, order]).await?;
    }
    for person in asked_after.difference(&asked_before) {
        add_part(tx, *person, "waiting", order).await?;
    }
    Ok(())
}

/// Why a task is no longer somebody's.
fn gone(order: i64, task: i64, state: &flow::Order, by: Option<i64>) -> TaskBody {
    let decided = state.tasks.get(&task);
    let name = |value: serde_json::Value| value.as_str().map(str::to_owned);
    let reason = match decided {
        Some(task) if task.is_open() => Some("transferred".to_owned()),
        Some(task) => task.why.and_then(|why| name(serde_json::json!(why))).or(Some("decided".to_owned())),
        None => None,
    };
    let verdict =
        decided.filter(|task| task.state != TaskState::Open).and_then(|task| name(serde_json::json!(task.state)));
    let by = decided.and_then(|task| task.decided_by?.as_person()).or(by);
    TaskBody { order, task, change: TaskChange::Removed, reason, by, verdict }
}

async fn add_part(tx: &Tx<'_>, person: i64, part: &str, order: i64) -> Result<bool, DbErr> {
    let sql = "INSERT INTO order_part (person_id, part, order_id, at, fresh) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person_id, part, order_id) DO UPDATE SET at = EXCLUDED.at, fresh = EXCLUDED.fresh";
    tx.sql().run(sql, values![person, part, order, tx.now, part == "copied"]).await?;
    let sql =
        "INSERT INTO order_part (person_id, part, order_id, at) VALUES ($1, 'all', $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.sql().run(sql, values![person, order, tx.now]).await?.rows_affected() > 0)
}

/// Gives people their part in the order; answers whether anybody is new in it.
async fn write_parts(tx: &mut Tx<'_>, kept: &Kept, happened: &Happened<'_>, news: &mut News) -> Result<bool, DbErr> {
    let order = kept.id;
    let Some(state) = &kept.state else { return Ok(false) };
    // Whoever is asked got a part with the task; how many have one tells whether somebody is new.
    news.order(kept.requester, NewsKind::Changed);
    for event in happened.events {
        let decider = event.by.as_person();
        match &event.what {
            Happening::Approved { .. }
            | Happening::Rejected { .. }
            | Happening::Handled { .. }
            | Happening::TaskReturned { .. }
            | Happening::Returned { .. } => {
                if let Some(person) = decider {
                    add_part(tx, person, "done", order).await?;
                }
            }
            Happening::Notified { people, .. } => {
                for person in people {
                    add_part(tx, *person, "copied", order).await?;
                    rooms::let_in(tx, order, *person).await?;
                    news.order(*person, NewsKind::Copied);
                }
            }
            Happening::Nudged { task } | Happening::Reminded { task } => {
                let what = match event.what {
                    Happening::Nudged { .. } => NewsKind::Nudge,
                    _ => NewsKind::Reminder,
                };
                let task = state.tasks.get(task);
                for person in task.map(|task| people_of(task, happened.everybody)).unwrap_or_default() {
                    news.order(person, what);
                }
            }
            _ => {}
        }
    }
    let tasks_opened = happened.events.iter().any(|event| {
        matches!(
            event.what,
            Happening::TaskOpened { .. }
                | Happening::TaskMoved { .. }
                | Happening::Notified { .. }
                | Happening::Submitted { .. }
        )
    });
    Ok(tasks_opened)
}

/// Puts the order into the search: its title, number, flow and requester, and the form's texts that nobody is kept
/// from seeing.
pub(super) async fn index(
    sql: &impl ConnectionTrait,
    kept: &Kept,
    state: &flow::Order,
    flow: &Flow,
    everybody: &Everybody,
) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: i64,
    }
    let query = "SELECT person_id FROM order_part WHERE order_id = $1 AND part = 'all'";
    let rows: Vec<Row> = sql.all(query, values![kept.id]).await?;
    let people: Vec<i64> = rows.into_iter().map(|row| row.person_id).collect();
    let definition = flow.definition();
    let hidden = super::view::hidden_anywhere(flow);
    let mut text = format!(
        "{} {} {} {} {} {}",
        kept.title.zh,
        kept.title.en,
        kept.number.unwrap_or(0),
        definition.name.in_language("zh"),
        definition.name.in_language("en"),
        everybody.name(kept.requester)
    );
    for (field, value) in state.form.iter().filter(|(field, _)| !hidden.contains(*field)) {
        if definition.form.iter().any(|known| known.id == *field) {
            push_text(&mut text, value);
        }
    }
    let marks = search::Marks { flow: &kept.flow, requester: kept.requester, status: kept.status, people: &people };
    search::index(sql, kept.id, &text, &marks).await
}

/// The texts of a value, each behind a space.
fn push_text(text: &mut String, value: &serde_json::Value) {
    match value {
        serde_json::Value::String(part) => {
            text.push(' ');
            text.push_str(part);
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| push_text(text, item)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| push_text(text, field)),
        _ => {}
    }
}

/// Gives somebody who is in the order's room a part in the order. Nothing happens when they have one, or when the room
/// is not an order's.
pub(super) async fn join(orders: &Orders, by: i64, order: i64, person: i64) -> Result<(), Refusal> {
    let reader = &orders.log.db().reader;
    let sql = "SELECT o.id FROM orders o JOIN member m ON m.log_id = o.id AND m.person_id = $2 WHERE o.id = $1 AND o.state IS NOT NULL AND NOT EXISTS (SELECT 1 FROM order_part p WHERE p.person_id = $2 AND p.part = 'all' AND p.order_id = $1)";
    if reader.number(sql, values![order, person]).await?.is_none() {
        return Ok(());
    }
    let everybody = orders.directories.refresh(reader).await?;
    let service = orders.clone();
    orders
        .log
        .work::<(), Refusal, _>(Some(order), move |tx| {
            let (orders, everybody) = (service.clone(), everybody.clone());
            Box::pin(async move {
                let kept = Kept::load(tx.sql(), order).await?;
                let flow = orders.flows.load(tx.sql(), &kept.flow, kept.version).await?;
                let sql = "INSERT INTO order_part (person_id, part, order_id, at) VALUES ($1, 'all', $2, $3) ON CONFLICT DO NOTHING";
                tx.sql().run(sql, values![person, order, tx.now]).await?;
                if let Some(state) = &kept.state {
                    index(tx.sql(), &kept, state, &flow, &everybody).await?;
                }
                let mut news = News::default();
                if person != by {
                    news.order(person, NewsKind::Added);
                }
                news.tell(tx, &kept, Some(by)).await
            })
        })
        .await
}
