//! What happens to messages: edit, recall, reaction.

use std::collections::BTreeSet;

use sea_orm::{DbErr, FromQueryResult};
use serde_json::json;

use super::commands::Place;
use super::model::{Command, EditBody, MentionBody, Reaction, ReactionBody, RecallBody};
use super::{LONGEST_MESSAGE, Refusal, mentions, search};
use crate::accounts::feed_of;
use crate::db::Sql;
use crate::log::{LogId, NewEntry, Tx};
use crate::outbox::{Letter, queue_letters};
use crate::text::{self, FieldError, Rule};
use crate::values;

/// Files of a message, at most.
const FILES: usize = 10;

/// Different reactions to one message, at most.
const REACTIONS: usize = 50;

/// People that are named in a reaction, at most.
const NAMED: i64 = 20;

/// Checks and trims what can be checked without the database.
pub fn check(command: Command) -> Result<Command, Refusal> {
    match command {
        Command::Say { command, room, text, reply_to, files } => {
            let shortest = usize::from(files.is_empty());
            let text = text::lines("text", &text, shortest, LONGEST_MESSAGE)?;
            if files.len() > FILES {
                return Err(FieldError::new("files", Rule::TooMany(FILES)).into());
            }
            if files.iter().collect::<BTreeSet<_>>().len() < files.len() || files.iter().any(|id| id.len() > 64) {
                return Err(FieldError::new("files", Rule::Invalid).into());
            }
            Ok(Command::Say { command, room, text, reply_to, files })
        }
        Command::Edit { command, room, seq, text } => {
            let text = text::lines("text", &text, 1, LONGEST_MESSAGE)?;
            Ok(Command::Edit { command, room, seq, text })
        }
        Command::React { ref emoji, .. } if emojis::get(emoji).is_none() => {
            Err(FieldError::new("emoji", Rule::Invalid).into())
        }
        command => Ok(command),
    }
}

/// Tells the feeds of those who are named, but not of the one who names.
pub async fn notify(tx: &mut Tx<'_>, place: &Place, seq: i64, mentions: &[i64]) -> Result<(), DbErr> {
    let mut told = BTreeSet::new();
    for person in mentions.iter().copied().filter(|person| *person != place.person) {
        let sql = "INSERT INTO mention (person_id, room_id, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let inserted = tx.sql().run(sql, values![person, place.room, seq]).await?.rows_affected();
        if inserted > 0
            && let Some(feed) = feed_of(tx, person).await?
        {
            tx.append(feed, NewEntry::new(Some(place.person), "mention", &MentionBody { room: place.room, seq }))
                .await?;
            told.insert(person);
        }
    }
    tell_by_mail(tx, place, seq, told).await
}

/// A mail says who and where, and not what: a message can be recalled, a mail can not.
async fn tell_by_mail(tx: &mut Tx<'_>, place: &Place, seq: i64, people: BTreeSet<i64>) -> Result<(), DbErr> {
    if people.is_empty() {
        return Ok(());
    }
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    let author: Option<Row> = tx.sql().one("SELECT name FROM person WHERE id = $1", values![place.person]).await?;
    let by = author.map(|row| row.name).unwrap_or_default();
    let letter = Letter::Mentioned { room: place.room, name: place.name.clone(), seq, by };
    queue_letters(tx, people.into_iter().map(|person| (person, letter.clone())).collect()).await
}

#[derive(FromQueryResult)]
struct MessageRow {
    author_id: i64,
    text: Option<String>,
    recalled_by: Option<i64>,
    reactions: String,
}

async fn load(tx: &Tx<'_>, place: &Place, seq: i64) -> Result<MessageRow, Refusal> {
    place.members_only()?;
    let sql = "SELECT author_id, text, recalled_by, reactions FROM message WHERE room_id = $1 AND seq = $2";
    tx.sql().one(sql, values![place.room, seq]).await?.ok_or(Refusal::MessageNotFound)
}

fn about<'a>(
    place: &Place,
    kind: &'a str,
    target: i64,
    command: &'a str,
    body: &impl serde::Serialize,
) -> NewEntry<'a> {
    let entry = NewEntry::new(Some(place.person), kind, body);
    NewEntry { target: Some(target), command: Some(command), ..entry }
}

pub async fn edit(
    tx: &mut Tx<'_>,
    place: &Place,
    command: &str,
    target: i64,
    text: &str,
) -> Result<Option<i64>, Refusal> {
    let message = load(tx, place, target).await?;
    if message.author_id != place.person {
        return Err(Refusal::AuthorsOnly);
    }
    if message.recalled_by.is_some() {
        return Err(Refusal::MessageRecalled);
    }
    if message.text.as_deref() == Some(text) {
        return Ok(None);
    }
    let mentions = mentions::mentioned(tx, place.room, text).await?;
    let body = EditBody { text: Some(text.to_owned()), mentions: mentions.clone() };
    let seq = tx.append(LogId::Room(place.room), about(place, "edit", target, command, &body)).await?;
    let sql =
        "UPDATE message SET text = $3, mentions = $4, edits = edits + 1, changed = $5 WHERE room_id = $1 AND seq = $2";
    tx.sql().run(sql, values![place.room, target, text, json!(mentions).to_string(), seq]).await?;
    search::index(tx, place.room, target, text).await?;
    notify(tx, place, target, &mentions).await?;
    Ok(Some(seq))
}

/// Keeps the fact and erases the text: in the message, in its earlier versions, in the search, and its files.
pub async fn recall(tx: &mut Tx<'_>, place: &Place, command: &str, target: i64) -> Result<Option<i64>, Refusal> {
    let message = load(tx, place, target).await?;
    if message.author_id != place.person {
        // Nobody stands above the other in a conversation of two.
        place.not_direct()?;
        place.owners_only()?;
    }
    if message.recalled_by.is_some() {
        return Ok(None);
    }
    let room = place.room;
    let seq = tx.append(LogId::Room(room), about(place, "recall", target, command, &RecallBody {})).await?;
    tx.erase(LogId::Room(room), target).await?;
    let sql = "UPDATE message SET text = NULL, mentions = '[]', reactions = '[]', recalled_by = $3, changed = $4 WHERE room_id = $1 AND seq = $2";
    tx.sql().run(sql, values![room, target, place.person, seq]).await?;
    for table in ["reaction", "mention"] {
        let sql = format!("DELETE FROM {table} WHERE room_id = $1 AND seq = $2");
        tx.sql().run(&sql, values![room, target]).await?;
    }
    tx.sql().run("UPDATE file SET recalled = TRUE WHERE room_id = $1 AND seq = $2", values![room, target]).await?;
    search::forget(tx, room, target).await?;
    Ok(Some(seq))
}

pub async fn react(
    tx: &mut Tx<'_>,
    place: &Place,
    command: &str,
    target: i64,
    emoji: &str,
    on: bool,
) -> Result<Option<i64>, Refusal> {
    let message = load(tx, place, target).await?;
    if message.recalled_by.is_some() {
        return Err(Refusal::MessageRecalled);
    }
    let mut reactions: Vec<Reaction> = serde_json::from_str(&message.reactions).unwrap_or_default();
    if on && reactions.len() >= REACTIONS && !reactions.iter().any(|reaction| reaction.emoji == emoji) {
        return Err(FieldError::new("emoji", Rule::TooMany(REACTIONS)).into());
    }
    let key = values![place.room, target, emoji, place.person];
    let changed = if on {
        let sql = "INSERT INTO reaction (room_id, seq, emoji, person_id, at_seq) VALUES ($1, $2, $3, $4, (SELECT last_seq + 1 FROM log WHERE id = $1)) ON CONFLICT DO NOTHING";
        tx.sql().run(sql, key).await?
    } else {
        let sql = "DELETE FROM reaction WHERE room_id = $1 AND seq = $2 AND emoji = $3 AND person_id = $4";
        tx.sql().run(sql, key).await?
    };
    if changed.rows_affected() == 0 {
        return Ok(None);
    }
    let body = ReactionBody { emoji: emoji.to_owned(), on };
    let seq = tx.append(LogId::Room(place.room), about(place, "reaction", target, command, &body)).await?;
    fold_reaction(tx, place.room, target, emoji, &mut reactions).await?;
    let sql = "UPDATE message SET reactions = $3, changed = $4 WHERE room_id = $1 AND seq = $2";
    tx.sql().run(sql, values![place.room, target, json!(reactions).to_string(), seq]).await?;
    Ok(Some(seq))
}

async fn fold_reaction(
    tx: &Tx<'_>,
    room: i64,
    seq: i64,
    emoji: &str,
    reactions: &mut Vec<Reaction>,
) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: i64,
    }
    let sql = "SELECT COUNT(*) FROM reaction WHERE room_id = $1 AND seq = $2 AND emoji = $3";
    let count = tx.sql().number(sql, values![room, seq, emoji]).await?.unwrap_or(0);
    let sql = "SELECT person_id FROM reaction WHERE room_id = $1 AND seq = $2 AND emoji = $3 ORDER BY at_seq LIMIT $4";
    let rows: Vec<Row> = tx.sql().all(sql, values![room, seq, emoji, NAMED]).await?;
    let people = rows.into_iter().map(|row| row.person_id).collect();
    let reaction = Reaction { emoji: emoji.to_owned(), count, people, mine: false };
    match reactions.iter().position(|reaction| reaction.emoji == emoji) {
        Some(index) if count == 0 => drop(reactions.remove(index)),
        Some(index) => reactions[index] = reaction,
        None if count > 0 => reactions.push(reaction),
        None => {}
    }
    Ok(())
}
