//! Long polls: a request is answered when there is something to say.

use std::future::Future;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;

use super::{HttpConsumer, HttpContext};
use crate::consumer::Outcome;
use crate::layer::Message;
use crate::scope::Scope;

/// How long a request waits, unless the consumer says otherwise. Proxies give up after 30 s and more.
const WAIT: Duration = Duration::from_secs(25);

/// Answers a request as soon as there is something to say, and else after a time.
///
/// The groups are joined before `poll` looks, so nothing falls between the look and the wait.
///
/// ```
/// use axum::Json;
/// use axum::response::{IntoResponse, Response};
/// use channels::consumer::Outcome;
/// use channels::http_consumer::{HttpContext, HttpEndpoint, LongPollConsumer};
/// use channels::scope::Scope;
///
/// struct News;
///
/// fn news_after(_number: u64) -> Vec<String> {
///     Vec::new()
/// }
///
/// impl LongPollConsumer for News {
///     fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
///         Ok(vec!["news".into()])
///     }
///
///     async fn poll(&mut self, context: &mut HttpContext) -> Outcome<Option<Response>> {
///         let after = context.scope().query_value("after").and_then(|after| after.parse().ok()).unwrap_or(0);
///         let news = news_after(after);
///         Ok((!news.is_empty()).then(|| Json(news).into_response()))
///     }
/// }
///
/// let endpoint = HttpEndpoint::long_poll(|| News);
/// ```
pub trait LongPollConsumer: Send + Sized + 'static {
    /// As [`HttpConsumer::groups`].
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        let _ = scope;
        Ok(Vec::new())
    }

    /// How long the request waits: 25 s by default. The endpoint's
    /// [`answer_timeout`](super::HttpEndpoint::answer_timeout) has to be longer.
    fn wait(&self, scope: &Scope) -> Duration {
        let _ = scope;
        WAIT
    }

    /// What there is to say now, if there is something.
    fn poll(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome<Option<Response>>> + Send;

    /// A message from the channel layer. By default it is only a reason to look again.
    fn event(
        &mut self,
        context: &mut HttpContext,
        message: Message,
    ) -> impl Future<Output = Outcome<Option<Response>>> + Send {
        let _ = message;
        self.poll(context)
    }

    /// There was nothing for so long. By default the answer is a 204.
    fn timeout(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome<Response>> + Send {
        let _ = context;
        async { Ok(StatusCode::NO_CONTENT.into_response()) }
    }

    /// As [`HttpConsumer::disconnect`].
    fn disconnect(&mut self, context: &mut HttpContext) -> impl Future<Output = Outcome> + Send {
        let _ = context;
        async { Ok(()) }
    }
}

/// A [`LongPollConsumer`] as an [`HttpConsumer`].
#[derive(Debug, Clone, Default)]
pub struct LongPoll<C>(pub C);

impl<C: LongPollConsumer> HttpConsumer for LongPoll<C> {
    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        self.0.groups(scope)
    }

    async fn request(&mut self, context: &mut HttpContext, _: Bytes) -> Outcome {
        context.wake_after(self.0.wait(context.scope()));
        let answer = self.0.poll(context).await?;
        say(context, answer)
    }

    async fn event(&mut self, context: &mut HttpContext, message: Message) -> Outcome {
        let answer = self.0.event(context, message).await?;
        say(context, answer)
    }

    async fn behind(&mut self, context: &mut HttpContext) -> Outcome {
        let answer = self.0.poll(context).await?;
        say(context, answer)
    }

    async fn wake(&mut self, context: &mut HttpContext) -> Outcome {
        let answer = self.0.timeout(context).await?;
        say(context, Some(answer))
    }

    async fn disconnect(&mut self, context: &mut HttpContext) -> Outcome {
        self.0.disconnect(context).await
    }
}

fn say(context: &mut HttpContext, answer: Option<Response>) -> Outcome {
    match answer {
        Some(response) => Ok(context.respond(response)?),
        None => Ok(()),
    }
}
