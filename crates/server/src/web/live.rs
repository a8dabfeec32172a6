//! `/live`: everything that concerns a person on one WebSocket.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use channels::websocket::{Closed, Incoming, Socket, Upgrade, Utf8Bytes};
use http::HeaderMap;
use tokio::time::Instant;

use super::Web;
use super::live_messages::{
    Answer, ClientMessage, Control, command_of, execute, hello, log_id, parse_message, tell_typing,
};
use super::problem::{Problem, accepted_language};
use crate::accounts::{Caller, Language};
use crate::log::{Cursors, Delivery, Follower, encode};

/// Bytes of a message from the client, at most.
const MAX_MESSAGE: usize = 64 * 1024;

/// Logs that one connection follows, at most.
pub const MAX_LOGS: usize = 500;

/// A silent client is pinged this often, and gone after two pings without an answer.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// A client may send this many messages at once, and [`MESSAGES_PER_SECOND`] on average.
const MESSAGE_BURST: f64 = 500.0;
const MESSAGES_PER_SECOND: f64 = 100.0;

/// Why the server ends a connection.
enum End {
    Gone,
    Close(u16, &'static str),
}

impl From<Closed> for End {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::TooBig => End::Close(1009, "too_big"),
            Closed::ByPeer | Closed::Stalled | Closed::Failed => End::Gone,
        }
    }
}

pub async fn socket(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    upgrade: Result<Upgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Problem::new(http::StatusCode::BAD_REQUEST, "not_a_websocket").into_response();
    };
    let language = caller.person.language.unwrap_or_else(|| accepted_language(&headers));
    // Boxed, because a future keeps room for what it was given beside where it puts it.
    let connection = Box::new(Connection::new(web, caller, language));
    upgrade.accept(MAX_MESSAGE, move |socket| connection.serve(socket))
}

/// What a connection keeps between messages. Small: there are many, and most of them wait.
struct Connection {
    web: Web,
    caller: Caller,
    language: Language,
    follower: Follower,
    _present: crate::rooms::Present,
    allowance: f64,
    allowance_at: Instant,
}

impl Connection {
    fn new(web: Web, caller: Caller, language: Language) -> Self {
        let follower = Follower::new(&web.log, caller.id(), caller.session);
        let _present = web.rooms.presence.enter(caller.id());
        let (allowance, allowance_at) = (MESSAGE_BURST, Instant::now());
        Self { web, caller, language, follower, _present, allowance, allowance_at }
    }

    async fn serve(mut self: Box<Self>, mut socket: Socket) {
        if let End::Close(code, reason) = self.run(&mut socket).await {
            drop(self);
            Box::pin(socket.close(code, reason)).await;
        }
    }

    async fn run(&mut self, socket: &mut Socket) -> End {
        match self.exchange(socket).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn exchange(&mut self, socket: &mut Socket) -> Result<std::convert::Infallible, End> {
        socket.feed(encode(&hello(&self.web, &self.caller))).await?;
        socket.flush().await?;
        let mut stop = self.web.stop.clone();
        let mut pings = 0;
        loop {
            tokio::select! {
                incoming = socket.receive() => {
                    pings = 0;
                    match incoming? {
                        // Boxed, so that a connection that waits does not carry the room for a command.
                        Incoming::Text(text) => Box::pin(self.take(socket, text)).await?,
                        Incoming::Binary => {
                            let problem = Problem::new(http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "text_only");
                            socket.feed(self.error(&problem)).await?;
                            socket.flush().await?;
                        }
                        Incoming::Alive => {}
                    }
                }
                delivery = self.follower.next() => {
                    let first = delivery.map_err(|_| End::Close(1011, "unavailable"))?;
                    self.deliver(socket, first).await?;
                }
                () = tokio::time::sleep(HEARTBEAT) => {
                    if pings == 2 {
                        return Err(End::Gone);
                    }
                    pings += 1;
                    socket.ping().await?;
                }
                () = stop.wait() => return Err(End::Close(1001, "restarting")),
            }
        }
    }

    /// Sends a delivery and whatever else is at hand, in one write.
    async fn deliver(&mut self, socket: &mut Socket, first: Delivery) -> Result<(), End> {
        let mut next = Some(first);
        while let Some(delivery) = next {
            match delivery {
                Delivery::Entries { message, .. }
                | Delivery::Ended { message, .. }
                | Delivery::Followed(message)
                | Delivery::Other(message) => socket.feed(message).await?,
                Delivery::Closed => {
                    socket.flush().await?;
                    return Err(End::Close(4401, "session_ended"));
                }
            }
            next = self.follower.try_next();
        }
        Ok(socket.flush().await?)
    }

    async fn take(&mut self, socket: &mut Socket, text: Utf8Bytes) -> Result<(), End> {
        let now = Instant::now();
        let earned = (now - self.allowance_at).as_secs_f64() * MESSAGES_PER_SECOND;
        self.allowance = (self.allowance + earned).min(MESSAGE_BURST) - 1.0;
        self.allowance_at = now;
        if self.allowance < 0.0 {
            return Err(End::Close(1008, "too_many_messages"));
        }
        let bytes = text.as_bytes();
        let answer = match parse_message(bytes) {
            Ok(ClientMessage::Control(control)) => self.control(control).await.map_err(|problem| self.error(&problem)),
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
            socket.feed(message).await?;
            socket.flush().await?;
        }
        Ok(())
    }

    async fn command(&mut self, command: crate::rooms::Command) -> Result<Utf8Bytes, Problem> {
        self.web.count(self.caller.id())?;
        let ack = execute(&self.web, &self.caller, command).await?;
        Ok(encode(&ack))
    }

    async fn control(&mut self, control: Control) -> Result<Option<Utf8Bytes>, Problem> {
        match control {
            Control::Ping {} => Ok(Some(encode(&Answer::Pong))),
            Control::Follow { logs } => {
                if self.follower.len() + logs.len() > MAX_LOGS {
                    return Err(Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, "too_many_logs"));
                }
                let cursor = |(name, after): (&String, &i64)| Some((log_id(&self.caller, name)?, *after));
                let cursors: Option<Cursors> = logs.iter().map(cursor).collect();
                let wrong =
                    || Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, "wrong_shape").detail("logs: feed, r7");
                self.follower.follow(cursors.ok_or_else(wrong)?).await?;
                Ok(None)
            }
            Control::Unfollow { log } => {
                if let Some(log) = log_id(&self.caller, &log) {
                    self.follower.unfollow(log);
                }
                Ok(None)
            }
            Control::Typing { room } => {
                if self.follower.follows(room) {
                    tell_typing(&self.web, self.caller.id(), room);
                }
                Ok(None)
            }
        }
    }

    fn refused(&self, command: Option<String>, problem: &Problem) -> Utf8Bytes {
        encode(&Answer::Refused { command, problem: problem.body(self.language, None) })
    }

    fn error(&self, problem: &Problem) -> Utf8Bytes {
        encode(&Answer::Error { problem: problem.body(self.language, None) })
    }
}
