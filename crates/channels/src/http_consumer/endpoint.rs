//! HTTP consumers as tower services.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::LengthLimitError;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_service::Service;

use super::body::Watched;
use super::run::serve;
use super::{HttpConsumer, HttpContext, LongPoll, LongPollConsumer, Sse, SseConsumer};
use crate::consumer::{Base, catch_now, report};
use crate::layer::SharedLayer;
use crate::routing::ResponseFuture;
use crate::scope::Scope;

/// Bytes that a request's body may have, unless the endpoint says otherwise.
const MAX_BODY: usize = 1 << 20;

/// How long a request's body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a consumer may take to begin its answer, unless the endpoint says otherwise.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// Serves HTTP requests with a consumer each: a tower service, for axum and for the routers of this crate.
#[derive(Clone)]
pub struct HttpEndpoint {
    start: Arc<Start>,
    channel_layer: Option<SharedLayer>,
    max_body: usize,
    answer_timeout: Duration,
}

type Start = dyn Fn(HttpContext, Bytes, oneshot::Receiver<()>) + Send + Sync;

impl HttpEndpoint {
    /// `make` makes the consumer of one request.
    pub fn new<C: HttpConsumer>(make: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self {
            start: Arc::new(move |context, body, gone| match catch_now(&make) {
                Ok(consumer) => drop(tokio::spawn(serve(consumer, context, body, gone))),
                // The answer is dropped with the context, and so becomes a 500.
                Err(panic) => report::<C>(&context.base, panic),
            }),
            channel_layer: None,
            max_body: MAX_BODY,
            answer_timeout: ANSWER_TIMEOUT,
        }
    }

    /// [`HttpEndpoint::new`] for event streams.
    pub fn sse<C: SseConsumer>(make: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self::new(move || Sse(make()))
    }

    /// [`HttpEndpoint::new`] for long polls.
    pub fn long_poll<C: LongPollConsumer>(make: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self::new(move || LongPoll(make()))
    }

    /// The channel layer of the consumers, as [`WebSocketEndpoint`](crate::consumer::WebSocketEndpoint) has it.
    pub fn channel_layer(self, layer: SharedLayer) -> Self {
        Self { channel_layer: Some(layer), ..self }
    }

    /// Bytes that a request's body may have: 1 MiB by default. A larger one is answered 413.
    pub fn max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// How long a consumer may take to begin its answer: 120 s by default. Then the client gets a 503, and the consumer
    /// is told that the client is gone.
    pub fn answer_timeout(self, answer_timeout: Duration) -> Self {
        Self { answer_timeout, ..self }
    }

    async fn answer(self, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let body = match timeout(BODY_TIMEOUT, axum::body::to_bytes(body, self.max_body)).await {
            Ok(Ok(body)) => body,
            Ok(Err(error)) if is_too_long(&error) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Ok(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
            Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        };
        let base = Base::new(Scope::new(parts), self.channel_layer);
        let (answer, head) = oneshot::channel();
        let (_watch, gone) = oneshot::channel();
        (self.start)(HttpContext::new(base, answer), body, gone);
        match timeout(self.answer_timeout, head).await {
            Ok(Ok(response)) => response.map(|body| Body::new(Watched { body, _watch })),
            Ok(Err(_)) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Err(_) => {
                tracing::warn!("a consumer took longer than {:?} to answer", self.answer_timeout);
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    error.source().is_some_and(|source| source.is::<LengthLimitError>())
}

impl fmt::Debug for HttpEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpEndpoint").finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for HttpEndpoint {
    type Response = Response;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let endpoint = self.clone();
        Box::pin(async { Ok(endpoint.answer(request).await) })
    }
}
