//! Sessions, users, and whatever else is known about a client.

use std::fmt;
use std::future::Future;
use std::task::{Context, Poll};

use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Request, StatusCode, header};
use tower_layer::Layer;
use tower_service::Service;

/// Finds out something about each request, and puts it into the scope: a session, a user, a tenant.
///
/// The function reads what it needs from the request's head at once, and may then wait for a database. A consumer
/// gets the value with [`Scope::get`](crate::scope::Scope::get), an axum handler with `Extension`.
#[derive(Clone)]
pub struct ScopeLayer<F> {
    find: F,
    otherwise: Option<StatusCode>,
}

impl<F> ScopeLayer<F> {
    /// A request for which the function finds nothing goes on without.
    pub fn new<V, Fut>(find: F) -> Self
    where
        F: Fn(&Parts) -> Fut + Clone,
        Fut: Future<Output = Option<V>> + Send,
        V: Clone + Send + Sync + 'static,
    {
        Self { find, otherwise: None }
    }

    /// A request for which the function finds nothing is answered with this status: 401 for who is not known, 403 for
    /// who may not.
    pub fn required(self, otherwise: StatusCode) -> Self {
        Self { otherwise: Some(otherwise), ..self }
    }
}

impl<F> fmt::Debug for ScopeLayer<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ScopeLayer").field("otherwise", &self.otherwise).finish_non_exhaustive()
    }
}

impl<S, F: Clone> Layer<S> for ScopeLayer<F> {
    type Service = ScopeService<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        ScopeService { inner, layer: self.clone() }
    }
}

/// A service whose requests know more.
#[derive(Debug, Clone)]
pub struct ScopeService<S, F> {
    inner: S,
    layer: ScopeLayer<F>,
}

impl<S, F, B, Fut, V> Service<Request<B>> for ScopeService<S, F>
where
    S: Service<Request<B>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    F: Fn(&Parts) -> Fut,
    Fut: Future<Output = Option<V>> + Send + 'static,
    V: Clone + Send + Sync + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let found = (self.layer.find)(&parts);
        let otherwise = self.layer.otherwise;
        // The one that was polled until it was ready.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            match (found.await, otherwise) {
                (Some(value), _) => drop(parts.extensions.insert(value)),
                (None, Some(status)) => return Ok(status.into_response()),
                (None, None) => {}
            }
            inner.call(Request::from_parts(parts, body)).await
        })
    }
}

/// The first cookie of this name, decoded.
pub fn cookie(parts: &Parts, name: &str) -> Option<String> {
    let lines = parts.headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| ::cookie::Cookie::split_parse_encoded(line).flatten());
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}
