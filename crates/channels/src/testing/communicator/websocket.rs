//! A WebSocket client for tests.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use bytestring::ByteString;
use http::{HeaderMap, Request, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower_service::Service;

use super::{CommunicatorError, Data, TIMEOUT, failure, within};
use crate::consumer::{Probe, ProbeReader};
use crate::protocol::Role;
use crate::protocol::handshake::ClientHandshake;
use crate::routing::Endpoint;
use crate::websocket::{Closed, Frame, InMemory, Incoming, Settings, Socket};

/// Bytes on their way in one direction, at most.
const IN_FLIGHT: usize = 256 * 1024;

/// How long [`WebSocketCommunicator::receive_nothing`] waits.
const NOTHING: Duration = Duration::from_millis(100);

/// A WebSocket client for tests. An error of the consumer comes out of the call that waits for it.
///
/// Every call waits for 1 s at most; see [`WebSocketCommunicator::timeout`].
pub struct WebSocketCommunicator {
    service: Endpoint,
    request: Request<Body>,
    subprotocols: Vec<String>,
    compression: bool,
    timeout: Duration,
    probe: ProbeReader,
    socket: Option<Socket>,
    closed: Option<(u16, ByteString)>,
}

/// An accepted connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The one that the server chose.
    pub subprotocol: Option<String>,
    /// All headers of the answer.
    pub headers: HeaderMap,
}

impl WebSocketCommunicator {
    /// A client for a service. `path` may have a query.
    ///
    /// # Panics
    /// When `path` is none.
    pub fn new<S>(service: S, path: &str) -> Self
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        let (probe, reader) = Probe::new();
        let request = Request::get(path).header(header::HOST, "localhost").extension(probe).body(Body::empty());
        Self {
            service: Endpoint::new(service),
            request: request.expect("the path of the test is a path"),
            subprotocols: Vec::new(),
            compression: false,
            timeout: TIMEOUT,
            probe: reader,
            socket: None,
            closed: None,
        }
    }

    /// Sets a header of the request: an origin, a cookie.
    ///
    /// # Panics
    /// When it is no header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("the value of the test is one of a header");
        self.request.headers_mut().insert(header::HeaderName::from_static(name), value);
        self
    }

    /// Puts something into the scope, as middleware would: a user, a session.
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.request.extensions_mut().insert(value);
        self
    }

    /// Where the client is.
    pub fn client(self, address: SocketAddr) -> Self {
        self.extension(ConnectInfo(address))
    }

    /// What the client offers.
    pub fn subprotocols(mut self, subprotocols: &[&str]) -> Self {
        self.subprotocols = subprotocols.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Offers permessage-deflate.
    pub fn compression(mut self) -> Self {
        self.compression = true;
        self
    }

    /// How long each call waits, at most.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Connects, once.
    ///
    /// # Errors
    /// [`CommunicatorError::Rejected`], [`CommunicatorError::Consumer`]
    pub async fn connect(&mut self) -> Result<Connected, CommunicatorError> {
        let subprotocols: Vec<&str> = self.subprotocols.iter().map(String::as_str).collect();
        let handshake = ClientHandshake::new(&subprotocols, self.compression);
        let (client, server) = tokio::io::duplex(IN_FLIGHT);
        let mut request = std::mem::take(&mut self.request);
        request.headers_mut().extend(handshake.request_headers());
        request.extensions_mut().insert(InMemory::new(server));
        let response = within(self.timeout, self.service.answer(request)).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            failure(&self.probe)?;
            return Err(CommunicatorError::Rejected(response.status()));
        }
        let agreement = handshake.check_response(response.status(), response.headers())?;
        let settings = Settings::shared();
        self.socket = Some(Socket::from_stream(client, Role::Client, agreement.deflate, settings, &[]));
        Ok(Connected { subprotocol: agreement.subprotocol, headers: response.headers().clone() })
    }

    /// Sends a text or binary message.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn send_to(&mut self, data: impl Into<Data>) -> Result<(), CommunicatorError> {
        let frame = match data.into() {
            Data::Text(text) => Frame::text(&text),
            Data::Binary(bytes) => Frame::binary(&bytes),
        };
        let limit = self.timeout;
        let socket = self.socket()?;
        if within(limit, socket.send(&frame)).await?.is_ok() {
            return Ok(());
        }
        match self.receive_from().await {
            Err(error) => Err(error),
            Ok(data) => Err(CommunicatorError::NotClosed(data)),
        }
    }

    /// Sends a value as JSON in a text message.
    ///
    /// # Errors
    /// As [`Self::send_to`]; a value that JSON has not.
    pub async fn send_json_to<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CommunicatorError> {
        self.send_to(serde_json::to_string(value)?).await
    }

    /// The next message from the server.
    ///
    /// # Errors
    /// [`CommunicatorError::Closed`], [`CommunicatorError::Consumer`], [`CommunicatorError::Timeout`]
    pub async fn receive_from(&mut self) -> Result<Data, CommunicatorError> {
        if let Some((code, reason)) = self.closed.clone() {
            return Err(CommunicatorError::Closed { code, reason });
        }
        let limit = self.timeout;
        let socket = self.socket()?;
        let incoming = loop {
            match within(limit, socket.receive()).await {
                Ok(Ok(Incoming::Text(text))) => return Ok(Data::Text(text)),
                Ok(Ok(Incoming::Binary(bytes))) => return Ok(Data::Binary(bytes)),
                Ok(Ok(Incoming::Behind)) => {}
                Ok(Err(closed)) => break Ok(closed),
                Err(timeout) => break Err(timeout),
            }
        };
        // A consumer that has failed says more than the end that follows.
        let Ok(closed) = incoming else {
            return Err(failure(&self.probe).err().unwrap_or(CommunicatorError::Timeout(limit)));
        };
        let code = closed.code();
        let reason = if let Closed::ByPeer { reason, .. } = closed { reason } else { ByteString::new() };
        self.closed = Some((code, reason.clone()));
        failure(&self.probe)?;
        Err(CommunicatorError::Closed { code, reason })
    }

    /// The next message, which is JSON in a text message.
    ///
    /// # Errors
    /// As [`Self::receive_from`]; [`CommunicatorError::Json`]
    pub async fn receive_json_from<T: DeserializeOwned>(&mut self) -> Result<T, CommunicatorError> {
        match self.receive_from().await? {
            Data::Text(text) => Ok(serde_json::from_str(&text)?),
            Data::Binary(bytes) => Ok(serde_json::from_slice(&bytes)?),
        }
    }

    /// Whether the server sends nothing for a tenth of a second. With tokio's clock paused: until nothing happens any
    /// more.
    pub async fn receive_nothing(&mut self) -> bool {
        match &mut self.socket {
            Some(socket) => tokio::time::timeout(NOTHING, socket.receive()).await.is_err(),
            None => true,
        }
    }

    /// Waits for the server to close the connection: the code, 1006 when it broke, and the reason.
    ///
    /// # Errors
    /// [`CommunicatorError::NotClosed`] when a message comes first, [`CommunicatorError::Consumer`]
    pub async fn receive_close(&mut self) -> Result<(u16, ByteString), CommunicatorError> {
        match self.receive_from().await {
            Err(CommunicatorError::Closed { code, reason }) => Ok((code, reason)),
            Err(error) => Err(error),
            Ok(data) => Err(CommunicatorError::NotClosed(data)),
        }
    }

    /// The code that the connection was closed with, once that was received: also when the consumer has failed.
    pub fn close_code(&self) -> Option<u16> {
        self.closed.as_ref().map(|(code, _)| *code)
    }

    /// Closes the connection with a code, and waits for the consumer's end.
    ///
    /// # Errors
    /// [`CommunicatorError::Consumer`], [`CommunicatorError::Timeout`]
    pub async fn disconnect(&mut self, code: u16) -> Result<(), CommunicatorError> {
        if let Some(socket) = self.socket.take() {
            socket.close(code, "").await;
        }
        self.wait().await
    }

    /// Breaks the connection without a close frame.
    pub fn abort(&mut self) {
        self.socket = None;
    }

    /// Waits for the consumer's end.
    ///
    /// # Errors
    /// [`CommunicatorError::Consumer`], [`CommunicatorError::Timeout`]
    pub async fn wait(&mut self) -> Result<(), CommunicatorError> {
        let ended = within(self.timeout, self.probe.ended()).await;
        failure(&self.probe)?;
        ended
    }

    fn socket(&mut self) -> Result<&mut Socket, CommunicatorError> {
        self.socket.as_mut().ok_or(CommunicatorError::NotConnected)
    }
}

impl fmt::Debug for WebSocketCommunicator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebSocketCommunicator").field("closed", &self.closed).finish_non_exhaustive()
    }
}
