//! `/live`: everything that concerns a person on one WebSocket.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use channels::protocol::{Limits, close_code};
use channels::websocket::{Frame, Incoming, Rejection, SendError, Sender, Settings, Socket, Upgrade};
use http::HeaderMap;
use tokio::time::Instant;

use super::Web;
use super::live_messages::{
    Answer, ClientMessage, Command, Control, Fleeting, command_of, execute, hello, log_id, parse_message, tell,
};
use super::problem::{Problem, accepted_language};
use crate::accounts::{Caller, Language};
use crate::log::{Cursors, Ended, PushFollower, encode};

/// Bytes of a message from the client, at most.
const MAX_MESSAGE: usize = 64 * 1024;

/// Logs that one connection follows, at most.
pub const MAX_LOGS: usize = 500;

/// A client may send this many messages at once, and [`MESSAGES_PER_SECOND`] on average.
const MESSAGE_BURST: f64 = 500.0;
const MESSAGES_PER_SECOND: f64 = 100.0;

/// How the product's connections behave.
pub fn settings() -> Settings {
    let limits = Limits { message: MAX_MESSAGE, frame: MAX_MESSAGE, ..Limits::default() };
    Settings { limits, ..Settings::default() }
}

/// Why a connection ends.
enum End {
    Gone,
    Close(u16, &'static str),
}

impl From<SendError> for End {
    fn from(_: SendError) -> Self {
        End::Gone
    }
}

impl From<Ended> for End {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Session => End::Close(4401, "session_ended"),
            Ended::Connection => End::Gone,
            Ended::Database(_) => End::Close(close_code::INTERNAL_ERROR, "unavailable"),
        }
    }
}

pub async fn socket(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    upgrade: Result<Upgrade, Rejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Problem::new(rejection.status(), "not_a_websocket").into_response(),
    };
    let language = caller.person.language.unwrap_or_else(|| accepted_language(&headers));
    let settings = web.socket_settings.clone();
    upgrade.serve(settings, move |socket| serve(socket, web, caller, language))
}

async fn serve(mut socket: Socket, web: Web, caller: Caller, language: Language) {
    // Boxed, because a future keeps room for what it was given beside where it puts it.
    let mut connection = Box::new(Connection::new(web, caller, language, socket.sender()));
    let end = connection.run(&mut socket).await;
    Box::pin(connection.leave()).await;
    if let End::Close(code, reason) = end {
        drop(connection);
        Box::pin(socket.close(code, reason)).await;
    }
}

/// What a connection keeps between messages. Small: there are many, and most of them wait.
struct Connection {
    web: Web,
    caller: Caller,
    language: Language,
    sender: Sender,
    follower: PushFollower,
    _present: Option<crate::rooms::Present>,
    /// The flow that the person works on here.
    editing: Option<String>,
    allowance: f64,
    allowance_at: Instant,
}

impl Connection {
    fn new(web: Web, caller: Caller, language: Language, sender: Sender) -> Self {
        web.connections.add(&sender);
        let follower = PushFollower::new(&web.log, caller.id(), caller.session, sender.clone());
        let _present = web.rooms.presence.enter(caller.id());
        let (allowance, allowance_at) = (MESSAGE_BURST, Instant::now());
        Self { web, caller, language, sender, follower, _present, editing: None, allowance, allowance_at }
    }

    async fn run(&mut self, socket: &mut Socket) -> End {
        match self.exchange(socket).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn exchange(&mut self, socket: &mut Socket) -> Result<std::convert::Infallible, End> {
        self.sender.send(&encode(&hello(&self.web, &self.caller)))?;
        loop {
            tokio::select! {
                incoming = socket.receive() => match incoming.map_err(|_| End::Gone)? {
                    // Boxed, so that a connection that waits does not carry the room for a command.
                    Incoming::Text(text) => Box::pin(self.take(&text)).await?,
                    Incoming::Binary(_) => {
                        let problem = Problem::new(http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "text_only");
                        self.sender.send_all(&self.error(&problem)).await?;
                    }
                    // The follower notes by itself what a slow client misses.
                    Incoming::Behind => {}
                },
                () = self.follower.changed() => Box::pin(self.follower.catch_up()).await?,
            }
        }
    }

    async fn take(&mut self, text: &str) -> Result<(), End> {
        let now = Instant::now();
        let earned = (now - self.allowance_at).as_secs_f64() * MESSAGES_PER_SECOND;
        self.allowance = (self.allowance + earned).min(MESSAGE_BURST) - 1.0;
        self.allowance_at = now;
        if self.allowance < 0.0 {
            return Err(End::Close(close_code::POLICY, "too_many_messages"));
        }
        let bytes = text.as_bytes();
        let answer = match parse_message(bytes) {
            Ok(ClientMessage::Control(control)) => match self.control(control).await? {
                Ok(answer) => Ok(answer),
                Err(problem) => Err(self.error(&problem)),
            },
            Ok(ClientMessage::Command(command)) => {
                let id = command.id().map(str::to_owned);
                match self.command(command).await {
                    Ok(ack) => Ok(Some(ack)),
                    Err(problem) => Err(self.refused(id, &problem)),
                }
            }
            Err(problem) => Err(match command_of(bytes) {
                Some(id) => self.refused(Some(id), &problem),
                None => self.error(&problem),
            }),
        };
        if let Some(message) = answer.unwrap_or_else(Some) {
            self.sender.send_all(&message).await?;
        }
        Ok(())
    }

    async fn command(&mut self, command: Command) -> Result<Frame, Problem> {
        self.web.count(self.caller.id())?;
        let ack = execute(&self.web, &self.caller, command).await?;
        Ok(encode(&ack))
    }

    /// The outer error ends the connection.
    async fn control(&mut self, control: Control) -> Result<Result<Option<Frame>, Problem>, End> {
        match control {
            Control::Ping {} => Ok(Ok(Some(encode(&Answer::Pong)))),
            Control::Follow { logs } => {
                if self.follower.len() + logs.len() > MAX_LOGS {
                    return Ok(Err(Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, "too_many_logs")));
                }
                let cursor = |(name, after): (&String, &i64)| Some((log_id(&self.caller, name)?, *after));
                let cursors: Option<Cursors> = logs.iter().map(cursor).collect();
                let Some(cursors) = cursors else {
                    let problem = Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, "wrong_shape");
                    return Ok(Err(problem.detail("logs: feed, r7")));
                };
                match self.follower.follow(cursors).await {
                    Ok(()) => Ok(Ok(None)),
                    Err(Ended::Database(error)) => Ok(Err(error.into())),
                    Err(ended) => Err(ended.into()),
                }
            }
            Control::Unfollow { log } => {
                if let Some(log) = log_id(&self.caller, &log) {
                    self.follower.unfollow(log);
                }
                Ok(Ok(None))
            }
            Control::Typing { room } => {
                self.tell(Fleeting::Typing { room });
                Ok(Ok(None))
            }
            Control::Editing { flow, node, here } => Ok(self.edit(flow, node, here).await.map(|()| None)),
            Control::Looking { room, deciding } => {
                if let Err(problem) = self.web.count(self.caller.id()) {
                    return Ok(Err(problem));
                }
                self.tell(Fleeting::Looking { room, deciding });
                Ok(Ok(None))
            }
        }
    }

    async fn edit(&mut self, flow: String, node: Option<String>, here: bool) -> Result<(), Problem> {
        self.web.count(self.caller.id())?;
        self.web.orders.editing(&self.caller, &flow, node, here).await?;
        self.editing = here.then_some(flow);
        Ok(())
    }

    /// Whoever works on a flow and goes does not work on it any more.
    async fn leave(&mut self) {
        if let Some(flow) = self.editing.take()
            && let Err(refusal) = self.web.orders.editing(&self.caller, &flow, None, false).await
        {
            tracing::debug!(%refusal, "nobody was told that somebody left a flow");
        }
    }

    /// Only who follows a room is heard there.
    fn tell(&self, fleeting: Fleeting) {
        if self.follower.follows(fleeting.room()) {
            tell(&self.web, self.caller.id(), fleeting);
        }
    }

    fn refused(&self, command: Option<String>, problem: &Problem) -> Frame {
        encode(&Answer::Refused { command, problem: problem.body(self.language, None) })
    }

    fn error(&self, problem: &Problem) -> Frame {
        encode(&Answer::Error { problem: problem.body(self.language, None) })
    }
}
