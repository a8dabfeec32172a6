//! The core format: every mailbox is a sorted set that keeps messages until somebody reads them.
//!
//! All channels of a process share one mailbox, `specific.<hex>!`, which one loop an instance reads and hands out. A
//! process is one member of each group that any of its channels is in, under a name of its own, and fans out itself.

mod deliver;
mod groups;
mod scripts;
mod worker;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use self::worker::Demand;
use super::super::local::Local;
use super::super::{
    ChannelLayer, LayerError, LayerEvent, LayerMetrics, Message, Received, check_channel_name, check_group_name,
    non_local_name, random_hex,
};
use super::RedisOptions;
use super::codec::{Addressee, Codec};
use super::supervisor::{Links, lock, supervise};

/// A layer over Redis in the format of `channels_redis.core.RedisChannelLayer`.
///
/// Messages for a name without `!` wait in Redis for any process that receives from it. The layer has to be made
/// within a tokio runtime; its tasks end when it is dropped.
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), channels::layer::LayerError> {
/// use channels::layer::{ChannelLayer, Message, RedisLayer, RedisOptions};
///
/// let layer = RedisLayer::connect(RedisOptions::new(["redis://127.0.0.1:6379"])).await?;
/// layer.group_send("room-1", Message::new("chat.message").with("text", "Hello")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RedisLayer {
    core: Arc<Core>,
    tasks: Mutex<JoinSet<()>>,
}

pub(super) struct Core {
    links: Links,
    local: Local,
    codec: Codec,
    prefix: String,
    /// `specific.<hex>!`, where everybody puts the messages for the channels of this process.
    process: String,
    expiry_seconds: u64,
    group_expiry_seconds: u64,
    /// The groups that Redis knows this process to be in.
    joined: Mutex<HashSet<Arc<str>>>,
    /// The names without `!` that this process receives from.
    workers: Mutex<HashMap<Arc<str>, Demand>>,
    /// The last time that a message was stamped with, in microseconds.
    last_stamp_us: AtomicU64,
    /// When the memberships are renewed next.
    renewal: Mutex<tokio::time::Instant>,
}

impl RedisLayer {
    /// Connects, and fails when an instance can not be reached within a moment.
    ///
    /// # Errors
    /// [`LayerError::Configuration`]; [`LayerError::Unreachable`]
    pub async fn connect(options: RedisOptions) -> Result<Self, LayerError> {
        let layer = Self::start(options)?;
        layer.core.links.connected().await?;
        Ok(layer)
    }

    /// Connects in the background, for as long as it takes.
    ///
    /// # Errors
    /// [`LayerError::Configuration`]
    pub fn start(options: RedisOptions) -> Result<Self, LayerError> {
        options.check_prefix(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))?;
        let process = format!("specific.{}!", random_hex());
        let core = Arc::new(Core {
            links: Links::new(&options)?,
            local: Local::new(options.limits.clone(), process.clone()),
            codec: Codec::new(&options),
            expiry_seconds: options.expiry_seconds(),
            group_expiry_seconds: options.group_expiry_seconds(),
            prefix: options.prefix,
            process,
            joined: Mutex::default(),
            workers: Mutex::default(),
            last_stamp_us: AtomicU64::new(0),
            renewal: Mutex::new(tokio::time::Instant::now() + options.limits.group_expiry / 2),
        });
        let tasks = Mutex::new(supervise(&core));
        Ok(Self { core, tasks })
    }

    /// Leaves every group and ends the connections, so that the others no longer send to this process.
    pub async fn close(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        self.core.leave_all().await;
        tasks.shutdown().await;
        self.core.links.iter().for_each(super::link::Link::set_lost);
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.debug_struct("Core").field("process", &self.process).field("prefix", &self.prefix).finish()
    }
}

impl Core {
    async fn send(&self, channel: &str, message: Message) -> Result<(), LayerError> {
        check_channel_name(channel)?;
        message.check()?;
        let mailbox = non_local_name(channel);
        let is_shared = !channel.contains('!');
        let addressee = if is_shared { Addressee::Mailbox } else { Addressee::Channel(channel.to_owned()) };
        let letter = scripts::Letter {
            key: self.mailbox_key(mailbox),
            capacity: self.local.options().capacity_of(channel),
            payload: self.codec.encode_for(addressee, message)?,
        };
        match self.post(self.links.shard_of(mailbox), &[letter]).await? {
            0 => Ok(()),
            _ => {
                self.local.count_dropped(1);
                Err(LayerError::ChannelFull(channel.to_owned()))
            }
        }
    }

    fn mailbox_key(&self, non_local_name: &str) -> String {
        format!("{}{non_local_name}", self.prefix)
    }

    fn group_key(&self, group: &str) -> String {
        format!("{}:group:{group}", self.prefix)
    }

    /// Now, in seconds since 1970. Every answer is later than the one before, so that messages keep their order.
    fn stamp(&self) -> f64 {
        let now_us = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
        let later = |last: u64| Some(now_us.max(last + 1));
        let last = self.last_stamp_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later).unwrap_or_default();
        now_us.max(last + 1) as f64 / 1e6
    }

    async fn flush(&self) -> Result<(), LayerError> {
        self.local.flush();
        lock(&self.joined).clear();
        for link in self.links.iter() {
            let mut connection = link.commands().await?;
            link.answer(scripts::delete_all(&mut connection, &self.prefix)).await?;
        }
        Ok(())
    }
}

impl ChannelLayer for RedisLayer {
    fn send<'a>(&'a self, channel: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        self.core.send(channel, message).boxed()
    }

    fn receive<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Received, LayerError>> {
        async move {
            check_channel_name(channel)?;
            if !channel.contains('!') {
                return self.receive_shared(channel).await;
            }
            if non_local_name(channel) != self.core.process {
                return Err(LayerError::NotLocal(channel.to_owned()));
            }
            self.core.local.receive(channel).await
        }
        .boxed()
    }

    fn new_channel(&self) -> String {
        let channel = format!("{}{}", self.core.process, random_hex());
        self.core.local.open(&channel);
        channel
    }

    fn close_channel<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        async move {
            check_channel_name(channel)?;
            for group in self.core.local.close(channel) {
                self.core.leave(&group).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn group_add<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        self.core.group_add(group, channel).boxed()
    }

    fn group_discard<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>> {
        async move {
            check_group_name(group)?;
            check_channel_name(channel)?;
            self.core.group_discard(group, channel).await
        }
        .boxed()
    }

    fn group_send<'a>(&'a self, group: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>> {
        self.core.group_send(group, message).boxed()
    }

    fn flush(&self) -> BoxFuture<'_, Result<(), LayerError>> {
        self.core.flush().boxed()
    }

    fn events(&self) -> broadcast::Receiver<LayerEvent> {
        self.core.links.events()
    }

    fn metrics(&self) -> LayerMetrics {
        LayerMetrics { reconnects: self.core.links.reconnects(), ..self.core.local.metrics() }
    }
}
