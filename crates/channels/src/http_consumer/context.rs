//! An HTTP consumer's side of its request.

use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::SseEvent;
use super::body::{BodyWriter, channel};
use crate::consumer::{Base, ContextError, context_methods};

/// A piece that the client does not take for this long ends the answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP consumer's side of its request: the answer, and the channel layer.
pub struct HttpContext {
    pub(super) base: Base,
    stage: Stage,
    wake_at: Option<Instant>,
}

enum Stage {
    /// The request waits for the head of its answer.
    Asked(oneshot::Sender<Response>),
    Answering(BodyWriter),
    Done,
}

impl fmt::Debug for HttpContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpContext").field("scope", &self.base.scope).finish_non_exhaustive()
    }
}

impl HttpContext {
    pub(super) fn new(base: Base, answer: oneshot::Sender<Response>) -> Self {
        Self { base, stage: Stage::Asked(answer), wake_at: None }
    }

    /// Answers completely.
    ///
    /// # Errors
    /// [`ContextError::Decided`]: the answer has begun. [`ContextError::Closed`]: the client has left.
    pub fn respond(&mut self, response: impl IntoResponse) -> Result<(), ContextError> {
        self.answer(response.into_response())?;
        self.stage = Stage::Done;
        Ok(())
    }

    /// Begins an answer whose body follows in pieces.
    ///
    /// # Errors
    /// As [`HttpContext::respond`].
    pub fn send_headers(&mut self, status: StatusCode, headers: HeaderMap) -> Result<(), ContextError> {
        let (writer, body) = channel();
        let mut response = Response::new(Body::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        self.answer(response)?;
        self.stage = Stage::Answering(writer);
        Ok(())
    }

    /// Sends a piece of the body; waits while 16 pieces wait for the client, for 30 s at most.
    ///
    /// # Errors
    /// [`ContextError::NotAccepted`]: the head comes first. [`ContextError::Closed`]: the client has left, or does not
    /// read, or the answer is at its end.
    pub async fn send_body(&mut self, piece: impl Into<Bytes>) -> Result<(), ContextError> {
        match &self.stage {
            Stage::Asked(_) => Err(ContextError::NotAccepted),
            Stage::Done => Err(ContextError::Closed),
            Stage::Answering(writer) => match timeout(WRITE_TIMEOUT, writer.write(piece.into())).await {
                Ok(true) => Ok(()),
                Ok(false) | Err(_) => {
                    self.stage = Stage::Done;
                    Err(ContextError::Closed)
                }
            },
        }
    }

    /// Sends an event of an event stream, whose head goes before the first one.
    ///
    /// # Errors
    /// As [`HttpContext::send_body`].
    pub async fn send_event(&mut self, event: &SseEvent) -> Result<(), ContextError> {
        self.begin_event_stream()?;
        self.send_body(event.encode()).await
    }

    /// The answer is at its end.
    ///
    /// # Errors
    /// [`ContextError::NotAccepted`]: the head comes first. [`ContextError::Closed`]: it was at its end before.
    pub fn finish(&mut self) -> Result<(), ContextError> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Answering(writer) => {
                writer.finish();
                Ok(())
            }
            Stage::Done => Err(ContextError::Closed),
            asked => {
                self.stage = asked;
                Err(ContextError::NotAccepted)
            }
        }
    }

    /// Calls `wake` after this long, once. A later call replaces an earlier one.
    pub fn wake_after(&mut self, duration: Duration) {
        self.wake_at = Some(Instant::now() + duration);
    }

    context_methods!();

    pub(super) fn begin_event_stream(&mut self) -> Result<(), ContextError> {
        if !matches!(self.stage, Stage::Asked(_)) {
            return Ok(());
        }
        let headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            // For nginx, which else keeps events back until its buffer is full.
            (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ]);
        self.send_headers(StatusCode::OK, headers)
    }

    fn answer(&mut self, response: Response) -> Result<(), ContextError> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Asked(answer) => answer.send(response).map_err(|_| ContextError::Closed),
            begun => {
                self.stage = begun;
                Err(ContextError::Decided)
            }
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.wake_at
    }

    pub(super) fn forget_wake(&mut self) {
        self.wake_at = None;
    }

    /// Ends what is not at its end: answers with `status`, or ends the body that has begun.
    pub(super) fn end(&mut self, status: StatusCode) {
        let _ = self.respond(status);
        let _ = self.finish();
    }

    /// [`HttpContext::end`] with 500, or breaks the body off.
    pub(super) fn break_off(&mut self) {
        let _ = self.respond(StatusCode::INTERNAL_SERVER_ERROR);
        self.stage = Stage::Done;
    }
}
