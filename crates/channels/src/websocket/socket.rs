//! An open WebSocket, as its one task has it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Settings;
use super::connection::{Connection, GOODBYE, Io, SendError, State};
use super::frame::Frame;
use super::reader::{Reader, Source, linger};
use super::sender::Sender;
use crate::protocol::{Decoder, Deflate, Event, ProtocolError, Role, close_code};

/// Pings without an answer after which a peer is gone.
const PINGS: u32 = 2;

/// What comes from the peer, or is to be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    Text(ByteString),
    Binary(Bytes),
    /// Broadcasts were left out, because the peer did not keep up. It has now taken everything that waited, and gets
    /// broadcasts again: read what is missing from where it is kept.
    Behind,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The peer's close frame; 1005 when it gave no code. Or the answer to ours.
    #[error("the peer closed the connection with code {code}")]
    ByPeer { code: u16, reason: ByteString },
    /// The peer broke the protocol; it was told so with the error's close code.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The connection broke, or the peer was silent for too long.
    #[error("the connection was lost")]
    Lost,
}

impl Closed {
    /// The code that the connection ended with, as the peer sees it; 1006 when it broke.
    pub fn code(&self) -> u16 {
        match self {
            Closed::ByPeer { code, .. } => *code,
            Closed::Protocol(error) => error.close_code(),
            Closed::Lost => close_code::ABNORMAL,
        }
    }
}

/// An open WebSocket. One task owns it and receives; any number send through [`Sender`]s.
///
/// Pings are answered. A peer that is silent for [`Settings::heartbeat`] is pinged, and gone after two pings
/// without an answer. Dropping the socket ends the connection.
pub struct Socket {
    connection: Arc<Connection>,
    reader: Reader,
    heard: Instant,
    pings: u32,
    /// The end was told; nothing more comes.
    ended: bool,
}

impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Socket").finish_non_exhaustive()
    }
}

impl Socket {
    /// A WebSocket over a TCP stream whose handshake is done. `read` is what came after the handshake.
    pub fn from_tcp(
        stream: TcpStream,
        role: Role,
        deflate: Option<Deflate>,
        settings: Arc<Settings>,
        read: &[u8],
    ) -> Self {
        // Without it, small frames wait for the acknowledgement of earlier ones.
        let _ = stream.set_nodelay(true);
        Self::new(Io::Tcp(stream), Source::Tcp, role, deflate, settings, read)
    }

    /// A WebSocket over any stream whose handshake is done: TLS, or one in memory.
    pub fn from_stream(
        stream: impl AsyncRead + AsyncWrite + Send + 'static,
        role: Role,
        deflate: Option<Deflate>,
        settings: Arc<Settings>,
        read: &[u8],
    ) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let io = Io::Stream(std::sync::Mutex::new(Some(Box::new(writer))));
        Self::new(io, Source::Stream(Box::new(reader)), role, deflate, settings, read)
    }

    fn new(io: Io, source: Source, role: Role, deflate: Option<Deflate>, settings: Arc<Settings>, read: &[u8]) -> Self {
        let reader = Reader::new(source, Decoder::new(role, settings.limits, deflate), read);
        let connection = Arc::new(Connection::new(io, role, deflate, settings));
        Self { connection, reader, heard: Instant::now(), pings: 0, ended: false }
    }

    /// A handle to send with; clones are cheap.
    pub fn sender(&self) -> Sender {
        Sender(self.connection.clone())
    }

    /// The next message. Cancelling the future loses nothing.
    ///
    /// After an error the connection ends by itself, so that the peer need not wait for what the caller has to tidy up.
    pub async fn receive(&mut self) -> Result<Incoming, Closed> {
        if self.ended {
            return Err(Closed::Lost);
        }
        let received = self.next().await;
        if received.is_err() {
            self.end();
        }
        received
    }

    async fn next(&mut self) -> Result<Incoming, Closed> {
        loop {
            if let Some(event) = self.decode_unread()? {
                if let Some(incoming) = self.take(event)? {
                    return Ok(incoming);
                }
                continue;
            }
            let connection = self.connection.clone();
            match connection.state() {
                State::Closed => return Err(Closed::Lost),
                State::Closing => return Err(self.wait_for_goodbye().await),
                State::Open if connection.is_behind() && connection.is_drained() => {
                    connection.catch_up();
                    return Ok(Incoming::Behind);
                }
                State::Open => {}
            }
            let deadline = self.heard + self.connection.settings.heartbeat * (self.pings + 1);
            tokio::select! {
                biased;
                read = self.read() => match read? {
                    Some(event) => if let Some(incoming) = self.take(event)? {
                        return Ok(incoming);
                    },
                    None => return Err(self.lost()),
                },
                () = connection.wake.notified() => {}
                () = tokio::time::sleep_until(deadline) => {
                    if self.pings == PINGS {
                        return Err(self.lost());
                    }
                    self.pings += 1;
                    // A full backlog is no reason to ping: the write timeout watches that connection.
                    let _ = connection.send(&Frame::ping(b""));
                }
            }
        }
    }

    /// Sends a frame; waits while the backlog is full.
    pub async fn send(&mut self, frame: &Frame) -> Result<(), SendError> {
        self.sender().send_all(frame).await
    }

    /// Closes with a code and a reason (at most 123 bytes; more is cut), and waits up to 2 s for the peer to agree.
    pub async fn close(mut self, code: u16, reason: &str) {
        if !self.ended {
            self.connection.close(code, reason);
            self.wait_for_goodbye().await;
        }
    }

    fn lost(&self) -> Closed {
        self.connection.shut();
        Closed::Lost
    }

    /// Lets the connection go, with time for a close frame to arrive.
    fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let connection = self.connection.clone();
        if connection.state() != State::Closing {
            connection.shut();
            return;
        }
        let source = self.reader.take_source();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(linger(connection, source))),
            Err(_) => connection.shut(),
        }
    }

    fn decode_unread(&mut self) -> Result<Option<Event>, Closed> {
        self.reader.decode_unread().map_err(|error| self.fail(error))
    }

    fn fail(&self, error: ProtocolError) -> Closed {
        self.connection.close(error.close_code(), &error.to_string());
        Closed::Protocol(error)
    }

    /// Reads and decodes. `None`: the stream has ended.
    async fn read(&mut self) -> Result<Option<Event>, Closed> {
        while let Some(decoded) = self.reader.read(&self.connection.io).await {
            (self.heard, self.pings) = (Instant::now(), 0);
            if let Some(event) = decoded.map_err(|error| self.fail(error))? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn take(&mut self, event: Event) -> Result<Option<Incoming>, Closed> {
        match event {
            Event::Text(text) => Ok(Some(Incoming::Text(text))),
            Event::Binary(bytes) => Ok(Some(Incoming::Binary(bytes))),
            Event::Ping(payload) => {
                // A peer that pings faster than it reads misses answers; it may ask again.
                let _ = self.connection.send(&Frame::pong(&payload));
                Ok(None)
            }
            Event::Pong(_) => Ok(None),
            Event::Close(frame) => {
                let code = frame.as_ref().map_or(close_code::NO_STATUS, |frame| frame.code);
                self.connection.close(code, "");
                let reason = frame.map(|frame| frame.reason).unwrap_or_default();
                Err(Closed::ByPeer { code, reason })
            }
        }
    }

    /// After our close frame: until the peer's, for a short time.
    async fn wait_for_goodbye(&mut self) -> Closed {
        let goodbye = async {
            loop {
                let event = match self.decode_unread() {
                    Ok(Some(event)) => Some(event),
                    Ok(None) => self.read().await.unwrap_or(None),
                    Err(_) => None,
                };
                match event {
                    Some(Event::Close(frame)) => {
                        let code = frame.as_ref().map_or(close_code::NO_STATUS, |frame| frame.code);
                        return Closed::ByPeer { code, reason: frame.map(|frame| frame.reason).unwrap_or_default() };
                    }
                    Some(_) => {}
                    None => return Closed::Lost,
                }
            }
        };
        tokio::time::timeout(GOODBYE, goodbye).await.unwrap_or(Closed::Lost)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.end();
    }
}
