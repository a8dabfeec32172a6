//! The server as browsers and programs use it: over HTTP and WebSocket, against the real program.
#![allow(clippy::unwrap_used)]

mod setup;

mod avatars;
mod invitations;
mod languages;
mod people;
mod sessions;
mod tokens;
