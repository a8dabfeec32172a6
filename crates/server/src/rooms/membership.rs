//! Who is in a room, and what it is called.

use super::Refusal;
use super::commands::Place;
use super::model::{Change, MembershipBody, RoomAddedBody, RoomKind, RoomRemovedBody, TopicBody};
use crate::accounts::feed_of;
use crate::db::Sql;
use crate::log::{LogId, NewEntry, Tx};
use crate::text;
use crate::values;

pub async fn join(tx: &mut Tx<'_>, place: &Place) -> Result<Option<i64>, Refusal> {
    if place.member {
        return Ok(None);
    }
    match place.kind {
        RoomKind::Public if !place.guest => {}
        // An administrator may look into any order, and everybody in it sees that.
        RoomKind::Order if place.administrator => {}
        _ => return Err(Refusal::RoomNotFound),
    }
    Ok(Some(enter(tx, place.room, place.kind, place.person, place.person, Change::Joined).await?))
}

pub async fn add(tx: &mut Tx<'_>, place: &Place, person: i64) -> Result<Option<i64>, Refusal> {
    place.members_only()?;
    place.not_direct()?;
    if place.guest {
        return Err(crate::accounts::Refusal::NotForGuests.into());
    }
    let sql = "SELECT id FROM person WHERE id = $1 AND active";
    tx.sql().number(sql, values![person]).await?.ok_or(crate::accounts::Refusal::PersonNotFound)?;
    let sql = "SELECT person_id FROM member WHERE log_id = $1 AND person_id = $2";
    if tx.sql().number(sql, values![place.room, person]).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(enter(tx, place.room, place.kind, place.person, person, Change::Added).await?))
}

pub async fn leave(tx: &mut Tx<'_>, place: &Place) -> Result<i64, Refusal> {
    place.members_only()?;
    place.of_its_own()?;
    let seq = go(tx, place, place.person, Change::Left).await?;
    let sql = "SELECT person_id FROM member WHERE log_id = $1 AND owner LIMIT 1";
    if tx.sql().number(sql, values![place.room]).await?.is_none() {
        // A room keeps an owner as long as somebody is in it: whoever has been there longest.
        let sql = "UPDATE member SET owner = TRUE WHERE log_id = $1 AND person_id = (SELECT person_id FROM member WHERE log_id = $1 ORDER BY joined_at, person_id LIMIT 1)";
        tx.sql().run(sql, values![place.room]).await?;
    }
    Ok(seq)
}

pub async fn remove(tx: &mut Tx<'_>, place: &Place, person: i64) -> Result<Option<i64>, Refusal> {
    place.of_its_own()?;
    place.owners_only()?;
    if person == place.person {
        return leave(tx, place).await.map(Some);
    }
    let sql = "SELECT person_id FROM member WHERE log_id = $1 AND person_id = $2";
    if tx.sql().number(sql, values![place.room, person]).await?.is_none() {
        return Ok(None);
    }
    go(tx, place, person, Change::Removed).await.map(Some)
}

pub async fn rename(
    tx: &mut Tx<'_>,
    place: &Place,
    command: &str,
    name: Option<&str>,
    topic: Option<&str>,
) -> Result<Option<i64>, Refusal> {
    place.members_only()?;
    place.of_its_own()?;
    let name = match name {
        Some(name) => room_name(name)?,
        None => place.name.clone(),
    };
    let topic = match topic {
        Some(topic) => text::line("topic", topic, 0, 250)?,
        None => place.topic.clone(),
    };
    if name != place.name {
        place.owners_only()?;
    } else if place.guest {
        return Err(crate::accounts::Refusal::NotForGuests.into());
    }
    if name == place.name && topic == place.topic {
        return Ok(None);
    }
    let sql = "UPDATE room SET name = $2, topic = $3 WHERE id = $1";
    tx.sql().run(sql, values![place.room, name.clone(), topic.clone()]).await?;
    let entry = NewEntry::new(Some(place.person), "topic", &TopicBody { name, topic });
    let entry = NewEntry { command: Some(command), ..entry };
    Ok(Some(tx.append(LogId::Room(place.room), entry).await?))
}

pub fn room_name(name: &str) -> Result<String, text::FieldError> {
    text::line("name", name, 1, 80)
}

/// Puts a person, who is not in it, into a room.
pub async fn enter(
    tx: &mut Tx<'_>,
    room: i64,
    kind: RoomKind,
    by: i64,
    person: i64,
    change: Change,
) -> Result<i64, Refusal> {
    let owner = change == Change::Created;
    let entry = NewEntry::new(Some(by), "membership", &MembershipBody { person, change });
    let seq = tx.append(LogId::Room(room), entry).await?;
    // What was said before somebody came is not unread for them.
    let sql = "INSERT INTO member (log_id, person_id, owner, joined_at, read_seq, read_messages) SELECT $1, $2, $3, $4, last_seq, messages FROM log WHERE id = $1";
    tx.sql().run(sql, values![room, person, owner, tx.now]).await?;
    tx.sql().run("UPDATE room SET people = people + 1 WHERE id = $1", values![room]).await?;
    // An order tells its people by itself.
    if kind != RoomKind::Order
        && let Some(feed) = feed_of(tx, person).await?
    {
        tx.append(feed, NewEntry::new(Some(by), "room_added", &RoomAddedBody { room })).await?;
    }
    Ok(seq)
}

async fn go(tx: &mut Tx<'_>, place: &Place, person: i64, change: Change) -> Result<i64, Refusal> {
    let room = place.room;
    let body = MembershipBody { person, change };
    let seq = tx.append(LogId::Room(room), NewEntry::new(Some(place.person), "membership", &body)).await?;
    tx.sql().run("DELETE FROM member WHERE log_id = $1 AND person_id = $2", values![room, person]).await?;
    tx.sql().run("DELETE FROM mention WHERE person_id = $2 AND room_id = $1", values![room, person]).await?;
    tx.sql().run("UPDATE room SET people = people - 1 WHERE id = $1", values![room]).await?;
    tx.revoke(LogId::Room(room), seq, person, change.as_str());
    tx.revoke_outputs(room, person, change.as_str()).await?;
    if let Some(feed) = feed_of(tx, person).await? {
        let body = RoomRemovedBody { room, reason: change };
        tx.append(feed, NewEntry::new(Some(place.person), "room_removed", &body)).await?;
    }
    Ok(seq)
}
