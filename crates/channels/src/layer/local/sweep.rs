//! Frees the memory of channels that nobody reads.
//!
//! One shard is swept at a time, by whoever uses the layer when the time has come, so that a sweep is short and needs
//! no task. A whole round takes about as long as a message lives.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Local, SHARDS, lock};

#[derive(Debug)]
pub(super) struct Sweeper {
    started: Instant,
    every: Duration,
    /// When the next shard is due, in milliseconds since the start.
    due_ms: AtomicU64,
    turn: AtomicUsize,
}

impl Sweeper {
    pub(super) fn new(expiry: Duration) -> Self {
        let every = (expiry / SHARDS as u32).clamp(Duration::from_millis(1), Duration::from_secs(1));
        Self { started: Instant::now(), every, due_ms: AtomicU64::new(0), turn: AtomicUsize::new(0) }
    }

    /// The shard to sweep now, if one is due.
    fn next(&self, now: Instant) -> Option<usize> {
        let now_ms = now.saturating_duration_since(self.started).as_millis() as u64;
        let due_ms = self.due_ms.load(Ordering::Relaxed);
        if now_ms < due_ms {
            return None;
        }
        let next_ms = now_ms + self.every.as_millis() as u64;
        self.due_ms.compare_exchange(due_ms, next_ms, Ordering::Relaxed, Ordering::Relaxed).ok()?;
        Some(self.turn.fetch_add(1, Ordering::Relaxed) % SHARDS)
    }
}

impl Local {
    pub(in super::super) fn sweep_when_due(&self, now: Instant) {
        if let Some(shard) = self.sweeper.next(now) {
            self.sweep_channels(shard, now);
            self.sweep_groups(shard, now);
        }
    }

    fn sweep_channels(&self, shard: usize, now: Instant) {
        let mut lapses = Vec::new();
        let mut channels = lock(&self.channels[shard]);
        channels.retain(|name, channel| {
            if let Some(lapse) = self.drop_expired(channel, now) {
                lapses.push((name.clone(), lapse));
            }
            let keep = !channel.is_idle(now, self.options.expiry);
            if !keep {
                self.channel_count.fetch_sub(1, Ordering::Relaxed);
            }
            keep
        });
        if channels.len() < channels.capacity() / 4 {
            channels.shrink_to_fit();
        }
        drop(channels);
        for (channel, lapse) in lapses {
            self.end_memberships(&channel, Some(lapse));
        }
    }
}
