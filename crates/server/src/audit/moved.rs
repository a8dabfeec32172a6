use sea_orm::{DatabaseConnection, DbErr};

use super::chains::{Row, entries};
use super::finding::What;
use crate::chain::Hash;

/// Entries that are read at once.
const PAGE: i64 = 200;

/// Looks for the entry that belongs where another one stands: one that would fit after `previous` if it had the number
/// `seq`. Its hash may have come along with it, or stayed in its place.
pub async fn search(db: &DatabaseConnection, room: i64, seq: i64, previous: &Hash) -> Result<Option<What>, DbErr> {
    let stayed = entries(db, room, seq - 1, 1).await.unwrap_or_default().into_iter().next().and_then(|row| row.hash);
    let mut after = seq;
    loop {
        // What can not be read has its own finding when its turn comes.
        let Ok(page) = entries(db, room, after, PAGE).await else { return Ok(None) };
        let fits = |row: &&Row| {
            let hash = row.hash(room, seq, previous).map(|hash| hash.to_vec());
            hash.is_some() && (hash == row.hash || hash == stayed)
        };
        if let Some(row) = page.iter().find(fits) {
            return Ok(Some(What::Reordered { now_at: row.seq }));
        }
        match page.last() {
            Some(last) => after = last.seq,
            None => return Ok(None),
        }
    }
}
