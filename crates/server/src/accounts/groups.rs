//! Groups of people, who flows ask, and who leads whom.

use std::collections::BTreeSet;

use sea_orm::{DbErr, FromQueryResult, SqlErr};
use serde::Serialize;
use utoipa::ToSchema;

use super::admin_events::note;
use super::{Accounts, Caller, Refusal};
use crate::db::Sql;
use crate::log::Tx;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Groups, at most.
const GROUPS: i64 = 1000;

/// People in a group, at most.
const PEOPLE: usize = 1000;

/// People that flows ask under one name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Group {
    pub id: i64,
    /// What flows call it.
    pub name: String,
    pub title: String,
    pub people: Vec<i64>,
}

#[derive(FromQueryResult)]
struct Named {
    name: String,
}

#[derive(Debug, Clone, Default)]
pub struct GroupChanges {
    pub title: Option<String>,
    pub people: Option<Vec<i64>>,
}

impl Accounts {
    /// All groups, by name.
    pub async fn groups(&self) -> Result<Vec<Group>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            name: String,
            title: String,
            person_id: Option<i64>,
        }
        let sql = "SELECT g.id, g.name, g.title, m.person_id FROM person_group g LEFT JOIN group_member m ON m.group_id = g.id ORDER BY g.name, m.person_id";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![]).await?;
        let mut groups: Vec<Group> = Vec::new();
        for Row { id, name, title, person_id } in rows {
            match groups.last_mut() {
                Some(group) if group.id == id => group.people.extend(person_id),
                _ => groups.push(Group { id, name, title, people: person_id.into_iter().collect() }),
            }
        }
        Ok(groups)
    }

    pub async fn create_group(
        &self,
        caller: &Caller,
        name: &str,
        title: &str,
        people: Vec<i64>,
    ) -> Result<Group, Refusal> {
        Self::administrators_only(caller)?;
        let (name, title) = (text::username(name).map_err(as_name)?, text::line("title", title, 1, 64)?);
        let people = distinct(people)?;
        let (by, new_name, new_people) = (caller.id(), name.clone(), people.clone());
        let id = self
            .log
            .work::<i64, Refusal, _>(None, move |tx| {
                let (name, title, people) = (new_name.clone(), title.clone(), new_people.clone());
                Box::pin(async move {
                    let count = tx.sql().number("SELECT COUNT(*) FROM person_group", values![]).await?;
                    if count.unwrap_or(0) >= GROUPS {
                        return Err(FieldError::new("name", Rule::TooMany(GROUPS as usize)).into());
                    }
                    let sql = "INSERT INTO person_group (name, title, created_at) VALUES ($1, $2, $3) RETURNING id";
                    let id = tx.sql().number(sql, values![name.clone(), title, tx.now]).await.map_err(taken)?;
                    let id = id.ok_or(DbErr::RecordNotInserted)?;
                    set_people(tx, id, &people).await?;
                    directory_changed(tx).await?;
                    note(tx, Some(by), "group.created", &name, &people).await?;
                    Ok(id)
                })
            })
            .await?;
        self.group(id).await
    }

    pub async fn change_group(&self, caller: &Caller, id: i64, changes: GroupChanges) -> Result<Group, Refusal> {
        Self::administrators_only(caller)?;
        let title = changes.title.map(|title| text::line("title", &title, 1, 64)).transpose()?;
        let people = changes.people.map(distinct).transpose()?;
        let by = caller.id();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (title, people) = (title.clone(), people.clone());
                Box::pin(async move {
                    let sql = "UPDATE person_group SET title = COALESCE($2, title) WHERE id = $1 RETURNING name";
                    let group: Option<Named> = tx.sql().one(sql, values![id, title]).await?;
                    let Named { name } = group.ok_or(Refusal::GroupNotFound)?;
                    if let Some(people) = &people {
                        set_people(tx, id, people).await?;
                    }
                    note(tx, Some(by), "group.changed", &name, &people).await?;
                    Ok(directory_changed(tx).await?)
                })
            })
            .await?;
        self.group(id).await
    }

    pub async fn delete_group(&self, caller: &Caller, id: i64) -> Result<(), Refusal> {
        Self::administrators_only(caller)?;
        let by = caller.id();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                Box::pin(async move {
                    let sql = "DELETE FROM person_group WHERE id = $1 RETURNING name";
                    let group: Option<Named> = tx.sql().one(sql, values![id]).await?;
                    let Named { name } = group.ok_or(Refusal::GroupNotFound)?;
                    note(tx, Some(by), "group.deleted", &name, &()).await?;
                    tx.sql().run("DELETE FROM group_member WHERE group_id = $1", values![id]).await?;
                    Ok(directory_changed(tx).await?)
                })
            })
            .await
    }

    async fn group(&self, id: i64) -> Result<Group, Refusal> {
        self.groups().await?.into_iter().find(|group| group.id == id).ok_or(Refusal::GroupNotFound)
    }
}

/// Notes that people, groups or absences are no longer what somebody may have read.
pub(super) async fn directory_changed(tx: &Tx<'_>) -> Result<(), DbErr> {
    tx.sql().run("UPDATE directory SET version = version + 1 WHERE id = 1", values![]).await?;
    Ok(())
}

async fn set_people(tx: &Tx<'_>, group: i64, people: &BTreeSet<i64>) -> Result<(), Refusal> {
    tx.sql().run("DELETE FROM group_member WHERE group_id = $1", values![group]).await?;
    for person in people {
        let known = tx.sql().number("SELECT id FROM person WHERE id = $1", values![*person]).await?;
        known.ok_or(FieldError::new("people", Rule::Unknown))?;
        let sql = "INSERT INTO group_member (group_id, person_id) VALUES ($1, $2)";
        tx.sql().run(sql, values![group, *person]).await?;
    }
    Ok(())
}

fn distinct(people: Vec<i64>) -> Result<BTreeSet<i64>, FieldError> {
    if people.len() > PEOPLE {
        return Err(FieldError::new("people", Rule::TooMany(PEOPLE)));
    }
    Ok(people.into_iter().collect())
}

/// A group's name follows the rules of a user name.
fn as_name(error: FieldError) -> FieldError {
    FieldError { field: "name", ..error }
}

fn taken(error: DbErr) -> Refusal {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => FieldError::new("name", Rule::Taken).into(),
        _ => error.into(),
    }
}
