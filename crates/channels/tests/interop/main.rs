//! Our WebSockets against implementations of others: `websockets` for Python and `ws` for Node, as client and as server.
//! tungstenite is in `tests/websocket`, Chromium in `web/e2e`.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod broadcasting;
mod closing;
mod compression;
mod conversation;
mod frames;
mod handshake;
mod pair;
mod payload;
mod peer;
mod wire;
