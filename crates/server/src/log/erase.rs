use sea_orm::{DbErr, FromQueryResult};

use super::entry::LogId;
use super::unit::Tx;
use crate::chain::{self, erased_body};
use crate::db::{Rows, Sql};
use crate::values;

/// Bodies that are read at once.
const CHUNK: i64 = 64;

#[derive(FromQueryResult)]
struct Body {
    seq: i64,
    kind: String,
    body: String,
}

impl Tx<'_> {
    /// Erases the body of a message and of its edits. The hash of each body stays in its place, so that the chain can
    /// still be verified; the entry that asks for it has to be appended in the same transaction.
    pub async fn erase(&mut self, log: LogId, message: i64) -> Result<(), DbErr> {
        let find = "SELECT seq, kind, body FROM entry WHERE log_id = $1 AND (seq = $2 OR target = $2) AND kind IN ('message', 'edit') AND erased IS NULL ORDER BY seq LIMIT $3";
        let update = "UPDATE entry SET body = q.column3, erased = q.column4 FROM (VALUES {rows}) q WHERE entry.log_id = q.column1 AND entry.seq = q.column2";
        loop {
            let bodies: Vec<Body> = self.sql().all(find, values![log.id(), message, CHUNK]).await?;
            if bodies.is_empty() {
                return Ok(());
            }
            let erased = |Body { seq, kind, body }: &Body| {
                values![log.id(), *seq, erased_body(kind), chain::payload(body).to_vec()]
            };
            Rows(bodies.iter().map(erased).collect()).run(self.sql(), update).await?;
        }
    }
}
