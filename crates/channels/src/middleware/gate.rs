//! Middleware that lets a request pass, or answers it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, Ready, ready};
use http::{Request, StatusCode};
use tower_service::Service;

/// Decides about a request from its head alone.
pub(super) trait Check: Send + Sync {
    /// The status that the request is refused with, and why.
    fn check(&self, head: Head<'_>) -> Result<(), (StatusCode, &'static str)>;
}

/// What a [`Check`] sees.
pub(super) struct Head<'r> {
    pub uri: &'r http::Uri,
    pub headers: &'r http::HeaderMap,
}

/// A service behind a check.
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    check: Arc<dyn Check>,
}

impl<S> Gate<S> {
    pub(super) fn new(inner: S, check: Arc<dyn Check>) -> Self {
        Self { inner, check }
    }
}

impl<S> fmt::Debug for Gate<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for Gate<S>
where
    S: Service<Request<B>, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.check.check(Head { uri: request.uri(), headers: request.headers() }) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err((status, reason)) => {
                tracing::debug!(%status, "a request is refused: {reason}");
                Either::Right(ready(Ok((status, reason).into_response())))
            }
        }
    }
}
