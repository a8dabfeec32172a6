//! Consumers as tower services.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_service::Service;

use super::run::serve;
use super::{Base, Context, Json, JsonConsumer, WebSocketConsumer, catch_now, report};
use crate::layer::SharedLayer;
use crate::routing::ResponseFuture;
use crate::scope::Scope;
use crate::websocket::{Connections, Settings, Upgrade};

/// How long a consumer may take to accept or to deny, unless the endpoint says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves WebSockets with a consumer each: a tower service, for axum and for the routers of this crate.
///
/// Requests that are no proper handshake are refused with the status that the specification asks for.
#[derive(Clone)]
pub struct WebSocketEndpoint {
    start: Arc<dyn Fn(Context, oneshot::Receiver<()>) + Send + Sync>,
    settings: Arc<Settings>,
    channel_layer: Option<SharedLayer>,
    connect_timeout: Duration,
    connections: Option<Connections>,
}

impl WebSocketEndpoint {
    /// `make` makes the consumer of one connection.
    pub fn new<C: WebSocketConsumer>(make: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self {
            start: Arc::new(move |context, answered| match catch_now(&make) {
                Ok(consumer) => drop(tokio::spawn(serve(consumer, context, answered))),
                // The answer is dropped with the context, and so becomes a 500.
                Err(panic) => report::<C>(&context.base, panic),
            }),
            settings: Settings::shared(),
            channel_layer: None,
            connect_timeout: CONNECT_TIMEOUT,
            connections: None,
        }
    }

    /// [`WebSocketEndpoint::new`] for a consumer of JSON.
    pub fn json<C: JsonConsumer>(make: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Self::new(move || Json(make()))
    }

    /// Limits, heartbeat, compression.
    pub fn settings(self, settings: Arc<Settings>) -> Self {
        Self { settings, ..self }
    }

    /// The channel layer of the consumers. Without it they use the one of the
    /// [`ProtocolRouter`](crate::routing::ProtocolRouter), or any [`SharedLayer`] in the request's extensions.
    pub fn channel_layer(self, layer: SharedLayer) -> Self {
        Self { channel_layer: Some(layer), ..self }
    }

    /// How long a consumer may take to accept or to deny: 10 s by default. Then the client gets a 503, and the consumer
    /// is told that the client is gone.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Puts all connections on a list, so that they can be asked to leave before the server stops.
    pub fn connections(self, connections: Connections) -> Self {
        Self { connections: Some(connections), ..self }
    }

    /// Starts a consumer, and waits for its decision.
    async fn answer(self, request: Request<Body>) -> Response {
        let (mut parts, _) = request.into_parts();
        let upgrade = match Upgrade::from_parts(&mut parts) {
            Ok(upgrade) => upgrade,
            Err(rejection) => {
                tracing::debug!(%rejection, "a request is no handshake");
                return rejection.into_response();
            }
        };
        let base = Base::new(Scope::new(parts), self.channel_layer);
        let (answer, decision) = oneshot::channel();
        let (waiting, answered) = oneshot::channel();
        (self.start)(Context::new(base, upgrade, self.settings, answer, self.connections), answered);
        match timeout(self.connect_timeout, decision).await {
            Ok(Ok(response)) => {
                let _ = waiting.send(());
                response
            }
            Ok(Err(_)) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Err(_) => {
                tracing::warn!("a consumer took longer than {:?} to connect", self.connect_timeout);
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

impl fmt::Debug for WebSocketEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebSocketEndpoint").finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for WebSocketEndpoint {
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
