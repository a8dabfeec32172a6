//! Letting connections go in good order, for a deploy.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::sender::{Sender, WeakSender};

/// The open connections of a server, so that they can be asked to leave before it stops. Clones share the list.
///
/// ```
/// # async fn example(socket: channels::websocket::Socket) {
/// use std::time::Duration;
/// use channels::{protocol::close_code, websocket::Connections};
///
/// let connections = Connections::default();
/// connections.add(&socket.sender());
/// // At shutdown: 500 connections a second go, and come back to another server.
/// connections.drain(close_code::SERVICE_RESTART, "restarting", 50, Duration::from_millis(100)).await;
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<Mutex<List>>);

#[derive(Debug, Default)]
struct List {
    senders: Vec<WeakSender>,
    /// Connections that are gone are taken out when the list has grown to this.
    tidy_at: usize,
}

impl Connections {
    /// Remembers a connection for as long as it is open.
    pub fn add(&self, sender: &Sender) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.senders.len() >= list.tidy_at {
            list.senders.retain(WeakSender::is_open);
            list.tidy_at = (list.senders.len() * 2).max(64);
        }
        list.senders.push(sender.downgrade());
    }

    /// The number of connections that are open.
    pub fn len(&self) -> usize {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.senders.iter().filter(|sender| sender.is_open()).count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks all connections to go, `batch` at a time with a `pause` between, so that clients spread their return.
    /// Everything that waits for a client is sent before its close frame. Returns when all were asked.
    pub async fn drain(&self, code: u16, reason: &str, batch: usize, pause: Duration) {
        loop {
            let next: Vec<Sender> = {
                let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let mut next = Vec::new();
                while next.len() < batch.max(1) {
                    let Some(sender) = list.senders.pop() else { break };
                    next.extend(sender.upgrade());
                }
                next
            };
            if next.is_empty() {
                return;
            }
            next.iter().for_each(|sender| sender.close(code, reason));
            if !self.is_empty() {
                tokio::time::sleep(pause).await;
            }
        }
    }
}
