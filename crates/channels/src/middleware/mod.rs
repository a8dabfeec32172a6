//! Who may come in, and what is known about them: tower layers for axum and for the routers of this crate.
//!
//! ```
//! use axum::Router;
//! use channels::middleware::{AllowedHostsLayer, OriginLayer, ScopeLayer, cookie};
//! use channels::routing::{ProtocolRouter, UrlRouter};
//! use http::request::Parts;
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! /// Reads the session's cookie at once, and looks the user up later.
//! fn user(parts: &Parts) -> impl Future<Output = Option<User>> + Send + use<> {
//!     let session = cookie(parts, "session");
//!     async move { session.filter(|session| session == "secret").map(|_| User("anna".into())) }
//! }
//!
//! let sockets = ProtocolRouter::new().websocket(UrlRouter::new());
//! let app: Router = Router::new()
//!     .fallback_service(sockets)
//!     .layer(ScopeLayer::new(user)) // a consumer asks `context.scope().get::<User>()`
//!     .layer(OriginLayer::new(["https://example.org", "https://.example.org:8443"])?)
//!     .layer(AllowedHostsLayer::new(["example.org", ".example.org"])?);
//! # Ok::<(), channels::middleware::HostPatternError>(())
//! ```

mod gate;
mod hosts;
mod origin;
mod scope;

pub use gate::Gate;
pub use hosts::{AllowedHostsLayer, HostPatternError};
pub use origin::OriginLayer;
pub use scope::{ScopeLayer, ScopeService, cookie};

#[cfg(test)]
mod tests;
