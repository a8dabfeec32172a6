use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::json;

use super::error::taken;
use super::here::Here;
use super::{HostGroup, HostGroupChanges, Inventory, Refusal, no_guests};
use crate::accounts::{Caller, note};
use crate::db::Sql;
use crate::log::Tx;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Groups of hosts, at most.
const GROUPS: usize = 100;

/// Hosts in a group, at most.
const HOSTS: usize = 1000;

impl Inventory {
    /// All groups, by name: whoever designs a flow names them.
    pub async fn host_groups(&self, caller: &Caller) -> Result<Vec<HostGroup>, Refusal> {
        no_guests(caller)?;
        Ok(host_groups(&self.log.db().reader).await?)
    }

    async fn host_group(&self, caller: &Caller, group: &str) -> Result<HostGroup, Refusal> {
        let groups = self.host_groups(caller).await?;
        groups.into_iter().find(|known| known.name == group).ok_or_else(|| no_such(group))
    }

    pub async fn create_host_group(
        &self,
        caller: &Caller,
        name: &str,
        title: &str,
        hosts: Vec<String>,
    ) -> Result<HostGroup, Refusal> {
        self.may_manage_hosts(caller).await?;
        let (name, title) = (text::plain_name("name", name)?, text::line("title", title, 1, 64)?);
        let (by, hosts, made) = (caller.clone(), distinct(hosts)?, name.clone());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (name, title, hosts, by) = (made.clone(), title.clone(), hosts.clone(), by.clone());
                Box::pin(async move {
                    let count = tx.sql().number("SELECT COUNT(*) FROM host_group", values![]).await?;
                    if count >= Some(GROUPS as i64) {
                        return Err(FieldError::new("name", Rule::TooMany(GROUPS)).into());
                    }
                    let sql = "INSERT INTO host_group (name, title) VALUES ($1, $2)";
                    tx.sql().run(sql, values![name.clone(), title.clone()]).await.map_err(taken)?;
                    let here = Here::find(tx).await?;
                    set_hosts(tx, &name, &hosts).await?;
                    here.stays_where_it_was(tx, &by).await?;
                    let details = json!({ "title": title, "hosts": hosts });
                    Ok(note(tx, Some(by.id()), "host_group.created", &name, &details).await?)
                })
            })
            .await?;
        self.host_group(caller, &name).await
    }

    pub async fn change_host_group(
        &self,
        caller: &Caller,
        name: &str,
        changes: HostGroupChanges,
    ) -> Result<HostGroup, Refusal> {
        self.may_manage_hosts(caller).await?;
        let title = changes.title.map(|title| text::line("title", &title, 1, 64)).transpose()?;
        let hosts = changes.hosts.map(distinct).transpose()?;
        let (by, group) = (caller.clone(), name.to_owned());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (group, title, hosts, by) = (group.clone(), title.clone(), hosts.clone(), by.clone());
                Box::pin(async move {
                    let sql = "UPDATE host_group SET title = COALESCE($2, title) WHERE name = $1";
                    if tx.sql().run(sql, values![group.clone(), title.clone()]).await?.rows_affected() == 0 {
                        return Err(no_such(&group));
                    }
                    if let Some(hosts) = &hosts {
                        let here = Here::find(tx).await?;
                        set_hosts(tx, &group, hosts).await?;
                        here.stays_where_it_was(tx, &by).await?;
                    }
                    let details = json!({ "title": title, "hosts": hosts });
                    Ok(note(tx, Some(by.id()), "host_group.changed", &group, &details).await?)
                })
            })
            .await?;
        self.host_group(caller, name).await
    }

    pub async fn delete_host_group(&self, caller: &Caller, name: &str) -> Result<(), Refusal> {
        self.may_manage_hosts(caller).await?;
        let (by, group) = (caller.id(), name.to_owned());
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let group = group.clone();
                Box::pin(async move {
                    let sql = "DELETE FROM host_group WHERE name = $1";
                    if tx.sql().run(sql, values![group.clone()]).await?.rows_affected() == 0 {
                        return Err(no_such(&group));
                    }
                    tx.sql().run("DELETE FROM host_in_group WHERE group_name = $1", values![group.clone()]).await?;
                    Ok(note(tx, Some(by), "host_group.deleted", &group, &()).await?)
                })
            })
            .await
    }
}

/// All groups and the names of their hosts, both by name.
pub async fn host_groups(sql: &impl ConnectionTrait) -> Result<Vec<HostGroup>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
        title: String,
        host: Option<String>,
    }
    let text = "SELECT g.name, g.title, h.name AS host FROM host_group g LEFT JOIN host_in_group m ON m.group_name = g.name LEFT JOIN host h ON h.id = m.host_id ORDER BY g.name, h.name";
    let rows: Vec<Row> = sql.all(text, values![]).await?;
    let mut groups: Vec<HostGroup> = Vec::new();
    for Row { name, title, host } in rows {
        match groups.last_mut() {
            Some(group) if group.name == name => group.hosts.extend(host),
            _ => groups.push(HostGroup { name, title, hosts: host.into_iter().collect() }),
        }
    }
    Ok(groups)
}

fn no_such(group: &str) -> Refusal {
    Refusal::NoSuchGroup { group: group.to_owned() }
}

fn distinct(hosts: Vec<String>) -> Result<BTreeSet<String>, FieldError> {
    if hosts.len() > HOSTS {
        return Err(FieldError::new("hosts", Rule::TooMany(HOSTS)));
    }
    Ok(hosts.into_iter().collect())
}

async fn set_hosts(tx: &Tx<'_>, group: &str, hosts: &BTreeSet<String>) -> Result<(), Refusal> {
    tx.sql().run("DELETE FROM host_in_group WHERE group_name = $1", values![group]).await?;
    for host in hosts {
        let sql = "INSERT INTO host_in_group (group_name, host_id) SELECT $1, id FROM host WHERE name = $2";
        if tx.sql().run(sql, values![group, host.clone()]).await?.rows_affected() == 0 {
            return Err(FieldError::new("hosts", Rule::Unknown).into());
        }
    }
    Ok(())
}
