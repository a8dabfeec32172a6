//! Helpers for the tests of programs and layers that use this crate.

pub mod communicator;
pub mod layer_contract;

pub use communicator::{Answer, CommunicatorError, Connected, Data, HttpCommunicator, WebSocketCommunicator};
