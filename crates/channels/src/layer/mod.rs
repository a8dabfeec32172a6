//! Channel layers: how consumers in different tasks, processes and languages talk to each other.
//!
//! A *channel* is a mailbox with a name; a *group* is a set of channels. A layer delivers at most once, in order per
//! channel, and never waits for a reader: a full channel refuses ([`LayerError::ChannelFull`]), a full member of a
//! group is left out and told that it is behind ([`Received::Behind`]).

#[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "a part is only for layers that fan out for Redis"))]
mod local;
mod memory;
mod message;
mod name;
mod options;
#[cfg(feature = "redis")]
mod redis;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::broadcast;

pub use memory::MemoryLayer;
pub use message::{MAX_DEPTH, Message, RESERVED_KEY, Value};
pub use name::{MAX_NAME_LENGTH, check_channel_name, check_group_name, non_local_name};
pub use options::{Options, Pattern};
#[cfg(feature = "redis")]
pub use redis::{RedisLayer, RedisOptions, RedisPubSubLayer};
pub use wire::Serializer;

/// A layer behind its one interface.
pub type SharedLayer = Arc<dyn ChannelLayer>;

/// What a channel gives to its reader.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    Message(Message),
    /// Messages for this channel were lost, or may have been: it was full, messages expired in it, or the layer was out
    /// of reach. The reader reads what it missed from where it is kept. It comes before what still waits in the
    /// channel, and once for all losses before it.
    ///
    /// A channel in which messages expired is in no group any more. A reader that may be that slow adds its channel to
    /// its groups again; adding a member twice is the same as once.
    Behind,
}

/// What a layer tells about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LayerEvent {
    /// The backend is out of reach. Messages are lost from now on.
    Lost,
    /// The backend is back, after this long. Every channel of this process also gets [`Received::Behind`].
    Recovered { after: Duration },
}

/// Counters since the start of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerMetrics {
    /// Messages put into a channel of this process.
    pub delivered: u64,
    /// Messages that were not put into a channel because it was full, or that expired in it.
    pub dropped: u64,
    /// Times that a channel of this process was told that it is behind.
    pub behind: u64,
    /// Times that the backend came back.
    pub reconnects: u64,
}

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    #[error("the channel {0:?} is full")]
    ChannelFull(String),
    #[error("{0:?} is no name for a channel: letters, digits, -, _ and ., at most one !, shorter than 100 characters")]
    InvalidChannelName(String),
    #[error("{0:?} is no name for a group: letters, digits, -, _ and ., shorter than 100 characters")]
    InvalidGroupName(String),
    #[error("the key {0:?} of a message is reserved for the layer")]
    ReservedKey(&'static str),
    #[error("the message can not be encoded or decoded: {0}")]
    Serialization(String),
    #[error("the channel layer is out of reach: {0}")]
    Unreachable(String),
    #[error("the channel {0:?} belongs to another process")]
    NotLocal(String),
    #[error("the layer holds {limit} {what} in this process and takes no more")]
    LimitReached { what: &'static str, limit: usize },
    #[error("the configuration of the layer is wrong: {0}")]
    Configuration(String),
}

/// A channel layer. See the module for what every layer promises; the contract suite in `testing` tests it.
///
/// Futures may be dropped at any time. A dropped `receive` loses no message.
pub trait ChannelLayer: Send + Sync + std::fmt::Debug + 'static {
    /// Puts a message into a channel, without waiting for its reader.
    fn send<'a>(&'a self, channel: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>>;

    /// The channel's next message. One reader per message.
    fn receive<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<Received, LayerError>>;

    /// A new channel that only this process reads.
    fn new_channel(&self) -> String;

    /// Forgets a channel of this process that is read no more: what waits in it and its memberships in this process.
    fn close_channel<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>>;

    /// Adds a channel to a group. Twice is the same as once.
    fn group_add<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>>;

    /// Takes a channel out of a group. A channel that is no member is fine.
    fn group_discard<'a>(&'a self, group: &'a str, channel: &'a str) -> BoxFuture<'a, Result<(), LayerError>>;

    /// Sends to every channel of a group. Never answers `ChannelFull`.
    fn group_send<'a>(&'a self, group: &'a str, message: Message) -> BoxFuture<'a, Result<(), LayerError>>;

    /// Removes every channel and group. For tests: other processes that share the layer do not learn of it.
    fn flush(&self) -> BoxFuture<'_, Result<(), LayerError>>;

    /// What the layer tells about itself from now on.
    fn events(&self) -> broadcast::Receiver<LayerEvent>;

    fn metrics(&self) -> LayerMetrics;
}

/// 128 random bits in 32 digits, for names that no other process makes.
fn random_hex() -> String {
    format!("{:032x}", rand::random::<u128>())
}
