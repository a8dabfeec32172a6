//! The one way to change an order: load it, let the engine decide, and keep what happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::{Action, Actor, Context, EachLanguage, Event, Flow, Happening};
use futures_util::future::BoxFuture;
use sea_orm::FromQueryResult;
use sha2::{Digest, Sha256};

use super::directory::Everybody;
use super::model::{OrderBody, OrderCommand, OrderStatus};
use super::{Orders, Refusal, projection, runs};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::log::{LogId, NewEntry, Tx, Unit};
use crate::rooms::Ack;
use crate::text;
use crate::values;

/// An order as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub id: i64,
    pub number: Option<i64>,
    pub flow: String,
    pub version: i64,
    pub title: EachLanguage,
    pub requester: i64,
    pub status: OrderStatus,
    /// The engine's state; nothing for a draft.
    pub state: Option<flow::Order>,
    pub draft: Option<String>,
    pub form_version: i64,
    pub submitted_at: Option<i64>,
}

impl Kept {
    pub async fn load(sql: &impl sea_orm::ConnectionTrait, order: i64) -> Result<Self, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            number: Option<i64>,
            flow: String,
            version: i64,
            title: String,
            requester_id: i64,
            status: String,
            state: Option<String>,
            draft: Option<String>,
            form_version: i64,
            submitted_at: Option<i64>,
        }
        let text = "SELECT number, flow, version, title, requester_id, status, state, draft, form_version, submitted_at FROM orders WHERE id = $1";
        let row: Option<Row> = sql.one(text, values![order]).await?;
        let row = row.filter(|row| row.status != "discarded").ok_or(Refusal::OrderNotFound)?;
        let state = row.state.as_deref().map(serde_json::from_str).transpose();
        let state = state.map_err(|error| sea_orm::DbErr::Json(format!("the state of order {order}: {error}")))?;
        Ok(Self {
            id: order,
            number: row.number,
            flow: row.flow,
            version: row.version,
            title: serde_json::from_str(&row.title).unwrap_or_default(),
            requester: row.requester_id,
            status: OrderStatus::parse(&row.status),
            state,
            draft: row.draft,
            form_version: row.form_version,
            submitted_at: row.submitted_at,
        })
    }
}

/// What is asked, and may be written, in the transaction of a decision before it is made.
pub type Guard = Arc<dyn for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<(), Refusal>> + Send + Sync>;

/// A move, as a unit of work.
struct Decide {
    orders: Orders,
    order: i64,
    by: Actor,
    command: Option<String>,
    action: Action,
    guard: Option<Guard>,
}

impl Unit for Decide {
    type Answer = Ack;
    type Refusal = Refusal;

    fn log(&self) -> Option<i64> {
        Some(self.order)
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Ack, Refusal> {
        let person = self.by.as_person();
        if let (Some(person), Some(command)) = (person, &self.command)
            && let Some(answer) = tx.first_answer(person, command).await?
        {
            return Ok(Ack::parse(&answer)?);
        }
        if let Some(person) = person {
            has_part(tx.sql(), self.order, person).await?;
        }
        if let Some(guard) = &self.guard {
            guard(tx).await?;
        }
        let mut kept = Kept::load(tx.sql(), self.order).await?;
        let flow = self.orders.flows.load(tx.sql(), &kept.flow, kept.version).await?;
        let everybody = self.orders.directories.within(tx.sql()).await?;
        let state = kept.state.as_ref().ok_or(Refusal::IsDraft)?;
        let context = Context { now_ms: tx.now, directory: &everybody.directory };
        let command = flow::Command { by: self.by, action: self.action.clone() };
        let decision = flow::decide(&flow, state, &command, &context);
        let events = decision.map_err(|refusal| refused(refusal, &everybody))?;
        // A move that changes nothing leaves no entry.
        let seq = match events.is_empty() {
            true => None,
            false => Some(record(tx, &mut kept, &flow, &everybody, events, person, self.command.as_deref()).await?),
        };
        let ack = Ack { room: self.order, seq, at: tx.now };
        if let (Some(person), Some(command)) = (person, &self.command) {
            tx.remember_answer(person, command, ack.to_text());
        }
        Ok(ack)
    }
}

impl Orders {
    /// Makes a move, or answers what it got the first time.
    pub async fn decide(&self, caller: &Caller, command: OrderCommand) -> Result<Ack, Refusal> {
        let OrderCommand::Decide { command, order, action } = command;
        text::command_id(&command)?;
        self.write_decision(order, Actor::Person(caller.id()), Some(command), action, None).await
    }

    /// Makes a move of the server itself.
    pub async fn decide_as_system(&self, order: i64, action: Action) -> Result<Ack, Refusal> {
        self.write_decision(order, Actor::System, None, action, None).await
    }

    /// Makes a move of the server itself, unless `guard` refuses it. What the guard writes is written with the move.
    pub async fn decide_guarded(&self, order: i64, action: Action, guard: Guard) -> Result<Ack, Refusal> {
        self.write_decision(order, Actor::System, None, action, Some(guard)).await
    }

    async fn write_decision(
        &self,
        order: i64,
        by: Actor,
        command: Option<String>,
        action: Action,
        guard: Option<Guard>,
    ) -> Result<Ack, Refusal> {
        self.directories.refresh(&self.log.db().reader).await?;
        let stops_nothing = matches!(action, Action::Approve { .. } | Action::Handle { .. } | Action::Nudge { .. });
        let ack = self.log.write(Decide { orders: self.clone(), order, by, command, action, guard }).await?;
        self.timers_changed.notify_one();
        self.decided.send_replace(());
        if !stops_nothing {
            self.confirm_cancelled(order).await?;
        }
        Ok(ack)
    }

    /// A run that is to be stopped and never began is gone: its beginning is written before anything is touched.
    async fn confirm_cancelled(&self, order: i64) -> Result<(), Refusal> {
        let Some(state) = Kept::load(&self.log.db().reader, order).await?.state else { return Ok(()) };
        for (node, run) in state.cancelling_runs().filter(|(_, run)| run.started_ms.is_none()) {
            let action = Action::CancelledVerified { node: node.clone(), attempt: run.attempt };
            let decide = Decide { orders: self.clone(), order, by: Actor::System, command: None, action, guard: None };
            match self.log.write(decide).await {
                Err(refusal) if crate::log::Refusal::failure(&refusal).is_some() => return Err(refusal),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Who was faster is said with their name.
fn refused(refusal: flow::Refusal, everybody: &Everybody) -> Refusal {
    match &refusal {
        flow::Refusal::AlreadyDecided { by: Some(Actor::Person(person)), .. } => {
            Refusal::Decided { name: everybody.name(*person), refusal: Box::new(refusal) }
        }
        _ => refusal.into(),
    }
}

/// An order that is not theirs is as good as none. Administrators may look at, and help with, all.
pub(super) async fn has_part(sql: &impl sea_orm::ConnectionTrait, order: i64, person: i64) -> Result<(), Refusal> {
    let text = "SELECT p.id FROM person p LEFT JOIN member m ON m.person_id = p.id AND m.log_id = $1 WHERE p.id = $2 AND p.active AND (m.person_id IS NOT NULL OR p.role = 'administrator')";
    let known = sql.number(text, values![order, person]).await?;
    known.map(|_| ()).ok_or(Refusal::OrderNotFound)
}

/// Keeps what happened: the entry that everybody in the room gets, the events in full, and what follows from them for
/// lists, inboxes, timers and feeds. Answers the entry's number.
pub(super) async fn record(
    tx: &mut Tx<'_>,
    kept: &mut Kept,
    flow: &Flow,
    everybody: &Everybody,
    events: Vec<Event>,
    by: Option<i64>,
    command: Option<&str>,
) -> Result<i64, Refusal> {
    let before = kept.state.take();
    let mut after = before.clone().unwrap_or_default();
    for event in &events {
        after.apply(flow, event);
    }
    let name = |person| everybody.name(person);
    let changes = flow::diagram(flow, Some(&after), &name).changes_since(&flow::diagram(flow, before.as_ref(), &name));
    let form_changed = before.as_ref().is_none_or(|before| before.form != after.form);
    if form_changed {
        kept.form_version += 1;
        let form = json(&after.form)?;
        let sql = "INSERT INTO order_form (order_id, version, form, by_id, at) VALUES ($1, $2, $3, $4, $5)";
        tx.sql().run(sql, values![kept.id, kept.form_version, form, by, tx.now]).await?;
        if let Some(release) = runs::forbidden_release(tx.sql(), flow, &after.form, kept.requester).await? {
            return Err(Refusal::MayNotRelease(release));
        }
    }
    let scripts = match before {
        Some(_) => Vec::new(),
        None => runs::pin(tx, kept, flow).await?,
    };
    let status_changed = before.as_ref().is_none_or(|before| before.status != after.status);
    kept.status = after.status.into();
    kept.title = after.title(flow);
    let full = json(&events)?;
    let standing = projection::Standing::of(flow, &after, everybody);
    let body = OrderBody {
        events: events.iter().map(without_values).collect(),
        events_sha256: sha256(&full),
        changes,
        status: kept.status,
        revision: after.revision as i64,
        nodes: standing.nodes.clone(),
        waiting_for: standing.waiting_for.clone(),
        form_version: kept.form_version,
        scripts,
    };
    let entry = NewEntry { command, ..NewEntry::new(by, "order", &body) };
    let seq = tx.append(LogId::Room(kept.id), entry).await?;
    let sql = "INSERT INTO order_event (order_id, seq, events) VALUES ($1, $2, $3)";
    tx.sql().run(sql, values![kept.id, seq, full]).await?;
    let happened = projection::Happened { flow, everybody, events: &events, by, form_changed, status_changed };
    runs::project(tx, kept.id, flow, before.as_ref(), &after).await?;
    kept.state = Some(after);
    projection::write(tx, kept, &standing, happened).await?;
    Ok(seq)
}

/// In hexadecimal.
pub(super) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As it is kept.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, sea_orm::DbErr> {
    serde_json::to_string(value).map_err(|error| sea_orm::DbErr::Json(error.to_string()))
}

/// The event without what is in the form: not everybody in the room may see every field.
fn without_values(event: &Event) -> Event {
    let mut event = event.clone();
    match &mut event.what {
        Happening::Submitted { form, .. }
        | Happening::Resubmitted { form, .. }
        | Happening::FormChanged { form, .. }
        | Happening::ConditionEvaluated { inputs: form, .. } => form.clear(),
        Happening::RunRequested { run, .. } => run.parameters = BTreeMap::new(),
        _ => {}
    }
    event
}
