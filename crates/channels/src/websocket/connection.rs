//! The sending side of a connection, shared by its task and by everybody who sends to it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::Settings;
use super::frame::{COMPRESS_FROM, Frame, Variant};
use crate::protocol::deflate::compress;
use crate::protocol::{Deflate, Opcode, Role, encode_frame};

/// Buffers that one write takes, at most.
const SLICES: usize = 64;

/// A connection that is closed by us waits this long for the peer to agree.
pub(super) const GOODBYE: Duration = Duration::from_secs(2);

/// Why something was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The backlog is full. Nothing of what was given is sent.
    #[error("the connection does not keep up")]
    Behind,
    #[error("the connection is closed")]
    Closed,
}

/// A stream that is no plain TCP connection: TLS, or one in memory.
pub(super) type Writer = Box<dyn AsyncWrite + Send + Unpin>;

pub(super) enum Io {
    /// Written where the frame is made, without waking a task.
    Tcp(TcpStream),
    /// Written by a task that lives as long as something waits. The writer is here while no task has it.
    Stream(Mutex<Option<Writer>>),
}

pub(super) struct Connection {
    pub io: Io,
    role: Role,
    deflate: Option<Deflate>,
    pub settings: Arc<Settings>,
    outbox: Mutex<Outbox>,
    /// A broadcast was left out, because the backlog was full.
    behind: AtomicBool,
    /// For the connection's own task: the backlog is empty, or the connection is to be closed.
    pub wake: Notify,
    /// For those who wait for room in the backlog.
    pub drained: Notify,
}

/// What waits to be written. Owns no heap memory when nothing does.
#[derive(Default)]
struct Outbox {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    state: State,
    /// A flusher is at work.
    flushing: bool,
    /// A task has its turn and will write what it has gathered at the end of it.
    gathering: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Open,
    /// A close frame was sent or waits; nothing may follow it.
    Closing,
    /// Broken, or at its end.
    Closed,
}

impl Outbox {
    /// Takes what was written off the backlog.
    fn written(&mut self, mut count: usize) {
        self.bytes = self.bytes.saturating_sub(count);
        while let Some(first) = self.waiting.front_mut() {
            if first.len() > count {
                first.advance(count);
                break;
            }
            count -= first.len();
            self.waiting.pop_front();
        }
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
    }
}

impl Connection {
    pub fn new(io: Io, role: Role, deflate: Option<Deflate>, settings: Arc<Settings>) -> Self {
        let (outbox, behind, wake, drained) = Default::default();
        Self { io, role, deflate, settings, outbox, behind, wake, drained }
    }

    pub fn variant(&self) -> Variant {
        Variant::of(self.deflate)
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self) -> State {
        self.outbox().state
    }

    pub fn is_drained(&self) -> bool {
        self.outbox().waiting.is_empty()
    }

    /// Marks a broadcast as left out. Answers whether it is the first one.
    pub fn fall_behind(&self) -> bool {
        !self.behind.swap(true, Ordering::AcqRel)
    }

    pub fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Acquire)
    }

    pub fn catch_up(&self) -> bool {
        self.behind.swap(false, Ordering::AcqRel)
    }

    /// The bytes of a frame on this connection.
    fn encode(&self, frame: &Frame) -> Bytes {
        if self.role == Role::Server {
            return frame.variant(self.variant()).clone();
        }
        let message = matches!(frame.opcode(), Opcode::Text | Opcode::Binary);
        let compressed = self
            .deflate
            .filter(|_| message && frame.payload().len() >= COMPRESS_FROM)
            .map(|deflate| compress(frame.payload(), deflate.client_window_bits));
        let payload = compressed.as_deref().unwrap_or(frame.payload());
        let mut bytes = Vec::with_capacity(payload.len() + 14);
        encode_frame(&mut bytes, frame.opcode(), true, compressed.is_some(), Some(rand::random()), payload);
        bytes.into()
    }

    pub fn send(self: &Arc<Self>, frame: &Frame) -> Result<(), SendError> {
        self.send_bytes(self.encode(frame))
    }

    /// Sends whole frames, ready for this connection, or nothing of them.
    pub fn send_bytes(self: &Arc<Self>, bytes: Bytes) -> Result<(), SendError> {
        let mut outbox = self.outbox();
        if outbox.state != State::Open {
            return Err(SendError::Closed);
        }
        let waits = outbox.bytes + outbox.waiting.len() * size_of::<Bytes>();
        if !outbox.waiting.is_empty() && waits + bytes.len() > self.settings.backlog {
            return Err(SendError::Behind);
        }
        self.write(&mut outbox, bytes)
    }

    /// Sends a close frame after everything that waits, even over the bound of the backlog.
    pub fn close(self: &Arc<Self>, code: u16, reason: &str) {
        let frame = self.encode(&Frame::close(code, reason));
        let mut outbox = self.outbox();
        if outbox.state == State::Open {
            let _ = self.write(&mut outbox, frame);
            if outbox.state == State::Open {
                outbox.state = State::Closing;
            }
        }
        drop(outbox);
        self.wake.notify_one();
    }

    fn write(self: &Arc<Self>, outbox: &mut Outbox, mut bytes: Bytes) -> Result<(), SendError> {
        if let Io::Tcp(stream) = &self.io
            && outbox.waiting.is_empty()
            && !outbox.flushing
            && !outbox.gathering
        {
            match stream.try_write(&bytes) {
                Ok(written) => bytes.advance(written),
                Err(error) if is_later(&error) => {}
                Err(_) => {
                    self.broke(outbox);
                    return Err(SendError::Closed);
                }
            }
            if bytes.is_empty() {
                return Ok(());
            }
        }
        outbox.bytes += bytes.len();
        outbox.waiting.push_back(bytes);
        if !outbox.gathering {
            self.start_flusher(outbox);
        }
        Ok(())
    }

    fn start_flusher(self: &Arc<Self>, outbox: &mut Outbox) {
        if !outbox.flushing {
            outbox.flushing = true;
            tokio::spawn(flush(self.clone()));
        }
    }

    fn broke(&self, outbox: &mut Outbox) {
        outbox.state = State::Closed;
        self.wake.notify_one();
        self.drained.notify_waiters();
    }

    /// From now on what is sent waits, until [`Connection::write_gathered`].
    pub fn gather(&self) {
        self.outbox().gathering = true;
    }

    /// Writes what was gathered.
    pub fn write_gathered(self: &Arc<Self>) {
        let mut outbox = self.outbox();
        outbox.gathering = false;
        if outbox.waiting.is_empty() || outbox.flushing {
            return;
        }
        if let Io::Tcp(stream) = &self.io {
            let slices: Vec<IoSlice<'_>> =
                outbox.waiting.iter().take(SLICES).map(|bytes| IoSlice::new(bytes)).collect();
            match stream.try_write_vectored(&slices) {
                Ok(count) => outbox.written(count),
                Err(error) if is_later(&error) => {}
                Err(_) => self.broke(&mut outbox),
            }
        }
        if outbox.waiting.is_empty() {
            // Somebody may have waited for room while nothing was written.
            self.drained.notify_waiters();
        } else if outbox.state != State::Closed {
            self.start_flusher(&mut outbox);
        }
    }

    /// Ends the connection without a word more.
    pub fn shut(&self) {
        let mut outbox = self.outbox();
        outbox.state = State::Closed;
        outbox.waiting = VecDeque::new();
        outbox.bytes = 0;
        drop(outbox);
        match &self.io {
            Io::Tcp(stream) => drop(socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Both)),
            Io::Stream(_) => drop(self.take_writer()),
        }
        self.wake.notify_one();
        self.drained.notify_waiters();
    }

    /// Says that nothing more comes, once everything is written.
    pub async fn shut_sending(&self) {
        match &self.io {
            Io::Tcp(stream) => drop(socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Write)),
            Io::Stream(_) => {
                if let Some(mut writer) = self.take_writer() {
                    let _ = writer.shutdown().await;
                }
            }
        }
    }

    fn take_writer(&self) -> Option<Writer> {
        match &self.io {
            Io::Tcp(_) => None,
            Io::Stream(place) => place.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }

    fn next_slices(&self) -> Vec<Bytes> {
        self.outbox().waiting.iter().take(SLICES).cloned().collect()
    }

    /// Whether the flusher may go: nothing waits, and from now on a sender starts another.
    fn end_flushing(&self, writer: &mut Option<Writer>) -> bool {
        let mut outbox = self.outbox();
        if !outbox.waiting.is_empty() && outbox.state != State::Closed {
            return false;
        }
        if let (Io::Stream(place), Some(writer)) = (&self.io, writer.take())
            && outbox.state != State::Closed
        {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
        }
        outbox.flushing = false;
        true
    }
}

/// Writes what waits. A write that makes no progress for [`Settings::write_timeout`] ends the connection.
async fn flush(connection: Arc<Connection>) {
    let mut writer = connection.take_writer();
    loop {
        let slices = connection.next_slices();
        if !slices.is_empty() {
            let write = write_some(&connection.io, &mut writer, &slices);
            match timeout(connection.settings.write_timeout, write).await {
                Ok(Ok(count)) if count > 0 => {
                    connection.outbox().written(count);
                    continue;
                }
                Ok(Ok(_) | Err(_)) | Err(_) => connection.shut(),
            }
        }
        if let Some(writer) = &mut writer {
            // Bytes of a TLS stream may wait inside it.
            if !matches!(timeout(connection.settings.write_timeout, writer.flush()).await, Ok(Ok(()))) {
                connection.shut();
            }
        }
        if connection.end_flushing(&mut writer) {
            connection.wake.notify_one();
            connection.drained.notify_waiters();
            return;
        }
    }
}

async fn write_some(io: &Io, writer: &mut Option<Writer>, slices: &[Bytes]) -> io::Result<usize> {
    let slices: Vec<IoSlice<'_>> = slices.iter().map(|bytes| IoSlice::new(bytes)).collect();
    match (io, writer) {
        (Io::Tcp(stream), _) => loop {
            // Polled, so that the waker that the HTTP server has left behind is replaced.
            poll_fn(|context| stream.poll_write_ready(context)).await?;
            match stream.try_write_vectored(&slices) {
                Err(error) if is_later(&error) => {}
                result => return result,
            }
        },
        (Io::Stream(_), Some(writer)) => writer.write_vectored(&slices).await,
        (Io::Stream(_), None) => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

pub(super) fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
