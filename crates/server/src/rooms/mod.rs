//! Rooms: people talk, and the log keeps what they say.

mod archive;
mod commands;
mod entering;
mod error;
mod files;
mod membership;
mod mentions;
mod messages;
mod model;
mod presence;
mod reading;
mod saying;
pub mod search;
mod states;

pub use entering::{Joining, create_order_room, let_in};
pub use error::Refusal;
pub use files::INLINE;
pub use model::{
    Ack, Command, EntryBody, File, Hit, ListedRoom, MessageState, Reaction, RoomKind, RoomSignal, RoomSummary, Version,
};
pub use presence::{Presence, Present};
pub use reading::RoomMember;

use crate::accounts::{Accounts, Caller};
use crate::db::Sql;
use crate::log::Log;
use crate::storage::Storage;
use crate::values;

/// Characters in a message, at most.
pub const LONGEST_MESSAGE: usize = 8000;

/// The rooms service; clones share it.
#[derive(Debug, Clone)]
pub struct Rooms {
    log: Log,
    accounts: Accounts,
    storage: Storage,
    max_file_bytes: u64,
    pub presence: Presence,
}

impl Rooms {
    pub fn new(log: Log, accounts: Accounts, storage: Storage, max_file_bytes: u64, presence: Presence) -> Self {
        Self { log, accounts, storage, max_file_bytes, presence }
    }

    pub fn max_file_bytes(&self) -> u64 {
        self.max_file_bytes
    }

    /// Makes sure that the caller is in the room. A private room that is not theirs is as good as none.
    pub async fn member(&self, caller: &Caller, room: i64) -> Result<(), Refusal> {
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            kind: String,
            member: Option<i64>,
        }
        let sql = "SELECT r.kind, m.person_id AS member FROM room r LEFT JOIN member m ON m.log_id = r.id AND m.person_id = $2 WHERE r.id = $1";
        let row: Option<Row> = self.log.db().reader.one(sql, values![room, caller.id()]).await?;
        match row {
            Some(Row { member: Some(_), .. }) => Ok(()),
            Some(Row { kind, .. }) if kind == "public" && !caller.is_guest() => Err(Refusal::NotAMember),
            _ => Err(Refusal::RoomNotFound),
        }
    }

    /// Makes sure that the caller may let others into the room.
    pub async fn may_invite(&self, caller: &Caller, room: i64) -> Result<(), Refusal> {
        match self.room(caller, room).await?.kind {
            RoomKind::Direct => Err(Refusal::DirectRoom),
            RoomKind::Order => Err(Refusal::OrderRoom),
            RoomKind::Public | RoomKind::Private => Ok(()),
        }
    }
}
