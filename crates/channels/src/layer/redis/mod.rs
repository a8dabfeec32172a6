//! The layers over Redis, in the two wire formats of `channels_redis`, so that Rust and Python share groups.

mod codec;
mod core;
mod link;
mod options;
mod pubsub;
mod shard;
mod supervisor;

pub use self::core::RedisLayer;
pub use options::RedisOptions;
pub use pubsub::RedisPubSubLayer;
