//! Countersign: talk, approve and release on one live page.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod chain;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod flow_command;
pub mod log;
pub mod orders;
pub mod rooms;
pub mod stop;
pub mod storage;
pub mod text;
mod tls;
pub mod web;
