//! The script that tests are written in. Only this folder knows paths, headers and sockets.

mod answer;
mod live;
mod person;
mod server;
mod stream;
mod team;
mod wire;

use std::future::Future;
use std::time::Duration;

pub use answer::Answer;
pub use live::{Heard, Live};
pub use person::Person;
pub use server::Server;
pub use stream::EventStream;
pub use team::Team;
pub use wire::{Reply, Wire};

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
    messages
        .map(|entry| entry["body"]["text"].as_str().unwrap_or("(recalled)").to_owned())
        .collect()
}
