//! One channel: its queue and its readers.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::{LayerError, Message, Received};
use super::{Delivery, Local, lock};

#[derive(Debug)]
pub(super) struct Channel {
    /// In the order of their arrival, which is also the order in which they expire.
    queue: VecDeque<Waiting>,
    /// The next reader learns that messages were lost, before it gets what waits.
    behind: bool,
    readers: usize,
    /// When somebody last read or when the channel was made. An idle channel is forgotten after the expiry.
    touched: Instant,
    pub(super) arrived: Arc<Notify>,
    pub(super) groups: BTreeSet<Arc<str>>,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    /// Shared by the members of a group.
    message: Arc<Message>,
}

/// The end of a channel's memberships, because a message in it expired unread.
#[derive(Debug)]
pub(super) struct Lapse {
    pub(super) at: Instant,
    pub(super) groups: BTreeSet<Arc<str>>,
}

pub(super) struct Push {
    pub(super) delivery: Delivery,
    pub(super) lapse: Option<Lapse>,
}

impl Channel {
    pub(super) fn new(now: Instant, behind: bool) -> Self {
        Self {
            queue: VecDeque::new(),
            behind,
            readers: 0,
            touched: now,
            arrived: Arc::default(),
            groups: BTreeSet::new(),
        }
    }

    /// Whether somebody reads the channel, or did so lately and may be busy with a message.
    pub(super) fn is_read(&self, now: Instant, expiry: Duration) -> bool {
        self.readers > 0 || now.saturating_duration_since(self.touched) < expiry
    }

    pub(super) fn queue_len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nobody would miss the channel.
    pub(super) fn is_idle(&self, now: Instant, expiry: Duration) -> bool {
        !self.is_read(now, expiry) && self.queue.is_empty() && self.groups.is_empty()
    }

    pub(super) fn tell_behind(&mut self) {
        self.behind = true;
        self.arrived.notify_one();
    }

    /// Forgets what waits and the memberships, not the readers.
    pub(super) fn clear(&mut self) {
        self.queue = VecDeque::new();
        self.behind = false;
        self.groups.clear();
    }
}

impl Local {
    /// Queues a message, or counts it as dropped.
    pub(super) fn push(&self, name: &str, channel: &mut Channel, message: Arc<Message>, now: Instant) -> Push {
        let lapse = self.drop_expired(channel, now);
        if channel.queue.len() >= self.options.capacity_of(name) {
            self.count_dropped(1);
            return Push { delivery: Delivery::Full, lapse };
        }
        channel.queue.push_back(Waiting { since: now, message });
        channel.arrived.notify_one();
        self.delivered.fetch_add(1, Ordering::Relaxed);
        Push { delivery: Delivery::Queued, lapse }
    }

    /// Drops the messages that waited too long. Then the channel is behind, and no member of any group any more.
    pub(super) fn drop_expired(&self, channel: &mut Channel, now: Instant) -> Option<Lapse> {
        let is_expired = |waiting: &Waiting| now.saturating_duration_since(waiting.since) >= self.options.expiry;
        let expired = channel.queue.iter().take_while(|waiting| is_expired(waiting)).count();
        if expired == 0 {
            return None;
        }
        channel.queue.drain(..expired);
        channel.queue.shrink_to(2 * channel.queue.len());
        channel.touched = now;
        channel.tell_behind();
        self.count_dropped(expired as u64);
        Some(Lapse { at: now, groups: std::mem::take(&mut channel.groups) })
    }

    /// Counts one more reader of a channel until the reader is dropped.
    pub(super) fn reader<'a>(&'a self, channel: &'a str) -> Result<Reader<'a>, LayerError> {
        let arrived = self.with_channel(channel, |state, _| {
            state.readers += 1;
            state.arrived.clone()
        })?;
        Ok(Reader { local: self, channel, arrived })
    }
}

/// Somebody who waits for the messages of a channel.
pub(super) struct Reader<'a> {
    local: &'a Local,
    channel: &'a str,
    arrived: Arc<Notify>,
}

/// What a reader finds.
pub(super) enum Look {
    Received(Received),
    Empty,
    /// The channel was closed meanwhile.
    Closed,
}

impl Reader<'_> {
    /// Takes the next message, and wakes the next reader when there is more.
    pub(super) fn take(&self) -> Look {
        let now = Instant::now();
        let mut shard = lock(self.local.channel_shard(self.channel));
        let Some(channel) = self.own(shard.get_mut(self.channel)) else {
            self.arrived.notify_one();
            return Look::Closed;
        };
        let lapse = self.local.drop_expired(channel, now);
        channel.touched = now;
        let look = if std::mem::take(&mut channel.behind) {
            self.local.behind.fetch_add(1, Ordering::Relaxed);
            Look::Received(Received::Behind)
        } else if let Some(waiting) = channel.queue.pop_front() {
            Look::Received(Received::Message(Arc::unwrap_or_clone(waiting.message)))
        } else {
            Look::Empty
        };
        if channel.queue.is_empty() {
            channel.queue = VecDeque::new();
        } else {
            channel.arrived.notify_one();
        }
        drop(shard);
        self.local.end_memberships(self.channel, lapse);
        look
    }

    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Another channel of the same name may have been made since the reader began.
    fn own<'c>(&self, channel: Option<&'c mut Channel>) -> Option<&'c mut Channel> {
        channel.filter(|channel| Arc::ptr_eq(&channel.arrived, &self.arrived))
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut shard = lock(self.local.channel_shard(self.channel));
        if let Some(channel) = self.own(shard.get_mut(self.channel)) {
            channel.readers -= 1;
            channel.touched = Instant::now();
        }
    }
}
