//! Consumers of plain HTTP requests, which hear the channel layer while they answer: long polls, event streams, and
//! any answer that comes in pieces.
//!
//! For clients that can not have a WebSocket: behind old proxies, in shell scripts, in spreadsheets.
//!
//! ```
//! use channels::http_consumer::{HttpContext, HttpEndpoint, SseConsumer, SseEvent};
//! use channels::consumer::Outcome;
//! use channels::layer::Message;
//! use channels::routing::UrlRouter;
//! use channels::scope::Scope;
//!
//! struct Ticker;
//!
//! impl SseConsumer for Ticker {
//!     channels::events!(HttpContext => price_changed);
//!
//!     fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
//!         Ok(vec![scope.str("share")?.to_owned()])
//!     }
//! }
//!
//! impl Ticker {
//!     async fn price_changed(&mut self, context: &mut HttpContext, message: Message) -> Outcome {
//!         let price = message.get("price").and_then(|price| price.as_str()).unwrap_or_default();
//!         Ok(context.send_event(&SseEvent::new(price)).await?)
//!     }
//! }
//!
//! let router = UrlRouter::new().path("prices/<slug:share>", HttpEndpoint::sse(|| Ticker))?;
//! # Ok::<(), channels::routing::PatternError>(())
//! ```
//!
//! As with WebSockets, one method runs at a time, and groups are left whatever happens. What a method returns means:
//!
//! | | before the head of the answer | after it |
//! |---|---|---|
//! | [`Halt::Stop`] | 204 | the answer ends |
//! | [`Halt::Deny`] | 403 | the answer ends |
//! | [`Halt::Close`] | 503 | the answer ends |
//! | an error, a panic | 500 | the answer breaks off |

mod body;
mod context;
mod endpoint;
mod long_poll;
mod run;
mod sse;

use std::future::Future;

use bytes::Bytes;

pub use context::HttpContext;
pub use endpoint::HttpEndpoint;
pub use long_poll::{LongPoll, LongPollConsumer};
pub use sse::{Sse, SseConsumer, SseEvent};

use crate::consumer::{DispatchError, Halt, Outcome, handler_name};
use crate::layer::Message;
use crate::protocol::close_code;
use crate::scope::Scope;

/// Answers one request, at once or over time. See the [module](self).
pub trait HttpConsumer: Send + Sized + 'static {
    /// Groups of the channel layer that the consumer is in from before `request` until its end.
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        let _ = scope;
        Ok(Vec::new())
    }

    /// The request. When this returns before the answer is at its end, events follow until it is.
    fn request(&mut self, context: &mut HttpContext, body: Bytes) -> impl Future<Output = Outcome> + Send;

    /// A message from the channel layer. [`events!`](crate::events) writes this method:
    /// `events!(HttpContext => chat_message)`.
    fn event(&mut self, context: &mut HttpContext, message: Message) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async move { Err(DispatchError::NoHandler(handler_name(&message)?).into()) }
    }

    /// Messages of the layer were lost. By default the answer ends, so that the client asks again.
    fn behind(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Err(Halt::close(close_code::TRY_AGAIN_LATER, "messages were missed")) }
    }

    /// The time of [`HttpContext::wake_after`] has passed.
    fn wake(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Ok(()) }
    }

    /// The client has left before the answer was at its end. A method that was running then was dropped where it
    /// waited.
    fn disconnect(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Ok(()) }
    }
}
