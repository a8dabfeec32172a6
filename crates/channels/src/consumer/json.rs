//! Consumers that speak JSON.

use std::future::Future;

use bytes::Bytes;
use bytestring::ByteString;
use serde::de::DeserializeOwned;

use super::{Context, DispatchError, Halt, Outcome, WebSocketConsumer, handler_name};
use crate::layer::Message;
use crate::protocol::close_code;
use crate::scope::Scope;
use crate::websocket::Closed;

/// A client's message that is not the JSON that is expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJson {
    /// JSON is text.
    #[error("a message is binary")]
    Binary,
    /// A text message of no bytes.
    #[error("a message is empty")]
    Empty,
    /// No JSON, or JSON of another shape.
    #[error(transparent)]
    Json(serde_json::Error),
}

impl InvalidJson {
    /// 1003 for binary data, else 1007.
    pub fn close_code(&self) -> u16 {
        match self {
            Self::Binary => close_code::UNSUPPORTED,
            Self::Empty | Self::Json(_) => close_code::INVALID_DATA,
        }
    }
}

/// A [`WebSocketConsumer`] whose client sends JSON in text messages. Answers go out with [`Context::send_json`].
///
/// ```
/// use channels::consumer::{Context, JsonConsumer, Outcome, WebSocketEndpoint};
///
/// #[derive(serde::Deserialize, serde::Serialize)]
/// struct Said {
///     text: String,
/// }
///
/// struct Echo;
///
/// impl JsonConsumer for Echo {
///     type Incoming = Said;
///
///     async fn receive(&mut self, context: &mut Context, said: Said) -> Outcome {
///         Ok(context.send_json(&said).await?)
///     }
/// }
///
/// let endpoint = WebSocketEndpoint::json(|| Echo);
/// ```
pub trait JsonConsumer: Send + Sized + 'static {
    /// What the client sends. An enum with `#[serde(tag = "...")]` makes a protocol of several messages.
    type Incoming: DeserializeOwned + Send;

    /// As [`WebSocketConsumer::groups`].
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        let _ = scope;
        Ok(Vec::new())
    }

    /// As [`WebSocketConsumer::connect`].
    fn connect(&mut self, context: &mut Context) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Ok(()) }
    }

    /// A message from the client.
    fn receive(&mut self, context: &mut Context, message: Self::Incoming) -> impl Future<Output = Outcome> + Send;

    /// A message that is not the JSON that is expected. By default the connection is closed with
    /// [`InvalidJson::close_code`].
    fn invalid(&mut self, context: &mut Context, error: InvalidJson) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        tracing::debug!(%error, "a client sent what is no proper JSON");
        async move { Err(Halt::close(error.close_code(), error.to_string())) }
    }

    /// As [`WebSocketConsumer::event`].
    fn event(&mut self, context: &mut Context, message: Message) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async move { Err(DispatchError::NoHandler(handler_name(&message)?).into()) }
    }

    /// As [`WebSocketConsumer::behind`].
    fn behind(&mut self, context: &mut Context) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Err(Halt::close(close_code::TRY_AGAIN_LATER, "messages were missed")) }
    }

    /// As [`WebSocketConsumer::disconnect`].
    fn disconnect(&mut self, context: &mut Context, closed: Closed) -> impl Future<Output = Outcome> + Send {
        let _ = (context, closed);
        async { Ok(()) }
    }
}

/// A [`JsonConsumer`] as a [`WebSocketConsumer`].
#[derive(Debug, Clone, Default)]
pub struct Json<C>(pub C);

impl<C: JsonConsumer> WebSocketConsumer for Json<C> {
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        self.0.groups(scope)
    }

    async fn connect(&mut self, context: &mut Context) -> Outcome {
        self.0.connect(context).await
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        if text.is_empty() {
            return self.0.invalid(context, InvalidJson::Empty).await;
        }
        match serde_json::from_str(&text) {
            Ok(message) => self.0.receive(context, message).await,
            Err(error) => self.0.invalid(context, InvalidJson::Json(error)).await,
        }
    }

    async fn receive_binary(&mut self, context: &mut Context, _: Bytes) -> Outcome {
        self.0.invalid(context, InvalidJson::Binary).await
    }

    async fn event(&mut self, context: &mut Context, message: Message) -> Outcome {
        self.0.event(context, message).await
    }

    async fn behind(&mut self, context: &mut Context) -> Outcome {
        self.0.behind(context).await
    }

    async fn disconnect(&mut self, context: &mut Context, closed: Closed) -> Outcome {
        self.0.disconnect(context, closed).await
    }
}
