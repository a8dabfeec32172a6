//! A consumer's side of its connection.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use tokio::sync::oneshot;

use super::{Base, context_methods};
use crate::broadcast::{BroadcastMembership, Broadcaster};
use crate::layer::LayerError;
use crate::websocket::{Accept, Connections, Frame, SendError, Sender, Settings, Socket, Upgrade};

/// Why a context can not do what it is asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// Something was to be sent before the handshake was answered.
    #[error("the connection is not accepted yet")]
    NotAccepted,
    /// The handshake is answered once.
    #[error("the connection was accepted or denied already")]
    Decided,
    /// The client is gone. As a [`Halt`](super::Halt) it is no failure.
    #[error("the connection is closed")]
    Closed,
    /// A client ends a connection whose subprotocol it did not offer.
    #[error("the client did not offer the subprotocol {0:?}")]
    Subprotocol(String),
    /// Neither the endpoint nor a router has one; see [`WebSocketEndpoint::channel_layer`].
    ///
    /// [`WebSocketEndpoint::channel_layer`]: super::WebSocketEndpoint::channel_layer
    #[error("this endpoint has no channel layer")]
    NoLayer,
    /// The layer refuses, or is out of reach.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A value that JSON has not, such as a map with other keys than strings.
    #[error("not to be had as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// A consumer's side of its connection: the request, the client, the channel layer.
pub struct Context {
    pub(super) base: Base,
    stage: Stage,
    settings: Arc<Settings>,
    /// For the consumer's task, after `accept`. The lock only says that a context may be shared, which a socket may
    /// not.
    socket: Mutex<Option<Box<Socket>>>,
    memberships: Vec<BroadcastMembership>,
}

enum Stage {
    /// The client's request waits for its answer.
    Deciding(Box<Pending>),
    Open(Sender),
    /// We have sent a close frame, or denied the connection, or the client left while it was accepted.
    Over,
}

struct Pending {
    upgrade: Upgrade,
    answer: oneshot::Sender<Response>,
    /// The list that the connection goes on, for a deploy.
    connections: Option<Connections>,
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Context").field("scope", &self.base.scope).finish_non_exhaustive()
    }
}

impl Context {
    pub(super) fn new(
        base: Base,
        upgrade: Upgrade,
        settings: Arc<Settings>,
        answer: oneshot::Sender<Response>,
        connections: Option<Connections>,
    ) -> Self {
        let stage = Stage::Deciding(Box::new(Pending { upgrade, answer, connections }));
        Self { base, stage, settings, socket: Mutex::default(), memberships: Vec::new() }
    }

    /// Lets the client in, and waits until the answer was sent.
    ///
    /// # Errors
    /// [`ContextError::Decided`]; [`ContextError::Closed`] when the client has left.
    pub async fn accept(&mut self) -> Result<(), ContextError> {
        self.accept_with(Accept::default()).await
    }

    /// [`Context::accept`] with a subprotocol or headers in the answer.
    ///
    /// # Errors
    /// As [`Context::accept`]; [`ContextError::Subprotocol`] for one that the client did not offer.
    pub async fn accept_with(&mut self, accept: Accept) -> Result<(), ContextError> {
        let Stage::Deciding(pending) = &self.stage else { return Err(ContextError::Decided) };
        if let Some(chosen) = &accept.subprotocol
            && !pending.upgrade.subprotocols().contains(chosen)
        {
            return Err(ContextError::Subprotocol(chosen.clone()));
        }
        let Some(pending) = self.decide() else { return Err(ContextError::Decided) };
        let (response, handshake) = pending.upgrade.accept(self.settings.clone(), accept);
        pending.answer.send(response).map_err(|_| ContextError::Closed)?;
        let socket = handshake.finish().await.map_err(|_| ContextError::Closed)?;
        if let Some(connections) = pending.connections {
            connections.add(&socket.sender());
        }
        self.stage = Stage::Open(socket.sender());
        self.socket = Mutex::new(Some(Box::new(socket)));
        Ok(())
    }

    /// Refuses the client with a 403.
    ///
    /// # Errors
    /// [`ContextError::Decided`]
    pub fn deny(&mut self) -> Result<(), ContextError> {
        self.deny_with(StatusCode::FORBIDDEN.into_response())
    }

    /// Refuses the client with an answer of the consumer's own.
    ///
    /// # Errors
    /// [`ContextError::Decided`]
    pub fn deny_with(&mut self, response: Response) -> Result<(), ContextError> {
        let pending = self.decide().ok_or(ContextError::Decided)?;
        // A client that has left misses only the refusal.
        let _ = pending.answer.send(response);
        Ok(())
    }

    /// Sends a text message; waits while the backlog is full.
    ///
    /// # Errors
    /// [`ContextError::NotAccepted`], [`ContextError::Closed`]
    pub async fn send_text(&self, text: &str) -> Result<(), ContextError> {
        self.send(&Frame::text(text)).await
    }

    /// Sends a binary message; waits while the backlog is full.
    ///
    /// # Errors
    /// As [`Context::send_text`].
    pub async fn send_binary(&self, bytes: &[u8]) -> Result<(), ContextError> {
        self.send(&Frame::binary(bytes)).await
    }

    /// Sends a value as JSON in a text message.
    ///
    /// # Errors
    /// As [`Context::send_text`]; [`ContextError::Json`]
    pub async fn send_json<T: Serialize + ?Sized + Sync>(&self, value: &T) -> Result<(), ContextError> {
        self.send_text(&serde_json::to_string(value)?).await
    }

    /// Sends a ready frame, which many connections may share.
    ///
    /// # Errors
    /// As [`Context::send_text`].
    pub async fn send(&self, frame: &Frame) -> Result<(), ContextError> {
        self.sender()?.send_all(frame).await.map_err(|error| match error {
            SendError::Behind | SendError::Closed => ContextError::Closed,
        })
    }

    /// Closes the connection with a code and a reason of at most 123 bytes, after all that was sent before. When the
    /// client has agreed, or did not for 2 s, `disconnect` is called. Before `accept`: [`Context::deny`].
    ///
    /// # Errors
    /// [`ContextError::Closed`]
    pub fn close(&mut self, code: u16, reason: &str) -> Result<(), ContextError> {
        match &self.stage {
            Stage::Deciding(_) => self.deny(),
            Stage::Open(sender) => {
                sender.close(code, reason);
                self.stage = Stage::Over;
                Ok(())
            }
            Stage::Over => Err(ContextError::Closed),
        }
    }

    /// A handle that sends to this client from anywhere.
    ///
    /// # Errors
    /// [`ContextError::NotAccepted`]; [`ContextError::Closed`] after [`Context::close`].
    pub fn sender(&self) -> Result<&Sender, ContextError> {
        match &self.stage {
            Stage::Deciding(_) => Err(ContextError::NotAccepted),
            Stage::Open(sender) => Ok(sender),
            Stage::Over => Err(ContextError::Closed),
        }
    }

    /// Gives the client the frames of a group of a [`Broadcaster`], until [`Context::leave_broadcast`] or the
    /// connection's end. They do not pass through this consumer. Twice is the same as once.
    ///
    /// # Errors
    /// As [`Context::sender`], and those of the channel layer.
    pub async fn join_broadcast(&mut self, broadcaster: &Broadcaster, group: &str) -> Result<(), ContextError> {
        let sender = self.sender()?;
        if !self.memberships.iter().any(|membership| membership.is_in(broadcaster, group)) {
            let membership = broadcaster.join(group, sender).await?;
            self.memberships.push(membership);
        }
        Ok(())
    }

    /// Keeps the frames of a group from the client again. A group that it is not in is fine.
    pub fn leave_broadcast(&mut self, broadcaster: &Broadcaster, group: &str) {
        self.memberships.retain(|membership| !membership.is_in(broadcaster, group));
    }

    context_methods!();

    /// Takes the request that waits for its answer, once.
    fn decide(&mut self) -> Option<Pending> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Deciding(pending) => Some(*pending),
            other => {
                self.stage = other;
                None
            }
        }
    }

    pub(super) fn take_socket(&mut self) -> Option<Box<Socket>> {
        self.socket.get_mut().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.stage, Stage::Deciding(_))
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Ends what is not at its end: answers the request with `status`, or closes the connection with `code`.
    pub(super) fn end(&mut self, status: StatusCode, code: u16) {
        self.memberships.clear();
        if self.is_undecided() {
            let _ = self.deny_with(status.into_response());
        } else if !self.is_over() {
            let _ = self.close(code, "");
        }
    }
}
