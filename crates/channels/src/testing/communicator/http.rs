//! An HTTP client for tests.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde::de::DeserializeOwned;
use tower_service::Service;

use super::{CommunicatorError, TIMEOUT, failure, within};
use crate::consumer::{Probe, ProbeReader};
use crate::routing::Endpoint;

/// One request of a test, for a consumer or for any other service.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), channels::testing::CommunicatorError> {
/// use axum::{Router, routing::get};
/// use channels::testing::HttpCommunicator;
///
/// let app: Router = Router::new().route("/", get(async || "hello"));
/// let mut answer = HttpCommunicator::get(app, "/").send().await?;
/// assert_eq!(answer.status, 200);
/// assert_eq!(answer.text().await?, "hello");
/// # Ok(())
/// # }
/// ```
pub struct HttpCommunicator {
    service: Endpoint,
    request: Request<Body>,
    timeout: Duration,
    probe: ProbeReader,
}

/// An answer whose body is read as it comes. Dropping it is what a client does that leaves.
pub struct Answer {
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    body: BodyDataStream,
    timeout: Duration,
    probe: ProbeReader,
}

impl HttpCommunicator {
    /// A GET request. `path` may have a query.
    ///
    /// # Panics
    /// When `path` is none.
    pub fn get<S>(service: S, path: &str) -> Self
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        Self::new(service, Method::GET, path, "")
    }

    /// A request with a body.
    ///
    /// # Panics
    /// When `path` is none.
    pub fn new<S>(service: S, method: Method, path: &str, body: impl Into<Body>) -> Self
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        let (probe, reader) = Probe::new();
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        let request = request.extension(probe).body(body.into());
        Self {
            service: Endpoint::new(service),
            request: request.expect("the path of the test is a path"),
            timeout: TIMEOUT,
            probe: reader,
        }
    }

    /// Sets a header of the request.
    ///
    /// # Panics
    /// When it is no header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("the value of the test is one of a header");
        self.request.headers_mut().insert(header::HeaderName::from_static(name), value);
        self
    }

    /// Puts something into the scope, as middleware would.
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.request.extensions_mut().insert(value);
        self
    }

    /// How long each step may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the request, and waits for the head of the answer.
    ///
    /// # Errors
    /// [`CommunicatorError::Timeout`]
    pub async fn send(self) -> Result<Answer, CommunicatorError> {
        let Self { service, request, timeout, probe } = self;
        let response = within(timeout, service.answer(request)).await?;
        let (head, body) = response.into_parts();
        let body = body.into_data_stream();
        Ok(Answer { status: head.status, headers: head.headers, body, timeout, probe })
    }
}

impl Answer {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// [`CommunicatorError::Timeout`], [`CommunicatorError::Consumer`], [`CommunicatorError::Body`]
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, CommunicatorError> {
        match within(self.timeout, self.body.next()).await? {
            Some(Ok(bytes)) => Ok(Some(bytes)),
            Some(Err(error)) => {
                failure(&self.probe)?;
                Err(CommunicatorError::Body(error))
            }
            None => Ok(None),
        }
    }

    /// The rest of the body as text. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// As [`Answer::chunk`].
    pub async fn text(&mut self) -> Result<String, CommunicatorError> {
        let mut text = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            text.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The rest of the body from JSON.
    ///
    /// # Errors
    /// As [`Answer::chunk`]; [`CommunicatorError::Json`]
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, CommunicatorError> {
        Ok(serde_json::from_str(&self.text().await?)?)
    }

    /// Leaves, when the body is not at its end, and waits for the consumer's end.
    ///
    /// # Errors
    /// [`CommunicatorError::Consumer`], [`CommunicatorError::Timeout`]
    pub async fn wait(self) -> Result<(), CommunicatorError> {
        let Self { body, timeout, mut probe, .. } = self;
        drop(body);
        let ended = within(timeout, probe.ended()).await;
        failure(&probe)?;
        ended
    }
}

impl fmt::Debug for HttpCommunicator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpCommunicator").finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
