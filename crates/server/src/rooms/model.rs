use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    Public,
    Private,
    Direct,
    /// The talk of an order; its people are those who have a part in it.
    Order,
}

impl RoomKind {
    pub fn as_str(self) -> &'static str {
        match self {
            RoomKind::Public => "public",
            RoomKind::Private => "private",
            RoomKind::Direct => "direct",
            RoomKind::Order => "order",
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        match text {
            "public" => RoomKind::Public,
            "private" => RoomKind::Private,
            "order" => RoomKind::Order,
            _ => RoomKind::Direct,
        }
    }
}

/// A room as one of its members sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoomSummary {
    pub id: i64,
    /// The name of its log.
    pub log: String,
    pub kind: RoomKind,
    /// Empty for a direct room.
    pub name: String,
    pub topic: String,
    /// Whether I own it.
    pub owner: bool,
    /// How many are in it.
    pub people: i64,
    /// The other person of a direct room.
    pub with: Option<i64>,
    pub last_seq: i64,
    pub read_seq: i64,
    /// Messages after the read position.
    pub unread: i64,
    /// Messages after the read position that name me.
    pub mentions: i64,
    /// When the last entry was written.
    pub last_at: i64,
}

/// A public room, for people who look for one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListedRoom {
    pub id: i64,
    pub name: String,
    pub topic: String,
    pub people: i64,
    pub joined: bool,
}

/// Something to do in a room. `command` is the client's id for it: a repeat gets the first answer.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = RoomCommand)]
pub enum Command {
    Say {
        command: String,
        room: i64,
        text: String,
        #[serde(default)]
        reply_to: Option<i64>,
        /// Ids of files that were uploaded to this room, at most 10.
        #[serde(default)]
        files: Vec<String>,
    },
    Edit {
        command: String,
        room: i64,
        seq: i64,
        text: String,
    },
    Recall {
        command: String,
        room: i64,
        seq: i64,
    },
    React {
        command: String,
        room: i64,
        seq: i64,
        emoji: String,
        on: bool,
    },
    Join {
        command: String,
        room: i64,
    },
    Leave {
        command: String,
        room: i64,
    },
    AddPerson {
        command: String,
        room: i64,
        person: i64,
    },
    RemovePerson {
        command: String,
        room: i64,
        person: i64,
    },
    Rename {
        command: String,
        room: i64,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        topic: Option<String>,
    },
    Read {
        #[serde(default)]
        command: Option<String>,
        room: i64,
        seq: i64,
    },
}

impl Command {
    pub fn room(&self) -> i64 {
        match self {
            Command::Say { room, .. }
            | Command::Edit { room, .. }
            | Command::Recall { room, .. }
            | Command::React { room, .. }
            | Command::Join { room, .. }
            | Command::Leave { room, .. }
            | Command::AddPerson { room, .. }
            | Command::RemovePerson { room, .. }
            | Command::Rename { room, .. }
            | Command::Read { room, .. } => *room,
        }
    }

    /// The client's id; only `read` may go without.
    pub fn id(&self) -> Option<&str> {
        match self {
            Command::Say { command, .. }
            | Command::Edit { command, .. }
            | Command::Recall { command, .. }
            | Command::React { command, .. }
            | Command::Join { command, .. }
            | Command::Leave { command, .. }
            | Command::AddPerson { command, .. }
            | Command::RemovePerson { command, .. }
            | Command::Rename { command, .. } => Some(command),
            Command::Read { command, .. } => command.as_deref(),
        }
    }
}

/// The answer to a command: it is on disk. `seq` is null when nothing had to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ack {
    pub room: i64,
    pub seq: Option<i64>,
    pub at: i64,
}

impl Ack {
    /// As it is kept for repeats of the command.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("an answer has string keys and no failing parts")
    }

    pub fn parse(text: &str) -> Result<Self, sea_orm::DbErr> {
        serde_json::from_str(text).map_err(|error| sea_orm::DbErr::Json(error.to_string()))
    }
}

/// A file of a message.
#[derive(Debug, Clone, Serialize, Deserialize, sea_orm::FromQueryResult, ToSchema)]
pub struct File {
    pub id: String,
    pub name: String,
    pub size: i64,
    pub media_type: String,
    /// Of an image, in pixels.
    pub width: Option<i64>,
    pub height: Option<i64>,
}

/// What an entry says, by its kind. The log keeps bodies as they are; this is their description.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum EntryBody {
    Message(MessageBody),
    Edit(EditBody),
    Recall(RecallBody),
    Reaction(ReactionBody),
    Membership(MembershipBody),
    Topic(TopicBody),
    RoomAdded(RoomAddedBody),
    RoomRemoved(RoomRemovedBody),
    Mention(MentionBody),
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MessageBody {
    /// Null once recalled.
    pub text: Option<String>,
    pub reply_to: Option<i64>,
    pub mentions: Vec<i64>,
    pub files: Vec<File>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub recalled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EditBody {
    /// Null once recalled.
    pub text: Option<String>,
    pub mentions: Vec<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecallBody {}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReactionBody {
    pub emoji: String,
    pub on: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipBody {
    pub person: i64,
    pub change: Change,
}

/// How somebody came to be in a room, or not to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Created,
    Joined,
    Left,
    Added,
    Removed,
}

impl Change {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Change::Created => "created",
            Change::Joined => "joined",
            Change::Left => "left",
            Change::Added => "added",
            Change::Removed => "removed",
        }
    }
}

/// The new name and topic of the room.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopicBody {
    pub name: String,
    pub topic: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RoomAddedBody {
    pub room: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RoomRemovedBody {
    pub room: i64,
    /// `left` or `removed`.
    pub reason: Change,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MentionBody {
    pub room: i64,
    pub seq: i64,
}

/// What is told once and kept nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RoomSignal {
    /// A read position moved.
    Read {
        room: i64,
        person: i64,
        seq: i64,
    },
    Typing {
        room: i64,
        person: i64,
    },
    /// Somebody looks at the order of the room, and perhaps is about to decide; null: not any more.
    Looking {
        room: i64,
        person: i64,
        deciding: Option<bool>,
    },
    /// People who came and went.
    Presence {
        online: Vec<i64>,
        offline: Vec<i64>,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, ToSchema)]
pub struct Reaction {
    pub emoji: String,
    pub count: i64,
    /// Who, at most 20.
    pub people: Vec<i64>,
    #[serde(default)]
    pub mine: bool,
}

/// What a message is after all entries that name it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageState {
    pub seq: i64,
    /// The last entry that is folded in.
    pub changed: i64,
    /// Null when it was recalled.
    pub text: Option<String>,
    pub mentions: Vec<i64>,
    pub edits: i64,
    pub recalled_by: Option<i64>,
    pub reactions: Vec<Reaction>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Version {
    pub seq: i64,
    pub at: i64,
    pub text: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hit {
    pub room: i64,
    pub seq: i64,
    pub at: i64,
    pub by: i64,
    pub text: String,
}
