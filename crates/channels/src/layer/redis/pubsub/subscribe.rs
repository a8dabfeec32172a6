//! The subscriptions of a process.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, PushInfo, PushKind, RedisError, RedisResult};
use tracing::warn;

use super::super::super::LayerError;
use super::super::super::local::Local;
use super::super::codec::Codec;
use super::super::supervisor::{Links, Session, lock};
use super::PubSub;

/// At most this many names go into one command.
const NAMES_AT_ONCE: usize = 256;

impl Session for PubSub {
    type Listener = MultiplexedConnection;

    fn links(&self) -> &Links {
        &self.links
    }

    fn local(&self) -> &Local {
        &self.local
    }

    async fn restore(&self, shard: usize, _commands: &MultiplexedConnection) -> RedisResult<MultiplexedConnection> {
        let mailroom =
            Mailroom { local: self.local.clone(), codec: self.codec.clone(), group_prefix: self.group_channel("") };
        let deliver = move |push: PushInfo| {
            mailroom.deliver(push);
            Ok::<(), ()>(())
        };
        let mut listener = self.links.get(shard).connect_subscriber(deliver).await?;
        listener.psubscribe(format!("{}*", self.own_prefix)).await?;
        let names = self.wanted().into_iter().filter(|name| self.links.shard_of(name) == shard).collect::<Vec<_>>();
        for names in names.chunks(NAMES_AT_ONCE) {
            listener.subscribe(names).await?;
            lock(&self.subscribed).extend(names.iter().cloned());
        }
        *lock(&self.listeners[shard]) = Some(listener.clone());
        Ok(listener)
    }

    /// Messages are delivered by the connection itself, so only its end is waited for.
    async fn listen(&self, shard: usize, listener: MultiplexedConnection) -> RedisError {
        self.links.get(shard).watch_idle(&listener).await
    }

    fn forget(&self, shard: usize) {
        *lock(&self.listeners[shard]) = None;
        lock(&self.subscribed).retain(|name| self.links.shard_of(name) != shard);
    }

    async fn tick(&self) {
        self.unsubscribe_unused().await;
    }
}

impl PubSub {
    /// Answers when Redis has confirmed the subscription.
    pub(super) async fn subscribe(&self, name: &str) -> Result<(), LayerError> {
        if lock(&self.subscribed).contains(name) {
            return Ok(());
        }
        let (link, mut listener) = self.listener_of(name).await?;
        link.answer(listener.subscribe(name)).await?;
        lock(&self.subscribed).insert(name.to_owned());
        Ok(())
    }

    pub(super) async fn unsubscribe(&self, name: &str) -> Result<(), LayerError> {
        if !lock(&self.subscribed).remove(name) {
            return Ok(());
        }
        let (link, mut listener) = self.listener_of(name).await?;
        link.answer(listener.unsubscribe(name)).await
    }

    /// Unsubscribes from a group that lost its last member here.
    pub(super) async fn leave(&self, group: &str) -> Result<(), LayerError> {
        let name = self.group_channel(group);
        self.unsubscribe(&name).await?;
        if self.local.has_members(group) {
            // Somebody joined while the process left, and may have missed what was sent in between.
            self.subscribe(&name).await?;
            self.local.group_behind(group);
        }
        Ok(())
    }

    /// Unsubscribes from groups whose last memberships expired, and from names that nobody has read for long.
    pub(super) async fn unsubscribe_unused(&self) {
        lock(&self.received).retain(|channel| self.local.knows(channel));
        let group_prefix = self.group_channel("");
        let is_used = |name: &str| match name.strip_prefix(&group_prefix) {
            Some(group) => self.local.has_members(group),
            None => lock(&self.received).contains(name),
        };
        let unused: Vec<_> = lock(&self.subscribed).iter().filter(|name| !is_used(name)).cloned().collect();
        for name in unused {
            // Somebody who comes back in this moment subscribes again. When Redis is out of reach, so is the
            // subscription.
            let _ = match name.strip_prefix(&group_prefix) {
                Some(group) => self.leave(group).await,
                None => self.unsubscribe(&name).await,
            };
        }
    }

    /// What this process has to be subscribed to.
    fn wanted(&self) -> Vec<String> {
        let groups = self.local.groups().into_iter().map(|group| self.group_channel(&group));
        groups.chain(lock(&self.received).iter().cloned()).collect()
    }

    async fn listener_of(&self, name: &str) -> Result<(&super::super::link::Link, MultiplexedConnection), LayerError> {
        let shard = self.links.shard_of(name);
        let link = self.links.get(shard);
        link.commands().await?;
        let listener = lock(&self.listeners[shard]).clone();
        Ok((link, listener.ok_or_else(|| LayerError::Unreachable(format!("Redis at {}", link.host())))?))
    }
}

/// Hands out what Redis pushes. It runs inside the connection and never waits.
struct Mailroom {
    local: Arc<Local>,
    codec: Arc<Codec>,
    group_prefix: String,
}

impl Mailroom {
    fn deliver(&self, push: PushInfo) {
        // A message of a pattern names the pattern first.
        let from = match push.kind {
            PushKind::Message => 0,
            PushKind::PMessage => 1,
            _ => return,
        };
        let mut data = push.data.into_iter().skip(from);
        let (Some(name), Some(payload)) = (data.next(), data.next()) else { return };
        let (Ok(name), Ok(payload)) = (String::from_redis_value(name), Vec::<u8>::from_redis_value(payload)) else {
            return;
        };
        let message = match self.codec.decode(&payload) {
            Ok(message) => Arc::new(message),
            Err(error) => {
                warn!(%error, "a message from Redis was dropped");
                return self.local.count_dropped(1);
            }
        };
        match name.strip_prefix(&self.group_prefix) {
            Some(group) => self.local.group_send(group, &message),
            None => self.local.deliver(&name, message),
        }
    }
}
