//! Endpoints, and what became of the messages to them.

use std::collections::BTreeSet;

use sea_orm::FromQueryResult;
use serde_json::json;

use super::model::{DELIVERY, DeliveryRow};
use super::queue::{PATIENCE_MS, queue_for};
use super::webhook::{new_secret, sealed_name};
use super::{Delivery, DeliveryState, Event, NewWebhook, Outbox, Refusal, TestNote, Webhook, WebhookChanges};
use crate::accounts::{Caller, note};
use crate::clock::now_ms;
use crate::db::{Rows, Sql};
use crate::log::Tx;
use crate::text::{self, FieldError, Rule};
use crate::values;
use crate::vault::Vault;

/// Endpoints, at most.
const WEBHOOKS: i64 = 50;

/// Bytes of an address, at most.
const LONGEST_URL: usize = 2000;

/// Deliveries in a page, at most.
const PAGE: i64 = 100;

impl Outbox {
    fn administrators_only(caller: &Caller) -> Result<(), Refusal> {
        if caller.is_administrator() { Ok(()) } else { Err(Refusal::AdministratorsOnly) }
    }

    fn check_url(&self, url: &str) -> Result<String, Refusal> {
        let url = text::line("url", url, 1, LONGEST_URL)?;
        self.targets.check(&url).map_err(Refusal::Target)?;
        Ok(url)
    }

    /// All endpoints, by id.
    pub async fn webhooks(&self, caller: &Caller) -> Result<Vec<Webhook>, Refusal> {
        Self::administrators_only(caller)?;
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            name: String,
            url: String,
            active: bool,
            created_by: i64,
            created_at: i64,
        }
        #[derive(FromQueryResult)]
        struct EventRow {
            event: String,
            webhook_id: i64,
        }
        let reader = &self.log.db().reader;
        let sql = "SELECT id, name, url, active, created_by, created_at FROM webhook ORDER BY id";
        let rows: Vec<Row> = reader.all(sql, values![]).await?;
        let events: Vec<EventRow> = reader.all("SELECT event, webhook_id FROM webhook_event", values![]).await?;
        let mut webhooks = Vec::with_capacity(rows.len());
        for Row { id, name, url, active, created_by, created_at } in rows {
            let own = events.iter().filter(|row| row.webhook_id == id);
            let events: BTreeSet<Event> =
                own.filter_map(|row| serde_json::from_value(row.event.as_str().into()).ok()).collect();
            let sql = "SELECT COUNT(*) FROM outbox WHERE webhook_id = $1 AND due_at IS NOT NULL";
            let waiting = reader.number(sql, values![id]).await?.unwrap_or(0);
            let (last, _) = self.page(id, i64::MAX, 1).await?;
            let events = events.into_iter().collect();
            let last = last.into_iter().next();
            webhooks.push(Webhook { id, name, url, events, active, created_by, created_at, waiting, last });
        }
        Ok(webhooks)
    }

    async fn webhook(&self, caller: &Caller, id: i64) -> Result<Webhook, Refusal> {
        let webhooks = self.webhooks(caller).await?;
        webhooks.into_iter().find(|webhook| webhook.id == id).ok_or(Refusal::WebhookNotFound)
    }

    /// Makes an endpoint; answers it with its secret, which is not shown again.
    pub async fn create_webhook(&self, caller: &Caller, new: NewWebhook) -> Result<(Webhook, String), Refusal> {
        Self::administrators_only(caller)?;
        let (name, url) = (text::line("name", &new.name, 1, 64)?, self.check_url(&new.url)?);
        let events: BTreeSet<Event> = new.events.into_iter().collect();
        let (secret, me, vault) = (new_secret(), caller.id(), self.vault.clone());
        let sealed = secret.clone();
        let id = self
            .log
            .work::<i64, Refusal, _>(None, move |tx| {
                let (name, url, events, secret) = (name.clone(), url.clone(), events.clone(), sealed.clone());
                let vault = vault.clone();
                Box::pin(async move {
                    let count = tx.sql().number("SELECT COUNT(*) FROM webhook", values![]).await?;
                    if count.unwrap_or(0) >= WEBHOOKS {
                        return Err(FieldError::new("name", Rule::TooMany(WEBHOOKS as usize)).into());
                    }
                    let sql = "INSERT INTO webhook (name, url, secret, created_by, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
                    let values = values![name.as_str(), url.as_str(), Vec::<u8>::new(), me, tx.now];
                    let id = tx.sql().number(sql, values).await?.ok_or(sea_orm::DbErr::RecordNotInserted)?;
                    set_secret(tx, &vault, id, &secret).await?;
                    set_events(tx, id, &events).await?;
                    note(tx, Some(me), "webhook.created", &name, &json!({ "url": url, "events": events })).await?;
                    Ok(id)
                })
            })
            .await?;
        Ok((self.webhook(caller, id).await?, secret))
    }

    /// Changes an endpoint; answers it, and its new secret if one was asked for.
    pub async fn change_webhook(
        &self,
        caller: &Caller,
        id: i64,
        changes: WebhookChanges,
    ) -> Result<(Webhook, Option<String>), Refusal> {
        Self::administrators_only(caller)?;
        let name = changes.name.map(|name| text::line("name", &name, 1, 64)).transpose()?;
        let url = changes.url.map(|url| self.check_url(&url)).transpose()?;
        let events: Option<BTreeSet<Event>> = changes.events.map(|events| events.into_iter().collect());
        let secret = changes.new_secret.then(new_secret);
        let (sealed, vault, active, me) = (secret.clone(), self.vault.clone(), changes.active, caller.id());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (name, url, events, secret) = (name.clone(), url.clone(), events.clone(), sealed.clone());
                let vault = vault.clone();
                Box::pin(async move {
                    let sql = "UPDATE webhook SET name = COALESCE($2, name), url = COALESCE($3, url), active = COALESCE($4, active) WHERE id = $1 RETURNING id";
                    let changed = json!({ "url": url, "events": events, "active": active, "new_secret": secret.is_some() });
                    let known = tx.sql().number(sql, values![id, name, url, active]).await?;
                    known.ok_or(Refusal::WebhookNotFound)?;
                    note(tx, Some(me), "webhook.changed", &name_of(tx, id).await?, &changed).await?;
                    if let Some(secret) = secret {
                        set_secret(tx, &vault, id, &secret).await?;
                    }
                    if let Some(events) = events {
                        set_events(tx, id, &events).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok((self.webhook(caller, id).await?, secret))
    }

    /// Deletes an endpoint with its messages.
    pub async fn delete_webhook(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        Self::administrators_only(caller)?;
        let me = caller.id();
        self.log
            .work(None, move |tx| {
                Box::pin(async move {
                    let name = name_of(tx, id).await?;
                    note(tx, Some(me), "webhook.deleted", &name, &json!({})).await?;
                    let known = tx.sql().number("DELETE FROM webhook WHERE id = $1 RETURNING id", values![id]).await?;
                    known.ok_or(Refusal::WebhookNotFound)?;
                    set_events(tx, id, &BTreeSet::new()).await?;
                    tx.sql().run("DELETE FROM outbox WHERE webhook_id = $1", values![id]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Sends an endpoint the event `test`.
    pub async fn test_webhook(&self, caller: &Caller, id: i64) -> Result<Delivery, Refusal> {
        let name = self.webhook(caller, id).await?.name;
        let delivery = self
            .log
            .work::<i64, Refusal, _>(None, move |tx| {
                let note = TestNote { webhook: id, name: name.clone() };
                Box::pin(async move { Ok(queue_for(tx, id, Event::Test, &note).await?) })
            })
            .await?;
        self.delivery(delivery).await
    }

    /// Messages to an endpoint before this id, the newest first; and whether there are more.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        webhook: i64,
        before: i64,
        limit: i64,
    ) -> Result<(Vec<Delivery>, bool), Refusal> {
        self.webhook(caller, webhook).await?;
        self.page(webhook, before, limit.clamp(1, PAGE)).await
    }

    async fn page(&self, webhook: i64, before: i64, limit: i64) -> Result<(Vec<Delivery>, bool), Refusal> {
        let sql = format!("SELECT {DELIVERY} FROM outbox WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
        let rows: Vec<DeliveryRow> = self.log.db().reader.all(&sql, values![webhook, before, limit + 1]).await?;
        let has_more = rows.len() as i64 > limit;
        Ok((rows.into_iter().take(limit as usize).map(Delivery::from).collect(), has_more))
    }

    async fn delivery(&self, id: i64) -> Result<Delivery, Refusal> {
        let sql = format!("SELECT {DELIVERY} FROM outbox WHERE id = $1 AND webhook_id IS NOT NULL");
        let row: Option<DeliveryRow> = self.log.db().reader.one(&sql, values![id]).await?;
        row.map(Delivery::from).ok_or(Refusal::DeliveryNotFound)
    }

    /// Sends a message once more that has ended, with the same id and for another day.
    pub async fn retry_delivery(&self, caller: &Caller, id: i64) -> Result<Delivery, Refusal> {
        Self::administrators_only(caller)?;
        if self.delivery(id).await?.state == DeliveryState::Waiting {
            return Err(Refusal::DeliveryWaits);
        }
        let now = now_ms();
        let sql = "UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $2, give_up_at = $3, ended_at = NULL, epoch = epoch + 1 WHERE id = $1 AND due_at IS NULL";
        self.update(sql, values![id, now, now + PATIENCE_MS].to_vec()).await?;
        self.delivery(id).await
    }
}

async fn name_of(tx: &Tx<'_>, webhook: i64) -> Result<String, Refusal> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    let row: Option<Row> = tx.sql().one("SELECT name FROM webhook WHERE id = $1", values![webhook]).await?;
    Ok(row.ok_or(Refusal::WebhookNotFound)?.name)
}

async fn set_secret(tx: &Tx<'_>, vault: &Vault, webhook: i64, secret: &str) -> Result<(), Refusal> {
    let sealed = vault.seal(&sealed_name(webhook), secret.as_bytes())?;
    tx.sql().run("UPDATE webhook SET secret = $2 WHERE id = $1", values![webhook, sealed]).await?;
    Ok(())
}

async fn set_events(tx: &Tx<'_>, webhook: i64, events: &BTreeSet<Event>) -> Result<(), sea_orm::DbErr> {
    tx.sql().run("DELETE FROM webhook_event WHERE webhook_id = $1", values![webhook]).await?;
    let rows = events.iter().filter(|event| **event != Event::Test).map(|event| values![event.as_str(), webhook]);
    Rows(rows.collect()).run(tx.sql(), "INSERT INTO webhook_event (event, webhook_id) VALUES {rows}").await
}
