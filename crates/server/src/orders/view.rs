//! One order, as somebody may see it.

use std::collections::{BTreeMap, BTreeSet};

use flow::definition::{Access, Node, NodeKind};
use flow::diagram::Diagram;
use flow::form::{Field, Values};
use flow::order::{Due, Run, Task, TaskKind, Timer};
use flow::{Actor, Context, Flow, LegalMove, NodeId, Words};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use super::deciding::{Kept, has_part};
use super::directory::Everybody;
use super::lists::{ORDER, OrderRow};
use super::model::{Chosen, OrderBody, OrderDiagram, OrderStatus, OrderSummary};
use super::{Orders, Refusal, drafts};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::log::Page;
use crate::log::Range;
use crate::values;

/// Members of an order that are listed, at most.
const PEOPLE: i64 = 1000;

/// Everything that the page of an order shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    pub summary: OrderSummary,
    pub form_fields: Vec<Field>,
    /// What I may see of the form; a draft's form may still be wrong.
    #[schema(value_type = Object)]
    pub form: Values,
    /// Fields whose values I may not see.
    pub hidden: Vec<String>,
    /// What I may do with fields now, by field; none when I have nothing to do with the form.
    pub access: BTreeMap<String, Access>,
    pub form_version: i64,
    #[schema(value_type = BTreeMap<String, Vec<i64>>)]
    pub chosen: Chosen,
    pub diagram: Diagram,
    /// The diagram before anything happened, to which the changes of the entries are applied.
    pub diagram_start: Diagram,
    pub nodes: Vec<NodeName>,
    pub tasks: Vec<Task>,
    /// What I may do now.
    pub moves: Vec<LegalMove>,
    pub timers: Vec<TimerView>,
    pub runs: BTreeMap<NodeId, Run>,
    /// Who can read the order.
    pub people: Vec<i64>,
    /// False for an administrator who only looks in: join the room to follow it.
    pub member: bool,
    pub last_seq: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NodeName {
    pub id: NodeId,
    pub name: Words,
}

impl NodeName {
    fn of(node: &Node) -> Self {
        Self { id: node.id.clone(), name: node.name.clone() }
    }
}

/// Something that will happen by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimerView {
    pub name: String,
    pub at: i64,
    pub what: Due,
}

/// What one entry did to the diagram.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiagramChange {
    pub seq: i64,
    pub at: i64,
    pub by: Option<i64>,
    #[serde(flatten)]
    pub body: OrderBody,
}

impl Orders {
    pub async fn view(&self, caller: &Caller, order: i64) -> Result<OrderView, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            person_id: i64,
        }
        let reader = &self.log.db().reader;
        // Read before the state, so that whoever follows the log from there on misses nothing.
        let last_seq = reader.number("SELECT last_seq FROM log WHERE id = $1", values![order]).await?.unwrap_or(0);
        let summary = self.order_summary(caller, order).await?;
        let kept = Kept::load(reader, order).await?;
        let flow = self.flows.load(reader, &kept.flow, kept.version).await?;
        let everybody = self.directories.refresh(reader).await?;
        let sql = "SELECT person_id FROM member WHERE log_id = $1 ORDER BY person_id LIMIT $2";
        let people: Vec<Row> = reader.all(sql, values![order, PEOPLE]).await?;
        let people: Vec<i64> = people.into_iter().map(|row| row.person_id).collect();
        let name = |person| everybody.name(person);
        let state = kept.state.as_ref();
        let draft = kept.draft.as_deref().map(drafts::decode).unwrap_or_default();
        let mut form = state.map_or(draft.form, |state| state.form.clone());
        let hidden = hidden_from(&flow, &kept, caller, &everybody);
        form.retain(|field, _| !hidden.contains(field));
        let context = Context { now_ms: crate::clock::now_ms(), directory: &everybody.directory };
        let moves = state.map(|state| flow::moves(&flow, state, caller.id(), &context));
        Ok(OrderView {
            form_fields: flow.definition().form.clone(),
            form,
            access: access(&flow, &kept, caller, &everybody),
            hidden: hidden.into_iter().collect(),
            form_version: kept.form_version,
            chosen: state.map_or(draft.chosen, |state| state.chosen.clone()),
            diagram: flow::diagram(&flow, state, &name),
            diagram_start: flow::diagram(&flow, None, &name),
            nodes: flow.definition().nodes.iter().map(NodeName::of).collect(),
            tasks: state.map(|state| state.tasks.values().cloned().collect()).unwrap_or_default(),
            moves: moves.unwrap_or_default(),
            timers: state.map(timers).unwrap_or_default(),
            runs: state
                .map(|state| state.runs.clone().into_iter().map(without_parameters).collect())
                .unwrap_or_default(),
            member: people.contains(&caller.id()),
            people,
            last_seq,
            summary,
        })
    }

    /// The order as a line of a list.
    pub async fn order_summary(&self, caller: &Caller, order: i64) -> Result<OrderSummary, Refusal> {
        let reader = &self.log.db().reader;
        has_part(reader, order, caller.id()).await?;
        #[derive(FromQueryResult)]
        struct Row {
            #[sea_orm(nested)]
            order: OrderRow,
        }
        let sql = format!("SELECT {ORDER} FROM orders o WHERE o.id = $1 AND o.status <> 'discarded'");
        let row: Option<Row> = reader.one(&sql, values![order]).await?;
        let row = row.ok_or(Refusal::OrderNotFound)?.order;
        if row.status == OrderStatus::Draft.as_str() && row.requester_id != caller.id() {
            return Err(Refusal::OrderNotFound);
        }
        let sql = "SELECT task FROM order_task WHERE person_id = $1 AND order_id = $2 ORDER BY task";
        #[derive(FromQueryResult)]
        struct TaskRow {
            task: i64,
        }
        let tasks: Vec<TaskRow> = reader.all(sql, values![caller.id(), order]).await?;
        self.summary(row, tasks.into_iter().map(|row| row.task).collect(), false).await
    }

    /// What the caller may see of an earlier version of the form, who wrote it and when.
    pub async fn form_version(
        &self,
        caller: &Caller,
        order: i64,
        version: i64,
    ) -> Result<(Values, Option<i64>, i64), Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            form: String,
            by_id: Option<i64>,
            at: i64,
        }
        self.order_summary(caller, order).await?;
        let reader = &self.log.db().reader;
        let kept = Kept::load(reader, order).await?;
        let flow = self.flows.load(reader, &kept.flow, kept.version).await?;
        let everybody = self.directories.refresh(reader).await?;
        let sql = "SELECT form, by_id, at FROM order_form WHERE order_id = $1 AND version = $2";
        let row: Option<Row> = reader.one(sql, values![order, version]).await?;
        let row = row.ok_or(Refusal::FormNotFound)?;
        let mut form: Values = serde_json::from_str(&row.form).unwrap_or_default();
        let hidden = hidden_from(&flow, &kept, caller, &everybody);
        form.retain(|field, _| !hidden.contains(field));
        Ok((form, row.by_id, row.at))
    }

    /// The diagram as it is now.
    pub async fn diagram(&self, caller: &Caller, order: i64) -> Result<OrderDiagram, Refusal> {
        self.order_summary(caller, order).await?;
        let reader = &self.log.db().reader;
        let seq = reader.number("SELECT last_seq FROM log WHERE id = $1", values![order]).await?.unwrap_or(0);
        let kept = Kept::load(reader, order).await?;
        let flow = self.flows.load(reader, &kept.flow, kept.version).await?;
        let everybody = self.directories.refresh(reader).await?;
        Ok(OrderDiagram { seq, diagram: flow::diagram(&flow, kept.state.as_ref(), &|person| everybody.name(person)) })
    }

    /// What the entries after a number did to the diagram, at most a page of them.
    pub async fn diagram_changes(
        &self,
        caller: &Caller,
        order: i64,
        after: i64,
    ) -> Result<(Vec<DiagramChange>, Page), Refusal> {
        let page = self.log.page(order, Range::After(after), crate::log::MAX_PAGE).await?;
        // Asked after the read: who may read now may read everything that was there before.
        self.order_summary(caller, order).await?;
        let entries = page.entries.iter().filter(|entry| entry.kind == "order");
        let change = |entry: &crate::log::Entry| {
            let body = serde_json::from_str(entry.body.get()).ok()?;
            Some(DiagramChange { seq: entry.seq, at: entry.at, by: entry.by, body })
        };
        let changes = entries.filter_map(change).collect();
        Ok((changes, page))
    }

    /// Notes that the caller has looked at an order that they were told of.
    pub async fn looked(&self, caller: &Caller, order: i64) -> Result<(), Refusal> {
        let person = caller.id();
        let sql =
            "SELECT order_id FROM order_part WHERE person_id = $1 AND part = 'copied' AND order_id = $2 AND fresh";
        if self.log.db().reader.number(sql, values![person, order]).await?.is_none() {
            return Ok(());
        }
        self.log
            .work::<(), Refusal, _>(Some(order), move |tx| {
                Box::pin(async move {
                    let sql = "UPDATE order_part SET fresh = FALSE WHERE person_id = $1 AND part = 'copied' AND order_id = $2";
                    tx.sql().run(sql, values![person, order]).await?;
                    Ok(())
                })
            })
            .await
    }
}

fn without_parameters((node, mut run): (NodeId, Run)) -> (NodeId, Run) {
    run.parameters = BTreeMap::new();
    (node, run)
}

fn timers(state: &flow::Order) -> Vec<TimerView> {
    let view =
        |(name, timer): (&String, &Timer)| TimerView { name: name.clone(), at: timer.at_ms, what: timer.what.clone() };
    let mut timers: Vec<TimerView> = state.timers.iter().map(view).collect();
    timers.sort_by_key(|timer| timer.at);
    timers
}

/// Fields that some node hides.
pub(super) fn hidden_anywhere(flow: &Flow) -> BTreeSet<String> {
    flow.definition().nodes.iter().flat_map(hidden_at).collect()
}

/// What people may do with fields at a node.
fn fields(node: &Node) -> Option<&BTreeMap<String, Access>> {
    match &node.kind {
        NodeKind::Approve(approve) => Some(&approve.fields),
        NodeKind::Handle(handle) => Some(&handle.fields),
        _ => None,
    }
}

fn hidden_at(node: &Node) -> BTreeSet<String> {
    let hidden = fields(node).into_iter().flatten().filter(|(_, access)| **access == Access::Hidden);
    hidden.map(|(field, _)| field.clone()).collect()
}

/// Fields that the caller may not see: those that are hidden at every node where they have or had a task. Somebody who
/// never had one does not see what is hidden anywhere. The requester and administrators see everything.
fn hidden_from(flow: &Flow, kept: &Kept, caller: &Caller, everybody: &Everybody) -> BTreeSet<String> {
    let me = caller.id();
    if kept.requester == me || everybody.directory.is_administrator(me) {
        return BTreeSet::new();
    }
    let tasks = kept.state.iter().flat_map(|state| state.tasks.values());
    let mine = tasks.filter(|task| {
        task.people.contains(&me) || task.delegated_from == Some(me) || task.decided_by == Some(Actor::Person(me))
    });
    let nodes: BTreeSet<&NodeId> = mine.map(|task| &task.node).collect();
    let mut hidden = nodes.into_iter().filter_map(|node| flow.node(node)).map(hidden_at);
    match hidden.next() {
        Some(first) => hidden.fold(first, |all, next| all.intersection(&next).cloned().collect()),
        None => hidden_anywhere(flow),
    }
}

/// What the caller may do with fields: with a draft or an order that came back, what the start allows; else what the
/// nodes of their open tasks allow.
fn access(flow: &Flow, kept: &Kept, caller: &Caller, everybody: &Everybody) -> BTreeMap<String, Access> {
    let as_requester = || {
        let start = flow.access(&flow.start().id);
        let allowed = |field: &Field| start.get(&field.id).copied().unwrap_or(Access::Write);
        flow.definition().form.iter().map(|field| (field.id.clone(), allowed(field))).collect()
    };
    let Some(state) = &kept.state else {
        return as_requester();
    };
    let me = caller.id();
    let mine = |task: &&Task| task.claimed_by.is_none_or(|person| person == me);
    let mut access = BTreeMap::new();
    for task in state.open_tasks_of(me, &everybody.directory).filter(mine) {
        if task.kind == TaskKind::Resubmit {
            return as_requester();
        }
        for (field, allowed) in flow.access(&task.node) {
            if *allowed == Access::Write {
                access.insert(field.clone(), Access::Write);
            }
        }
    }
    access
}
