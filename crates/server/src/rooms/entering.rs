//! Making rooms, and coming in by an invitation.

use std::net::IpAddr;

use sea_orm::{DbErr, FromQueryResult};

use super::membership::{enter, room_name};
use super::model::{Ack, Change, RoomKind, RoomSummary};
use super::{Refusal, Rooms};
use crate::accounts::{self, Account, Caller, InvitationPreview, Language, NewPerson, Role, SignedIn, redeem};
use crate::db::Sql;
use crate::log::Tx;
use crate::text::{self, FieldError, Rule};
use crate::values;

/// People that are added when a room is made, at most.
const FIRST_PEOPLE: usize = 200;

/// Who wants to come in by an invitation.
#[derive(Debug)]
pub struct Joining {
    pub username: String,
    pub name: String,
    pub password: String,
    pub language: Option<Language>,
}

impl Rooms {
    /// Makes a public or private room that the caller owns.
    pub async fn create_room(
        &self,
        caller: &Caller,
        command: String,
        kind: RoomKind,
        name: &str,
        topic: &str,
        people: Vec<i64>,
    ) -> Result<RoomSummary, Refusal> {
        text::command_id(&command)?;
        if caller.is_guest() {
            return Err(accounts::Refusal::NotForGuests.into());
        }
        if matches!(kind, RoomKind::Direct | RoomKind::Order) {
            return Err(FieldError::new("kind", Rule::Invalid).into());
        }
        let (name, topic) = (room_name(name)?, text::line("topic", topic, 0, 250)?);
        if people.len() > FIRST_PEOPLE {
            return Err(FieldError::new("people", Rule::TooMany(FIRST_PEOPLE)).into());
        }
        let creator = caller.id();
        let room = self
            .log
            .work::<i64, Refusal, _>(None, move |tx| {
                let (command, name, topic, people) = (command.clone(), name.clone(), topic.clone(), people.clone());
                Box::pin(async move {
                    if let Some(room) = first_room(tx, creator, &command).await? {
                        return Ok(room);
                    }
                    let room = insert(tx, kind, &name, &topic, None).await?;
                    enter(tx, room, kind, creator, creator, Change::Created).await?;
                    add_all(tx, room, kind, creator, &people).await?;
                    let ack = Ack { room, seq: Some(1), at: tx.now };
                    tx.remember_answer(creator, &command, ack.to_text());
                    Ok(room)
                })
            })
            .await?;
        self.room(caller, room).await
    }

    /// The direct room of the caller and somebody else, made when there is none.
    pub async fn direct_room(&self, caller: &Caller, command: String, other: i64) -> Result<RoomSummary, Refusal> {
        text::command_id(&command)?;
        if other == caller.id() {
            return Err(FieldError::new("person", Rule::Invalid).into());
        }
        if !self.accounts.visible_person(caller, other).await?.active {
            return Err(accounts::Refusal::PersonNotFound.into());
        }
        let me = caller.id();
        let pair = format!("{}:{}", me.min(other), me.max(other));
        let room = self
            .log
            .work::<i64, Refusal, _>(None, move |tx| {
                let pair = pair.clone();
                Box::pin(async move {
                    if let Some(room) =
                        tx.sql().number("SELECT id FROM room WHERE pair = $1", values![pair.clone()]).await?
                    {
                        return Ok(room);
                    }
                    let room = insert(tx, RoomKind::Direct, "", "", Some(pair)).await?;
                    enter(tx, room, RoomKind::Direct, me, me, Change::Created).await?;
                    enter(tx, room, RoomKind::Direct, me, other, Change::Added).await?;
                    Ok(room)
                })
            })
            .await?;
        self.room(caller, room).await
    }

    /// What an invitation says, with the name of its room.
    pub async fn preview_invitation(&self, secret: &str) -> Result<(InvitationPreview, Option<String>), Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            name: String,
        }
        let preview = self.accounts.preview_invitation(secret).await?;
        let Some(room) = preview.room else {
            return Ok((preview, None));
        };
        let row: Option<Row> = self.log.db().reader.one("SELECT name FROM room WHERE id = $1", values![room]).await?;
        Ok((preview, row.map(|row| row.name)))
    }

    /// Makes an account by an invitation, puts it into the invitation's room, and signs it in.
    pub async fn join_by_invitation(
        &self,
        secret: String,
        joining: Joining,
        address: IpAddr,
        user_agent: &str,
    ) -> Result<SignedIn, Refusal> {
        self.accounts.preview_invitation(&secret).await?;
        let Joining { username, name, password, language } = joining;
        let new = NewPerson { username, name, password, role: Role::Guest, language };
        let account = Account::check(new).await?;
        let person = self
            .log
            .work::<i64, Refusal, _>(None, move |tx| {
                let (secret, account) = (secret.clone(), account.clone());
                Box::pin(async move {
                    let (role, room) = redeem(tx, &secret).await?;
                    let person = account.with_role(role).insert(tx).await?;
                    if let Some(room) = room {
                        enter(tx, room, RoomKind::Private, person, person, Change::Joined).await?;
                    }
                    Ok(person)
                })
            })
            .await?;
        Ok(self.accounts.open_session(person, address, user_agent).await?)
    }

    /// Puts somebody who has an account into the invitation's room.
    pub async fn accept_invitation(&self, caller: &Caller, secret: String) -> Result<RoomSummary, Refusal> {
        let preview = self.accounts.preview_invitation(&secret).await?;
        let room = preview.room.ok_or(accounts::Refusal::InvitationNotFound)?;
        let person = caller.id();
        self.log
            .work::<(), Refusal, _>(Some(room), move |tx| {
                let secret = secret.clone();
                Box::pin(async move {
                    let sql = "SELECT person_id FROM member WHERE log_id = $1 AND person_id = $2";
                    if tx.sql().number(sql, values![room, person]).await?.is_none() {
                        redeem(tx, &secret).await?;
                        enter(tx, room, RoomKind::Private, person, person, Change::Joined).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.room(caller, room).await
    }
}

/// Makes the room of an order, with the requester in it, and answers its id.
pub async fn create_order_room(tx: &mut Tx<'_>, requester: i64) -> Result<i64, Refusal> {
    let room = insert(tx, RoomKind::Order, "", "", None).await?;
    enter(tx, room, RoomKind::Order, requester, requester, Change::Created).await?;
    Ok(room)
}

/// Lets a person read a room in which they have got a part. The entry that says why comes in the same transaction, so
/// that none of its own is needed.
pub async fn let_in(tx: &Tx<'_>, room: i64, person: i64) -> Result<(), DbErr> {
    let sql = "INSERT INTO member (log_id, person_id, owner, joined_at, read_seq, read_messages) SELECT $1, $2, FALSE, $3, 0, 0 FROM log WHERE id = $1 ON CONFLICT DO NOTHING";
    if tx.sql().run(sql, values![room, person, tx.now]).await?.rows_affected() > 0 {
        tx.sql().run("UPDATE room SET people = people + 1 WHERE id = $1", values![room]).await?;
    }
    Ok(())
}

async fn first_room(tx: &Tx<'_>, person: i64, command: &str) -> Result<Option<i64>, DbErr> {
    let answer = tx.first_answer(person, command).await?;
    Ok(answer.and_then(|answer| serde_json::from_str::<Ack>(&answer).ok()).map(|ack| ack.room))
}

pub async fn insert(
    tx: &mut Tx<'_>,
    kind: RoomKind,
    name: &str,
    topic: &str,
    pair: Option<String>,
) -> Result<i64, DbErr> {
    let room = tx.create_log().await?;
    let sql = "INSERT INTO room (id, kind, name, topic, pair, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.sql().run(sql, values![room, kind.as_str(), name, topic, pair, tx.now]).await?;
    Ok(room)
}

async fn add_all(tx: &mut Tx<'_>, room: i64, kind: RoomKind, by: i64, people: &[i64]) -> Result<(), Refusal> {
    let people: std::collections::BTreeSet<i64> = people.iter().copied().filter(|person| *person != by).collect();
    for person in people {
        let known = tx.sql().number("SELECT id FROM person WHERE id = $1 AND active", values![person]).await?;
        known.ok_or(FieldError::new("people", Rule::Unknown))?;
        enter(tx, room, kind, by, person, Change::Added).await?;
    }
    Ok(())
}
