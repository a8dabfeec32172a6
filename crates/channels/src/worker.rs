//! Background work: consumers that are bound to named channels.
//!
//! Whoever has a layer sends to the name, from any process; one worker takes the message. A worker may run in a
//! process of its own, and several share the work: each message goes to one of them.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use channels::consumer::Outcome;
//! use channels::layer::{ChannelLayer, MemoryLayer, Message, SharedLayer};
//! use channels::worker::{Worker, WorkerConsumer, WorkerContext};
//!
//! struct Thumbnails;
//!
//! impl WorkerConsumer for Thumbnails {
//!     channels::events!(WorkerContext => thumbnail_make);
//! }
//!
//! impl Thumbnails {
//!     async fn thumbnail_make(&mut self, context: &mut WorkerContext, message: Message) -> Outcome {
//!         let reply_to = message.get("reply_to").and_then(|name| name.as_str()).unwrap_or_default();
//!         context.layer().send(reply_to, Message::new("thumbnail.made")).await?;
//!         Ok(())
//!     }
//! }
//!
//! let layer: SharedLayer = Arc::new(MemoryLayer::default());
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let worker = Worker::new(layer.clone()).on("thumbnails", Thumbnails);
//! let worker = tokio::spawn(worker.run(async { drop(stopped.await) }));
//!
//! let reply_to = layer.new_channel();
//! layer.send("thumbnails", Message::new("thumbnail.make").with("reply_to", reply_to.as_str())).await?;
//! layer.receive(&reply_to).await?;
//! drop(stop);
//! worker.await?;
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use tokio::sync::watch;

use crate::consumer::{Halt, Outcome, catch};
use crate::layer::{Message, Received, SharedLayer};

/// After an error of the layer, the next message is asked for after this long.
const PAUSE: Duration = Duration::from_secs(1);

/// A consumer of the messages of a named channel.
pub trait WorkerConsumer: Send + Sized + 'static {
    /// A message, after the one before it was done. [`events!`](crate::events) writes this method:
    /// `events!(WorkerContext => thumbnail_make)`.
    ///
    /// An error, or a panic, is logged and ends only this message; [`Halt::Stop`] ends the consumer.
    fn event(&mut self, context: &mut WorkerContext, message: Message) -> impl Future<Output = Outcome> + Send;

    /// Messages were lost, because the channel was full or the layer out of reach. By default that is only logged.
    fn behind(&mut self, context: &mut WorkerContext) -> impl Future<Output = Outcome> + Send {
        tracing::warn!(channel = context.channel(), "the worker of {} has missed messages", context.channel());
        async { Ok(()) }
    }
}

/// What a worker's consumer has.
#[derive(Debug)]
pub struct WorkerContext {
    layer: SharedLayer,
    channel: String,
}

impl WorkerContext {
    /// The channel layer, to send with.
    pub fn layer(&self) -> &SharedLayer {
        &self.layer
    }

    /// The name that the consumer is bound to.
    pub fn channel(&self) -> &str {
        &self.channel
    }
}

/// Consumers on named channels, and the tasks that run them: one a name.
///
/// What waits for a consumer waits in the layer, within the capacity of its channel; a sender gets `ChannelFull`
/// when there is no more room.
pub struct Worker {
    layer: SharedLayer,
    consumers: Vec<Start>,
}

type Start = Box<dyn FnOnce(SharedLayer, watch::Receiver<bool>) -> BoxFuture<'static, ()> + Send>;

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Worker").field("consumers", &self.consumers.len()).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker without consumers.
    pub fn new(layer: SharedLayer) -> Self {
        Self { layer, consumers: Vec::new() }
    }

    /// Binds a consumer to a channel name.
    pub fn on<C: WorkerConsumer>(mut self, channel: impl Into<String>, consumer: C) -> Self {
        let channel = channel.into();
        self.consumers
            .push(Box::new(move |layer, stop| Box::pin(serve(consumer, WorkerContext { layer, channel }, stop))));
        self
    }

    /// Works until `stop` is done: then each consumer finishes the message that it has, and takes no other. Returns
    /// before that when all consumers have stopped.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let (stopping, stopped) = watch::channel(false);
        let tasks = self.consumers.into_iter().map(|start| tokio::spawn(start(self.layer.clone(), stopped.clone())));
        let mut done = std::pin::pin!(join_all(tasks));
        tokio::select! {
            _ = &mut done => {}
            () = stop => {
                let _ = stopping.send(true);
                done.await;
            }
        }
    }
}

/// One message after the other.
async fn serve<C: WorkerConsumer>(mut consumer: C, mut context: WorkerContext, mut stop: watch::Receiver<bool>) {
    loop {
        let received = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            received = context.layer.receive(&context.channel) => received,
        };
        let outcome = match received {
            Ok(Received::Message(message)) => catch(consumer.event(&mut context, message)).await,
            Ok(Received::Behind) => catch(consumer.behind(&mut context)).await,
            Err(error) => {
                let channel = &context.channel;
                tracing::error!(channel, %error, "the worker of {channel} gets no messages: {error}");
                tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return,
                    () = tokio::time::sleep(PAUSE) => continue,
                }
            }
        };
        let (class, channel) = (std::any::type_name::<C>(), &context.channel);
        match outcome {
            Ok(Err(Halt::Stop)) => return,
            Ok(Err(Halt::Error(error))) => {
                tracing::error!(consumer = class, channel, "the worker {class} failed on {channel}: {error}");
            }
            Ok(_) => {}
            Err(panic) => tracing::error!(consumer = class, channel, "the worker {class} on {channel} {panic}"),
        }
    }
}
