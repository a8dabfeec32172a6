//! An open WebSocket: the receiving side, and the sender that everybody may have.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::Poll;

use bytes::Bytes;
use bytestring::ByteString;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Settings;
use super::connection::{Connection, GOODBYE, Io, SendError, State, is_later};
use super::frame::{Frame, Variant};
use crate::protocol::{Decoder, Deflate, Event, ProtocolError, Role, close_code};

/// Bytes that one read takes, at most.
const READ: usize = 64 * 1024;

/// Pings without an answer after which a peer is gone.
const PINGS: u32 = 2;

thread_local! {
    /// Connections do not keep a buffer: what is read is decoded before the thread does anything else.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
}

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

enum Reader {
    /// The stream is in the connection.
    Tcp,
    Stream(Box<dyn AsyncRead + Send + Unpin>),
}

/// An open WebSocket. One task owns it and receives; any number send through [`Sender`]s.
///
/// Pings are answered. A peer that is silent for [`Settings::heartbeat`] is pinged, and gone after two pings
/// without an answer. Dropping the socket ends the connection.
pub struct Socket {
    connection: Arc<Connection>,
    decoder: Decoder,
    reader: Reader,
    /// What was read and is not decoded yet.
    unread: Option<Box<Unread>>,
    heard: Instant,
    pings: u32,
    /// The end was told; nothing more comes.
    ended: bool,
}

struct Unread {
    bytes: Vec<u8>,
    used: usize,
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
        Self::new(Io::Tcp(stream), Reader::Tcp, role, deflate, settings, read)
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
        Self::new(io, Reader::Stream(Box::new(reader)), role, deflate, settings, read)
    }

    fn new(io: Io, reader: Reader, role: Role, deflate: Option<Deflate>, settings: Arc<Settings>, read: &[u8]) -> Self {
        let decoder = Decoder::new(role, settings.limits, deflate);
        let unread = (!read.is_empty()).then(|| Box::new(Unread { bytes: read.to_vec(), used: 0 }));
        let connection = Arc::new(Connection::new(io, role, deflate, settings));
        Self { connection, decoder, reader, unread, heard: Instant::now(), pings: 0, ended: false }
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
        let reader = std::mem::replace(&mut self.reader, Reader::Tcp);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(linger(connection, reader))),
            Err(_) => connection.shut(),
        }
    }

    fn decode_unread(&mut self) -> Result<Option<Event>, Closed> {
        let Some(unread) = &mut self.unread else { return Ok(None) };
        let mut input = &mut unread.bytes[unread.used..];
        let before = input.len();
        let decoded = self.decoder.decode(&mut input);
        unread.used += before - input.len();
        if unread.used == unread.bytes.len() {
            self.unread = None;
        }
        decoded.map_err(|error| self.fail(error))
    }

    fn fail(&self, error: ProtocolError) -> Closed {
        self.connection.close(error.close_code(), &error.to_string());
        Closed::Protocol(error)
    }

    /// Reads and decodes. `None`: the stream has ended.
    async fn read(&mut self) -> Result<Option<Event>, Closed> {
        loop {
            let result = match (&mut self.reader, &self.connection.io) {
                (Reader::Tcp, Io::Tcp(stream)) => {
                    // Polled, so that the waker that the HTTP server has left behind is replaced.
                    if poll_fn(|context| stream.poll_read_ready(context)).await.is_err() {
                        return Ok(None);
                    }
                    BUFFER.with_borrow_mut(|buffer| {
                        let count = stream.try_read(buffer)?;
                        Ok(decode(&mut self.decoder, &mut self.unread, &mut buffer[..count]))
                    })
                }
                (Reader::Stream(reader), _) => {
                    let (decoder, unread) = (&mut self.decoder, &mut self.unread);
                    poll_fn(|context| {
                        BUFFER.with_borrow_mut(|buffer| {
                            let mut buffer = ReadBuf::new(buffer);
                            std::task::ready!(Pin::new(&mut *reader).poll_read(context, &mut buffer))?;
                            Poll::Ready(Ok(decode(decoder, unread, buffer.filled_mut())))
                        })
                    })
                    .await
                }
                (Reader::Tcp, Io::Stream(_)) => Err(io::ErrorKind::Unsupported.into()),
            };
            let decoded = match result {
                Ok(Some(decoded)) => decoded,
                Ok(None) => return Ok(None),
                Err(error) if is_later(&error) => continue,
                Err(_) => return Ok(None),
            };
            (self.heard, self.pings) = (Instant::now(), 0);
            if let Some(event) = decoded.map_err(|error| self.fail(error))? {
                return Ok(Some(event));
            }
        }
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

/// Decodes what was read into the first event, and keeps the rest. `None`: nothing was read.
fn decode(
    decoder: &mut Decoder,
    unread: &mut Option<Box<Unread>>,
    bytes: &mut [u8],
) -> Option<Result<Option<Event>, ProtocolError>> {
    if bytes.is_empty() {
        return None;
    }
    let mut input = bytes;
    let decoded = decoder.decode(&mut input);
    if !input.is_empty() && decoded.is_ok() {
        *unread = Some(Box::new(Unread { bytes: input.to_vec(), used: 0 }));
    }
    Some(decoded)
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.end();
    }
}

/// Lets what waits be written, then ends the connection, whoever still holds a sender.
///
/// Data that is not read when a TCP connection is closed resets it, and the reset may overtake our close frame. So
/// the rest is read and forgotten, for a short time.
async fn linger(connection: Arc<Connection>, mut reader: Reader) {
    let end = async {
        Sender(connection.clone()).drained().await.ok();
        connection.shut_sending().await;
        match (&mut reader, &connection.io) {
            (Reader::Tcp, Io::Tcp(stream)) => while forget_some(stream).await {},
            (Reader::Stream(reader), _) => {
                let mut forgotten = [0; 1024];
                while matches!(reader.read(&mut forgotten).await, Ok(1..)) {}
            }
            (Reader::Tcp, Io::Stream(_)) => {}
        }
    };
    let _ = tokio::time::timeout(GOODBYE, end).await;
    connection.shut();
}

/// Answers whether there may be more.
async fn forget_some(stream: &TcpStream) -> bool {
    if poll_fn(|context| stream.poll_read_ready(context)).await.is_err() {
        return false;
    }
    match BUFFER.with_borrow_mut(|buffer| stream.try_read(buffer)) {
        Ok(count) => count > 0,
        Err(error) => is_later(&error),
    }
}

/// Sends to a connection, from any task. Clones are cheap, and none of them keeps a closed connection open.
#[derive(Clone)]
pub struct Sender(Arc<Connection>);

impl fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl Sender {
    /// Writes a frame at once, or queues what the socket does not take. Never waits.
    pub fn send(&self, frame: &Frame) -> Result<(), SendError> {
        self.0.send(frame)
    }

    /// Sends a frame; waits while the backlog is full.
    pub async fn send_all(&self, frame: &Frame) -> Result<(), SendError> {
        loop {
            match self.send(frame) {
                Err(SendError::Behind) => self.drained().await?,
                result => return result,
            }
        }
    }

    /// Sends frames that are joined for this connection's [`Sender::variant`]: all of them, or none.
    pub fn send_bytes(&self, frames: Bytes) -> Result<(), SendError> {
        self.0.send_bytes(frames)
    }

    pub fn variant(&self) -> Variant {
        self.0.variant()
    }

    /// Waits until the peer has taken everything that was queued.
    pub async fn drained(&self) -> Result<(), SendError> {
        loop {
            let notified = self.0.drained.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if self.0.state() == State::Closed {
                return Err(SendError::Closed);
            }
            if self.0.is_drained() {
                return Ok(());
            }
            notified.await;
        }
    }

    /// Runs a future so that what it sends to this connection in one turn, up to where it waits for something, leaves
    /// in one write at the end of the turn. Give it a pinned future: `sender.gather(pin!(async { … }))`.
    pub fn gather<F: Future + Unpin>(&self, mut future: F) -> impl Future<Output = F::Output> {
        let connection = self.0.clone();
        poll_fn(move |context| {
            connection.gather();
            // Also after a panic.
            let _turn = Turn(&connection);
            Pin::new(&mut future).poll(context)
        })
    }

    /// A broadcast could not be sent: the connection's task gets [`Incoming::Behind`] when the backlog is empty.
    /// Until then broadcasts are left out.
    pub fn fall_behind(&self) {
        if self.0.fall_behind() {
            self.0.wake.notify_one();
        }
    }

    pub fn is_behind(&self) -> bool {
        self.0.is_behind()
    }

    /// Asks the peer to go: a close frame after everything that waits. The connection's task sees the end.
    pub fn close(&self, code: u16, reason: &str) {
        self.0.close(code, reason);
    }

    /// Whether two handles send to the same connection.
    pub fn is_same(&self, other: &Sender) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The turn of a task that gathers; its end writes.
struct Turn<'c>(&'c Arc<Connection>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.write_gathered();
    }
}

/// A [`Sender`] that does not keep the connection's state in memory.
#[derive(Clone)]
pub(super) struct WeakSender(Weak<Connection>);

impl fmt::Debug for WeakSender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WeakSender").finish_non_exhaustive()
    }
}

impl Sender {
    pub(super) fn downgrade(&self) -> WeakSender {
        WeakSender(Arc::downgrade(&self.0))
    }
}

impl WeakSender {
    pub fn upgrade(&self) -> Option<Sender> {
        self.0.upgrade().filter(|connection| connection.state() == State::Open).map(Sender)
    }

    pub fn is_open(&self) -> bool {
        self.upgrade().is_some()
    }
}
