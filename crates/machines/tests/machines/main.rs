//! Everything is tried with real sshd processes, and on this machine through the same wrapper.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod artifacts;
mod connections;
mod hostile;
mod limits;
mod ownership;
mod running;
mod support;
