//! One permission path for everything that people do in a room, whichever way the command came.

use sea_orm::FromQueryResult;

use super::model::{Ack, Command, RoomKind};
use super::saying::{self, Say};
use super::{Refusal, Rooms, membership, messages, reading};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::log::{AllAnswers, Tx, Unit};
use crate::text;
use crate::values;

/// The room of a command, as the person who gave it stands to it.
#[derive(Debug)]
pub(super) struct Place {
    pub room: i64,
    pub person: i64,
    pub kind: RoomKind,
    pub name: String,
    pub topic: String,
    pub people: i64,
    pub member: bool,
    pub owner: bool,
    pub administrator: bool,
    pub guest: bool,
}

/// The columns of a [`Place`]: of a person `p`, a room `r` and a member `m`.
pub(super) const PLACE: &str = "p.role, r.kind, r.name, r.topic, r.people, m.owner";

#[derive(FromQueryResult)]
pub(super) struct PlaceRow {
    role: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    topic: Option<String>,
    people: Option<i64>,
    owner: Option<bool>,
}

impl PlaceRow {
    /// Nothing when there is no such room, or no such person any more.
    pub fn place(self, room: i64, person: i64) -> Option<Place> {
        let (role, kind) = (self.role?, self.kind?);
        Some(Place {
            room,
            person,
            kind: RoomKind::parse(&kind),
            name: self.name?,
            topic: self.topic?,
            people: self.people?,
            member: self.owner.is_some(),
            owner: self.owner == Some(true),
            administrator: role == "administrator",
            guest: role == "guest",
        })
    }
}

impl Place {
    async fn load(tx: &Tx<'_>, room: i64, person: i64) -> Result<Self, Refusal> {
        // The role is read here and not taken from the connection, which may have been opened long ago.
        let sql = format!(
            "SELECT {PLACE} FROM person p LEFT JOIN room r ON r.id = $1 LEFT JOIN member m ON m.log_id = r.id AND m.person_id = p.id WHERE p.id = $2 AND p.active"
        );
        let row: Option<PlaceRow> = tx.sql().one(&sql, values![room, person]).await?;
        row.and_then(|row| row.place(room, person)).ok_or(Refusal::RoomNotFound)
    }

    pub fn members_only(&self) -> Result<(), Refusal> {
        match (self.member, self.kind) {
            (true, _) => Ok(()),
            (false, RoomKind::Public) if !self.guest => Err(Refusal::NotAMember),
            (false, _) => Err(Refusal::RoomNotFound),
        }
    }

    pub fn owners_only(&self) -> Result<(), Refusal> {
        self.members_only()?;
        if self.owner || self.administrator { Ok(()) } else { Err(Refusal::OwnersOnly) }
    }

    pub fn not_direct(&self) -> Result<(), Refusal> {
        if self.kind == RoomKind::Direct { Err(Refusal::DirectRoom) } else { Ok(()) }
    }

    /// Neither a conversation of two nor an order, whose people and name are not the room's to change.
    pub fn of_its_own(&self) -> Result<(), Refusal> {
        self.not_direct()?;
        if self.kind == RoomKind::Order { Err(Refusal::OrderRoom) } else { Ok(()) }
    }
}

/// A command of a person, as a unit of work.
struct Execute {
    person: i64,
    command: Command,
}

impl Execute {
    fn say(&self) -> Option<Say<'_>> {
        match &self.command {
            Command::Say { command, room, text, reply_to, files } => {
                Some(Say { person: self.person, command, room: *room, text, reply_to: *reply_to, files })
            }
            _ => None,
        }
    }
}

impl Unit for Execute {
    type Answer = Ack;
    type Refusal = Refusal;

    fn log(&self) -> Option<i64> {
        Some(self.command.room())
    }

    fn is_together(&self) -> bool {
        self.say().is_some()
    }

    async fn run_all(units: &[&Self], tx: &mut Tx<'_>) -> AllAnswers<Self> {
        saying::say(tx, units.iter().filter_map(|unit| unit.say()).collect()).await
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Ack, Refusal> {
        if let Some(say) = self.say() {
            return saying::say(tx, vec![say]).await?.pop().unwrap_or(Err(Refusal::RoomNotFound));
        }
        let id = self.command.id();
        if let Some(id) = id
            && let Some(answer) = tx.first_answer(self.person, id).await?
        {
            return Ok(Ack::parse(&answer)?);
        }
        let place = Place::load(tx, self.command.room(), self.person).await?;
        let seq = match &self.command {
            Command::Say { .. } => unreachable!("said above"),
            Command::Edit { command, seq, text, .. } => messages::edit(tx, &place, command, *seq, text).await?,
            Command::Recall { command, seq, .. } => messages::recall(tx, &place, command, *seq).await?,
            Command::React { command, seq, emoji, on, .. } => {
                messages::react(tx, &place, command, *seq, emoji, *on).await?
            }
            Command::Join { .. } => membership::join(tx, &place).await?,
            Command::Leave { .. } => Some(membership::leave(tx, &place).await?),
            Command::AddPerson { person, .. } => membership::add(tx, &place, *person).await?,
            Command::RemovePerson { person, .. } => membership::remove(tx, &place, *person).await?,
            Command::Rename { command, name, topic, .. } => {
                membership::rename(tx, &place, command, name.as_deref(), topic.as_deref()).await?
            }
            Command::Read { seq, .. } => reading::mark_read(tx, &place, *seq).await?,
        };
        let ack = Ack { room: place.room, seq, at: tx.now };
        if let Some(id) = id {
            tx.remember_answer(self.person, id, ack.to_text());
        }
        Ok(ack)
    }
}

impl Rooms {
    /// Does what the command says, or answers what it got the first time.
    pub async fn execute(&self, caller: &Caller, command: Command) -> Result<Ack, Refusal> {
        if let Some(id) = command.id() {
            text::command_id(id)?;
        }
        let command = messages::check(command)?;
        let recall = matches!(command, Command::Recall { .. });
        let ack = self.log.write(Execute { person: caller.id(), command }).await?;
        if recall {
            self.erase_recalled_files();
        }
        Ok(ack)
    }
}
