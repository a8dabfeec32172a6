//! Countersign: talk, approve and release on one live page.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod backup;
pub mod chain;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod flow_command;
pub mod hooks;
pub mod inventory;
mod local_runner;
pub mod log;
pub mod orders;
pub mod outbox;
pub mod outgoing;
pub mod releases;
pub mod rooms;
pub mod stop;
pub mod storage;
pub mod tally;
pub mod text;
mod tls;
pub mod vault;
pub mod web;
