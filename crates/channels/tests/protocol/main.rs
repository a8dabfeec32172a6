//! The codec from outside: what goes in as bytes, and what comes out.
//!
//! The chapters follow those of the Autobahn suite: framing, reserved bits, opcodes and fragments, UTF-8, closing,
//! limits, compression. Then come the handshake, tungstenite as the other side, and properties of any bytes at all.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod closing;
mod compression;
mod fragments;
mod framing;
mod handshake;
mod limits;
mod peers;
mod properties;
mod support;
mod utf8;
