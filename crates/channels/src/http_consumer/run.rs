//! The life of an HTTP consumer.

use std::future::pending;

use bytes::Bytes;
use http::StatusCode;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::{HttpConsumer, HttpContext};
use crate::consumer::{Failure, Halt, Outcome, catch, ready, report};
use crate::layer::Received;

/// Runs a consumer from its request to the end of the answer, and cleans up after it, whatever happens.
///
/// `gone` ends when the client has left, or has taken the whole answer.
pub(super) async fn serve<C: HttpConsumer>(
    mut consumer: C,
    mut context: HttpContext,
    body: Bytes,
    gone: oneshot::Receiver<()>,
) {
    let failure = match catch(run(&mut consumer, &mut context, body, gone)).await {
        Ok(Ok(()) | Err(Halt::Gone)) => None,
        Ok(Err(Halt::Stop | Halt::Accept(_))) => {
            context.end(StatusCode::NO_CONTENT);
            None
        }
        Ok(Err(Halt::Deny)) => {
            context.end(StatusCode::FORBIDDEN);
            None
        }
        Ok(Err(Halt::Close(..))) => {
            context.end(StatusCode::SERVICE_UNAVAILABLE);
            None
        }
        Ok(Err(Halt::Error(error))) => Some(Failure::Error(error)),
        Err(panic) => Some(panic),
    };
    if let Some(failure) = failure {
        report::<C>(&context.base, failure);
        context.break_off();
    }
    if let Err(error) = context.base.close_channel().await {
        tracing::warn!(%error, "a channel could not be closed");
    }
}

async fn run<C: HttpConsumer>(
    consumer: &mut C,
    context: &mut HttpContext,
    body: Bytes,
    gone: oneshot::Receiver<()>,
) -> Outcome {
    let outcome = {
        let work = exchange(consumer, context, body);
        tokio::select! {
            biased;
            outcome = work => Some(outcome),
            _ = gone => None,
        }
    };
    match outcome {
        // The client has taken the whole answer, and left before the consumer's method was done.
        None if context.is_done() => Ok(()),
        None | Some(Err(Halt::Gone)) => Box::pin(consumer.disconnect(context)).await,
        Some(outcome) => outcome,
    }
}

/// The request, and what follows until the answer is at its end.
async fn exchange<C: HttpConsumer>(consumer: &mut C, context: &mut HttpContext, body: Bytes) -> Outcome {
    Box::pin(begin(consumer, context, body)).await?;
    let base = context.base.clone();
    let mut event = None;
    while !context.is_done() {
        if event.is_none() {
            event = base.channel().map(|(layer, channel)| layer.receive(channel));
        }
        if event.is_none() && context.wake_at().is_none() {
            // Nothing can come any more.
            return context.finish().map_err(|_| Halt::error("the request got no answer"));
        }
        let wake_at = context.wake_at();
        let received = tokio::select! {
            received = ready(&mut event) => received?,
            () = sleep(wake_at) => {
                context.forget_wake();
                Box::pin(consumer.wake(context)).await?;
                continue;
            }
        };
        event = None;
        match received {
            Received::Message(message) => Box::pin(consumer.event(context, message)).await?,
            Received::Behind => Box::pin(consumer.behind(context)).await?,
        }
    }
    Ok(())
}

async fn begin<C: HttpConsumer>(consumer: &mut C, context: &mut HttpContext, body: Bytes) -> Outcome {
    for group in consumer.groups(context.scope())? {
        context.group_add(&group).await?;
    }
    consumer.request(context, body).await
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}
