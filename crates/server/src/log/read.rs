//! The one read path: bounded pages of entries.

use sea_orm::DbErr;

use super::Log;
use super::entry::{Entry, EntryRow, LogId};
use crate::db::Sql;
use crate::values;

/// Entries in a page, at most.
pub const MAX_PAGE: i64 = 1000;

/// Bytes of bodies in a page, about; a page ends early rather than grow past it.
const PAGE_BYTES: usize = 1024 * 1024;

/// Entries that are fetched at once.
const CHUNK: i64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    After(i64),
    Before(i64),
    Around(i64),
}

/// Entries in ascending order.
#[derive(Debug)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// Whether there is more in the direction that was asked; with `Around`, after the last entry.
    pub has_more: bool,
    pub last_seq: i64,
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

impl Log {
    /// A page of a log, with at most `limit` entries (1 to [`MAX_PAGE`]). Does not ask who reads.
    pub async fn page(&self, log: i64, range: Range, limit: i64) -> Result<Page, DbErr> {
        let limit = limit.clamp(1, MAX_PAGE);
        let (entries, has_more) = match range {
            Range::After(seq) => self.entries(log, seq, limit, Direction::Up).await?,
            Range::Before(seq) => {
                let (mut entries, has_more) = self.entries(log, seq, limit, Direction::Down).await?;
                entries.reverse();
                (entries, has_more)
            }
            Range::Around(seq) => {
                let (mut entries, _) = self.entries(log, seq, limit / 2, Direction::Down).await?;
                entries.reverse();
                let rest = limit - entries.len() as i64;
                let (newer, has_more) = self.entries(log, seq.saturating_sub(1), rest, Direction::Up).await?;
                entries.extend(newer);
                (entries, has_more)
            }
        };
        let last_seq =
            self.db.reader.number("SELECT last_seq FROM log WHERE id = $1", values![log]).await?.unwrap_or(0);
        Ok(Page { entries, has_more, last_seq })
    }

    async fn entries(
        &self,
        log: i64,
        from: i64,
        limit: i64,
        direction: Direction,
    ) -> Result<(Vec<Entry>, bool), DbErr> {
        let sql = match direction {
            Direction::Up => {
                "SELECT seq, at, author_id, kind, target, command, body FROM entry WHERE log_id = $1 AND seq > $2 ORDER BY seq LIMIT $3"
            }
            Direction::Down => {
                "SELECT seq, at, author_id, kind, target, command, body FROM entry WHERE log_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
            }
        };
        let mut entries: Vec<Entry> = Vec::new();
        let (mut from, mut bytes) = (from, 0);
        loop {
            // One more than wanted tells whether there is more.
            let wanted = limit - entries.len() as i64;
            let chunk = wanted.min(CHUNK) + 1;
            let rows: Vec<EntryRow> = self.db.reader.all(sql, values![log, from, chunk]).await?;
            let exhausted = (rows.len() as i64) < chunk;
            for row in rows.into_iter().take(wanted.min(CHUNK) as usize) {
                bytes += row.body.len();
                from = row.seq;
                entries.push(row.into());
                if bytes > PAGE_BYTES {
                    return Ok((entries, true));
                }
            }
            if exhausted || entries.len() as i64 >= limit {
                return Ok((entries, !exhausted));
            }
        }
    }

    /// The number of the last entry, when the person may read the log.
    pub async fn last_seq_for(&self, log: LogId, person: i64) -> Result<Option<i64>, DbErr> {
        let sql = match log {
            LogId::Room(_) | LogId::Feed(_) => {
                "SELECT l.last_seq FROM member m JOIN log l ON l.id = m.log_id WHERE m.log_id = $1 AND m.person_id = $2"
            }
            LogId::Output(_) => {
                "SELECT l.last_seq FROM log l JOIN member m ON m.log_id = l.parent WHERE l.id = $1 AND m.person_id = $2"
            }
        };
        self.db.reader.number(sql, values![log.id(), person]).await
    }
}
