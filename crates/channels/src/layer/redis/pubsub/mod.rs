//! The pub/sub format: nothing is kept in Redis, and who does not listen misses the message.
//!
//! The names of a process' channels begin alike, so that one pattern an instance subscribes to all of them, from
//! before the first one exists. A process subscribes to a group while it has members in it, and fans out itself.

mod subscribe;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use redis::aio::MultiplexedConnection;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use super::super::local::Local;
use super::super::{
    ChannelLayer, LayerError, LayerEvent, LayerMetrics, Message, Received, check_channel_name, check_group_name,
    random_hex,
};
use super::RedisOptions;
use super::codec::Codec;
use super::supervisor::{Links, lock, supervise};

/// How many hexadecimal digits of a channel's name are the process'. As many more are the channel's.
const PROCESS_DIGITS: usize = 16;

/// A layer over Redis in the format of `channels_redis.pubsub.RedisPubSubChannelLayer`.
///
/// It is faster than [`RedisLayer`](super::RedisLayer) and keeps less: a message for a channel that nobody listens to
/// is gone, and one for a name that several processes receive from goes to each of them. Capacity and expiry count in
/// the receiving process. The layer has to be made within a tokio runtime; its tasks end when it is dropped.
#[derive(Debug)]
pub struct RedisPubSubLayer {
    pubsub: Arc<PubSub>,
    tasks: Mutex<JoinSet<()>>,
}

pub(super) struct PubSub {
    links: Links,
    local: Arc<Local>,
    codec: Arc<Codec>,
    prefix: String,
    /// What the names of this process' channels begin with.
    own_prefix: String,
    /// The connections that listen, by instance.
    listeners: Vec<Mutex<Option<MultiplexedConnection>>>,
    /// Channels in Redis that this process is subscribed to, the pattern for its own aside.
    subscribed: Mutex<HashSet<String>>,
    /// Names of others that somebody here receives from.
    received: Mutex<HashSet<String>>,
}

impl RedisPubSubLayer {
    /// Connects, and fails when an instance can not be reached within a moment.
    ///
    /// # Errors
    /// [`LayerError::Configuration`]; [`LayerError::Unreachable`]
    pub async fn connect(options: RedisOptions) -> Result<Self, LayerError> {
        let layer = Self::start(options)?;
        layer.pubsub.links.connected().await?;
        Ok(layer)
    }

    /// Connects in the background, for as long as it takes.
    ///
    /// # Errors
    /// [`LayerError::Configuration`]
    pub fn start(options: RedisOptions) -> Result<Self, LayerError> {
        options.check_prefix(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))?;
        let own_prefix = format!("{}specific.{}", options.prefix, &random_hex()[..PROCESS_DIGITS]);
        let links = Links::new(&options)?;
        let pubsub = Arc::new(PubSub {
            listeners: (0..links.len()).map(|_| Mutex::default()).collect(),
            links,
            local: Arc::new(Local::new(options.limits.clone(), own_prefix.clone())),
            codec: Arc::new(Codec::new(&options)),
            prefix: options.prefix,
            own_prefix,
            subscribed: Mutex::default(),
            received: Mutex::default(),
        });
        let tasks = Mutex::new(supervise(&pubsub));
        Ok(Self { pubsub, tasks })
    }

    /// Ends the connections, and with them the subscriptions.
    pub async fn close(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.shutdown().await;
        self.pubsub.links.iter().for_each(super::link::Link::set_lost);
        self.pubsub.listeners.iter().for_each(|listener| *lock(listener) = None);
    }
}

impl std::fmt::Debug for PubSub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.debug_struct("PubSub").field("own_prefix", &self.own_prefix).finish()
    }
}

impl PubSub {
    async fn send(&self, channel: &str, message: Message) -> Result<(), LayerError> {
        check_channel_name(channel)?;
        message.check()?;
        if channel.starts_with(&self.own_prefix) && self.local.is_full(channel) {
            self.local.count_dropped(1);
            return Err(LayerError::ChannelFull(channel.to_owned()));
        }
        self.publish(channel, &message).await
    }

    async fn publish(&self, redis_channel: &str, message: &Message) -> Result<(), LayerError> {
        let payload = self.codec.encode(message)?;
        let link = self.links.link_of(redis_channel);
        let mut commands = link.commands().await?;
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(redis_channel).arg(payload);
        link.answer(publish.query_async::<()>(&mut commands)).await
    }

    async fn receive(&self, channel: &str) -> Result<Received, LayerError> {
        check_channel_name(channel)?;
        let is_own = channel.starts_with(&self.own_prefix);
        if !is_own && lock(&self.received).insert(channel.to_owned()) {
            // While Redis is away this fails; the subscription is then made with the others when it is back.
            let _ = self.subscribe(channel).await;
        }
        self.local.receive(channel).await
    }

    async fn group_add(&self, group: &str, channel: &str) -> Result<(), LayerError> {
        check_group_name(group)?;
        check_channel_name(channel)?;
        if !channel.starts_with(&self.own_prefix) && !lock(&self.received).contains(channel) {
            return Err(LayerError::NotLocal(channel.to_owned()));
        }
        let is_new = self.local.group_add(group, channel)?;
        let subscribed = self.subscribe(&self.group_channel(group)).await;
        if subscribed.is_err() && is_new {
            self.local.group_discard(group, channel);
        }
        subscribed
    }

    async fn group_discard(&self, group: &str, channel: &str) -> Result<(), LayerError> {
        check_group_name(group)?;
        check_channel_name(channel)?;
        if self.local.group_discard(group, channel) { self.leave(group).await } else { Ok(()) }
    }

    async fn close_channel(&self, channel: &str) -> Result<(), LayerError> {
        check_channel_name(channel)?;
        let emptied = self.local.close(channel);
        if lock(&self.received).remove(channel) {
            self.unsubscribe(channel).await?;
        }
        for group in emptied {
            self.leave(&group).await?;
        }
        Ok(())
    }

    /// Unsubscribes from everything that this process knows. Redis itself holds nothing.
    async fn flush(&self) -> Result<(), LayerError> {
        self.local.flush();
        for link in self.links.iter() {
            link.commands().await?;
        }
        self.unsubscribe_unused().await;
        Ok(())
    }

    fn group_channel(&self, group: &str) -> String {
        format!("{}__group__{group}", self.prefix)
    }
}

impl ChannelLayer for RedisPubSubLayer {
    fn send<'a>(&'a self, channel: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        self.pubsub.send(channel, message).boxed()
    }

    fn receive<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Received, LayerError>> {
        self.pubsub.receive(channel).boxed()
    }

    fn new_channel(&self) -> String {
        let channel = format!("{}{}", self.pubsub.own_prefix, &random_hex()[PROCESS_DIGITS..]);
        self.pubsub.local.open(&channel);
        channel
    }

    fn close_channel<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.pubsub.close_channel(channel).boxed()
    }

    fn group_add<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.pubsub.group_add(group, channel).boxed()
    }

    fn group_discard<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.pubsub.group_discard(group, channel).boxed()
    }

    fn group_send<'a>(&'a self, group: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        async move {
            check_group_name(group)?;
            message.check()?;
            self.pubsub.publish(&self.pubsub.group_channel(group), &message).await
        }
        .boxed()
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), LayerError>> {
        self.pubsub.flush().boxed()
    }

    fn events(&self) -> broadcast::Receiver<LayerEvent> {
        self.pubsub.links.events()
    }

    fn metrics(&self) -> LayerMetrics {
        LayerMetrics { reconnects: self.pubsub.links.reconnects(), ..self.pubsub.local.metrics() }
    }
}
