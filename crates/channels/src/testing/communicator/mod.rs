//! Clients for tests, without a network.
//!
//! ```
//! use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::testing::WebSocketCommunicator;
//! use channels::websocket::ByteString;
//!
//! struct Echo;
//!
//! impl WebSocketConsumer for Echo {
//!     async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
//!         Ok(context.send_text(&text).await?)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), channels::testing::CommunicatorError> {
//! let mut client = WebSocketCommunicator::new(WebSocketEndpoint::new(|| Echo), "/");
//! client.connect().await?;
//! client.send_to("hello").await?;
//! assert_eq!(client.receive_from().await?, "hello");
//! assert!(client.receive_nothing().await);
//! client.disconnect(1000).await
//! # }
//! ```
//!
//! What is tested is any service that axum would take: an endpoint, a router, a whole application. The bytes of the
//! protocol go through memory; nothing else is different from a server's work.

mod http;
mod websocket;

use std::fmt;
use std::future::Future;
use std::time::Duration;

use ::http::StatusCode;
use bytes::Bytes;
use bytestring::ByteString;

pub use http::{Answer, HttpCommunicator};
pub use websocket::{Connected, WebSocketCommunicator};

use crate::consumer::{Failure, ProbeReader};

/// A test waits this long, unless it says otherwise.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Why a test does not get what it waits for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommunicatorError {
    /// The consumer has failed: its own error.
    #[error("the consumer failed: {0}")]
    Consumer(Box<dyn std::error::Error + Send + Sync>),
    /// The consumer has panicked, with this text.
    #[error("the consumer {0}")]
    Panic(String),
    /// The handshake was answered with this status.
    #[error("the connection was refused with status {0}")]
    Rejected(StatusCode),
    /// 1006 when it broke.
    #[error("the connection was closed with code {code}: {reason:?}")]
    Closed {
        /// The code of the close frame.
        code: u16,
        /// Often empty.
        reason: ByteString,
    },
    /// A message came where the end was expected.
    #[error("{0:?} came instead of the end")]
    NotClosed(Data),
    /// See [`WebSocketCommunicator::timeout`].
    #[error("nothing came for {0:?}")]
    Timeout(Duration),
    /// [`WebSocketCommunicator::connect`] comes before all else, and once.
    #[error("connect first")]
    NotConnected,
    /// Or what was to be sent can not be written as JSON.
    #[error("what came is not the JSON that is expected: {0}")]
    Json(#[from] serde_json::Error),
    /// The service said 101 without keeping the rules.
    #[error("the handshake is wrong: {0}")]
    Handshake(#[from] crate::protocol::handshake::HandshakeError),
    /// The body ended before its end.
    #[error("the body of the answer broke: {0}")]
    Body(axum::Error),
}

/// A message, as text or as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A text message.
    Text(ByteString),
    /// A binary message.
    Binary(Bytes),
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Data {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<&[u8]> for Data {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(Bytes::copy_from_slice(bytes))
    }
}

impl PartialEq<&str> for Data {
    fn eq(&self, text: &&str) -> bool {
        matches!(self, Self::Text(own) if own == text)
    }
}

impl fmt::Display for Data {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(formatter),
            Self::Binary(bytes) => write!(formatter, "{} bytes", bytes.len()),
        }
    }
}

/// The failure of the consumer, once.
fn failure(probe: &ProbeReader) -> Result<(), CommunicatorError> {
    match probe.take_failure() {
        None => Ok(()),
        Some(Failure::Error(error)) => Err(CommunicatorError::Consumer(error)),
        Some(panic @ Failure::Panic(_)) => Err(CommunicatorError::Panic(panic.to_string())),
    }
}

async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, CommunicatorError> {
    tokio::time::timeout(limit, future).await.map_err(|_| CommunicatorError::Timeout(limit))
}
