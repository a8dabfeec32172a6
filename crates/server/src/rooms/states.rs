//! What messages are now, and what they were.

use sea_orm::FromQueryResult;

use super::model::{MessageState, Reaction, Version};
use super::{Refusal, Rooms};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::log::{Page, Range};
use crate::values;

impl Rooms {
    /// A page of a room's log with the states of its messages that something happened to later.
    pub async fn entries(
        &self,
        caller: &Caller,
        room: i64,
        range: Range,
        limit: i64,
    ) -> Result<(Page, Vec<MessageState>), Refusal> {
        let page = self.log.page(room, range, limit).await?;
        let states = match (page.entries.first(), page.entries.last()) {
            (Some(first), Some(last)) => self.states(caller, room, first.seq, last.seq).await?,
            _ => Vec::new(),
        };
        // Asked after the read: who may read now may read everything that was there before.
        self.member(caller, room).await?;
        Ok((page, states))
    }

    async fn states(&self, caller: &Caller, room: i64, first: i64, last: i64) -> Result<Vec<MessageState>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            seq: i64,
            changed: i64,
            text: Option<String>,
            mentions: String,
            edits: i64,
            recalled_by: Option<i64>,
            reactions: String,
        }
        #[derive(FromQueryResult)]
        struct Mine {
            seq: i64,
            emoji: String,
        }
        let db = &self.log.db().reader;
        let sql = "SELECT seq, changed, text, mentions, edits, recalled_by, reactions FROM message WHERE room_id = $1 AND seq BETWEEN $2 AND $3 AND changed > seq ORDER BY seq";
        let rows: Vec<Row> = db.all(sql, values![room, first, last]).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT seq, emoji FROM reaction WHERE room_id = $1 AND seq BETWEEN $2 AND $3 AND person_id = $4";
        let mine: Vec<Mine> = db.all(sql, values![room, first, last, caller.id()]).await?;
        let state = |row: Row| {
            let mut reactions: Vec<Reaction> = serde_json::from_str(&row.reactions).unwrap_or_default();
            for reaction in &mut reactions {
                reaction.mine = mine.iter().any(|mine| mine.seq == row.seq && mine.emoji == reaction.emoji);
            }
            let mentions = serde_json::from_str(&row.mentions).unwrap_or_default();
            let Row { seq, changed, text, edits, recalled_by, .. } = row;
            MessageState { seq, changed, text, mentions, edits, recalled_by, reactions }
        };
        Ok(rows.into_iter().map(state).collect())
    }

    /// All texts that a message has had, the oldest first.
    pub async fn history(&self, caller: &Caller, room: i64, seq: i64) -> Result<Vec<Version>, Refusal> {
        self.member(caller, room).await?;
        #[derive(FromQueryResult)]
        struct Row {
            seq: i64,
            at: i64,
            kind: String,
            body: String,
        }
        #[derive(serde::Deserialize)]
        struct Body {
            text: Option<String>,
        }
        let sql = "SELECT seq, at, kind, body FROM entry WHERE log_id = $1 AND ((seq = $2 AND kind = 'message') OR (target = $2 AND kind = 'edit')) ORDER BY seq LIMIT 500";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![room, seq]).await?;
        if !rows.iter().any(|row| row.kind == "message") {
            return Err(Refusal::MessageNotFound);
        }
        let version = |row: Row| {
            let body: Body = serde_json::from_str(&row.body).ok()?;
            Some(Version { seq: row.seq, at: row.at, text: body.text? })
        };
        let versions: Option<Vec<Version>> = rows.into_iter().map(version).collect();
        versions.ok_or(Refusal::MessageRecalled)
    }
}
