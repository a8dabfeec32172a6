//! A WebSocket connection.
//!
//! [`Upgrade`] is an axum extractor. It turns a request into a [`Socket`], which one task owns and receives from;
//! [`Sender`]s send to it from anywhere.
//!
//! ```
//! use axum::{Router, response::Response, routing::get};
//! use channels::websocket::{Frame, Incoming, Settings, Socket, Upgrade};
//!
//! async fn echo(upgrade: Upgrade) -> Response {
//!     upgrade.serve(Settings::shared(), |mut socket: Socket| async move {
//!         while let Ok(Incoming::Text(text)) = socket.receive().await {
//!             if socket.send(&Frame::text(&text)).await.is_err() {
//!                 return;
//!             }
//!         }
//!     })
//! }
//! let app: Router = Router::new().route("/echo", get(echo));
//! ```
//!
//! A frame is written to a TCP socket where it is made, without waking a task. What the socket does not take waits in
//! a bounded backlog, and leaves together with what has come by then, in one write. A connection that waits owns no
//! buffer.

mod client;
mod connection;
mod drain;
mod frame;
mod reader;
mod sender;
mod socket;
mod upgrade;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

pub use bytestring::ByteString;
pub use client::{ConnectError, connect, connect_with};
pub use connection::SendError;
pub use drain::Connections;
pub use frame::{Frame, Variant};
pub use sender::Sender;
pub use socket::{Closed, Incoming, Socket};
pub use upgrade::{Accept, Handshake, InMemory, Rejection, Upgrade};

use crate::protocol::Limits;

/// How connections behave. One value serves many connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How much a peer may send.
    pub limits: Limits,
    /// Bytes that may wait for a peer that does not read; one frame when that is larger.
    pub backlog: usize,
    /// A peer that is silent for this long is pinged; after three times this long it is gone.
    pub heartbeat: Duration,
    /// A write that makes no progress for this long ends the connection.
    pub write_timeout: Duration,
    /// Whether permessage-deflate is negotiated.
    pub compression: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            backlog: 256 * 1024,
            heartbeat: Duration::from_secs(25),
            write_timeout: Duration::from_secs(30),
            compression: true,
        }
    }
}

impl Settings {
    /// The defaults, shared.
    pub fn shared() -> Arc<Self> {
        static DEFAULT: LazyLock<Arc<Settings>> = LazyLock::new(Arc::default);
        DEFAULT.clone()
    }
}
