use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::json;

use super::error::taken;
use super::here::Here;
use super::model::LOCAL;
use super::{Host, HostChanges, HostTarget, Inventory, NewHost, Refusal, administrators_only, machine};
use crate::accounts::{Caller, note};
use crate::db::Sql;
use crate::log::Tx;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Hosts, at most.
const HOSTS: usize = 1000;

/// Labels of a host, at most.
const LABELS: usize = 20;

/// Groups of a host, at most.
const GROUPS: usize = 20;

/// A host as it is kept.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Row {
    pub id: i64,
    pub name: String,
    pub address: String,
    pub port: i64,
    pub username: String,
    pub host_key: Option<String>,
    labels: String,
    note: String,
    created_at: i64,
    checked_at: Option<i64>,
    check_result: Option<String>,
}

const HOST: &str = "h.id, h.name, h.address, h.port, h.username, h.host_key, h.labels, h.note, h.created_at, h.checked_at, h.check_result";

impl Row {
    pub async fn load(sql: &impl ConnectionTrait, id: i64) -> Result<Self, Refusal> {
        let text = format!("SELECT {HOST} FROM host h WHERE h.id = $1");
        sql.one(&text, values![id]).await?.ok_or(Refusal::HostNotFound)
    }

    fn host(self, groups: Vec<String>) -> Host {
        let fingerprint = self.host_key.as_deref().and_then(machine::fingerprint);
        Host {
            id: self.id,
            name: self.name,
            address: self.address,
            port: u16::try_from(self.port).unwrap_or(22),
            username: self.username,
            labels: serde_json::from_str(&self.labels).unwrap_or_default(),
            note: self.note,
            groups,
            fingerprint,
            created_at: self.created_at,
            checked_at: self.checked_at,
            check: self.check_result.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}

impl Inventory {
    /// All hosts, by name.
    pub async fn hosts(&self, caller: &Caller) -> Result<Vec<Host>, Refusal> {
        #[derive(FromQueryResult)]
        struct Member {
            host_id: i64,
            group_name: String,
        }
        self.may_manage_hosts(caller).await?;
        let reader = &self.log.db().reader;
        let rows: Vec<Row> = reader.all(&format!("SELECT {HOST} FROM host h ORDER BY h.name"), values![]).await?;
        let sql = "SELECT host_id, group_name FROM host_in_group ORDER BY group_name";
        let members: Vec<Member> = reader.all(sql, values![]).await?;
        let mut groups: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for Member { host_id, group_name } in members {
            groups.entry(host_id).or_default().push(group_name);
        }
        Ok(rows
            .into_iter()
            .map(|row| (groups.remove(&row.id).unwrap_or_default(), row))
            .map(|(g, row)| row.host(g))
            .collect())
    }

    pub async fn host(&self, caller: &Caller, id: i64) -> Result<Host, Refusal> {
        self.may_manage_hosts(caller).await?;
        let reader = &self.log.db().reader;
        let row = Row::load(reader, id).await?;
        Ok(row.host(groups_of(reader, id).await?))
    }

    pub async fn create_host(&self, caller: &Caller, new: NewHost) -> Result<Host, Refusal> {
        self.may_manage_hosts(caller).await?;
        let host = Checked::of(new)?;
        host.may_be_here(caller, "")?;
        let by = caller.id();
        let id = self.log.work::<i64, Refusal, _>(None, move |tx| {
            let host = host.clone();
            Box::pin(async move {
                let count = tx.sql().number("SELECT COUNT(*) FROM host", values![]).await?.unwrap_or(0);
                if count >= HOSTS as i64 {
                    return Err(FieldError::new("name", Rule::TooMany(HOSTS)).into());
                }
                let id = host.insert(tx).await?;
                note(tx, Some(by), "host.created", &host.name, &host.details()).await?;
                Ok(id)
            })
        });
        self.host(caller, id.await?).await
    }

    /// Changes a host. Its confirmed key stays: where another machine answers, an administrator has to confirm it.
    pub async fn change_host(&self, caller: &Caller, id: i64, changes: HostChanges) -> Result<Host, Refusal> {
        let Host { name, address, port, username, labels, note: notes, groups, .. } = self.host(caller, id).await?;
        let before = address.clone();
        let host = Checked::of(NewHost {
            name: changes.name.unwrap_or(name),
            address: changes.address.unwrap_or(address),
            port: changes.port.unwrap_or(port),
            username: changes.username.unwrap_or(username),
            labels: changes.labels.unwrap_or(labels),
            note: changes.note.unwrap_or(notes),
            groups: changes.groups.unwrap_or(groups),
        })?;
        host.may_be_here(caller, &before)?;
        let by = caller.clone();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (host, by) = (host.clone(), by.clone());
                Box::pin(async move {
                    let was = Row::load(tx.sql(), id).await?.name;
                    let here = Here::find(tx).await?;
                    host.update(tx, id).await?;
                    here.stays_where_it_was(tx, &by).await?;
                    Ok(note(tx, Some(by.id()), "host.changed", &was, &host.details()).await?)
                })
            })
            .await?;
        self.host(caller, id).await
    }

    pub async fn delete_host(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        self.may_manage_hosts(caller).await?;
        let by = caller.id();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                Box::pin(async move {
                    let host = Row::load(tx.sql(), id).await?;
                    tx.sql().run("DELETE FROM host_in_group WHERE host_id = $1", values![id]).await?;
                    tx.sql().run("DELETE FROM host WHERE id = $1", values![id]).await?;
                    let key = json!({ "address": host.address, "fingerprint": host.host_key.as_deref().and_then(machine::fingerprint) });
                    Ok(note(tx, Some(by), "host.deleted", &host.name, &key).await?)
                })
            })
            .await
    }

    /// The hosts of a group, by name, and how to reach them.
    pub async fn hosts_in(&self, group: &str) -> Result<Vec<HostTarget>, Refusal> {
        let reader = &self.log.db().reader;
        let sql = format!(
            "SELECT {HOST} FROM host h JOIN host_in_group g ON g.host_id = h.id WHERE g.group_name = $1 ORDER BY h.name"
        );
        let rows: Vec<Row> = reader.all(&sql, values![group]).await?;
        if rows.is_empty() {
            // A `COUNT` answers a number whatever the type of the key is.
            let sql = "SELECT COUNT(*) FROM host_group WHERE name = $1";
            let group = group.to_owned();
            return match reader.number(sql, values![group.clone()]).await? {
                Some(1..) => Err(Refusal::GroupEmpty { group }),
                _ => Err(Refusal::NoSuchGroup { group }),
            };
        }
        rows.iter().map(|row| self.target(row)).collect()
    }

    /// One host by its name, and how to reach it.
    pub async fn host_target(&self, name: &str) -> Result<HostTarget, Refusal> {
        let sql = format!("SELECT {HOST} FROM host h WHERE h.name = $1");
        let row: Option<Row> = self.log.db().reader.one(&sql, values![name]).await?;
        self.target(&row.ok_or_else(|| Refusal::NoSuchHost { host: name.to_owned() })?)
    }
}

/// The names of the groups that a host is in.
async fn groups_of(sql: &impl ConnectionTrait, id: i64) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Member {
        group_name: String,
    }
    let text = "SELECT group_name FROM host_in_group WHERE host_id = $1 ORDER BY group_name";
    let members: Vec<Member> = sql.all(text, values![id]).await?;
    Ok(members.into_iter().map(|member| member.group_name).collect())
}

/// A host's checked fields, ready for a transaction.
#[derive(Debug, Clone)]
struct Checked {
    name: String,
    address: String,
    port: u16,
    username: String,
    labels: Vec<String>,
    note: String,
    groups: BTreeSet<String>,
}

impl Checked {
    fn of(new: NewHost) -> Result<Self, FieldError> {
        let NewHost { name, address, port, username, labels, note, groups } = new;
        if labels.len() > LABELS {
            return Err(FieldError::new("labels", Rule::TooMany(LABELS)));
        }
        if groups.len() > GROUPS {
            return Err(FieldError::new("groups", Rule::TooMany(GROUPS)));
        }
        if port == 0 {
            return Err(FieldError::new("port", Rule::OutOfRange(1, 65_535)));
        }
        let labels = labels.iter().map(|label| text::line("labels", label, 1, 40));
        Ok(Self {
            name: text::plain_name("name", &name)?,
            address: address_of(&address)?,
            port,
            username: username_of(&username)?,
            labels: labels.collect::<Result<_, _>>()?,
            note: text::lines("note", &note, 0, 500)?,
            groups: groups.into_iter().collect(),
        })
    }

    /// Whoever looks after hosts does not decide by that what runs on the server's own machine.
    fn may_be_here(&self, caller: &Caller, before: &str) -> Result<(), Refusal> {
        if self.address == LOCAL && before != LOCAL { administrators_only(caller) } else { Ok(()) }
    }

    fn details(&self) -> serde_json::Value {
        let Self { name, address, port, username, labels, groups, .. } = self;
        json!({ "name": name, "address": address, "port": port, "username": username, "labels": labels, "groups": groups })
    }

    async fn insert(&self, tx: &Tx<'_>) -> Result<i64, Refusal> {
        let values = values![
            self.name.clone(),
            self.address.clone(),
            i64::from(self.port),
            self.username.clone(),
            json!(self.labels).to_string(),
            self.note.clone(),
            tx.now
        ];
        let sql = "INSERT INTO host (name, address, port, username, labels, note, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let id = tx.sql().number(sql, values).await.map_err(taken)?.ok_or(DbErr::RecordNotInserted)?;
        self.join_groups(tx, id).await?;
        Ok(id)
    }

    async fn update(&self, tx: &Tx<'_>, id: i64) -> Result<(), Refusal> {
        let values = values![
            id,
            self.name.clone(),
            self.address.clone(),
            i64::from(self.port),
            self.username.clone(),
            json!(self.labels).to_string(),
            self.note.clone()
        ];
        let sql =
            "UPDATE host SET name = $2, address = $3, port = $4, username = $5, labels = $6, note = $7 WHERE id = $1";
        tx.sql().run(sql, values).await.map_err(taken)?;
        tx.sql().run("DELETE FROM host_in_group WHERE host_id = $1", values![id]).await?;
        self.join_groups(tx, id).await
    }

    async fn join_groups(&self, tx: &Tx<'_>, id: i64) -> Result<(), Refusal> {
        for group in &self.groups {
            let sql = "INSERT INTO host_in_group (group_name, host_id) SELECT name, $2 FROM host_group WHERE name = $1";
            if tx.sql().run(sql, values![group.clone(), id]).await?.rows_affected() == 0 {
                return Err(FieldError::new("groups", Rule::Unknown).into());
            }
        }
        Ok(())
    }
}

/// `local`, an IP address, or a name.
fn address_of(value: &str) -> Result<String, FieldError> {
    let value = text::line("address", value, 1, 253)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    let is_name = value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':') && value.chars().all(fits);
    if is_name { Ok(value) } else { Err(FieldError::new("address", Rule::Invalid)) }
}

/// A user name of a Unix system.
fn username_of(value: &str) -> Result<String, FieldError> {
    let value = text::line("username", value, 1, 32)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_name = value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && value.chars().all(fits);
    if is_name { Ok(value) } else { Err(FieldError::new("username", Rule::Invalid)) }
}
