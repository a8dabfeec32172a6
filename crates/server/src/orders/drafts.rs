//! Drafts: an order that only its requester sees, until it is submitted.

use std::sync::Arc;

use flow::form::Values;
use flow::{Context, Flow, PreviewStep, Submission};
use sea_orm::DbErr;

use super::deciding::{Kept, json, record};
use super::model::{Chosen, Draft, NewsKind, OrderNews, OrderStatus, OrderSummary};
use super::runs::forbidden_release;
use super::{Orders, Refusal};
use crate::accounts::{self, Caller, feed_of};
use crate::db::Sql;
use crate::log::{NewEntry, Tx, Unit};
use crate::rooms::{self, Ack};
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Drafts of one person, at most.
const DRAFTS: i64 = 200;

/// Bytes of a draft, at most: about what a request may hold.
const LARGEST: usize = 120 * 1024;

impl Orders {
    /// Begins an order of the newest version of a flow. Its room is there from now on, so that files have a place.
    pub async fn create_draft(
        &self,
        caller: &Caller,
        command: String,
        flow: &str,
        draft: Draft,
    ) -> Result<OrderSummary, Refusal> {
        text::command_id(&command)?;
        if caller.is_guest() {
            return Err(accounts::Refusal::NotForGuests.into());
        }
        let (version, compiled) = self.flows.newest(&self.log.db().reader, flow).await?;
        let title = json(&compiled.definition().name.each())?;
        let (draft, flow, person) = (encode(&draft)?, flow.to_owned(), caller.id());
        let id = self
            .log
            .work::<i64, Refusal, _>(None, move |tx| {
                let (command, flow, title, draft) = (command.clone(), flow.clone(), title.clone(), draft.clone());
                Box::pin(async move {
                    if let Some(answer) = tx.first_answer(person, &command).await? {
                        return Ok(Ack::parse(&answer)?.room);
                    }
                    let sql = "SELECT COUNT(*) FROM orders WHERE requester_id = $1 AND status = 'draft'";
                    if tx.sql().number(sql, values![person]).await?.unwrap_or(0) >= DRAFTS {
                        return Err(FieldError::new("flow", Rule::TooMany(DRAFTS as usize)).into());
                    }
                    let id = begin(tx, person, flow, version, title, draft).await?;
                    tell_requester(tx, id, person, OrderStatus::Draft).await?;
                    let ack = Ack { room: id, seq: Some(1), at: tx.now };
                    tx.remember_answer(person, &command, ack.to_text());
                    Ok(id)
                })
            })
            .await?;
        self.order_summary(caller, id).await
    }

    /// Keeps what is being written. Answers when.
    pub async fn save_draft(&self, caller: &Caller, order: i64, draft: Draft) -> Result<i64, Refusal> {
        let (draft, person) = (encode(&draft)?, caller.id());
        self.log
            .work::<i64, Refusal, _>(Some(order), move |tx| {
                let draft = draft.clone();
                Box::pin(async move {
                    own_draft(tx, order, person).await?;
                    let sql = "UPDATE orders SET draft = $2, updated_at = $3 WHERE id = $1";
                    tx.sql().run(sql, values![order, draft, tx.now]).await?;
                    Ok(tx.now)
                })
            })
            .await
    }

    /// Throws a draft away.
    pub async fn discard_draft(&self, caller: &Caller, order: i64) -> Result<(), Refusal> {
        let person = caller.id();
        self.log
            .work::<(), Refusal, _>(Some(order), move |tx| {
                Box::pin(async move {
                    own_draft(tx, order, person).await?;
                    let sql = "UPDATE orders SET status = 'discarded', draft = NULL WHERE id = $1";
                    tx.sql().run(sql, values![order]).await?;
                    tx.sql().run("DELETE FROM order_part WHERE order_id = $1", values![order]).await?;
                    Ok(tell_requester(tx, order, person, OrderStatus::Discarded).await?)
                })
            })
            .await
    }

    /// Who will be asked, as far as it can be said, and what stands against submitting it: first of all a permission
    /// that is missing, which no form can make good.
    pub async fn preview(
        &self,
        caller: &Caller,
        order: i64,
        draft: Draft,
    ) -> Result<(Vec<PreviewStep>, Option<Refusal>), Refusal> {
        let reader = &self.log.db().reader;
        let kept = Kept::load(reader, order).await?;
        if kept.requester != caller.id() {
            return Err(Refusal::OrderNotFound);
        }
        let flow = self.flows.load(reader, &kept.flow, kept.version).await?;
        let everybody = self.directories.refresh(reader).await?;
        let context = Context { now_ms: crate::clock::now_ms(), directory: &everybody.directory };
        let submission = Submission { requester: caller.id(), form: draft.form, chosen: draft.chosen };
        let problem = flow::start(&flow, &submission, &context).err().map(Refusal::from);
        let steps = flow::preview(&flow, &submission, &context).unwrap_or_default();
        let release = forbidden_release(reader, &flow, &submission.form, caller.id()).await?;
        // While the form is not complete, an environment that is not there yet is no wrong one.
        let release = release.filter(|release| problem.is_none() || !release.environment.is_empty());
        Ok((steps, release.map(Refusal::MayNotRelease).or(problem)))
    }

    /// Makes a draft an order.
    pub async fn submit(
        &self,
        caller: &Caller,
        order: i64,
        command: String,
        draft: Draft,
    ) -> Result<OrderSummary, Refusal> {
        text::command_id(&command)?;
        encode(&draft)?;
        self.directories.refresh(&self.log.db().reader).await?;
        let submit = Submit { orders: self.clone(), person: caller.id(), order, command, draft };
        self.log.write(submit).await?;
        self.was_submitted();
        self.order_summary(caller, order).await
    }

    /// Reads, before a transaction, what [`Orders::start_in`] needs of a flow.
    pub async fn prepare(&self, flow: &str) -> Result<Prepared, Refusal> {
        let reader = &self.log.db().reader;
        self.directories.refresh(reader).await?;
        let (version, compiled) = self.flows.newest(reader, flow).await?;
        let title = json(&compiled.definition().name.each())?;
        Ok(Prepared { flow: flow.to_owned(), version, title, compiled })
    }

    /// Makes an order and submits it, in a transaction that holds more than that. [`Orders::was_submitted`] follows it.
    pub(crate) async fn start_in(
        &self,
        tx: &mut Tx<'_>,
        requester: i64,
        prepared: &Prepared,
        form: Values,
    ) -> Result<i64, Refusal> {
        let draft = Draft { form, ..Draft::default() };
        let Prepared { flow, version, title, .. } = prepared;
        let order = begin(tx, requester, flow.clone(), *version, title.clone(), encode(&draft)?).await?;
        submit(self, tx, requester, order, None, draft).await?;
        Ok(order)
    }

    /// Wakes what waits for new orders, after the transaction that submitted one.
    pub fn was_submitted(&self) {
        self.timers_changed.notify_one();
        self.decided.send_replace(());
    }
}

/// The newest version of a flow, of which an order is about to begin.
#[derive(Debug, Clone)]
pub struct Prepared {
    flow: String,
    version: i64,
    title: String,
    compiled: Arc<Flow>,
}

impl Prepared {
    /// Whether the form has this field.
    pub fn has_field(&self, field: &str) -> bool {
        self.compiled.definition().form.iter().any(|known| known.id == field)
    }
}

/// Writes a draft, with its room, and answers its id.
async fn begin(
    tx: &mut Tx<'_>,
    person: i64,
    flow: String,
    version: i64,
    title: String,
    draft: String,
) -> Result<i64, Refusal> {
    let id = rooms::create_order_room(tx, person).await?;
    let sql = "INSERT INTO orders (id, flow, version, title, requester_id, status, draft, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'draft', $6, $7, $7)";
    tx.sql().run(sql, values![id, flow, version, title, person, draft, tx.now]).await?;
    for part in ["mine", "all"] {
        let sql = "INSERT INTO order_part (person_id, part, order_id, at) VALUES ($1, $2, $3, $4)";
        tx.sql().run(sql, values![person, part, id, tx.now]).await?;
    }
    Ok(id)
}

/// A submission, as a unit of work.
struct Submit {
    orders: Orders,
    person: i64,
    order: i64,
    command: String,
    draft: Draft,
}

impl Unit for Submit {
    type Answer = Ack;
    type Refusal = Refusal;

    fn log(&self) -> Option<i64> {
        Some(self.order)
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Ack, Refusal> {
        if let Some(answer) = tx.first_answer(self.person, &self.command).await? {
            return Ok(Ack::parse(&answer)?);
        }
        let (person, order, command) = (self.person, self.order, Some(self.command.as_str()));
        let seq = submit(&self.orders, tx, person, order, command, self.draft.clone()).await?;
        let ack = Ack { room: order, seq: Some(seq), at: tx.now };
        tx.remember_answer(person, &self.command, ack.to_text());
        Ok(ack)
    }
}

/// Makes a draft an order, and answers the number of the entry that says so.
async fn submit(
    orders: &Orders,
    tx: &mut Tx<'_>,
    person: i64,
    order: i64,
    command: Option<&str>,
    draft: Draft,
) -> Result<i64, Refusal> {
    let mut kept = own_draft(tx, order, person).await?;
    let flow = orders.flows.load(tx.sql(), &kept.flow, kept.version).await?;
    let everybody = orders.directories.within(tx.sql()).await?;
    let context = Context { now_ms: tx.now, directory: &everybody.directory };
    let Draft { form, chosen } = draft;
    let submission = Submission { requester: person, form, chosen };
    let events = flow::start(&flow, &submission, &context)?;
    let sql = "UPDATE counter SET value = value + 1 WHERE name = 'order' RETURNING value";
    kept.number = Some(tx.sql().number(sql, values![]).await?.ok_or(DbErr::RecordNotUpdated)?);
    kept.submitted_at = Some(tx.now);
    attach_files(tx, order, &submission.form).await?;
    let seq = record(tx, &mut kept, &flow, &everybody, events, Some(person), command).await?;
    let sql = "UPDATE room SET name = $2 WHERE id = $1";
    tx.sql().run(sql, values![order, format!("#{} {}", kept.number.unwrap_or(0), kept.title.zh)]).await?;
    Ok(seq)
}

/// The requester's other tabs and devices list the draft, or no longer.
async fn tell_requester(tx: &mut Tx<'_>, order: i64, person: i64, status: OrderStatus) -> Result<(), DbErr> {
    let news = OrderNews { order, status, what: NewsKind::Changed, by: Some(person) };
    if let Some(feed) = feed_of(tx, person).await? {
        tx.append(feed, NewEntry::new(Some(person), "order_news", &news)).await?;
    }
    Ok(())
}

/// The draft, when it is this person's and still one.
async fn own_draft(tx: &Tx<'_>, order: i64, person: i64) -> Result<Kept, Refusal> {
    let kept = Kept::load(tx.sql(), order).await?;
    match (kept.requester == person, kept.status) {
        (false, _) => Err(Refusal::OrderNotFound),
        (true, OrderStatus::Draft) => Ok(kept),
        (true, _) => Err(Refusal::NotADraft),
    }
}

/// Files that a form names stay: until now they counted as never sent.
pub(super) async fn attach_files(tx: &Tx<'_>, room: i64, form: &flow::form::Values) -> Result<(), DbErr> {
    for id in file_ids(form) {
        let sql = "UPDATE file SET seq = 0 WHERE id = $1 AND room_id = $2 AND seq IS NULL";
        tx.sql().run(sql, values![id, room]).await?;
    }
    Ok(())
}

/// What could be the id of a file.
fn file_ids(form: &flow::form::Values) -> Vec<String> {
    let items = form.values().filter_map(|value| value.as_array()).flatten();
    items.filter_map(|item| item.as_str()).filter(|id| id.len() == 32).map(str::to_owned).collect()
}

fn encode(draft: &Draft) -> Result<String, Refusal> {
    let text = serde_json::to_string(draft).map_err(|error| DbErr::Json(error.to_string()))?;
    if text.len() > LARGEST {
        return Err(FieldError::new("form", Rule::TooLong(LARGEST)).into());
    }
    Ok(text)
}

/// What a draft holds.
pub(super) fn decode(text: &str) -> Draft {
    serde_json::from_str(text).unwrap_or(Draft { form: flow::form::Values::new(), chosen: Chosen::new() })
}
