//! Routing by path.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use super::endpoint::{Endpoint, EndpointService, ResponseFuture, refuse};
use super::pattern::{Pattern, PatternError};
use crate::scope::{Parameters, decode};

/// Routes by path: the first pattern that matches wins.
///
/// The parameters of the patterns are in the consumer's [`Scope`](crate::scope::Scope). Clones share the routes.
#[derive(Clone, Default)]
pub struct UrlRouter {
    routes: Arc<Vec<Route>>,
}

#[derive(Clone)]
struct Route {
    pattern: Pattern,
    target: Target,
}

#[derive(Clone)]
enum Target {
    Endpoint(Endpoint),
    Router(UrlRouter),
}

impl UrlRouter {
    /// A router without routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves the paths of a pattern such as `room/<slug:group>/`. What stands in `<>` is a parameter, `<name>` or
    /// `<converter:name>`:
    ///
    /// | converter | takes |
    /// |---|---|
    /// | `str` (when none is named) | anything without `/`, at least one character |
    /// | `int` | digits, up to 64 bits |
    /// | `slug` | ASCII letters, digits, `-` and `_` |
    /// | `uuid` | a UUID with dashes, in small letters |
    /// | `path` | anything, `/` too |
    ///
    /// # Errors
    /// [`PatternError`]
    pub fn path<S>(self, pattern: &str, endpoint: S) -> Result<Self, PatternError>
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        Ok(self.with(Pattern::path(pattern, true)?, Target::Endpoint(Endpoint::new(endpoint))))
    }

    /// Serves the paths in which a regular expression is found. It is searched for anywhere in the path, after
    /// leading `/` are stripped, so `^` and `$` are up to the caller. Named groups are parameters; without any, the
    /// groups are parameters named `0`, `1`, …
    ///
    /// # Errors
    /// [`PatternError`]
    pub fn regex<S>(self, pattern: &str, endpoint: S) -> Result<Self, PatternError>
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        Ok(self.with(Pattern::regex(pattern)?, Target::Endpoint(Endpoint::new(endpoint))))
    }

    /// Leaves the paths that begin with a pattern to another router, which gets what follows. Parameters come
    /// together; the inner one of two with the same name wins. When the inner router has no route, the search goes on
    /// with the routes after this one.
    ///
    /// # Errors
    /// [`PatternError`]
    pub fn nest(self, prefix: &str, router: UrlRouter) -> Result<Self, PatternError> {
        Ok(self.with(Pattern::path(prefix, false)?, Target::Router(router)))
    }

    /// [`UrlRouter::nest`] for a regular expression; the inner router gets what follows the first place where it is
    /// found.
    ///
    /// # Errors
    /// [`PatternError`]
    pub fn nest_regex(self, prefix: &str, router: UrlRouter) -> Result<Self, PatternError> {
        Ok(self.with(Pattern::regex(prefix)?, Target::Router(router)))
    }

    /// Puts a middleware around each endpoint that the router has by now. Paths without a route do not meet it.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<EndpointService>,
        L::Service: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Future: Send,
    {
        self.wrap(&layer)
    }

    fn wrap<L>(mut self, layer: &L) -> Self
    where
        L: Layer<EndpointService>,
        L::Service: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Future: Send,
    {
        let routes = Arc::make_mut(&mut self.routes);
        *routes = std::mem::take(routes)
            .into_iter()
            .map(|Route { pattern, target }| match target {
                Target::Endpoint(endpoint) => Route { pattern, target: Target::Endpoint(endpoint.layer(layer)) },
                Target::Router(router) => Route { pattern, target: Target::Router(router.wrap(layer)) },
            })
            .collect();
        self
    }

    fn with(mut self, pattern: Pattern, target: Target) -> Self {
        Arc::make_mut(&mut self.routes).push(Route { pattern, target });
        self
    }

    fn find(&self, path: &str, outer: &Parameters) -> Option<(&Endpoint, Parameters)> {
        let path = path.trim_start_matches('/');
        self.routes.iter().find_map(|route| {
            let mut parameters = outer.clone();
            let rest = route.pattern.find(path, &mut parameters)?;
            match &route.target {
                Target::Endpoint(endpoint) => Some((endpoint, parameters)),
                Target::Router(router) => router.find(rest, &parameters),
            }
        })
    }
}

impl fmt::Debug for UrlRouter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UrlRouter").field("routes", &self.routes.len()).finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for UrlRouter {
    type Response = Response;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Some(path) = decode(request.uri().path()) else {
            return refuse(StatusCode::BAD_REQUEST, "the path is not UTF-8");
        };
        let outer = request.extensions().get().cloned().unwrap_or_default();
        let Some((endpoint, parameters)) = self.find(&path, &outer) else {
            return refuse(StatusCode::NOT_FOUND, "not found");
        };
        let endpoint = endpoint.clone();
        drop(path);
        request.extensions_mut().insert(parameters);
        Box::pin(async move { Ok(endpoint.answer(request).await) })
    }
}
