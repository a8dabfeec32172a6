use serde::Serialize;
use utoipa::ToSchema;

use super::LogId;
use channels::websocket::Frame;

/// What the log tells a follower beside entries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LogMessage {
    /// The log is followed; entries may come after it.
    Followed { log: String, last_seq: i64 },
    /// The asked number was too far behind: following goes on after `last_seq`.
    Jump { log: String, last_seq: i64 },
    /// The log is no longer followed: `left`, `removed` or `not_found`.
    Ended { log: String, reason: String },
}

impl LogMessage {
    pub(super) fn followed(log: LogId, last_seq: i64) -> Frame {
        Self::Followed { log: log.name().into(), last_seq }.encode()
    }

    pub(super) fn jump(log: LogId, last_seq: i64) -> Frame {
        Self::Jump { log: log.name().into(), last_seq }.encode()
    }

    pub(super) fn ended(log: LogId, reason: &str) -> Frame {
        Self::Ended { log: log.name().into(), reason: reason.into() }.encode()
    }

    fn encode(&self) -> Frame {
        encode(self)
    }
}

/// A live message, ready to send.
pub fn encode(message: &impl Serialize) -> Frame {
    Frame::text(&serde_json::to_string(message).expect("live messages have string keys and no failing parts"))
}
