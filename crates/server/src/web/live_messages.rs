//! The messages of the live connection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Web;
use super::extract::parse;
use super::problem::Problem;
use crate::accounts::Caller;
use crate::log::{LogId, Topic};
use crate::rooms::{Ack, Command};

/// What a client sends besides commands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    Follow { logs: BTreeMap<String, i64> },
    Unfollow { log: String },
    Typing { room: i64 },
    Ping {},
}

/// What can be posted.
#[derive(Debug)]
pub enum PostCommand {
    Command(Command),
    Typing { room: i64 },
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AckMessage {
    #[serde(rename = "type")]
    #[schema(inline)]
    kind: AckKind,
    command: Option<String>,
    #[serde(flatten)]
    ack: Ack,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AckKind {
    Ack,
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
        "follow" | "unfollow" | "typing" | "ping" => Ok(ClientMessage::Control(parse(bytes)?)),
        _ => Ok(ClientMessage::Command(parse(bytes)?)),
    }
}

pub fn parse_command(bytes: &[u8]) -> Result<PostCommand, Problem> {
    match parse_message(bytes)? {
        ClientMessage::Command(command) => Ok(PostCommand::Command(command)),
        ClientMessage::Control(Control::Typing { room }) => Ok(PostCommand::Typing { room }),
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
    serde_json::from_slice::<Named>(bytes)
        .ok()
        .map(|named| named.command)
        .filter(|command| command.len() <= 64)
}

pub async fn execute(web: &Web, caller: &Caller, command: Command) -> Result<AckMessage, Problem> {
    let id = command.id().map(str::to_owned);
    let ack = web.rooms.execute(caller, command).await?;
    Ok(AckMessage {
        kind: AckKind::Ack,
        command: id,
        ack,
    })
}

pub fn tell_typing(web: &Web, person: i64, room: i64) {
    web.log.signal(
        Topic::Log(room),
        &json!({"type": "typing", "room": room, "person": person}),
    );
}

/// `r7` or `feed`.
pub fn log_id(caller: &Caller, name: &str) -> Option<LogId> {
    if name == "feed" {
        return Some(LogId::Feed(caller.feed));
    }
    let id: i64 = name.strip_prefix('r')?.parse().ok()?;
    // The feed is a log, too, but not a room.
    (id > 0 && id != caller.feed).then_some(LogId::Room(id))
}
