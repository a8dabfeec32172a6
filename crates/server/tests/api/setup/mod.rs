//! The script that tests are written in. Only this folder knows paths, headers and sockets.

mod answer;
mod fleet;
mod live;
mod nodes;
mod person;
mod receiver;
mod server;
mod stream;
mod team;
mod wire;

use std::future::Future;
use std::time::Duration;

pub use answer::Answer;
pub use fleet::{Fleet, Where, step};
pub use live::{Heard, Live};
pub use nodes::Site;
pub use person::{Person, with_id, with_query};
pub use receiver::{MailServer, Receiver};
pub use server::{ADMIN_PASSWORD, Server};
pub use stream::EventStream;
pub use team::{PASSWORD, Team, unique};
pub use wire::Wire;

/// Every wait for an event ends after this, with a failure.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for an event that has to come.
pub async fn in_time<T>(event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, event).await {
        Ok(value) => value,
        Err(_) => panic!("nothing came within {PATIENCE:?}"),
    }
}

/// The name of a room's log.
pub fn log(room: i64) -> String {
    format!("r{room}")
}

/// The numbers of entries.
pub fn seqs(entries: &[serde_json::Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

/// The texts of messages; other entries have none.
pub fn texts(entries: &[serde_json::Value]) -> Vec<String> {
    let messages = entries.iter().filter(|entry| entry["kind"] == "message");
    messages.map(|entry| entry["body"]["text"].as_str().unwrap_or("(recalled)").to_owned()).collect()
}

/// The smallest PNG image: one pixel.
pub const PNG: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6,
    0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 13, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xF8, 0xCF, 0xC0, 0xF0,
    0x1F, 0, 5, 0, 1, 0xFF, 0x56, 0xC7, 0x2F, 0x0D, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
];
