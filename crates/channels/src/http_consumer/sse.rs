//! Event streams (HTML, "Server-sent events"): what a browser's `EventSource` reads.

use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use super::{HttpConsumer, HttpContext};
use crate::consumer::{DispatchError, Halt, Outcome, handler_name};
use crate::layer::Message;
use crate::protocol::close_code;
use crate::scope::Scope;

/// A stream on which nothing happens gets a comment this often, so that proxies keep it open, and so that a client
/// that is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    id: Option<String>,
    name: Option<String>,
    data: String,
}

impl SseEvent {
    /// An event with this text, which may have several lines.
    pub fn new(data: impl Into<String>) -> Self {
        Self { id: None, name: None, data: data.into() }
    }

    /// What a client that comes back says it has seen last. Line breaks and zero bytes are left out.
    #[must_use]
    pub fn id(self, id: impl ToString) -> Self {
        Self { id: Some(one_line(&id.to_string())), ..self }
    }

    /// The event's name for `addEventListener`; `message` without one. Line breaks are left out.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        Self { name: Some(one_line(name)), ..self }
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut event = String::with_capacity(self.data.len() + 32);
        // Writing to a String does not fail.
        if let Some(id) = &self.id {
            let _ = writeln!(event, "id: {id}");
        }
        if let Some(name) = &self.name {
            let _ = writeln!(event, "event: {name}");
        }
        for line in self.data.replace("\r\n", "\n").split(['\n', '\r']) {
            let _ = writeln!(event, "data: {line}");
        }
        event.push('\n');
        event.into()
    }
}

fn one_line(text: &str) -> String {
    text.chars().filter(|letter| !matches!(letter, '\n' | '\r' | '\0')).collect()
}

/// Serves an event stream. Events go out with [`HttpContext::send_event`].
pub trait SseConsumer: Send + Sized + 'static {
    /// As [`HttpConsumer::groups`].
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        let _ = scope;
        Ok(Vec::new())
    }

    /// A client wants the stream. One that was here before names the last event that it has seen; what came since is
    /// sent from here. [`Halt::Deny`] and [`HttpContext::respond`] refuse it.
    fn connect(
        &mut self,
        context: &mut HttpContext,
        last_event_id: Option<String>,
    ) -> impl Future<Output = Outcome> + Send {
        let _ = (context, last_event_id);
        async { Ok(()) }
    }

    /// As [`HttpConsumer::event`].
    fn event(&mut self, context: &mut HttpContext, message: Message) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async move { Err(DispatchError::NoHandler(handler_name(&message)?).into()) }
    }

    /// Messages of the layer were lost. By default the stream ends: a browser comes back by itself, and names the last
    /// event that it has seen.
    fn behind(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Err(Halt::close(close_code::TRY_AGAIN_LATER, "messages were missed")) }
    }

    /// As [`HttpConsumer::disconnect`].
    fn disconnect(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Ok(()) }
    }
}

/// An [`SseConsumer`] as an [`HttpConsumer`].
#[derive(Debug, Clone, Default)]
pub struct Sse<C>(pub C);

impl<C: SseConsumer> HttpConsumer for Sse<C> {
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        self.0.groups(scope)
    }

    async fn request(&mut self, context: &mut HttpContext, _: Bytes) -> Outcome {
        let last_event_id = context.scope().header("last-event-id").map(str::to_owned);
        self.0.connect(context, last_event_id).await?;
        context.begin_event_stream()?;
        context.wake_after(KEEP_ALIVE);
        Ok(())
    }

    async fn event(&mut self, context: &mut HttpContext, message: Message) -> Outcome {
        self.0.event(context, message).await
    }

    async fn behind(&mut self, context: &mut HttpContext) -> Outcome {
        self.0.behind(context).await
    }

    async fn wake(&mut self, context: &mut HttpContext) -> Outcome {
        context.send_body(":\n\n").await?;
        context.wake_after(KEEP_ALIVE);
        Ok(())
    }

    async fn disconnect(&mut self, context: &mut HttpContext) -> Outcome {
        self.0.disconnect(context).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_can_not_break_out_of_its_field() {
        let event = SseEvent::new("one\ntwo\r\nthree\rdata: four").id("7\n8\0").name("chat\r\nid: 1");
        assert_eq!(event.encode(), "id: 78\nevent: chatid: 1\ndata: one\ndata: two\ndata: three\ndata: data: four\n\n");
        assert_eq!(SseEvent::new("").encode(), "data: \n\n");
    }
}
