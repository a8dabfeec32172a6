//! Routing by protocol.

use std::convert::Infallible;
use std::fmt;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use tower_service::Service;

use super::endpoint::{Endpoint, ResponseFuture, refuse};
use crate::layer::SharedLayer;
use crate::protocol::handshake::is_upgrade;

/// Sends requests that want to be WebSockets to one service, and all others to another. What has no service is a 404.
///
/// ```
/// use axum::{Router, routing::get};
/// use channels::routing::{ProtocolRouter, UrlRouter};
///
/// let pages: Router = Router::new().route("/", get(async || "hello"));
/// let router = ProtocolRouter::new().http(pages).websocket(UrlRouter::new());
/// let app: Router = Router::new().fallback_service(router);
/// ```
#[derive(Clone, Default)]
pub struct ProtocolRouter {
    http: Option<Endpoint>,
    websocket: Option<Endpoint>,
    channel_layer: Option<SharedLayer>,
}

impl ProtocolRouter {
    /// A router without services.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who answers requests.
    pub fn http<S>(self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        Self { http: Some(Endpoint::new(service)), ..self }
    }

    /// Who serves WebSockets: a [`UrlRouter`](super::UrlRouter) or one endpoint.
    pub fn websocket<S>(self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        Self { websocket: Some(Endpoint::new(service)), ..self }
    }

    /// The channel layer of all consumers behind this router that were not given one of their own.
    pub fn channel_layer(self, layer: SharedLayer) -> Self {
        Self { channel_layer: Some(layer), ..self }
    }
}

impl fmt::Debug for ProtocolRouter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ProtocolRouter").finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for ProtocolRouter {
    type Response = Response;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let service = if is_upgrade(request.headers()) { &self.websocket } else { &self.http };
        let Some(service) = service.clone() else { return refuse(StatusCode::NOT_FOUND, "not found") };
        if let Some(layer) = &self.channel_layer {
            request.extensions_mut().insert(layer.clone());
        }
        Box::pin(async move { Ok(service.answer(request).await) })
    }
}
