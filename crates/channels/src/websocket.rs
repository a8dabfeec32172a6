//! A WebSocket connection.
//!
//! Frames are queued with [`Socket::feed`] and leave together with [`Socket::flush`]. axum's codec serves behind this
//! type, with a read buffer of 1 KiB so that an idle connection stays small.

use std::future::Future;
use std::time::Duration;

use axum::extract::FromRequestParts;
pub use axum::extract::ws::Utf8Bytes;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};

/// A write that makes no progress for this long means that the peer is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection's read buffer, in bytes.
const READ_BUFFER: usize = 1024;

/// Queued frames are written when they reach this many bytes, or at a flush.
const WRITE_BUFFER: usize = 64 * 1024;

/// What the peer sent.
#[derive(Debug)]
pub enum Incoming {
    Text(Utf8Bytes),
    Binary,
    /// A ping or a pong: the peer is alive. Pings are answered already.
    Alive,
}

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    #[error("the peer closed the connection")]
    ByPeer,
    #[error("the peer sent a message that is larger than allowed")]
    TooBig,
    #[error("the peer does not take what is sent to it")]
    Stalled,
    #[error("the connection failed")]
    Failed,
}

/// An HTTP request that wants to become a WebSocket; an axum extractor.
#[derive(Debug)]
pub struct Upgrade(WebSocketUpgrade);

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = WebSocketUpgradeRejection;

    async fn from_request_parts(parts: &mut http::request::Parts, state: &S) -> Result<Self, Self::Rejection> {
        WebSocketUpgrade::from_request_parts(parts, state).await.map(Self)
    }
}

impl Upgrade {
    /// Accepts the connection and runs `serve` with it. Messages and frames of more than `max_message_bytes` end it.
    pub fn accept<F, Fut>(self, max_message_bytes: usize, serve: F) -> Response
    where
        F: FnOnce(Socket) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.0
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(max_message_bytes)
            .max_frame_size(max_message_bytes)
            .on_upgrade(move |inner| {
                // A task of its own: the one of the upgrade would keep the room that it needed for as long as the
                // connection lives.
                tokio::spawn(serve(Socket { inner: Box::new(inner) }));
                std::future::ready(())
            })
    }
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    /// Boxed, because futures that pass it on keep room for it each.
    inner: Box<WebSocket>,
}

impl Socket {
    /// The next message of the peer. Cancelling the future loses nothing.
    pub async fn receive(&mut self) -> Result<Incoming, Closed> {
        match self.inner.next().await {
            Some(Ok(Message::Text(text))) => Ok(Incoming::Text(text)),
            Some(Ok(Message::Binary(_))) => Ok(Incoming::Binary),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Incoming::Alive),
            Some(Ok(Message::Close(_))) | None => Err(Closed::ByPeer),
            Some(Err(error)) => Err(if is_too_big(&error) { Closed::TooBig } else { Closed::Failed }),
        }
    }

    /// Queues a text frame. Cloning a `Utf8Bytes` shares its bytes.
    pub async fn feed(&mut self, text: Utf8Bytes) -> Result<(), Closed> {
        within_write_timeout(self.inner.feed(Message::Text(text))).await
    }

    /// Sends what is queued.
    pub async fn flush(&mut self) -> Result<(), Closed> {
        within_write_timeout(self.inner.flush()).await
    }

    pub async fn ping(&mut self) -> Result<(), Closed> {
        within_write_timeout(self.inner.send(Message::Ping(bytes::Bytes::new()))).await
    }

    /// Closes with a code and a reason (at most 123 bytes). A peer that is gone already is no error.
    pub async fn close(mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
        if within_write_timeout(self.inner.send(Message::Close(Some(frame)))).await.is_ok() {
            // The peer's own close frame ends the conversation; without waiting for it, the reset of the TCP
            // connection could overtake our frame.
            let drain = async { while let Some(Ok(_)) = self.inner.next().await {} };
            let _ = tokio::time::timeout(Duration::from_secs(2), drain).await;
        }
    }
}

async fn within_write_timeout(write: impl Future<Output = Result<(), axum::Error>>) -> Result<(), Closed> {
    match tokio::time::timeout(WRITE_TIMEOUT, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Closed::Failed),
        Err(_) => Err(Closed::Stalled),
    }
}

fn is_too_big(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("too big") || error.to_string().contains("too long") {
            return true;
        }
        cause = error.source();
    }
    false
}
