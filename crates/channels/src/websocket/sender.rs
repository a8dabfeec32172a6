//! Sending to an open WebSocket, from any task.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Weak};

use bytes::Bytes;

use super::connection::{Connection, SendError, State};
use super::frame::{Frame, Variant};

/// Sends to a connection, from any task. Clones are cheap, and none of them keeps a closed connection open.
#[derive(Clone)]
pub struct Sender(pub(super) Arc<Connection>);

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

    /// A broadcast could not be sent: the connection's task gets [`Incoming::Behind`](super::Incoming::Behind) when the backlog is empty.
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
