use std::borrow::Cow;
use std::fmt::Write;
use std::sync::OnceLock;

use channels::websocket::Frame;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Which log: a room's, the feed of a person, or the output of a script. All kinds share one sequence of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogId {
    Room(i64),
    Feed(i64),
    /// What a script writes. Whoever may read its order's room may read it; it has no chain of hashes.
    Output(i64),
}

impl LogId {
    pub fn id(self) -> i64 {
        match self {
            LogId::Room(id) | LogId::Feed(id) | LogId::Output(id) => id,
        }
    }

    /// The name that clients use. A person has one feed, so it needs no number.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            LogId::Room(id) => format!("r{id}").into(),
            LogId::Feed(_) => "feed".into(),
            LogId::Output(id) => format!("o{id}").into(),
        }
    }
}

/// Something that happened. It never changes, except that a recalled text is erased.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    pub seq: i64,
    pub at: i64,
    pub by: Option<i64>,
    pub kind: String,
    pub target: Option<i64>,
    pub command: Option<String>,
    pub body: Box<RawValue>,
}

#[derive(Debug, FromQueryResult)]
pub(super) struct EntryRow {
    pub seq: i64,
    pub at: i64,
    pub author_id: Option<i64>,
    pub kind: String,
    pub target: Option<i64>,
    pub command: Option<String>,
    pub body: String,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        let EntryRow { seq, at, author_id: by, kind, target, command, body } = row;
        let body = RawValue::from_string(body).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self { seq, at, by, kind, target, command, body }
    }
}

/// What a unit of work appends. The log gives it its number and time.
#[derive(Debug)]
pub struct NewEntry<'a> {
    pub by: Option<i64>,
    pub kind: &'a str,
    pub target: Option<i64>,
    pub command: Option<&'a str>,
    pub body: Box<RawValue>,
}

impl<'a> NewEntry<'a> {
    pub fn new(by: Option<i64>, kind: &'a str, body: &impl Serialize) -> Self {
        let body = serde_json::value::to_raw_value(body).expect("bodies have string keys and no failing parts");
        Self { by, kind, target: None, command: None, body }
    }
}

/// The entries that one transaction appended to one log, encoded once for everybody.
#[derive(Debug)]
pub struct Batch {
    pub log: LogId,
    pub entries: Vec<Entry>,
    /// Who lost access, at which entry, and why.
    pub revoked: Vec<(i64, i64, &'static str)>,
    frame: OnceLock<Frame>,
}

impl Batch {
    pub fn new(log: LogId) -> Self {
        Self { log, entries: Vec::new(), revoked: Vec::new(), frame: OnceLock::new() }
    }

    pub fn first(&self) -> i64 {
        self.entries.first().map_or(0, |entry| entry.seq)
    }

    pub fn last(&self) -> i64 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    /// The live message that carries the whole batch.
    pub fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| entries_message(self.log, &self.entries))
    }

    pub fn weight(&self) -> usize {
        self.entries.iter().map(|entry| entry.body.get().len() + 128).sum()
    }
}

/// `{"type":"entries","log":…,"entries":[…]}`
pub fn entries_message(log: LogId, entries: &[Entry]) -> Frame {
    let mut text = String::with_capacity(64 + entries.iter().map(|entry| entry.body.get().len() + 128).sum::<usize>());
    let _ = write!(text, r#"{{"type":"entries","log":"{}","entries":"#, log.name());
    text.push_str(&serde_json::to_string(entries).expect("entries have string keys and no failing parts"));
    text.push('}');
    Frame::text(&text)
}
