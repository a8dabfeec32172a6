//! How presence is set up, and what it refuses.

use std::time::Duration;

use crate::layer::{LayerError, check_group_name};

/// The longest name of a group and the longest key, in bytes of UTF-8. Any text is good.
pub const MAX_NAME_BYTES: usize = 255;

/// A timeout is at least this many heartbeats, so that two may be lost.
const HEARTBEATS_IN_TIMEOUT: u32 = 3;

/// The longest timeout.
const LONGEST: Duration = Duration::from_secs(86_400);

/// How the nodes find each other and how quickly they tell each other. All nodes need the same options.
///
/// ```
/// use std::time::Duration;
/// use channels::presence::PresenceOptions;
///
/// let options = PresenceOptions::default()
///     .name("chat.presence")
///     .heartbeat(Duration::from_secs(2))
///     .timeout(Duration::from_secs(8));
/// ```
#[derive(Debug, Clone)]
pub struct PresenceOptions {
    pub(super) name: String,
    pub(super) heartbeat: Duration,
    pub(super) timeout: Duration,
    pub(super) collect: Duration,
    pub(super) max_entries: usize,
}

impl Default for PresenceOptions {
    fn default() -> Self {
        Self {
            name: "presence".to_owned(),
            heartbeat: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            collect: Duration::from_millis(500),
            max_entries: 1_000_000,
        }
    }
}

impl PresenceOptions {
    /// The group of the layer in which the nodes meet, `presence` by default. Two presences of one layer that have
    /// different names know nothing of each other.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How often a node tells that it lives, every 5 seconds by default. What the layer lost is repaired after this
    /// time.
    #[must_use]
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// A node that is silent for this long is gone, 15 seconds by default, at least three heartbeats and at most a
    /// day. It is noticed at most a quarter of a heartbeat later.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Changes of this long are told together, 500 milliseconds by default and at most a heartbeat: to the other
    /// nodes, and there and here to the readers of [`changes`](super::Presence::changes). Who leaves and returns
    /// within it has not left.
    #[must_use]
    pub fn collect(mut self, collect: Duration) -> Self {
        self.collect = collect;
        self
    }

    /// How many entries this node holds, those of other nodes included, 1,000,000 by default. A key that two nodes
    /// hold counts twice. Own entries past it are refused, those of others are left out until there is room again.
    #[must_use]
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    pub(super) fn check(&self) -> Result<(), PresenceError> {
        check_group_name(&self.name)?;
        if self.heartbeat < Duration::from_millis(1) {
            return Err(PresenceError::Configuration("a heartbeat takes a millisecond or more"));
        }
        if self.timeout / HEARTBEATS_IN_TIMEOUT < self.heartbeat {
            return Err(PresenceError::Configuration("the timeout is shorter than three heartbeats"));
        }
        if self.timeout > LONGEST {
            return Err(PresenceError::Configuration("the timeout is longer than a day"));
        }
        if self.collect > self.heartbeat {
            return Err(PresenceError::Configuration("changes are collected for longer than a heartbeat"));
        }
        Ok(())
    }
}

/// What presence refuses, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresenceError {
    #[error("the {what} has {bytes} bytes, and {MAX_NAME_BYTES} are allowed")]
    NameTooLong { what: &'static str, bytes: usize },
    #[error("presence holds {limit} entries and takes no more")]
    LimitReached { limit: usize },
    #[error("presence was stopped")]
    Stopped,
    #[error("the configuration of presence is wrong: {0}")]
    Configuration(&'static str),
    #[error(transparent)]
    Layer(#[from] LayerError),
}

pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), PresenceError> {
    match name.len() {
        bytes if bytes > MAX_NAME_BYTES => Err(PresenceError::NameTooLong { what, bytes }),
        _ => Ok(()),
    }
}
