//! What a consumer knows about the request that it serves.

mod headers;
mod parameters;
mod percent;

use std::fmt;
use std::net::SocketAddr;

use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, OriginalUri, Query};
use http::request::Parts;
use http::{Extensions, Method, Uri};
use serde::de::DeserializeOwned;

pub use headers::Headers;
pub use parameters::{ParameterError, Parameters};
pub(crate) use percent::decode;

use crate::protocol::handshake::is_upgrade;

/// What a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeType {
    /// An answer.
    Http,
    /// A connection that stays.
    WebSocket,
}

/// The address of the client, for servers behind a proxy: a middleware that trusts the proxy puts it into the
/// request's extensions. It goes before axum's `ConnectInfo<SocketAddr>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub SocketAddr);

/// The request that a consumer serves: path, parameters, headers, client, and what middleware knows about it.
///
/// It lives as long as the connection, so it keeps its text in one piece and nothing of the HTTP server's buffers.
/// Its size is bounded by what the HTTP server takes for a head, 64 KiB or so.
///
/// ```
/// use channels::scope::Scope;
///
/// let request = http::Request::get("/room/42/?after=7").header("cookie", "theme=dark").body(())?;
/// let scope = Scope::new(request.into_parts().0);
/// assert_eq!(scope.path(), "/room/42/");
/// assert_eq!(scope.query_value("after").as_deref(), Some("7"));
/// assert_eq!(scope.cookie("theme").as_deref(), Some("dark"));
/// # Ok::<(), http::Error>(())
/// ```
pub struct Scope {
    scope_type: ScopeType,
    method: Method,
    path: Box<str>,
    query: Box<str>,
    headers: Headers,
    parameters: Parameters,
    extensions: Extensions,
}

impl Scope {
    /// Takes what a consumer needs out of a request's head. The parameters are those that the
    /// [`UrlRouter`](crate::routing::UrlRouter) has found.
    pub fn new(mut parts: Parts) -> Self {
        let scope_type = if is_upgrade(&parts.headers) { ScopeType::WebSocket } else { ScopeType::Http };
        let path = match decode(parts.uri.path()) {
            Some(path) => path.into(),
            None => parts.uri.path().into(),
        };
        // axum notes the address that was asked for, as a piece of the HTTP server's read buffer, all of which would
        // live as long as the connection.
        if let Some(OriginalUri(uri)) = parts.extensions.remove()
            && let Ok(copy) = uri.to_string().parse()
        {
            parts.extensions.insert(OriginalUri(copy));
        }
        Self {
            scope_type,
            path,
            query: parts.uri.query().unwrap_or_default().into(),
            headers: Headers::new(&parts.headers),
            parameters: parts.extensions.remove().unwrap_or_default(),
            method: parts.method,
            extensions: parts.extensions,
        }
    }

    /// What the request wants.
    pub fn scope_type(&self) -> ScopeType {
        self.scope_type
    }

    /// The request's method; GET for a WebSocket.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path as the endpoint's router got it, percent-decoded: within `nest_service` of axum, without the prefix.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands after the `?`, as it came.
    pub fn query_string(&self) -> &str {
        &self.query
    }

    /// The query as a type of the caller's.
    ///
    /// # Errors
    /// The query has another shape. As a response the error is a 400.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, QueryRejection> {
        let uri: Uri = format!("/?{}", self.query).parse().unwrap_or_default();
        Query::try_from_uri(&uri).map(|Query(query)| query)
    }

    /// The first value of this name in the query, decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        let pairs: Vec<(String, String)> = self.query().ok()?;
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All headers.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The first value of a header, whatever the case of its name. `None` when it is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// The `Host` header: a name or address, and maybe a port.
    pub fn host(&self) -> Option<&str> {
        self.header("host")
    }

    /// The first cookie of this name, decoded.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all("cookie");
        let mut cookies = lines.flat_map(|line| cookie::Cookie::split_parse_encoded(line).flatten());
        cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
    }

    /// The subprotocols that the client offers, in its order.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        let lines = self.headers.get_all("sec-websocket-protocol");
        lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty())
    }

    /// Whence the request comes: [`ClientAddress`], or else what `into_make_service_with_connect_info` of axum says.
    pub fn client(&self) -> Option<SocketAddr> {
        match self.get::<ClientAddress>() {
            Some(ClientAddress(address)) => Some(*address),
            None => self.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        }
    }

    /// The parameters of the URL.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// A parameter of the URL as text.
    ///
    /// # Errors
    /// [`ParameterError::Missing`]: the pattern of the route has no parameter of this name.
    pub fn str(&self, name: &str) -> Result<&str, ParameterError> {
        self.parameters.str(name)
    }

    /// A parameter of the URL as a type of the caller's.
    ///
    /// # Errors
    /// [`ParameterError`]: the pattern has no such parameter, or its text is not of this type. A converter such as
    /// `<int:id>` makes that a 404 before a consumer is asked.
    pub fn parameter<T: std::str::FromStr>(&self, name: &str) -> Result<T, ParameterError> {
        self.parameters.parse(name)
    }

    /// What middleware has put into the request's extensions: a session, a user.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extensions.get()
    }

    pub(crate) fn take<T: Send + Sync + 'static>(&mut self) -> Option<T> {
        self.extensions.remove()
    }
}

impl fmt::Debug for Scope {
    /// Without headers and query, which may hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scope")
            .field("type", &self.scope_type)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
