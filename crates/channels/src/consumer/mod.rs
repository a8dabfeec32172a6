//! Consumers: what happens on a WebSocket, as methods of a value that lives as long as the connection.
//!
//! ```
//! use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
//! use channels::layer::Message;
//! use channels::scope::Scope;
//! use channels::websocket::ByteString;
//!
//! #[derive(Default)]
//! struct Chat;
//!
//! impl WebSocketConsumer for Chat {
//!     channels::events!(chat_message);
//!
//!     fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
//!         Ok(vec![scope.str("group")?.to_owned()])
//!     }
//!
//!     async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
//!         let group = context.scope().str("group")?.to_owned();
//!         context.group_send(&group, Message::new("chat.message").with("text", &*text)).await?;
//!         Ok(())
//!     }
//! }
//!
//! impl Chat {
//!     /// A message of the type `chat.message` has come over the channel layer.
//!     async fn chat_message(&mut self, context: &mut Context, message: Message) -> Outcome {
//!         context.send_text(message.get("text").and_then(|text| text.as_str()).unwrap_or_default()).await?;
//!         Ok(())
//!     }
//! }
//!
//! let endpoint = WebSocketEndpoint::new(Chat::default);
//! ```
//!
//! What the library promises about each connection:
//!
//! - One method runs at a time. While it does, nothing else is received.
//! - `connect` runs before the request is answered, and decides what the answer is.
//! - At the end the consumer's groups are left and its channel is closed, also after an error or a panic. Neither
//!   touches another connection.
//!
//! | what a method returns | before accept | after it |
//! |---|---|---|
//! | `Ok(())` | `connect` accepts | goes on |
//! | [`Halt::Accept`] | accepts | goes on |
//! | [`Halt::Deny`] | 403 | close code 1000 |
//! | [`Halt::Close`] | 403 | that close code, then `disconnect` |
//! | [`Halt::Stop`] | 403 | close code 1000; `disconnect` is not called |
//! | an error, a panic | 500 | close code 1011; `disconnect` is not called |

mod base;
mod context;
mod dispatch;
mod endpoint;
mod halt;
mod json;
mod probe;
mod run;

use std::future::Future;

use bytes::Bytes;
use bytestring::ByteString;

pub(crate) use base::{Base, context_methods};
pub use context::{Context, ContextError};
pub use dispatch::{DispatchError, handler_name};
pub use endpoint::WebSocketEndpoint;
pub use halt::{Halt, Outcome};
pub use json::{InvalidJson, Json, JsonConsumer};
pub(crate) use probe::{Failure, Probe, ProbeReader, catch, catch_now, report};
pub(crate) use run::ready;

use crate::layer::Message;
use crate::protocol::close_code;
use crate::scope::Scope;
use crate::websocket::Closed;

/// What happens on a WebSocket. See the [module](self) for what is promised about the calls.
///
/// Every method has a default; a consumer writes down those that it needs, as `async fn`.
pub trait WebSocketConsumer: Send + Sized + 'static {
    /// Groups of the channel layer that the connection is in from before `connect` until its end.
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        let _ = scope;
        Ok(Vec::new())
    }

    /// A client wants to connect; its request waits for the answer. Here is decided who may.
    ///
    /// By default everybody may. A consumer that wants to send from here accepts itself:
    /// [`Context::accept`](Context::accept). When the client leaves meanwhile, or the answer takes longer than
    /// [`WebSocketEndpoint::connect_timeout`], the method is dropped where it waits, and `disconnect` is called.
    fn connect(&mut self, context: &mut Context) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Ok(()) }
    }

    /// A text message from the client. By default the connection is closed with 1003.
    fn receive_text(&mut self, context: &mut Context, text: ByteString) -> impl Future<Output = Outcome> + Send {
        let _ = (context, text);
        async { Err(Halt::close(close_code::UNSUPPORTED, "text is not taken here")) }
    }

    /// A binary message from the client. By default the connection is closed with 1003.
    fn receive_binary(&mut self, context: &mut Context, bytes: Bytes) -> impl Future<Output = Outcome> + Send {
        let _ = (context, bytes);
        async { Err(Halt::close(close_code::UNSUPPORTED, "binary is not taken here")) }
    }

    /// A message from the channel layer. [`events!`](crate::events) writes this method; by default nothing is
    /// expected, and a message is an error.
    fn event(&mut self, context: &mut Context, message: Message) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async move { Err(DispatchError::NoHandler(handler_name(&message)?).into()) }
    }

    /// Messages were left out, because the client or this consumer did not keep up, or because the layer was out of
    /// reach. A consumer that can reads what is missing from where it is kept, and sends it.
    ///
    /// By default the connection is closed with 1013, so that no loss is silent: the client comes back and loads what
    /// it needs.
    fn behind(&mut self, context: &mut Context) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Err(Halt::close(close_code::TRY_AGAIN_LATER, "messages were missed")) }
    }

    /// The connection has ended, whoever ended it. Called once for each connection that `connect` was called for,
    /// unless that refused it, and unless the consumer has stopped or failed.
    fn disconnect(&mut self, context: &mut Context, closed: Closed) -> impl Future<Output = Outcome> + Send {
        let _ = (context, closed);
        async { Ok(()) }
    }
}
