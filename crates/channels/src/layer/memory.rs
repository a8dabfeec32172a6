//! The layer of one process.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::broadcast;

use super::local::{Delivery, Local};
use super::name::{check_channel_name, check_group_name};
use super::{ChannelLayer, LayerError, LayerEvent, LayerMetrics, Message, Options, Received, random_hex};

/// Channels and groups in the memory of this process, for programs of one process and for tests.
///
/// Nothing leaves the process, so the layer never loses its backend and never sends an event. A message for a group is
/// stored once and shared by the members that it waits for.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), channels::layer::LayerError> {
/// use channels::layer::{ChannelLayer, MemoryLayer, Message, Received};
///
/// let layer = MemoryLayer::default();
/// let channel = layer.new_channel();
/// layer.group_add("room-1", &channel).await?;
/// layer.group_send("room-1", Message::new("chat.message").with("text", "Hello")).await?;
///
/// let Received::Message(message) = layer.receive(&channel).await? else { panic!("nothing was lost") };
/// assert_eq!(message.type_name(), Some("chat.message"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MemoryLayer {
    local: Local,
    own_prefix: String,
    events: broadcast::Sender<LayerEvent>,
}

impl Default for MemoryLayer {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl MemoryLayer {
    pub fn new(options: Options) -> Self {
        let own_prefix = format!("specific.{}!", random_hex());
        Self { local: Local::new(options, own_prefix.clone()), own_prefix, events: broadcast::Sender::new(1) }
    }

    fn send_now(&self, channel: &str, message: Message) -> Result<(), LayerError> {
        check_channel_name(channel)?;
        message.check()?;
        match self.local.send(channel, Arc::new(message))? {
            Delivery::Queued => Ok(()),
            Delivery::Full => Err(LayerError::ChannelFull(channel.to_owned())),
        }
    }

    fn group_add_now(&self, group: &str, channel: &str) -> Result<(), LayerError> {
        check_group_name(group)?;
        check_channel_name(channel)?;
        self.local.group_add(group, channel).map(drop)
    }

    fn group_discard_now(&self, group: &str, channel: &str) -> Result<(), LayerError> {
        check_group_name(group)?;
        check_channel_name(channel)?;
        self.local.group_discard(group, channel);
        Ok(())
    }

    fn group_send_now(&self, group: &str, message: Message) -> Result<(), LayerError> {
        check_group_name(group)?;
        message.check()?;
        self.local.group_send(group, &Arc::new(message));
        Ok(())
    }
}

impl ChannelLayer for MemoryLayer {
    fn send<'a>(&'a self, channel: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        ready(self.send_now(channel, message)).boxed()
    }

    fn receive<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Received, LayerError>> {
        async move {
            check_channel_name(channel)?;
            self.local.receive(channel).await
        }
        .boxed()
    }

    fn new_channel(&self) -> String {
        let channel = format!("{}{}", self.own_prefix, random_hex());
        self.local.open(&channel);
        channel
    }

    fn close_channel<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.local.close(channel);
        ready(check_channel_name(channel)).boxed()
    }

    fn group_add<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        ready(self.group_add_now(group, channel)).boxed()
    }

    fn group_discard<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        ready(self.group_discard_now(group, channel)).boxed()
    }

    fn group_send<'a>(&'a self, group: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        ready(self.group_send_now(group, message)).boxed()
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), LayerError>> {
        self.local.flush();
        ready(Ok(())).boxed()
    }

    fn events(&self) -> broadcast::Receiver<LayerEvent> {
        self.events.subscribe()
    }

    fn metrics(&self) -> LayerMetrics {
        self.local.metrics()
    }
}

#[cfg(test)]
mod tests;
