//! WebSockets over real sockets and over streams in memory.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broadcasting;
mod closing;
mod conversation;
mod setup;
