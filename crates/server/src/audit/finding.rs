use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;

use super::MOST_FINDINGS;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Finding {
    pub place: Place,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The first entry of a room that does not fit.
    Entry { room: i64, seq: i64 },
    /// A line of a file of checkpoints.
    Line { file: String, line: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum What {
    Changed,
    Missing,
    /// The entry stands in the place of another one.
    Reordered {
        now_at: i64,
    },
    Added,
    /// Its text was erased, and no recall says so.
    ErasedWithoutRecall,
    /// The room says that it has more entries.
    CutTail {
        last_seq: i64,
    },
    /// The entries fit; what the table `log` says of their end does not.
    EndChanged,
    /// The room is gone and its entries are still there.
    RoomRemoved,
    /// A checkpoint signed this entry, and it is gone.
    CutAfterCheckpoint {
        checkpoint: u64,
        at: i64,
    },
    /// A checkpoint signed another entry.
    Rewritten {
        checkpoint: u64,
        at: i64,
    },
    NoCheckpoint,
    BadSignature {
        checkpoint: u64,
    },
    OtherKey {
        checkpoint: u64,
    },
    CheckpointMissing {
        checkpoint: u64,
    },
    /// It does not follow the checkpoint before it.
    CheckpointReplaced {
        checkpoint: u64,
    },
}

/// What a verification found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub rooms: u64,
    pub entries: u64,
    pub checkpoints: u64,
    /// When the last checkpoint was signed, in milliseconds since 1970.
    pub last_checkpoint_at: Option<i64>,
    /// The first of each room, and those of the files.
    pub findings: Vec<Finding>,
    /// There are more findings than are named.
    pub has_more: bool,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, place: Place, what: What) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding { place, what });
        } else {
            self.has_more = true;
        }
    }

    /// Whether a finding names an entry of the room.
    pub(super) fn names(&self, room: i64) -> bool {
        self.findings.iter().any(|finding| matches!(finding.place, Place::Entry { room: named, .. } if named == room))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Entry { room, seq } => write!(f, "Room {room}, entry {seq}: ")?,
            Place::Line { file, line } => write!(f, "{file}, line {line}: ")?,
        }
        match &self.what {
            What::Changed => f.write_str("it was changed: it does not fit its hash."),
            What::Missing => f.write_str("it is missing; a later entry is there."),
            What::Reordered { now_at } => write!(f, "entries were reordered: it stands at {now_at} now."),
            What::Added => f.write_str("it was added past the server: it is not part of the chain."),
            What::ErasedWithoutRecall => f.write_str("its text was erased, and no entry recalls it."),
            What::CutTail { last_seq } => {
                write!(f, "it is missing, with all after it: the room was cut, for it had {last_seq} entries.")
            }
            What::EndChanged => f.write_str("it is the last one, and the room says that it ends otherwise."),
            What::RoomRemoved => f.write_str("the room was removed, and this entry was left."),
            What::CutAfterCheckpoint { checkpoint, at } => {
                write!(f, "it is missing: checkpoint {checkpoint} of {} signed it. The room was cut.", Time(*at))
            }
            What::Rewritten { checkpoint, at } => {
                let time = Time(*at);
                write!(f, "checkpoint {checkpoint} of {time} signed another one. The room was written anew.")
            }
            What::NoCheckpoint => f.write_str("this is no checkpoint."),
            What::BadSignature { checkpoint } => {
                write!(f, "the signature of checkpoint {checkpoint} is wrong: it was changed.")
            }
            What::OtherKey { checkpoint } => write!(f, "checkpoint {checkpoint} is signed by another key."),
            What::CheckpointMissing { checkpoint } => write!(f, "checkpoint {checkpoint} is missing before this line."),
            What::CheckpointReplaced { checkpoint } => {
                write!(f, "checkpoint {checkpoint} does not follow the one before it: one of them was replaced.")
            }
        }
    }
}

/// A time for people, in UTC.
pub(super) struct Time(pub i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The year 9999 is the last that can be written.
        let since = Duration::from_millis(self.0.clamp(0, 253_402_300_799_000) as u64);
        humantime::format_rfc3339_seconds(UNIX_EPOCH + since).fmt(f)
    }
}
