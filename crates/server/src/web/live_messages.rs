//! The messages of the live connection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::entries::EntrySchema;
use super::extract::parse;
use super::problem::{Problem, ProblemBody};
use crate::accounts::{Caller, PersonSignal};
use crate::log::{LogId, LogMessage, Topic};
use crate::orders::{FlowSignal, OrderCommand};
use crate::releases::ReleaseSignal;
use crate::rooms::{self, Ack, RoomSignal};
use crate::tally::TallySignal;

/// What a client sends besides commands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    Follow {
        logs: BTreeMap<String, i64>,
    },
    Unfollow {
        log: String,
    },
    Typing {
        room: i64,
    },
    /// I look at the order of this room, and whether I am about to decide; null: I do not look any more.
    Looking {
        room: i64,
        deciding: Option<bool>,
    },
    /// I work on this flow, and on which of its nodes; said again at least every 20 seconds while I do. `here` is
    /// false when I leave.
    Editing {
        flow: String,
        #[serde(default)]
        node: Option<String>,
        #[serde(default = "yes")]
        here: bool,
    },
    Ping {},
}

fn yes() -> bool {
    true
}

/// Something that a person does: in a room, or with an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Command {
    Order(OrderCommand),
    Room(rooms::Command),
}

impl Command {
    /// The client's id for it.
    pub fn id(&self) -> Option<&str> {
        match self {
            Command::Order(OrderCommand::Decide { command, .. }) => Some(command),
            Command::Room(command) => command.id(),
        }
    }
}

/// What can be posted.
#[derive(Debug)]
pub enum PostCommand {
    Command(Command),
    Fleeting(Fleeting),
    Editing { flow: String, node: Option<String>, here: bool },
}

/// What is passed on to those who are there, and kept nowhere.
#[derive(Debug, Clone, Copy)]
pub enum Fleeting {
    Typing { room: i64 },
    Looking { room: i64, deciding: Option<bool> },
}

impl Fleeting {
    pub fn room(self) -> i64 {
        match self {
            Fleeting::Typing { room } | Fleeting::Looking { room, .. } => room,
        }
    }
}

/// What the server says on its own or in answer to a client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// The first message: who is signed in, and who is here.
    Hello {
        protocol: u32,
        person: i64,
        online: Vec<i64>,
    },
    Pong,
    /// The command is done, and on disk.
    Ack {
        command: Option<String>,
        #[serde(flatten)]
        ack: Ack,
    },
    /// The command was not done.
    Refused {
        command: Option<String>,
        problem: ProblemBody,
    },
    /// A message that could not be understood; nothing was changed.
    Error {
        problem: ProblemBody,
    },
}

/// The next entries of a log, in order and without gaps.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "a description only: the log writes these messages from its own bytes")]
pub enum EntriesMessage {
    Entries { log: String, entries: Vec<EntrySchema> },
}

/// Everything that the live connection carries to a client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description only: each feature sends its own messages")]
pub enum ServerMessage {
    Answer(Answer),
    Entries(EntriesMessage),
    Log(LogMessage),
    Room(RoomSignal),
    Person(PersonSignal),
    Release(ReleaseSignal),
    Tally(TallySignal),
    Flow(FlowSignal),
}

/// The parts of a message that tell what it is.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
}

/// A message of a client.
#[derive(Debug)]
pub enum ClientMessage {
    Control(Control),
    Command(Command),
}

pub fn parse_message(bytes: &[u8]) -> Result<ClientMessage, Problem> {
    let head: Head = parse(bytes)?;
    match head.kind.as_str() {
        "follow" | "unfollow" | "typing" | "looking" | "editing" | "ping" => Ok(ClientMessage::Control(parse(bytes)?)),
        "decide" => Ok(ClientMessage::Command(Command::Order(parse(bytes)?))),
        _ => Ok(ClientMessage::Command(Command::Room(parse(bytes)?))),
    }
}

pub fn parse_command(bytes: &[u8]) -> Result<PostCommand, Problem> {
    match parse_message(bytes)? {
        ClientMessage::Command(command) => Ok(PostCommand::Command(command)),
        ClientMessage::Control(Control::Typing { room }) => Ok(PostCommand::Fleeting(Fleeting::Typing { room })),
        ClientMessage::Control(Control::Looking { room, deciding }) => {
            Ok(PostCommand::Fleeting(Fleeting::Looking { room, deciding }))
        }
        ClientMessage::Control(Control::Editing { flow, node, here }) => Ok(PostCommand::Editing { flow, node, here }),
        ClientMessage::Control(_) => {
            let problem = Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, "wrong_shape");
            Err(problem.detail("this message belongs on the live connection"))
        }
    }
}

/// The command's id in a message that could not be understood, so that its sender can match the refusal.
pub fn command_of(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        command: String,
    }
    serde_json::from_slice::<Named>(bytes).ok().map(|named| named.command).filter(|command| command.len() <= 64)
}

pub async fn execute(web: &Web, caller: &Caller, command: Command) -> Result<Answer, Problem> {
    let id = command.id().map(str::to_owned);
    let ack = match command {
        Command::Order(command) => web.orders.decide(caller, command).await?,
        Command::Room(command) => match web.releases.said(caller, &command).await? {
            Some(ack) => ack,
            None => match web.orders.said(caller, &command).await? {
                Some(ack) => ack,
                None => in_room(web, caller, command).await?,
            },
        },
    };
    Ok(Answer::Ack { command: id, ack })
}

async fn in_room(web: &Web, caller: &Caller, command: rooms::Command) -> Result<Ack, Problem> {
    let added = match &command {
        rooms::Command::AddPerson { room, person, .. } => Some((*room, *person)),
        rooms::Command::Join { room, .. } => Some((*room, caller.id())),
        _ => None,
    };
    let ack = web.rooms.execute(caller, command).await?;
    if let Some((room, person)) = added {
        web.orders.joined(caller, room, person).await?;
    }
    Ok(ack)
}

pub fn hello(web: &Web, caller: &Caller) -> Answer {
    Answer::Hello { protocol: 1, person: caller.id(), online: web.rooms.presence.online() }
}

/// Passes on what somebody does just now. That they type is not told again when it has just been told.
pub fn tell(web: &Web, person: i64, fleeting: Fleeting) {
    match fleeting {
        Fleeting::Typing { room } if web.typing.check_key(&(person, room)).is_err() => {}
        Fleeting::Typing { room } => web.log.signal(Topic::Log(room), &RoomSignal::Typing { room, person }),
        Fleeting::Looking { room, deciding } => {
            web.log.signal(Topic::Log(room), &RoomSignal::Looking { room, person, deciding });
        }
    }
}

/// `r7`, `o12` or `feed`.
pub fn log_id(caller: &Caller, name: &str) -> Option<LogId> {
    if name == "feed" {
        return Some(LogId::Feed(caller.feed));
    }
    if let Some(output) = name.strip_prefix('o') {
        return output.parse().ok().filter(|id| *id > 0).map(LogId::Output);
    }
    let id: i64 = name.strip_prefix('r')?.parse().ok()?;
    // The feed is a log, too, but not a room.
    (id > 0 && id != caller.feed).then_some(LogId::Room(id))
}
