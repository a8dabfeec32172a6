//! Verifies a file of checkpoints, and that rooms hold what it signed. A line is read at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use sea_orm::{DatabaseConnection, FromQueryResult};

use super::Failure;
use super::checkpoint::{Checkpoint, Head, Signed};
use super::file::LONGEST_LINE;
use super::finding::{Place, Report, What};
use super::key::PublicKey;
use crate::chain::{self, Hash};
use crate::db::Rows;
use crate::values;

/// How far a file fits together.
struct Trail<'a> {
    keys: &'a [PublicKey],
    /// The key that the file names first, when no other was given.
    own: Option<PublicKey>,
    number: u64,
    last: Hash,
}

pub(super) async fn verify(
    db: &DatabaseConnection,
    path: &Path,
    keys: &[PublicKey],
    report: &mut Report,
) -> Result<(), Failure> {
    let mut reader = BufReader::new(File::open(path).map_err(Failure::file(path))?);
    let mut trail = Trail { keys, own: None, number: 0, last: chain::START };
    for number in 1.. {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(Failure::file(path))?;
        if read == 0 {
            break;
        }
        let place = Place::Line { file: path.display().to_string(), line: number };
        // Half a line at the end is what a power cut leaves; nobody was told of it.
        if !line.ends_with(b"\n") && reader.fill_buf().map_err(Failure::file(path))?.is_empty() {
            break;
        }
        let parsed = std::str::from_utf8(&line).ok().and_then(|line| Signed::parse(line.trim_end()));
        let Some((signed, checkpoint)) = parsed else {
            report.add(place, What::NoCheckpoint);
            continue;
        };
        report.checkpoints += 1;
        match trail.check(&signed, &checkpoint) {
            // What is not signed says nothing of the rooms.
            Err(what @ (What::BadSignature { .. } | What::OtherKey { .. })) => report.add(place, what),
            checked => {
                if let Err(what) = checked {
                    report.add(place, what);
                }
                compare(db, &checkpoint, report).await?;
                report.last_checkpoint_at = report.last_checkpoint_at.max(Some(checkpoint.at));
            }
        }
    }
    Ok(())
}

impl Trail<'_> {
    /// Whether a checkpoint is signed and follows the one before it. The next one has to follow this one in any case,
    /// so that each place that does not fit is named once.
    fn check(&mut self, signed: &Signed, checkpoint: &Checkpoint) -> Result<(), What> {
        let number = checkpoint.number;
        let (expected, previous) = (self.number + 1, chain::to_hex(&self.last));
        (self.number, self.last) = (number, signed.hash());
        let key = checkpoint.key.parse().ok();
        if self.keys.is_empty() && self.own.is_none() {
            self.own = key.clone();
        }
        let known = |key: &PublicKey| self.keys.contains(key) || self.own.as_ref() == Some(key);
        let key = key.filter(known).ok_or(What::OtherKey { checkpoint: number })?;
        if !signed.is_signed_by(&key) {
            return Err(What::BadSignature { checkpoint: number });
        }
        if number > expected {
            return Err(What::CheckpointMissing { checkpoint: expected });
        }
        if number != expected || checkpoint.previous != previous {
            return Err(What::CheckpointReplaced { checkpoint: number });
        }
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct Stored {
    number: i64,
    hash: Option<Vec<u8>>,
    /// Whether the room has a chain, so that its entries are verified by it.
    chained: bool,
}

/// Compares what a checkpoint signed with what rooms hold. The chain proves everything before it.
async fn compare(db: &DatabaseConnection, checkpoint: &Checkpoint, report: &mut Report) -> Result<(), Failure> {
    let query = "SELECT q.column1 AS number, e.hash, l.head IS NOT NULL AS chained FROM (VALUES {rows}) q LEFT JOIN log l ON l.id = q.column2 LEFT JOIN entry e ON e.log_id = l.id AND e.seq = q.column3";
    let row = |(number, head): (usize, &Head)| values![number as i64, head.room, head.seq];
    let rows = Rows(checkpoint.heads.iter().enumerate().map(row).collect());
    let mut stored: Vec<Stored> = rows.all(db, query).await?;
    stored.sort_unstable_by_key(|stored| stored.number);
    let Checkpoint { number, at, .. } = *checkpoint;
    for (head, stored) in checkpoint.heads.iter().zip(stored) {
        let signed = chain::from_hex(&head.hash);
        let what = match stored.hash {
            Some(hash) if stored.chained && signed.is_some_and(|signed| signed[..] == hash[..]) => continue,
            Some(_) => What::Rewritten { checkpoint: number, at },
            None => What::CutAfterCheckpoint { checkpoint: number, at },
        };
        // Later checkpoints do not fit, either.
        if !report.names(head.room) {
            report.add(Place::Entry { room: head.room, seq: head.seq }, what);
        }
    }
    Ok(())
}
