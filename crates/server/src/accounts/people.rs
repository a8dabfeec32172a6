use sea_orm::{DbErr, SqlErr, Value};
use serde_json::json;

use super::admin_events::note;
use super::groups::directory_changed;
use super::model::{PERSON, PersonRow};
use super::{Accounts, Caller, Language, Person, PersonSignal, Refusal, Role, Settings, secret};
use crate::db::{Sql, placeholders};
use crate::log::{LogId, Topic, Tx};
use crate::text::{self, FieldError, Rule};
use crate::values;

/// People in a page, at most.
const PAGE: i64 = 200;

#[derive(Debug, Clone)]
pub struct NewPerson {
    pub username: String,
    pub name: String,
    pub password: String,
    pub role: Role,
    pub language: Option<Language>,
}

/// What a person may change of themselves. `Some(None)` takes the language away.
#[derive(Debug, Clone, Default)]
pub struct ProfileChanges {
    pub name: Option<String>,
    pub language: Option<Option<Language>>,
    pub settings: Option<Settings>,
    /// `Some(None)` takes the address away.
    pub email: Option<Option<String>>,
}

/// What an administrator may change of a person.
#[derive(Debug, Clone, Default)]
pub struct PersonChanges {
    pub name: Option<String>,
    pub role: Option<Role>,
    pub active: Option<bool>,
    /// `Some(None)` takes the manager away.
    pub manager: Option<Option<i64>>,
    /// `Some(None)` takes the address away.
    pub email: Option<Option<String>>,
}

/// A person's checked fields, ready for a transaction.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    username: String,
    name: String,
    password_hash: String,
    role: Role,
    language: Option<Language>,
}

impl Account {
    pub async fn check(new: NewPerson) -> Result<Self, Refusal> {
        let username = text::username(&new.username)?;
        let name = text::line("name", &new.name, 1, 64)?;
        secret::check_password("password", &new.password)?;
        let password_hash = secret::hash_password(new.password).await?;
        Ok(Self { username, name, password_hash, role: new.role, language: new.language })
    }

    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// Writes the person with a feed of their own and answers the person's id.
    pub async fn insert(&self, tx: &mut Tx<'_>) -> Result<i64, Refusal> {
        let feed = tx.create_log().await?;
        let values = values![
            self.username.clone(),
            self.name.clone(),
            self.password_hash.clone(),
            self.role.as_str(),
            self.language.map(Language::as_str),
            feed,
            tx.now
        ];
        let sql = "INSERT INTO person (username, name, password_hash, role, language, feed_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let id = tx.sql().number(sql, values).await.map_err(taken)?.ok_or(DbErr::RecordNotInserted)?;
        let sql = "INSERT INTO member (log_id, person_id, owner, joined_at) VALUES ($1, $2, TRUE, $3)";
        tx.sql().run(sql, values![feed, id, tx.now]).await?;
        directory_changed(tx).await?;
        Ok(id)
    }
}

fn taken(error: DbErr) -> Refusal {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => FieldError::new("username", Rule::Taken).into(),
        _ => error.into(),
    }
}

impl Accounts {
    pub async fn person(&self, id: i64) -> Result<Person, Refusal> {
        let sql = format!("SELECT {PERSON} FROM person p WHERE p.id = $1");
        let row: Option<PersonRow> = self.log.db().reader.one(&sql, values![id]).await?;
        row.map(Person::from).ok_or(Refusal::PersonNotFound)
    }

    /// Somebody, when the caller may see them: guests see only those who share a room.
    pub async fn visible_person(&self, caller: &Caller, id: i64) -> Result<Person, Refusal> {
        if caller.is_guest() && id != caller.id() {
            let sql = "SELECT b.person_id FROM member a JOIN member b ON b.log_id = a.log_id WHERE a.person_id = $1 AND b.person_id = $2 LIMIT 1";
            let shared = self.log.db().reader.number(sql, values![caller.id(), id]).await?;
            shared.ok_or(Refusal::PersonNotFound)?;
        }
        self.person(id).await
    }

    /// People whose name or user name contains `query`, by id, after the person with id `after`.
    pub async fn people(
        &self,
        caller: &Caller,
        query: &str,
        after: i64,
        limit: i64,
    ) -> Result<(Vec<Person>, bool), Refusal> {
        let query = text::line("query", query, 0, 64)?.to_lowercase();
        let pattern = format!("%{}%", query.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let limit = limit.clamp(1, PAGE);
        let scope = if caller.is_guest() {
            "AND p.id IN (SELECT b.person_id FROM member a JOIN member b ON b.log_id = a.log_id WHERE a.person_id = $4)"
        } else {
            "AND $4 = $4"
        };
        let sql = format!(
            "SELECT {PERSON} FROM person p WHERE p.id > $1 AND (p.username LIKE $2 ESCAPE '\\' OR LOWER(p.name) LIKE $2 ESCAPE '\\') {scope} ORDER BY p.id LIMIT $3"
        );
        let rows: Vec<PersonRow> =
            self.log.db().reader.all(&sql, values![after, pattern, limit + 1, caller.id()]).await?;
        let has_more = rows.len() as i64 > limit;
        Ok((rows.into_iter().take(limit as usize).map(Person::from).collect(), has_more))
    }

    /// The people with these ids, in no order.
    pub async fn people_by_id(&self, ids: &[i64]) -> Result<Vec<Person>, Refusal> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {PERSON} FROM person p WHERE p.id IN ({})", placeholders(1, ids.len()));
        let rows: Vec<PersonRow> = self.log.db().reader.all(&sql, ids.iter().map(|id| Value::from(*id))).await?;
        Ok(rows.into_iter().map(Person::from).collect())
    }

    pub async fn create_person(&self, caller: &Caller, new: NewPerson) -> Result<Person, Refusal> {
        Self::administrators_only(caller)?;
        let id = self.create_account(Some(caller.id()), new).await?;
        self.person(id).await
    }

    pub async fn change_profile(&self, caller: &Caller, changes: ProfileChanges) -> Result<Person, Refusal> {
        let id = caller.id();
        let name = match changes.name {
            Some(name) => text::line("name", &name, 1, 64)?,
            None => caller.person.name.clone(),
        };
        let language = changes.language.unwrap_or(caller.person.language).map(Language::as_str);
        let (transport, theme) = changes.settings.unwrap_or(caller.settings).columns();
        let renamed = name != caller.person.name;
        let email = check_email(changes.email)?;
        let values = values![id, name, language, transport, theme];
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let (values, email) = (values.clone(), email.clone());
                Box::pin(async move {
                    set_email(tx, id, email).await?;
                    let sql = "UPDATE person SET name = $2, language = $3, transport = $4, theme = $5 WHERE id = $1";
                    tx.sql().run(sql, values).await?;
                    if renamed {
                        directory_changed(tx).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.announce(id).await
    }

    /// Where mails to somebody go. Guests know only their own address.
    pub async fn email(&self, caller: &Caller, id: i64) -> Result<Option<String>, Refusal> {
        if caller.is_guest() && caller.id() != id {
            return Err(Refusal::NotForGuests);
        }
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            email: Option<String>,
        }
        let row: Option<Row> = self.log.db().reader.one("SELECT email FROM person WHERE id = $1", values![id]).await?;
        Ok(row.ok_or(Refusal::PersonNotFound)?.email)
    }

    /// Sets or removes the name of the person's picture.
    pub async fn set_avatar(&self, caller: &Caller, avatar: Option<String>) -> Result<Person, Refusal> {
        self.update("UPDATE person SET avatar = $2 WHERE id = $1", values![caller.id(), avatar].to_vec()).await?;
        self.announce(caller.id()).await
    }

    /// The name of a person's picture.
    pub async fn avatar(&self, id: i64) -> Result<Option<String>, Refusal> {
        let sql = format!("SELECT {PERSON} FROM person p WHERE p.id = $1");
        let row: Option<PersonRow> = self.log.db().reader.one(&sql, values![id]).await?;
        Ok(row.ok_or(Refusal::PersonNotFound)?.avatar)
    }

    pub async fn change_person(&self, caller: &Caller, id: i64, changes: PersonChanges) -> Result<Person, Refusal> {
        Self::administrators_only(caller)?;
        let name = changes.name.as_deref().map(|name| text::line("name", name, 1, 64)).transpose()?;
        let email = check_email(changes.email)?;
        let PersonChanges { role, active, manager, .. } = changes;
        let by = caller.id();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let changes = PersonChanges { name: name.clone(), role, active, manager, email: email.clone() };
                Box::pin(async move { change_person(tx, by, id, changes).await })
            })
            .await?;
        if active == Some(false) {
            self.log.close(Topic::Person(id));
        }
        self.announce(id).await
    }

    async fn announce(&self, id: i64) -> Result<Person, Refusal> {
        let person = self.person(id).await?;
        let changed = PersonSignal::Person { person: person.clone() };
        // Told in the rooms of the person, so that guests hear only of people whom they share one with.
        self.log.signal(Topic::Person(id), &changed);
        for room in self.rooms_of(id).await? {
            self.log.signal(Topic::Log(room), &changed);
        }
        Ok(person)
    }

    async fn rooms_of(&self, id: i64) -> Result<Vec<i64>, DbErr> {
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            log_id: i64,
        }
        let sql = "SELECT log_id FROM member WHERE person_id = $1 LIMIT 500";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![id]).await?;
        Ok(rows.into_iter().map(|row| row.log_id).collect())
    }

    /// Makes an account; nobody makes those of the first start.
    pub(super) async fn create_account(&self, by: Option<i64>, new: NewPerson) -> Result<i64, Refusal> {
        let account = Account::check(new).await?;
        self.log
            .work::<i64, Refusal, _>(None, move |tx| {
                let account = account.clone();
                Box::pin(async move {
                    let id = account.insert(tx).await?;
                    note(tx, by, "person.created", &account.username, &json!({ "role": account.role })).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// One statement as a unit of work; answers how many rows it changed.
    pub(super) async fn update(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, Refusal> {
        self.log
            .work::<u64, Refusal, _>(None, move |tx| {
                let values = values.clone();
                Box::pin(async move { Ok(tx.sql().run(sql, values).await?.rows_affected()) })
            })
            .await
    }
}

/// Leaders above a person, at most.
const LEVELS: usize = 50;

async fn change_person(tx: &mut Tx<'_>, by: i64, id: i64, changes: PersonChanges) -> Result<(), Refusal> {
    let sql = format!("SELECT {PERSON} FROM person p WHERE p.id = $1");
    let row: Option<PersonRow> = tx.sql().one(&sql, values![id]).await?;
    let before: Person = row.ok_or(Refusal::PersonNotFound)?.into();
    let PersonChanges { name, role, active, manager, email } = changes;
    let changed = json!({ "name": name, "role": role, "active": active, "manager": manager, "email": email });
    note(tx, Some(by), "person.changed", &before.username, &changed).await?;
    let (name, role, active) =
        (name.unwrap_or(before.name), role.unwrap_or(before.role), active.unwrap_or(before.active));
    let manager = manager.unwrap_or(before.manager);
    if manager != before.manager
        && let Some(manager) = manager
    {
        check_manager(tx, id, manager).await?;
    }
    let was_administrator = before.role == Role::Administrator && before.active;
    if was_administrator && !(role == Role::Administrator && active) {
        let sql = "SELECT COUNT(*) FROM person WHERE role = 'administrator' AND active";
        if tx.sql().number(sql, values![]).await? == Some(1) {
            return Err(Refusal::LastAdministrator);
        }
    }
    let sql = "UPDATE person SET name = $2, role = $3, active = $4, manager_id = $5 WHERE id = $1";
    tx.sql().run(sql, values![id, name, role.as_str(), active, manager]).await?;
    set_email(tx, id, email).await?;
    directory_changed(tx).await?;
    if !active {
        tx.sql().run("DELETE FROM session WHERE person_id = $1", values![id]).await?;
        tx.sql().run("DELETE FROM token WHERE person_id = $1", values![id]).await?;
    }
    Ok(())
}

fn check_email(email: Option<Option<String>>) -> Result<Option<Option<String>>, FieldError> {
    email.map(|email| email.map(|email| text::email(&email)).transpose()).transpose()
}

async fn set_email(tx: &Tx<'_>, person: i64, email: Option<Option<String>>) -> Result<(), DbErr> {
    if let Some(email) = email {
        tx.sql().run("UPDATE person SET email = $2 WHERE id = $1", values![person, email]).await?;
    }
    Ok(())
}

/// A manager is somebody else, and nobody leads themselves by way of others.
async fn check_manager(tx: &Tx<'_>, person: i64, manager: i64) -> Result<(), Refusal> {
    let mut above = Some(manager);
    for _ in 0..LEVELS {
        let Some(leader) = above else { return Ok(()) };
        if leader == person {
            break;
        }
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            manager_id: Option<i64>,
        }
        let row: Option<Row> = tx.sql().one("SELECT manager_id FROM person WHERE id = $1", values![leader]).await?;
        above = row.ok_or(FieldError::new("manager", Rule::Unknown))?.manager_id;
    }
    Err(FieldError::new("manager", Rule::Invalid).into())
}

/// The feed of a person, to append to.
pub(crate) async fn feed_of(tx: &Tx<'_>, person: i64) -> Result<Option<LogId>, DbErr> {
    Ok(tx.sql().number("SELECT feed_id FROM person WHERE id = $1", values![person]).await?.map(LogId::Feed))
}
