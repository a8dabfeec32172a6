//! From a message's type to the method that handles it.

use crate::layer::Message;

/// Why a message of the channel layer has no handler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// Nothing says which method is meant.
    #[error("a message has no type, or one that is no text")]
    NoType,
    /// A leading underscore or dot.
    #[error("the message type {0:?} is private")]
    Private(String),
    /// The consumer expects no such message.
    #[error("there is no handler {0:?}")]
    NoHandler(String),
}

/// The name of the method for a message: `chat.message` is handled by `chat_message`.
///
/// # Errors
/// [`DispatchError::NoType`], [`DispatchError::Private`]
pub fn handler_name(message: &Message) -> Result<String, DispatchError> {
    let name = message.type_name().ok_or(DispatchError::NoType)?.replace('.', "_");
    if name.starts_with('_') { Err(DispatchError::Private(name)) } else { Ok(name) }
}

/// Writes the `event` method of a consumer, which hands each message of the channel layer to the method that its type
/// names: `chat.message` goes to `chat_message`. A message without a type, with a private one (a leading `_` or `.`)
/// or without a handler is an error of the consumer.
///
/// A handler gets the consumer's context and the [`Message`], or what serde makes of it where a type is named.
/// Consumers other than WebSocket consumers name their context first: `events!(HttpContext => chat_message)`.
///
/// ```
/// use channels::consumer::{Context, Outcome, WebSocketConsumer};
/// use channels::layer::Message;
///
/// #[derive(serde::Deserialize)]
/// struct Said {
///     text: String,
/// }
///
/// struct Chat;
///
/// impl WebSocketConsumer for Chat {
///     channels::events!(chat_message: Said, chat_left);
/// }
///
/// impl Chat {
///     async fn chat_message(&mut self, context: &mut Context, said: Said) -> Outcome {
///         Ok(context.send_text(&said.text).await?)
///     }
///
///     async fn chat_left(&mut self, context: &mut Context, _: Message) -> Outcome {
///         Ok(context.send_text("somebody left").await?)
///     }
/// }
/// ```
#[macro_export]
macro_rules! events {
    (@event $message:ident) => { $message };
    (@event $message:ident $event:ty) => { $message.to::<$event>()? };
    ($($handler:ident $(: $event:ty)?),+ $(,)?) => {
        $crate::events!($crate::consumer::Context => $($handler $(: $event)?),+);
    };
    ($context:ty => $($handler:ident $(: $event:ty)?),+ $(,)?) => {
        async fn event(
            &mut self,
            context: &mut $context,
            message: $crate::layer::Message,
        ) -> $crate::consumer::Outcome {
            match $crate::consumer::handler_name(&message)?.as_str() {
                $(stringify!($handler) => self.$handler(context, $crate::events!(@event message $($event)?)).await,)+
                handler => Err($crate::consumer::DispatchError::NoHandler(handler.to_owned()).into()),
            }
        }
    };
}
