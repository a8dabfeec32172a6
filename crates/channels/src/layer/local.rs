//! The channels and groups of this process. Every layer of this crate keeps its own in one of these.
//!
//! Nothing here waits but [`Local::receive`], and no lock is held for longer than one look at one channel or group.
//! There is no background task: whoever uses the channels also sweeps out, a shard at a time, what nobody reads.

mod channel;
mod groups;
mod sweep;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use self::channel::{Channel, Look};
use self::groups::Group;
use self::sweep::Sweeper;
use super::{LayerError, LayerMetrics, Message, Options, Received};

/// Locks are sharded by name, so that channels hardly ever wait for each other.
const SHARDS: usize = 64;

/// The channels of this process that wait for messages or hold some, and the groups that they are in.
#[derive(Debug)]
pub(super) struct Local {
    options: Options,
    /// What the names of this process' own channels begin with. One that is unknown was swept out, so its reader is
    /// behind.
    own_prefix: String,
    hasher: RandomState,
    channels: Vec<Mutex<HashMap<Arc<str>, Channel>>>,
    groups: Vec<Mutex<HashMap<Arc<str>, Group>>>,
    channel_count: AtomicUsize,
    membership_count: AtomicUsize,
    delivered: AtomicU64,
    dropped: AtomicU64,
    behind: AtomicU64,
    sweeper: Sweeper,
}

/// What became of a message for one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Queued,
    Full,
}

impl Local {
    pub(super) fn new(options: Options, own_prefix: String) -> Self {
        Self {
            sweeper: Sweeper::new(options.expiry),
            options,
            own_prefix,
            hasher: RandomState::new(),
            channels: (0..SHARDS).map(|_| Mutex::default()).collect(),
            groups: (0..SHARDS).map(|_| Mutex::default()).collect(),
            channel_count: AtomicUsize::new(0),
            membership_count: AtomicUsize::new(0),
            delivered: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            behind: AtomicU64::new(0),
        }
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Knows a new channel of this process, so that it can be told that it is behind before anybody reads it. Over
    /// the limit it stays unknown, and its reader learns so.
    pub(super) fn open(&self, channel: &str) {
        if self.reserve_channel().is_ok() {
            let now = Instant::now();
            self.sweep_when_due(now);
            lock(self.channel_shard(channel)).insert(channel.into(), Channel::new(now, false));
        }
    }

    /// Queues a message of somebody who is told when it does not fit.
    pub(super) fn send(&self, channel: &str, message: Arc<Message>) -> Result<Delivery, LayerError> {
        let push = self.with_channel(channel, |state, now| self.push(channel, state, message, now))?;
        self.end_memberships(channel, push.lapse);
        Ok(push.delivery)
    }

    /// Queues a message of somebody who is not told when it does not fit: the reader is.
    pub(super) fn deliver(&self, channel: &str, message: Arc<Message>) {
        let pushed = self.with_channel(channel, |state, now| {
            let push = self.push(channel, state, message, now);
            if push.delivery == Delivery::Full {
                state.tell_behind();
            }
            push
        });
        match pushed {
            Ok(push) => self.end_memberships(channel, push.lapse),
            Err(_) => self.count_dropped(1),
        }
    }

    /// The next message of a channel. Dropping the future loses nothing; among several readers each message has one.
    pub(super) async fn receive(&self, channel: &str) -> Result<Received, LayerError> {
        loop {
            let reader = self.reader(channel)?;
            loop {
                match reader.take() {
                    Look::Received(received) => return Ok(received),
                    Look::Empty => reader.arrived().await,
                    Look::Closed => break,
                }
            }
        }
    }

    /// Forgets a channel, what waits in it, and its memberships. Answers the groups that lost their last member.
    pub(super) fn close(&self, channel: &str) -> Vec<Arc<str>> {
        let Some(mut state) = lock(self.channel_shard(channel)).remove(channel) else { return Vec::new() };
        self.channel_count.fetch_sub(1, Ordering::Relaxed);
        // Readers that still wait start again, with a new channel.
        state.arrived.notify_one();
        state.groups.retain(|group| self.remove_member(group, channel));
        state.groups.into_iter().collect()
    }

    /// Tells every channel that it is behind.
    pub(super) fn behind_all(&self) {
        for shard in &self.channels {
            lock(shard).values_mut().for_each(Channel::tell_behind);
        }
    }

    pub(super) fn flush(&self) {
        for shard in &self.groups {
            let emptied = std::mem::take(&mut *lock(shard));
            self.membership_count.fetch_sub(emptied.values().map(Group::len).sum(), Ordering::Relaxed);
        }
        for shard in &self.channels {
            lock(shard).values_mut().for_each(Channel::clear);
        }
    }

    pub(super) fn metrics(&self) -> LayerMetrics {
        LayerMetrics {
            delivered: self.delivered.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            behind: self.behind.load(Ordering::Relaxed),
            reconnects: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn channel_count(&self) -> usize {
        self.channel_count.load(Ordering::Relaxed)
    }

    pub(super) fn queue_len(&self, channel: &str) -> usize {
        lock(self.channel_shard(channel)).get(channel).map_or(0, Channel::queue_len)
    }

    pub(super) fn is_full(&self, channel: &str) -> bool {
        let mut shard = lock(self.channel_shard(channel));
        let Some(state) = shard.get_mut(channel) else { return false };
        let lapse = self.drop_expired(state, Instant::now());
        let is_full = state.queue_len() >= self.options.capacity_of(channel);
        drop(shard);
        self.end_memberships(channel, lapse);
        is_full
    }

    /// Whether somebody reads the channel, or did lately, or it holds something.
    pub(super) fn knows(&self, channel: &str) -> bool {
        lock(self.channel_shard(channel)).contains_key(channel)
    }

    pub(super) fn count_dropped(&self, messages: u64) {
        self.dropped.fetch_add(messages, Ordering::Relaxed);
    }

    fn channel_shard(&self, channel: &str) -> &Mutex<HashMap<Arc<str>, Channel>> {
        &self.channels[self.hasher.hash_one(channel) as usize % SHARDS]
    }

    fn group_shard(&self, group: &str) -> &Mutex<HashMap<Arc<str>, Group>> {
        &self.groups[self.hasher.hash_one(group) as usize % SHARDS]
    }

    /// Does something with a channel, which is made when there is none.
    fn with_channel<T>(&self, channel: &str, act: impl FnOnce(&mut Channel, Instant) -> T) -> Result<T, LayerError> {
        let now = Instant::now();
        self.sweep_when_due(now);
        let mut shard = lock(self.channel_shard(channel));
        if let Some(state) = shard.get_mut(channel) {
            return Ok(act(state, now));
        }
        self.reserve_channel()?;
        let was_swept_out = channel.starts_with(&self.own_prefix);
        Ok(act(shard.entry(channel.into()).or_insert_with(|| Channel::new(now, was_swept_out)), now))
    }

    fn reserve_channel(&self) -> Result<(), LayerError> {
        reserve(&self.channel_count, "channels", self.options.max_channels)
    }
}

/// Counts one more, or refuses at the limit.
fn reserve(count: &AtomicUsize, what: &'static str, limit: usize) -> Result<(), LayerError> {
    let one_more = |count| (count < limit).then_some(count + 1);
    match count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) {
        Ok(_) => Ok(()),
        Err(_) => Err(LayerError::LimitReached { what, limit }),
    }
}

/// A panic while the lock was held can not leave these maps half-changed, so poisoning carries no meaning here.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
