//! Presence over the layer in memory, with a clock that the tests turn, and over a real Redis.
//!
//! Needs `COUNTERSIGN_TEST_REDIS`: `eval "$(scripts/services.sh start redis)"`, and afterwards `scripts/services.sh stop`.

#![allow(clippy::unwrap_used, reason = "these are tests, and clippy only knows the functions that are marked so")]

mod changes;
mod healing;
mod hostile;
mod listing;
mod node;
#[cfg(feature = "redis")]
mod over_redis;
#[cfg(feature = "redis")]
mod proxy;
mod random;
mod wire;
