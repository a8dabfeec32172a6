//! Which endpoint serves a request.
//!
//! [`UrlRouter`] looks at the path, [`ProtocolRouter`] at the protocol. Both are tower services, so one line hangs
//! them into an axum router, and an endpoint is any service that axum would take: a consumer's
//! [`WebSocketEndpoint`](crate::consumer::WebSocketEndpoint), an axum `Router`, an axum handler.
//!
//! ```
//! use axum::{Router, routing::get};
//! use channels::consumer::{WebSocketConsumer, WebSocketEndpoint};
//! use channels::routing::UrlRouter;
//!
//! #[derive(Default)]
//! struct Chat;
//! impl WebSocketConsumer for Chat {}
//!
//! let sockets = UrlRouter::new()
//!     .path("room/<slug:group>/", WebSocketEndpoint::new(Chat::default))?
//!     .regex(r"ws/(?P<group>\w+)/$", WebSocketEndpoint::new(Chat::default))?;
//! let app: Router = Router::new().route("/", get(async || "hello")).fallback_service(sockets);
//! # Ok::<(), channels::routing::PatternError>(())
//! ```
//!
//! Paths are matched percent-decoded, and as the router gets them: axum's `nest_service` takes its prefix away first,
//! `fallback_service` and `route_service` leave the path whole. A path that is not UTF-8 is a 400, one that no route
//! takes a 404.

mod endpoint;
mod pattern;
mod protocol;
mod url;

pub(crate) use endpoint::{Endpoint, ResponseFuture};
pub use pattern::PatternError;
pub use protocol::ProtocolRouter;
pub use url::UrlRouter;

#[cfg(test)]
mod tests;
