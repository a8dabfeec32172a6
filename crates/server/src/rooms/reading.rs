//! Rooms as their members see them: lists, unread counts, read positions.

use sea_orm::FromQueryResult;

use super::commands::Place;
use super::model::{ListedRoom, RoomKind, RoomSignal, RoomSummary};
use super::{Refusal, Rooms};
use crate::accounts::{Caller, PERSON, Person, PersonRow};
use crate::db::Sql;
use crate::log::{Topic, Tx};
use crate::text;
use crate::values;

/// Rooms of one person that are listed, at most.
const ROOMS: i64 = 1000;

/// Read positions are shown to the others in rooms of at most this many people.
const RECEIPTS: i64 = 100;

/// Somebody in a room.
#[derive(Debug)]
pub struct RoomMember {
    pub person: Person,
    pub owner: bool,
    pub read_seq: i64,
    pub joined_at: i64,
}

#[derive(FromQueryResult)]
struct SummaryRow {
    id: i64,
    kind: String,
    name: String,
    topic: String,
    people: i64,
    owner: bool,
    read_seq: i64,
    last_seq: i64,
    unread: i64,
    mentions: i64,
    last_at: i64,
    other: Option<i64>,
}

impl From<SummaryRow> for RoomSummary {
    fn from(row: SummaryRow) -> Self {
        let SummaryRow { id, kind, name, topic, people, owner, read_seq, last_seq, unread, mentions, last_at, other } =
            row;
        let log = format!("r{id}");
        let kind = RoomKind::parse(&kind);
        Self { id, log, kind, name, topic, owner, people, with: other, last_seq, read_seq, unread, mentions, last_at }
    }
}

const SUMMARY: &str = "SELECT r.id, r.kind, r.name, r.topic, r.people, m.owner, m.read_seq, l.last_seq, l.messages - m.read_messages AS unread, l.last_at, \
    (SELECT COUNT(*) FROM mention n WHERE n.person_id = m.person_id AND n.room_id = r.id AND n.seq > m.read_seq) AS mentions, \
    CASE WHEN r.kind = 'direct' THEN (SELECT o.person_id FROM member o WHERE o.log_id = r.id AND o.person_id <> m.person_id LIMIT 1) END AS other \
    FROM member m JOIN room r ON r.id = m.log_id JOIN log l ON l.id = r.id WHERE m.person_id = $1";

impl Rooms {
    /// The rooms that the caller is in, without those of orders, and the number of the last entry of their feed before them: whoever follows
    /// the feed from there on misses no room.
    pub async fn rooms(&self, caller: &Caller) -> Result<(i64, Vec<RoomSummary>), Refusal> {
        let db = &self.log.db().reader;
        let feed_seq = db.number("SELECT last_seq FROM log WHERE id = $1", values![caller.feed]).await?.unwrap_or(0);
        let rows: Vec<SummaryRow> = db
            .all(
                &format!("{SUMMARY} AND r.kind <> 'order' ORDER BY l.last_at DESC LIMIT $2"),
                values![caller.id(), ROOMS],
            )
            .await?;
        Ok((feed_seq, rows.into_iter().map(RoomSummary::from).collect()))
    }

    pub async fn room(&self, caller: &Caller, room: i64) -> Result<RoomSummary, Refusal> {
        let row: Option<SummaryRow> =
            self.log.db().reader.one(&format!("{SUMMARY} AND r.id = $2"), values![caller.id(), room]).await?;
        match row {
            Some(row) => Ok(row.into()),
            None => {
                self.member(caller, room).await?;
                Err(Refusal::RoomNotFound)
            }
        }
    }

    /// Public rooms by id, after the room with id `after`.
    pub async fn directory(
        &self,
        caller: &Caller,
        query: &str,
        after: i64,
        limit: i64,
    ) -> Result<(Vec<ListedRoom>, bool), Refusal> {
        if caller.is_guest() {
            return Err(crate::accounts::Refusal::NotForGuests.into());
        }
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            name: String,
            topic: String,
            people: i64,
            joined: i64,
        }
        let query = text::line("query", query, 0, 80)?.to_lowercase();
        let pattern = format!("%{}%", query.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let limit = limit.clamp(1, 200);
        let sql = "SELECT r.id, r.name, r.topic, r.people, (SELECT COUNT(*) FROM member m WHERE m.log_id = r.id AND m.person_id = $1) AS joined \
            FROM room r WHERE r.kind = 'public' AND r.id > $2 AND (LOWER(r.name) LIKE $3 ESCAPE '\\' OR LOWER(r.topic) LIKE $3 ESCAPE '\\') ORDER BY r.id LIMIT $4";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![caller.id(), after, pattern, limit + 1]).await?;
        let has_more = rows.len() as i64 > limit;
        let listed =
            |Row { id, name, topic, people, joined }: Row| ListedRoom { id, name, topic, people, joined: joined > 0 };
        Ok((rows.into_iter().take(limit as usize).map(listed).collect(), has_more))
    }

    /// Who is in the room, by the id of the person.
    pub async fn room_people(
        &self,
        caller: &Caller,
        room: i64,
        after: i64,
        limit: i64,
    ) -> Result<(Vec<RoomMember>, bool), Refusal> {
        self.member(caller, room).await?;
        #[derive(FromQueryResult)]
        struct Row {
            #[sea_orm(nested)]
            person: PersonRow,
            owner: bool,
            read_seq: i64,
            joined_at: i64,
        }
        let limit = limit.clamp(1, 200);
        let sql = format!(
            "SELECT {PERSON}, m.owner, m.read_seq, m.joined_at FROM member m JOIN person p ON p.id = m.person_id WHERE m.log_id = $1 AND m.person_id > $2 ORDER BY m.person_id LIMIT $3"
        );
        let rows: Vec<Row> = self.log.db().reader.all(&sql, values![room, after, limit + 1]).await?;
        let has_more = rows.len() as i64 > limit;
        let member = |row: Row| RoomMember {
            person: row.person.into(),
            owner: row.owner,
            read_seq: row.read_seq,
            joined_at: row.joined_at,
        };
        Ok((rows.into_iter().take(limit as usize).map(member).collect(), has_more))
    }
}

/// Moves the read position forward; answers the new one, or nothing when it was there already.
pub async fn mark_read(tx: &mut Tx<'_>, place: &Place, seq: i64) -> Result<Option<i64>, Refusal> {
    place.members_only()?;
    let Place { room, person, people, .. } = *place;
    let sql = "UPDATE member SET read_seq = (SELECT CASE WHEN $3 < last_seq THEN $3 ELSE last_seq END FROM log WHERE id = $1), \
        read_messages = COALESCE((SELECT MAX(ordinal) FROM message WHERE room_id = $1 AND seq = (SELECT MAX(seq) FROM message WHERE room_id = $1 AND seq <= $3)), 0) \
        WHERE log_id = $1 AND person_id = $2 AND read_seq < $3 AND read_seq < (SELECT last_seq FROM log WHERE id = $1) RETURNING read_seq";
    let Some(seq) = tx.sql().number(sql, values![room, person, seq]).await? else {
        return Ok(None);
    };
    tx.sql()
        .run("DELETE FROM mention WHERE person_id = $1 AND room_id = $2 AND seq <= $3", values![person, room, seq])
        .await?;
    let topic = if people <= RECEIPTS { Topic::Log(room) } else { Topic::Person(person) };
    tx.signal(topic, &RoomSignal::Read { room, person, seq });
    Ok(Some(seq))
}
