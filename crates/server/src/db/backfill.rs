//! Rows that were written before there was a column for what they need.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{Rows, Sql};
use crate::chain::{self, Hash, Link};
use crate::values;

/// Rows that are read at once.
const PAGE: i64 = 500;

#[derive(FromQueryResult)]
struct Entry {
    seq: i64,
    at: i64,
    author_id: Option<i64>,
    kind: String,
    target: Option<i64>,
    command: Option<String>,
    body: String,
}

/// Chains the entries of all rooms as they stand. A body that was erased before counts as it is now.
pub async fn chain_rooms(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let mut room = 0;
    while let Some(next) =
        connection.number("SELECT id FROM room WHERE id > $1 ORDER BY id LIMIT 1", values![room]).await?
    {
        room = next;
        chain_room(connection, room).await?;
    }
    Ok(())
}

async fn chain_room(connection: &impl ConnectionTrait, room: i64) -> Result<(), DbErr> {
    let page = "SELECT seq, at, author_id, kind, target, command, body FROM entry WHERE log_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    let update = "UPDATE entry SET hash = q.column3 FROM (VALUES {rows}) q WHERE entry.log_id = q.column1 AND entry.seq = q.column2";
    let (mut head, mut after): (Option<Hash>, i64) = (None, 0);
    loop {
        let entries: Vec<Entry> = connection.all(page, values![room, after, PAGE]).await?;
        let mut rows = Vec::with_capacity(entries.len());
        for Entry { seq, at, author_id: author, kind, target, command, body } in entries {
            let link = Link { room, seq, at, author, kind: &kind, target, command: command.as_deref() };
            let hash = link.hash(&head.unwrap_or(chain::START), &chain::payload(&body));
            rows.push(values![room, seq, hash.to_vec()]);
            (head, after) = (Some(hash), seq);
        }
        if rows.is_empty() {
            break;
        }
        Rows(rows).run(connection, update).await?;
    }
    if let Some(head) = head {
        connection.run("UPDATE log SET head = $2 WHERE id = $1", values![room, head.to_vec()]).await?;
    }
    Ok(())
}
