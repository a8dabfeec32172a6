//! From an HTTP request to a WebSocket.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::io::DuplexStream;
use tokio::net::TcpStream;

use super::{Settings, Socket};
use crate::protocol::handshake::{HandshakeError, Offer, check_request};
use crate::protocol::{Deflate, Role};

/// A request that asks to become a WebSocket in a way that the protocol allows; an axum extractor.
///
/// Who may connect is another question: see [`OriginLayer`](crate::middleware::OriginLayer).
pub struct Upgrade {
    offer: Offer,
    carrier: Carrier,
}

/// What the WebSocket will run over.
enum Carrier {
    Http(hyper::upgrade::OnUpgrade),
    Memory(DuplexStream),
}

/// Put into a request's extensions, it carries the WebSocket instead of the HTTP connection: for tests without a
/// network. The first [`Upgrade`] of the request takes the stream.
#[derive(Debug, Clone)]
pub struct InMemory(Arc<Mutex<Option<DuplexStream>>>);

impl InMemory {
    /// Over one end of [`tokio::io::duplex`]; the client has the other.
    pub fn new(stream: DuplexStream) -> Self {
        Self(Arc::new(Mutex::new(Some(stream))))
    }

    fn take(&self) -> Option<DuplexStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Why a request can not become a WebSocket. As a response it has the status that the specification asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error("this HTTP connection can not be upgraded")]
    NotUpgradable,
}

impl Rejection {
    pub fn status(&self) -> StatusCode {
        match self {
            Rejection::Handshake(error) => error.status(),
            Rejection::NotUpgradable => StatusCode::UPGRADE_REQUIRED,
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, self.to_string()).into_response();
        if let Rejection::Handshake(error) = &self {
            response.headers_mut().extend(error.response_headers());
        }
        response
    }
}

/// What the handshake's answer says beside yes.
#[derive(Debug, Clone, Default)]
pub struct Accept {
    /// One of the subprotocols that the client offered. A client refuses the connection when it is another.
    pub subprotocol: Option<String>,
    pub headers: HeaderMap,
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Upgrade").field("subprotocols", &self.subprotocols()).finish_non_exhaustive()
    }
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Self::from_parts(parts)
    }
}

impl Upgrade {
    pub fn from_parts(parts: &mut Parts) -> Result<Self, Rejection> {
        let offer = check_request(&parts.method, parts.version, &parts.headers)?;
        let memory = parts.extensions.get::<InMemory>().and_then(InMemory::take);
        let carrier = match memory {
            Some(stream) => Carrier::Memory(stream),
            None => Carrier::Http(parts.extensions.remove().ok_or(Rejection::NotUpgradable)?),
        };
        Ok(Self { offer, carrier })
    }

    pub fn from_request(request: &mut Request<Body>) -> Result<Self, Rejection> {
        let (mut parts, body) = std::mem::take(request).into_parts();
        let upgrade = Self::from_parts(&mut parts);
        *request = Request::from_parts(parts, body);
        upgrade
    }

    /// What the client offers, in its order.
    pub fn subprotocols(&self) -> &[String] {
        &self.offer.subprotocols
    }

    /// Accepts, and runs `serve` in a task of its own.
    pub fn serve<F, Fut>(self, settings: Arc<Settings>, serve: F) -> Response
    where
        F: FnOnce(Socket) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let (response, handshake) = self.accept(settings, Accept::default());
        tokio::spawn(async move {
            match handshake.finish().await {
                // A task of its own: this one would keep the room that the handshake needed.
                Ok(socket) => drop(tokio::spawn(serve(socket))),
                Err(error) => tracing::debug!(%error, "a client left during the handshake"),
            }
        });
        response
    }

    /// Accepts. The response has to be sent before the handshake can finish.
    pub fn accept(self, settings: Arc<Settings>, accept: Accept) -> (Response, Handshake) {
        let deflate = if settings.compression { self.offer.negotiate_deflate() } else { None };
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        *response.headers_mut() = self.offer.response_headers(accept.subprotocol.as_deref(), deflate);
        response.headers_mut().extend(accept.headers);
        (response, Handshake { carrier: self.carrier, settings, deflate })
    }
}

/// A handshake that was accepted, and whose answer is on its way.
pub struct Handshake {
    carrier: Carrier,
    settings: Arc<Settings>,
    deflate: Option<Deflate>,
}

impl fmt::Debug for Handshake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handshake").finish_non_exhaustive()
    }
}

impl Handshake {
    /// Waits until the answer was sent. Fails when the client has left.
    pub async fn finish(self) -> io::Result<Socket> {
        let Self { carrier, settings, deflate } = self;
        let upgraded = match carrier {
            Carrier::Memory(stream) => return Ok(Socket::from_stream(stream, Role::Server, deflate, settings, &[])),
            Carrier::Http(on_upgrade) => on_upgrade.await.map_err(io::Error::other)?,
        };
        // The bare TCP stream, where there is one: it can be written from anywhere, and needs no buffer.
        Ok(match downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => Socket::from_tcp(parts.io.into_inner(), Role::Server, deflate, settings, &parts.read_buf),
            Err(upgraded) => Socket::from_stream(TokioIo::new(upgraded), Role::Server, deflate, settings, &[]),
        })
    }
}
