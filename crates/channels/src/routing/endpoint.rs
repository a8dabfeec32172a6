//! Services of different types behind one.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::{Request, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

/// A service that can answer, whatever its type. Clones share it.
#[derive(Clone)]
pub(crate) struct Endpoint(Arc<dyn Answer>);

trait Answer: Send + Sync {
    fn answer(&self, request: Request<Body>) -> BoxFuture<'static, Response>;
}

/// The service that is cloned for each request.
struct Cloned<S>(S);

impl<S> Answer for Cloned<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    fn answer(&self, request: Request<Body>) -> BoxFuture<'static, Response> {
        let mut service = self.0.clone();
        Box::pin(async move {
            let Ok(()) = poll_fn(|context| service.poll_ready(context)).await;
            let Ok(response) = service.call(request).await;
            response
        })
    }
}

impl Endpoint {
    pub fn new<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        Self(Arc::new(Cloned(service)))
    }

    pub fn answer(&self, request: Request<Body>) -> BoxFuture<'static, Response> {
        self.0.answer(request)
    }

    /// The endpoint with a middleware around it.
    pub fn layer<L>(self, layer: &L) -> Self
    where
        L: Layer<EndpointService>,
        L::Service: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Future: Send,
    {
        Self::new(layer.layer(EndpointService(self)))
    }
}

/// An endpoint of a router, for the middleware around it.
#[derive(Clone)]
pub struct EndpointService(Endpoint);

impl std::fmt::Debug for EndpointService {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("EndpointService").finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for EndpointService {
    type Response = Response;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.0.answer(request);
        Box::pin(async { Ok(answer.await) })
    }
}

/// What the services of this crate return.
pub(crate) type ResponseFuture = BoxFuture<'static, Result<Response, Infallible>>;

/// An answer without an endpoint.
pub(super) fn refuse(status: StatusCode, reason: &'static str) -> ResponseFuture {
    Box::pin(std::future::ready(Ok((status, reason).into_response())))
}
