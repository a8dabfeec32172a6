//! How far a connection has read a log, and what an announcement means to it.

use super::LogId;
use super::entry::{Batch, Entry};

/// A reader of a room that is further behind than this is told so and goes on from the end.
pub const JUMP: i64 = 1000;

/// The logs and numbers to start from.
pub type Cursors = Vec<(LogId, i64)>;

#[derive(Debug)]
pub(super) struct Cursor {
    pub log: LogId,
    /// Everything up to this number was sent.
    pub seq: i64,
    /// Entries after `seq` have to be read from the log.
    pub behind: bool,
    /// The largest number that was announced.
    pub newest: i64,
}

/// What a reader does with an announced batch.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It knows these entries.
    Known,
    /// They are the next ones.
    Next,
    /// There is a gap before them.
    Gap,
    /// The reader loses access; these entries still are for it.
    Revoked { before: Vec<Entry>, reason: &'static str },
}

impl Cursor {
    /// A cursor that waits until it is known where the log ends.
    pub fn starting(log: LogId, after: i64) -> Self {
        Self { log, seq: after, behind: true, newest: 0 }
    }

    pub fn judge(&self, batch: &Batch, person: i64) -> Verdict {
        // Access to an output ends with that to its room, without an entry of its own.
        let only_revokes = batch.entries.is_empty() && !batch.revoked.is_empty();
        if batch.last() <= self.seq && !only_revokes {
            return Verdict::Known;
        }
        if let Some((seq, _, reason)) = batch.revoked.iter().find(|(_, revoked, _)| *revoked == person) {
            let unseen = |entry: &&Entry| entry.seq > self.seq && entry.seq < *seq;
            let before: Vec<Entry> = batch.entries.iter().filter(unseen).cloned().collect();
            // A gap before the loss is not read any more: the log is closed to this person now.
            let follows = !self.behind && before.first().is_some_and(|entry| entry.seq == self.seq + 1);
            return Verdict::Revoked { before: if follows { before } else { Vec::new() }, reason };
        }
        match batch.first() {
            _ if only_revokes => Verdict::Known,
            first if self.behind || first != self.seq + 1 => Verdict::Gap,
            _ => Verdict::Next,
        }
    }

    /// There are entries up to this number, and they are not at hand.
    pub fn advance(&mut self, newest: i64) {
        self.newest = self.newest.max(newest);
        self.behind |= self.seq < newest;
    }

    /// Entries up to `seq` were read from the log, when `announced` was the newest. An announcement of entries that
    /// the log does not have is forgotten.
    pub fn read_after(&mut self, seq: i64, announced: i64, has_more: bool) {
        if seq == self.seq && announced == self.newest {
            self.newest = seq;
        }
        self.read_up_to(seq, has_more);
    }

    /// Entries up to `seq` are known.
    pub fn read_up_to(&mut self, seq: i64, has_more: bool) {
        self.seq = seq;
        self.behind = has_more || self.newest > seq;
    }
}

/// Where a reader starts that asked for entries after a number, in a log that ends at `last_seq`: there, or at the
/// end when it is too far away.
pub(super) fn start(log: LogId, after: i64, last_seq: i64, jump: i64) -> Start {
    let distance = last_seq.saturating_sub(after);
    let jump = if matches!(log, LogId::Room(_)) { jump } else { i64::MAX };
    if distance < 0 || distance > jump { Start::AtTheEnd } else { Start::AsAsked { behind: distance > 0 } }
}

pub(super) enum Start {
    AsAsked { behind: bool },
    AtTheEnd,
}
