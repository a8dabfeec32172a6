//! One delivery's way: signature, filter, and an order in the same transaction as the row that makes it count once.

use std::sync::Arc;

use flow::Note;
use flow::form::Values;
use sea_orm::{DbErr, FromQueryResult};

use super::cause::{Cause, refused};
use super::manage::{hook_named, sealed_as};
use super::payload::{self, Reading};
use super::signature::Verified;
use super::{Answer, DeliveryResult, Envelope, Hook, HookKind, Hooks, Refusal};
use crate::accounts::Person;
use crate::clock::now_ms;
use crate::db::Sql;
use crate::log::{Tx, Unit};
use crate::orders::{Orders, Prepared};
use crate::values;

/// Deliveries without an order that are kept of a hook.
const KEPT: i64 = 1000;

/// What a verified delivery asks for.
enum Wish {
    Order(Values),
    Nothing(Cause),
}

impl Hooks {
    /// Takes a delivery, whose sender shows by its signature that it may. The same delivery gets the same answer.
    pub async fn deliver(&self, name: &str, envelope: Envelope, body: &[u8]) -> Result<Answer, Refusal> {
        let row = hook_named(&self.log.db().reader, name).await?;
        let secret = self.vault.unseal_text(&sealed_as(name), &row.secret)?;
        let hook = row.hook();
        if !hook.active {
            return Err(Refusal::HookNotFound);
        }
        let verified = envelope.verify(hook.kind, &secret, body, now_ms())?;
        let mut delivery = Arrival { hook: hook.id, verified, result: DeliveryResult::Ignored, note: "".into() };
        let wish = self.read(&hook, &delivery.verified.event, body);
        let answer = match wish {
            Ok(Wish::Nothing(why)) => self.log.write(Arrival { note: why.into(), ..delivery.clone() }).await,
            Ok(Wish::Order(form)) => self.start(&hook, &delivery, form).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = &answer
            && crate::log::Refusal::failure(refusal).is_none()
        {
            (delivery.result, delivery.note) = (DeliveryResult::Refused, refused(refusal));
            // It had come before, and was not refused then.
            if let Ok(first) = self.log.write(delivery).await
                && first.repeated
                && first.result != DeliveryResult::Refused
            {
                return Ok(first);
            }
        }
        answer
    }

    fn read(&self, hook: &Hook, event: &str, body: &[u8]) -> Result<Wish, Refusal> {
        if hook.kind == HookKind::Github && event != "push" {
            return Ok(Wish::Nothing(Cause::NoPush));
        }
        let payload: serde_json::Value =
            serde_json::from_slice(body).map_err(|error| Refusal::NotJson(error.to_string()))?;
        if hook.kind == HookKind::Github && payload::is_deletion(&payload) {
            return Ok(Wish::Nothing(Cause::Deletion));
        }
        let variables = payload::variables(payload, event);
        let reading = Reading::parse(&hook.filter, &hook.fields)?;
        match reading.wants(&variables)? {
            true => Ok(Wish::Order(reading.form(&variables)?)),
            false => Ok(Wish::Nothing(Cause::Filtered)),
        }
    }

    async fn start(&self, hook: &Hook, delivery: &Arrival, form: Values) -> Result<Answer, Refusal> {
        let account = self.may_act(hook.account).await?;
        let prepared = Arc::new(self.orders.prepare(&hook.flow).await?);
        let (orders, delivery) = (self.orders.clone(), delivery.clone());
        let answer = self.log.write(Start { delivery, orders, account: account.id, prepared, form }).await?;
        self.orders.was_submitted();
        Ok(answer)
    }

    /// The account that a hook acts as, when it may start orders at all.
    pub(super) async fn may_act(&self, account: i64) -> Result<Person, Refusal> {
        let person = self.accounts.person(account).await?;
        if !person.active || person.role == crate::accounts::Role::Guest {
            return Err(Refusal::AccountClosed);
        }
        Ok(person)
    }
}

/// A delivery and what came of it, as a unit of work.
#[derive(Debug, Clone)]
struct Arrival {
    hook: i64,
    verified: Verified,
    result: DeliveryResult,
    note: Note,
}

impl Unit for Arrival {
    type Answer = Answer;
    type Refusal = Refusal;

    fn log(&self) -> Option<i64> {
        None
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Answer, Refusal> {
        match self.arrive(tx).await? {
            Ok(id) => {
                self.settle(tx, id, None).await?;
                self.prune(tx).await?;
                Ok(Answer { result: self.result, order: None, repeated: false, note: self.note.english().to_owned() })
            }
            Err(first) => Ok(first),
        }
    }
}

impl Arrival {
    /// Takes the delivery's place, in which nobody else can be: answers its row, or the first answer.
    async fn arrive(&self, tx: &mut Tx<'_>) -> Result<Result<i64, Answer>, DbErr> {
        let Verified { id, guard, event } = self.verified.clone();
        let sql =
            "DELETE FROM hook_delivery WHERE hook_id = $1 AND (delivery = $2 OR guard = $3) AND result = 'refused'";
        tx.sql().run(sql, values![self.hook, id.clone(), guard.clone()]).await?;
        let sql = "INSERT INTO hook_delivery (hook_id, delivery, guard, at, event, result, note) VALUES ($1, $2, $3, $4, $5, 'refused', '') ON CONFLICT DO NOTHING RETURNING id";
        let values = values![self.hook, id.clone(), guard.clone(), tx.now, event];
        if let Some(id) = tx.sql().number(sql, values).await? {
            return Ok(Ok(id));
        }
        #[derive(FromQueryResult)]
        struct First {
            result: String,
            order_id: Option<i64>,
            note: String,
        }
        let sql = "SELECT result, order_id, note FROM hook_delivery WHERE hook_id = $1 AND (delivery = $2 OR guard = $3) ORDER BY id LIMIT 1";
        let first: Option<First> = tx.sql().one(sql, values![self.hook, id, guard]).await?;
        let First { result, order_id: order, note } = first.ok_or(DbErr::RecordNotInserted)?;
        Ok(Err(Answer {
            result: DeliveryResult::parse(&result),
            order,
            repeated: true,
            note: Note::read(note).english().to_owned(),
        }))
    }

    async fn settle(&self, tx: &Tx<'_>, id: i64, order: Option<i64>) -> Result<(), DbErr> {
        let result = if order.is_some() { DeliveryResult::Started } else { self.result };
        let sql = "UPDATE hook_delivery SET result = $2, order_id = $3, note = $4 WHERE id = $1";
        tx.sql().run(sql, values![id, result.as_str(), order, self.note.kept()]).await?;
        Ok(())
    }

    /// Those that started an order stay as long as the hook does: they may never start a second one.
    async fn prune(&self, tx: &Tx<'_>) -> Result<(), DbErr> {
        let sql = "DELETE FROM hook_delivery WHERE hook_id = $1 AND result <> 'started' AND id <= (SELECT id FROM hook_delivery WHERE hook_id = $1 AND result <> 'started' ORDER BY id DESC LIMIT 1 OFFSET $2)";
        tx.sql().run(sql, values![self.hook, KEPT]).await?;
        Ok(())
    }
}

/// A delivery that starts an order, as a unit of work.
struct Start {
    delivery: Arrival,
    orders: Orders,
    account: i64,
    prepared: Arc<Prepared>,
    form: Values,
}

impl Unit for Start {
    type Answer = Answer;
    type Refusal = Refusal;

    fn log(&self) -> Option<i64> {
        None
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Answer, Refusal> {
        let id = match self.delivery.arrive(tx).await? {
            Ok(id) => id,
            Err(first) => return Ok(first),
        };
        let order = self.orders.start_in(tx, self.account, &self.prepared, self.form.clone()).await?;
        self.delivery.settle(tx, id, Some(order)).await?;
        Ok(Answer { result: DeliveryResult::Started, order: Some(order), repeated: false, note: String::new() })
    }
}
