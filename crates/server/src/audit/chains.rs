//! Verifies the chain of every room, a page of entries at a time. A server may write while this reads.

use std::collections::HashSet;

use sea_orm::{DatabaseConnection, DbErr, FromQueryResult};

use super::finding::{Place, Report, What};
use super::{Failure, moved};
use crate::chain::{self, Hash, Link, erased_body};
use crate::db::{Rows, Sql};
use crate::values;

/// Entries that are read at once; a body has some 32 KiB, at most.
const PAGE: i64 = 200;

/// Logs that are read at once.
const LOGS: i64 = 500;

/// A log that has a chain: all but the feeds of people and the outputs of scripts. One that only looks like one of
/// these has a chain as well.
const CHAINED: &str = "(l.head IS NOT NULL OR EXISTS (SELECT 1 FROM room r WHERE r.id = l.id) OR (l.parent IS NULL AND NOT EXISTS (SELECT 1 FROM person p WHERE p.feed_id = l.id)))";

#[derive(Debug, FromQueryResult)]
struct End {
    id: i64,
    last_seq: i64,
    head: Option<Vec<u8>>,
    chained: bool,
}

/// An entry as it is stored.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Row {
    pub seq: i64,
    pub at: i64,
    pub author_id: Option<i64>,
    pub kind: String,
    pub target: Option<i64>,
    pub command: Option<String>,
    pub body: String,
    pub hash: Option<Vec<u8>>,
    pub erased: Option<Vec<u8>>,
}

impl Row {
    /// What the entry's hash is when it has this number and comes after `previous`.
    pub fn hash(&self, room: i64, seq: i64, previous: &Hash) -> Option<Hash> {
        let payload = match &self.erased {
            None => chain::payload(&self.body),
            Some(erased) => erased.as_slice().try_into().ok()?,
        };
        let Row { at, author_id: author, target, .. } = *self;
        let link = Link { room, seq, at, author, kind: &self.kind, target, command: self.command.as_deref() };
        Some(link.hash(previous, &payload))
    }

    /// The message that has to be recalled when this entry is erased.
    fn message(&self) -> Option<i64> {
        if self.kind == "edit" { self.target } else { Some(self.seq) }
    }
}

/// How far a chain fits.
#[derive(Debug)]
struct Chain {
    room: i64,
    seq: i64,
    hash: Hash,
    /// The first entry that was erased and is recalled by no other. If the chain breaks further on, that tells why.
    unrecalled: Option<i64>,
}

impl Chain {
    /// Takes the next entry, or says what is wrong. `recalled` are the numbers of erased entries that a later one
    /// recalls; that one is part of the chain, too.
    fn check(&mut self, row: &Row, recalled: &HashSet<i64>) -> Result<(), (i64, What)> {
        let next = self.seq + 1;
        if row.seq != next {
            return Err(if row.seq > next { (next, What::Missing) } else { (row.seq, What::Added) });
        }
        let Some(stored) = &row.hash else { return Err((next, What::Added)) };
        let hash = row.hash(self.room, next, &self.hash);
        let Some(hash) = hash.filter(|hash| hash[..] == stored[..]) else {
            return Err((next, What::Changed));
        };
        if row.erased.is_some() {
            if erased_body(&row.kind) != Some(row.body.as_str()) {
                return Err((next, What::Changed));
            }
            if !recalled.contains(&row.seq) {
                self.unrecalled.get_or_insert(next);
            }
        }
        (self.seq, self.hash) = (next, hash);
        Ok(())
    }
}

pub(super) async fn verify(db: &DatabaseConnection, report: &mut Report) -> Result<(), Failure> {
    let sql = format!("SELECT id, last_seq, head, {CHAINED} AS chained FROM log l WHERE id > $1 ORDER BY id LIMIT $2");
    let mut after = i64::MIN;
    loop {
        let ends: Vec<End> = db.all(&sql, values![after, LOGS]).await?;
        let is_last = (ends.len() as i64) < LOGS;
        for end in ends {
            find_orphans(db, after, end.id, report).await?;
            after = end.id;
            verify_log(db, end, report).await?;
        }
        if is_last {
            return find_orphans(db, after, i64::MAX, report).await;
        }
    }
}

/// Finds entries whose log, between two logs that are there, is not.
async fn find_orphans(db: &DatabaseConnection, after: i64, before: i64, report: &mut Report) -> Result<(), Failure> {
    let sql = "SELECT log_id FROM entry WHERE log_id > $1 AND log_id < $2 ORDER BY log_id LIMIT 1";
    let mut after = after;
    while before.saturating_sub(after) > 1
        && let Some(log) = db.number(sql, values![after, before]).await?
    {
        // It may have been made since the others were read.
        match end_of(db, log).await? {
            Some(end) => verify_log(db, end, report).await?,
            None => report.add(Place::Entry { room: log, seq: 1 }, What::RoomRemoved),
        }
        after = log;
    }
    Ok(())
}

async fn end_of(db: &DatabaseConnection, log: i64) -> Result<Option<End>, DbErr> {
    let sql = format!("SELECT id, last_seq, head, {CHAINED} AS chained FROM log l WHERE id = $1");
    db.one(&sql, values![log]).await
}

async fn verify_log(db: &DatabaseConnection, end: End, report: &mut Report) -> Result<(), Failure> {
    if !end.chained {
        return Ok(());
    }
    report.rooms += 1;
    let mut chain = Chain { room: end.id, seq: 0, hash: chain::START, unrecalled: None };
    match verify_entries(db, &mut chain, i64::MIN, report).await? {
        None => verify_end(db, chain, end, report).await,
        Some((seq, what)) => {
            let what = match what {
                What::Changed => moved::search(db, chain.room, seq, &chain.hash).await?.unwrap_or(What::Changed),
                what => what,
            };
            report.add(Place::Entry { room: chain.room, seq }, what);
            Ok(())
        }
    }
}

/// Follows the chain to its last entry, or to the first one that does not fit.
async fn verify_entries(
    db: &DatabaseConnection,
    chain: &mut Chain,
    mut after: i64,
    report: &mut Report,
) -> Result<Option<(i64, What)>, Failure> {
    loop {
        let page = match entries(db, chain.room, after, PAGE).await {
            Ok(page) => page,
            Err(error) => return unreadable(db, chain, after, error, report).await,
        };
        let recalled = recalled(db, chain.room, &page).await?;
        for row in &page {
            if let Err(wrong) = chain.check(row, &recalled) {
                return Ok(Some(wrong));
            }
            report.entries += 1;
            after = row.seq;
        }
        if (page.len() as i64) < PAGE {
            return Ok(None);
        }
    }
}

/// Somewhere in this page stands what no server writes, as text that is not UTF-8: the entries before it are verified
/// one by one. What fails in another way is the database's failure.
async fn unreadable(
    db: &DatabaseConnection,
    chain: &mut Chain,
    mut after: i64,
    error: DbErr,
    report: &mut Report,
) -> Result<Option<(i64, What)>, Failure> {
    let next = "SELECT seq FROM entry WHERE log_id = $1 AND seq > $2 ORDER BY seq LIMIT 1";
    for _ in 0..PAGE {
        let Some(seq) = db.number(next, values![chain.room, after]).await? else { break };
        let Ok(page) = entries(db, chain.room, after, 1).await else {
            return Ok(Some((seq, What::Changed)));
        };
        let recalled = recalled(db, chain.room, &page).await?;
        for row in &page {
            if let Err(wrong) = chain.check(row, &recalled) {
                return Ok(Some(wrong));
            }
            report.entries += 1;
        }
        after = seq;
    }
    Err(error.into())
}

pub(super) async fn entries(db: &DatabaseConnection, room: i64, after: i64, limit: i64) -> Result<Vec<Row>, DbErr> {
    let sql = "SELECT seq, at, author_id, kind, target, command, body, hash, erased FROM entry WHERE log_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    db.all(sql, values![room, after, limit]).await
}

/// The numbers of those erased entries whose message is recalled later on. An entry and its recall are committed
/// together, so the recall of what is read as erased is there.
async fn recalled(db: &DatabaseConnection, room: i64, page: &[Row]) -> Result<HashSet<i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Erased {
        seq: i64,
    }
    let erased = page.iter().filter(|row| row.erased.is_some());
    let rows = Rows(erased.filter_map(|row| Some(values![room, row.seq, row.message()?])).collect());
    let query = "SELECT q.column2 AS seq FROM (VALUES {rows}) q WHERE EXISTS (SELECT 1 FROM entry e WHERE e.log_id = q.column1 AND e.target = q.column3 AND e.kind = 'recall' AND e.seq > q.column2)";
    let found: Vec<Erased> = rows.all(db, query).await?;
    Ok(found.into_iter().map(|row| row.seq).collect())
}

/// Compares the end of a chain that fits with what the room says of it.
async fn verify_end(db: &DatabaseConnection, mut chain: Chain, end: End, report: &mut Report) -> Result<(), Failure> {
    let mut end = end;
    // Entries may have come after the end was read: then it is read again, and after it, what came meanwhile.
    while chain.seq > end.last_seq {
        let before = end.last_seq;
        match end_of(db, chain.room).await? {
            Some(later) if later.last_seq > before => end = later,
            _ => break,
        }
        let after = chain.seq;
        if let Some((seq, what)) = verify_entries(db, &mut chain, after, report).await? {
            report.add(Place::Entry { room: chain.room, seq }, what);
            return Ok(());
        }
    }
    let (room, last_seq) = (chain.room, end.last_seq);
    if last_seq > chain.seq {
        report.add(Place::Entry { room, seq: chain.seq + 1 }, What::CutTail { last_seq });
    } else if last_seq < chain.seq || end.head.unwrap_or(chain::START.to_vec()) != chain.hash {
        report.add(Place::Entry { room, seq: chain.seq }, What::EndChanged);
    } else if let Some(seq) = chain.unrecalled {
        report.add(Place::Entry { room, seq }, What::ErasedWithoutRecall);
    }
    Ok(())
}
