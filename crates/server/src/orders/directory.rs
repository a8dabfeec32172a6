//! Who is there to be asked: a snapshot of people, groups and absences for the engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use flow::directory::{Delegation, Directory, DirectoryPerson};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::db::Sql;
use crate::outbox::PersonNote;
use crate::values;

/// Everybody, and what they are called.
#[derive(Debug, Default)]
pub struct Everybody {
    pub directory: Directory,
    names: BTreeMap<i64, String>,
}

impl Everybody {
    /// Somebody, for other programs.
    pub fn note(&self, person: i64) -> PersonNote {
        let username = self.directory.people.get(&person).map(|person| person.username.clone()).unwrap_or_default();
        PersonNote { id: person, username, name: self.name(person) }
    }

    /// What people call somebody.
    pub fn name(&self, person: i64) -> String {
        self.names.get(&person).cloned().unwrap_or_default()
    }
}

/// The snapshot that was read last, with its version.
#[derive(Debug, Clone, Default)]
pub struct Directories {
    last: Arc<Mutex<Option<Snapshot>>>,
}

type Snapshot = (i64, Arc<Everybody>);

impl Directories {
    /// The snapshot as `reader` sees it, kept for the next who asks.
    pub async fn refresh(&self, reader: &impl ConnectionTrait) -> Result<Arc<Everybody>, DbErr> {
        // The version is read first: a change in between makes the snapshot newer than it says, and so read again.
        let version = version(reader).await?;
        if let Some(directory) = self.known(version) {
            return Ok(directory);
        }
        let everybody = Arc::new(read(reader).await?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, everybody.clone()));
        Ok(everybody)
    }

    /// The snapshot as a transaction sees it. What a transaction reads is not kept: it may be rolled back.
    pub async fn within(&self, transaction: &impl ConnectionTrait) -> Result<Arc<Everybody>, DbErr> {
        match self.known(version(transaction).await?) {
            Some(directory) => Ok(directory),
            None => Ok(Arc::new(read(transaction).await?)),
        }
    }

    fn known(&self, version: i64) -> Option<Arc<Everybody>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(known, _)| *known == version).map(|(_, directory)| directory.clone())
    }
}

async fn version(sql: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(sql.number("SELECT version FROM directory WHERE id = 1", values![]).await?.unwrap_or(0))
}

async fn read(sql: &impl ConnectionTrait) -> Result<Everybody, DbErr> {
    #[derive(FromQueryResult)]
    struct PersonRow {
        id: i64,
        username: String,
        name: String,
        active: bool,
        role: String,
        manager_id: Option<i64>,
    }
    #[derive(FromQueryResult)]
    struct MemberRow {
        name: String,
        person_id: Option<i64>,
    }
    #[derive(FromQueryResult)]
    struct AbsenceRow {
        person_id: i64,
        to_id: i64,
        flow: Option<String>,
        from_at: i64,
        until_at: i64,
    }
    let people: Vec<PersonRow> =
        sql.all("SELECT id, username, name, active, role, manager_id FROM person ORDER BY id", values![]).await?;
    let members: Vec<MemberRow> = sql
        .all("SELECT g.name, m.person_id FROM person_group g LEFT JOIN group_member m ON m.group_id = g.id ORDER BY g.name, m.person_id", values![])
        .await?;
    let absences: Vec<AbsenceRow> =
        sql.all("SELECT person_id, to_id, flow, from_at, until_at FROM absence ORDER BY id", values![]).await?;
    let mut names = BTreeMap::new();
    let mut person = |row: PersonRow| {
        let PersonRow { id, username, name, active, role, manager_id: manager } = row;
        names.insert(id, name);
        (id, DirectoryPerson { username, active, manager, administrator: role == "administrator" })
    };
    let mut groups: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for MemberRow { name, person_id } in members {
        groups.entry(name).or_default().extend(person_id);
    }
    let delegation = |row: AbsenceRow| {
        let AbsenceRow { person_id: from, to_id: to, flow, from_at: from_ms, until_at: until_ms } = row;
        Delegation { from, to, flow, from_ms, until_ms }
    };
    let directory = Directory {
        people: people.into_iter().map(&mut person).collect(),
        groups,
        delegations: absences.into_iter().map(delegation).collect(),
    };
    Ok(Everybody { directory, names })
}
