//! The server as browsers and programs use it: over HTTP and WebSocket, against the real program.
#![allow(clippy::unwrap_used)]

mod setup;

mod audit;
mod avatars;
mod backup;
mod bad_input;
mod crowd;
mod dashboard;
mod files;
mod flow_command;
mod flow_drafts;
mod flow_tools;
mod full_disk;
mod hooks;
mod hosts;
mod invitations;
mod languages;
mod live;
mod losing_access;
mod messages;
mod nodes;
mod order_kills;
mod orders;
mod outbox;
mod people;
mod polling;
mod random_input;
mod reading;
mod release_faults;
mod release_turns;
mod releases;
mod restart;
mod rooms;
mod search;
mod secrets;
mod sessions;
mod tls;
mod tokens;
mod transports;
