//! The channel layers against their contract, a real Redis and Python's `channels_redis`.
//!
//! Needs `COUNTERSIGN_TEST_REDIS`: `eval "$(scripts/services.sh start redis)"`, and afterwards `scripts/services.sh stop`.

#![allow(clippy::unwrap_used, reason = "these are tests, and clippy only knows the functions that are marked so")]

mod contract;
mod django;
mod environment;
mod outage;
mod peer;
mod python;
mod redis_state;
mod sentinel;
mod server;
