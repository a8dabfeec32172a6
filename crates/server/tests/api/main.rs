//! The server as browsers and programs use it: over HTTP and WebSocket, against the real program.
#![allow(clippy::unwrap_used)]

mod setup;

mod audit;
mod avatars;
mod bad_input;
mod crowd;
mod files;
mod flow_command;
mod full_disk;
mod invitations;
mod languages;
mod live;
mod losing_access;
mod messages;
mod nodes;
mod order_kills;
mod orders;
mod people;
mod polling;
mod random_input;
mod reading;
mod restart;
mod rooms;
mod search;
mod sessions;
mod tls;
mod tokens;
mod transports;
