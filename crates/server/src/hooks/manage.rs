use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, SqlErr};
use serde_json::json;

use super::payload::Reading;
use super::{Delivery, DeliveryResult, Hook, HookChanges, HookKind, Hooks, NewHook, Refusal, signature};
use crate::accounts::{self, Caller, note};
use crate::db::Sql;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Hooks, at most.
const HOOKS: usize = 100;

/// Deliveries in a list, at most.
const PAGE: i64 = 200;

/// A hook as it is kept.
#[derive(Debug, FromQueryResult)]
pub(super) struct Row {
    id: i64,
    name: String,
    kind: String,
    flow: String,
    person_id: i64,
    filter: String,
    fields: String,
    active: bool,
    pub secret: Vec<u8>,
    created_at: i64,
}

const HOOK: &str = "id, name, kind, flow, person_id, filter, fields, active, secret, created_at";

impl Row {
    pub fn hook(self) -> Hook {
        Hook {
            id: self.id,
            name: self.name,
            kind: HookKind::parse(&self.kind),
            flow: self.flow,
            account: self.person_id,
            filter: self.filter,
            fields: serde_json::from_str(&self.fields).unwrap_or_default(),
            active: self.active,
            created_at: self.created_at,
        }
    }
}

pub(super) async fn hook_named(sql: &impl ConnectionTrait, name: &str) -> Result<Row, Refusal> {
    let text = format!("SELECT {HOOK} FROM hook WHERE name = $1");
    sql.one(&text, values![name]).await?.ok_or(Refusal::HookNotFound)
}

/// What a hook's secret is sealed under.
pub(super) fn sealed_as(hook: &str) -> String {
    format!("hook:{hook}")
}

impl Hooks {
    /// All hooks by name (administrators).
    pub async fn hooks(&self, caller: &Caller) -> Result<Vec<Hook>, Refusal> {
        administrators_only(caller)?;
        let sql = format!("SELECT {HOOK} FROM hook ORDER BY name");
        let rows: Vec<Row> = self.log.db().reader.all(&sql, values![]).await?;
        Ok(rows.into_iter().map(Row::hook).collect())
    }

    /// Makes a hook; answers it and its secret, which is shown only now.
    pub async fn create_hook(&self, caller: &Caller, new: NewHook) -> Result<(Hook, String), Refusal> {
        administrators_only(caller)?;
        let NewHook { name, kind, flow, account, filter, fields } = new;
        let name = text::plain_name("name", &name)?;
        self.check(&flow, account, &filter, &fields).await?;
        let secret = signature::new_secret(kind);
        let sealed = self.vault.seal(&sealed_as(&name), secret.as_bytes())?;
        let details = json!({ "kind": kind, "flow": flow, "account": account, "filter": filter, "fields": fields });
        let (by, made, fields) = (caller.id(), name.clone(), json!(fields).to_string());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (name, flow, filter, fields, sealed) =
                    (made.clone(), flow.clone(), filter.clone(), fields.clone(), sealed.clone());
                let details = details.clone();
                Box::pin(async move {
                    if tx.sql().number("SELECT COUNT(*) FROM hook", values![]).await? >= Some(HOOKS as i64) {
                        return Err(FieldError::new("name", Rule::TooMany(HOOKS)).into());
                    }
                    let values = values![
                        name.clone(), kind.as_str(), flow, account, filter, fields, sealed, tx.now
                    ];
                    let sql = "INSERT INTO hook (name, kind, flow, person_id, filter, fields, active, secret, created_at) VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8)";
                    tx.sql().run(sql, values).await.map_err(taken)?;
                    Ok(note(tx, Some(by), "hook.created", &name, &details).await?)
                })
            })
            .await?;
        Ok((hook_named(&self.log.db().reader, &name).await?.hook(), secret))
    }

    pub async fn change_hook(&self, caller: &Caller, name: &str, changes: HookChanges) -> Result<Hook, Refusal> {
        administrators_only(caller)?;
        let before = hook_named(&self.log.db().reader, name).await?.hook();
        let flow = changes.flow.unwrap_or(before.flow);
        let account = changes.account.unwrap_or(before.account);
        let filter = changes.filter.unwrap_or(before.filter);
        let fields = changes.fields.unwrap_or(before.fields);
        let active = changes.active.unwrap_or(before.active);
        // What is switched off can be so whatever is wrong with it.
        if active {
            self.check(&flow, account, &filter, &fields).await?;
        }
        let details = json!({ "flow": flow, "account": account, "filter": filter, "fields": fields, "active": active });
        let values = values![before.id, flow, account, filter, json!(fields).to_string(), active].to_vec();
        let (by, hook) = (caller.id(), name.to_owned());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (values, hook, details) = (values.clone(), hook.clone(), details.clone());
                Box::pin(async move {
                    let sql = "UPDATE hook SET flow = $2, person_id = $3, filter = $4, fields = $5, active = $6 WHERE id = $1";
                    if tx.sql().run(sql, values).await?.rows_affected() == 0 {
                        return Err(Refusal::HookNotFound);
                    }
                    Ok(note(tx, Some(by), "hook.changed", &hook, &details).await?)
                })
            })
            .await?;
        Ok(hook_named(&self.log.db().reader, name).await?.hook())
    }

    /// Gives a hook a new secret, which is shown only now; the old one ends.
    pub async fn renew_secret(&self, caller: &Caller, name: &str) -> Result<String, Refusal> {
        administrators_only(caller)?;
        let hook = hook_named(&self.log.db().reader, name).await?.hook();
        let secret = signature::new_secret(hook.kind);
        let sealed = self.vault.seal(&sealed_as(name), secret.as_bytes())?;
        self.write(caller, hook, "hook.secret_renewed", "UPDATE hook SET secret = $2 WHERE id = $1", Some(sealed))
            .await?;
        Ok(secret)
    }

    /// Removes a hook, and what is known of its deliveries.
    pub async fn delete_hook(&self, caller: &Caller, name: &str) -> Result<(), Refusal> {
        administrators_only(caller)?;
        let hook = hook_named(&self.log.db().reader, name).await?.hook();
        let id = hook.id;
        self.write(caller, hook, "hook.deleted", "DELETE FROM hook WHERE id = $1", None).await?;
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                Box::pin(async move {
                    tx.sql().run("DELETE FROM hook_delivery WHERE hook_id = $1", values![id]).await?;
                    Ok(())
                })
            })
            .await
    }

    /// One statement on a hook, and the event that tells of it.
    async fn write(
        &self,
        caller: &Caller,
        hook: Hook,
        what: &'static str,
        sql: &'static str,
        sealed: Option<Vec<u8>>,
    ) -> Result<(), Refusal> {
        let by = caller.id();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (id, name) = (hook.id, hook.name.clone());
                let values = std::iter::once(id.into()).chain(sealed.clone().map(sea_orm::Value::from));
                let values: Vec<sea_orm::Value> = values.collect();
                Box::pin(async move {
                    if tx.sql().run(sql, values).await?.rows_affected() == 0 {
                        return Err(Refusal::HookNotFound);
                    }
                    Ok(note(tx, Some(by), what, &name, &()).await?)
                })
            })
            .await
    }

    /// The last deliveries of a hook, newest first (administrators).
    pub async fn deliveries(&self, caller: &Caller, name: &str, before: Option<i64>) -> Result<Vec<Delivery>, Refusal> {
        #[derive(FromQueryResult)]
        struct DeliveryRow {
            delivery: String,
            at: i64,
            event: String,
            result: String,
            order_id: Option<i64>,
            note: String,
        }
        administrators_only(caller)?;
        let hook = hook_named(&self.log.db().reader, name).await?.hook();
        let sql = "SELECT delivery, at, event, result, order_id, note FROM hook_delivery WHERE hook_id = $1 AND at < $2 ORDER BY id DESC LIMIT $3";
        let values = values![hook.id, before.unwrap_or(i64::MAX), PAGE];
        let rows: Vec<DeliveryRow> = self.log.db().reader.all(sql, values).await?;
        let delivery = |row: DeliveryRow| {
            let DeliveryRow { delivery, at, event, result, order_id: order, note } = row;
            Delivery {
                delivery,
                at,
                event,
                result: DeliveryResult::parse(&result),
                order,
                note: flow::Note::read(note),
            }
        };
        Ok(rows.into_iter().map(delivery).collect())
    }

    /// Whether orders can be started in this way at all. What a payload lacks shows when one comes.
    async fn check(
        &self,
        flow: &str,
        account: i64,
        filter: &str,
        fields: &BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        Reading::parse(filter, fields)?;
        self.may_act(account).await?;
        let prepared = self.orders.prepare(flow).await?;
        match fields.keys().find(|field| !prepared.has_field(field)) {
            Some(field) => Err(Refusal::NoSuchField(field.clone())),
            None => Ok(()),
        }
    }
}

fn administrators_only(caller: &Caller) -> Result<(), Refusal> {
    if caller.is_administrator() { Ok(()) } else { Err(accounts::Refusal::AdministratorsOnly.into()) }
}

fn taken(error: DbErr) -> Refusal {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => FieldError::new("name", Rule::Taken).into(),
        _ => error.into(),
    }
}
