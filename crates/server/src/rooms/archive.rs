//! A room's archive as one JSON document, streamed page by page.

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream;
use serde_json::json;

use super::{Refusal, Rooms};
use crate::accounts::Caller;
use crate::log::Range;

/// Entries in a piece of the stream.
const PIECE: i64 = 500;

enum Step {
    Head,
    Entries { after: i64, first: bool },
    Done,
}

impl Rooms {
    /// The room, its people and all its entries, up to the last one when the export began. Recalled texts are not
    /// there any more. Whoever loses the room while it streams gets a broken document.
    pub async fn export(
        &self,
        caller: &Caller,
        room: i64,
    ) -> Result<impl Stream<Item = Result<Bytes, Refusal>> + Send + 'static, Refusal> {
        let summary = self.room(caller, room).await?;
        let last = summary.last_seq;
        let (rooms, caller) = (self.clone(), caller.clone());
        Ok(stream::try_unfold(Step::Head, move |step| {
            let (rooms, caller, summary) = (rooms.clone(), caller.clone(), summary.clone());
            async move {
                match step {
                    Step::Head => {
                        let people = rooms.everybody(&caller, room).await?;
                        let head = json!({"format": "countersign-room", "version": 1, "room": {"id": room, "kind": summary.kind, "name": summary.name, "topic": summary.topic}, "people": people});
                        let mut text = head.to_string();
                        text.pop();
                        text.push_str(",\"entries\":[");
                        Ok(Some((text.into(), Step::Entries { after: 0, first: true })))
                    }
                    Step::Entries { after, first } => {
                        rooms.member(&caller, room).await?;
                        let page = rooms.log.page(room, Range::After(after), PIECE).await?;
                        let entries: Vec<_> = page.entries.into_iter().filter(|entry| entry.seq <= last).collect();
                        let Some(after) = entries.last().map(|entry| entry.seq) else {
                            return Ok(Some(("]}".into(), Step::Done)));
                        };
                        let list =
                            serde_json::to_string(&entries).map_err(|error| sea_orm::DbErr::Json(error.to_string()))?;
                        let inner = &list[1..list.len() - 1];
                        let text = if first { inner.to_owned() } else { format!(",{inner}") };
                        Ok(Some((text.into(), Step::Entries { after, first: false })))
                    }
                    Step::Done => Ok(None),
                }
            }
        }))
    }

    async fn everybody(&self, caller: &Caller, room: i64) -> Result<Vec<serde_json::Value>, Refusal> {
        let (mut people, mut after) = (Vec::new(), 0);
        loop {
            let (page, has_more) = self.room_people(caller, room, after, 200).await?;
            after = page.last().map_or(after, |member| member.person.id);
            people.extend(page.into_iter().map(|member| {
                json!({"id": member.person.id, "username": member.person.username, "name": member.person.name, "owner": member.owner, "joined_at": member.joined_at})
            }));
            if !has_more {
                return Ok(people);
            }
        }
    }
}
