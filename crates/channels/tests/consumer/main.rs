//! What consumers promise, seen by their clients.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broadcast;
mod chat;
mod connecting;
mod ending;
mod events;
mod http;
mod json;
mod logging;
mod middleware;
mod network;
mod setup;
mod worker;
