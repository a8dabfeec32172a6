//! Saying something: the command that comes most. Those that wait are done together: one query finds how each stands,
//! each is decided in its turn, and what they leave is written together.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{FromQueryResult, Value};
use serde_json::json;

use super::commands::{PLACE, Place, PlaceRow};
use super::model::{Ack, File, MessageBody};
use super::{Refusal, mentions, messages, search};
use crate::db::{Rows, Sql, placeholders};
use crate::log::{LogId, NewEntry, Numbered, Refusal as _, Tx};
use crate::tally::{self, Measure};
use crate::text::{FieldError, Rule};
use crate::values;

/// A message that somebody wants to send.
#[derive(Clone, Copy)]
pub(super) struct Say<'a> {
    pub person: i64,
    pub command: &'a str,
    pub room: i64,
    pub text: &'a str,
    pub reply_to: Option<i64>,
    pub files: &'a [String],
}

/// How a message stands before it is decided.
#[derive(FromQueryResult)]
struct Standing {
    number: i64,
    answer: Option<String>,
    last_seq: Option<i64>,
    messages: Option<i64>,
    head: Option<Vec<u8>>,
    #[sea_orm(nested)]
    place: PlaceRow,
}

/// What accepted messages leave to be written.
#[derive(Default)]
struct Accepted<'a> {
    /// The last number of a room, and how many messages it has.
    ends: HashMap<i64, (i64, i64)>,
    /// Where the chains of the rooms ended before.
    heads: HashMap<i64, Option<Vec<u8>>>,
    entries: Vec<Numbered<'a>>,
    messages: Vec<[Value; 7]>,
    words: Vec<[Value; 3]>,
    /// Who says something has read what is above it.
    read: BTreeMap<(i64, i64), (i64, i64)>,
    numbers: HashSet<(i64, i64)>,
}

/// Says all, in their order, and answers each. One that is refused has written nothing; a failure of the database is
/// the failure of all.
pub(super) async fn say(tx: &mut Tx<'_>, says: Vec<Say<'_>>) -> Result<Vec<Result<Ack, Refusal>>, Refusal> {
    let mut standings = standings(tx, &says).await?;
    let mut accepted = Accepted::default();
    let mut answers = Vec::with_capacity(says.len());
    for (number, say) in says.into_iter().enumerate() {
        let answer = match standings.remove(&(number as i64)) {
            Some(standing) => accepted.decide(tx, say, standing).await,
            None => Err(Refusal::RoomNotFound),
        };
        match answer {
            Err(refusal) if refusal.failure().is_some() => return Err(refusal),
            answer => answers.push(answer),
        }
    }
    accepted.write(tx).await?;
    Ok(answers)
}

async fn standings(tx: &Tx<'_>, says: &[Say<'_>]) -> Result<HashMap<i64, Standing>, Refusal> {
    // `q`: number, person, room and command.
    let query = format!(
        "SELECT q.column1 AS number, c.answer, l.last_seq, l.messages, l.head, {PLACE} FROM (VALUES {{rows}}) q LEFT JOIN person p ON p.id = q.column2 AND p.active LEFT JOIN room r ON r.id = q.column3 LEFT JOIN log l ON l.id = r.id LEFT JOIN member m ON m.log_id = r.id AND m.person_id = p.id LEFT JOIN command c ON c.person_id = p.id AND c.command = q.column4"
    );
    let row = |(number, say): (usize, &Say<'_>)| values![number as i64, say.person, say.room, say.command];
    let rows: Vec<Standing> = Rows(says.iter().enumerate().map(row).collect()).all(tx.sql(), &query).await?;
    Ok(rows.into_iter().map(|row| (row.number, row)).collect())
}

impl<'a> Accepted<'a> {
    async fn decide(&mut self, tx: &mut Tx<'_>, say: Say<'a>, standing: Standing) -> Result<Ack, Refusal> {
        let Say { person, command, room, text, reply_to, files } = say;
        if let Some(answer) = standing.answer.or_else(|| tx.recent_answer(person, command)) {
            return Ok(Ack::parse(&answer)?);
        }
        let place = standing.place.place(room, person).ok_or(Refusal::RoomNotFound)?;
        place.members_only()?;
        if let Some(target) = reply_to {
            self.check_target(tx, room, target).await?;
        }
        let attached = unsent_files(tx, &place, files).await?;
        let mentions = mentions::mentioned(tx, room, text).await?;
        // Nothing is refused from here on.
        let (last_seq, messages) = (standing.last_seq.unwrap_or(0), standing.messages.unwrap_or(0));
        self.heads.entry(room).or_insert(standing.head);
        let end = self.ends.entry(room).or_insert((last_seq, messages));
        *end = (end.0 + 1, end.1 + 1);
        let (seq, ordinal) = *end;
        if !files.is_empty() {
            let sql = format!("UPDATE file SET seq = $1 WHERE id IN ({})", placeholders(2, files.len()));
            let values = std::iter::once(Value::from(seq)).chain(files.iter().map(|id| Value::from(id.clone())));
            tx.sql().run(&sql, values).await?;
        }
        messages::notify(tx, &place, seq, &mentions).await?;
        self.messages.push(values![room, seq, person, text, json!(mentions).to_string(), seq, ordinal]);
        if !text.is_empty() {
            self.words.push(values![room, seq, search::index_words(text)]);
        }
        self.read.insert((room, person), (seq, ordinal));
        self.numbers.insert((room, seq));
        let body = MessageBody { text: Some(text.to_owned()), reply_to, mentions, files: attached, recalled: false };
        let entry = NewEntry { command: Some(command), ..NewEntry::new(Some(person), "message", &body) };
        self.entries.push(Numbered { log: LogId::Room(room), seq, entry });
        let ack = Ack { room, seq: Some(seq), at: tx.now };
        tx.remember_answer(person, command, ack.to_text());
        Ok(ack)
    }

    /// Whether there is such a message: in the database, or among those that are said before in this transaction.
    async fn check_target(&self, tx: &Tx<'_>, room: i64, target: i64) -> Result<(), Refusal> {
        if self.numbers.contains(&(room, target)) {
            return Ok(());
        }
        let sql = "SELECT seq FROM message WHERE room_id = $1 AND seq = $2";
        let known = tx.sql().number(sql, values![room, target]).await?;
        known.ok_or(FieldError::new("reply_to", Rule::Unknown))?;
        Ok(())
    }

    async fn write(self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        let count = self.entries.len() as i64;
        tx.append_messages(self.entries, &self.heads).await?;
        let insert = "INSERT INTO message (room_id, seq, author_id, text, mentions, changed, ordinal) VALUES {rows}";
        Rows(self.messages).run(tx.sql(), insert).await?;
        search::add(tx.sql(), Rows(self.words)).await?;
        if count > 0 {
            tally::note(tx, &[Measure::Messages(count)]).await?;
        }
        let row = |((room, person), (seq, ordinal))| values![room, person, seq, ordinal];
        let update = "UPDATE member SET read_seq = q.column3, read_messages = q.column4 FROM (VALUES {rows}) q WHERE log_id = q.column1 AND person_id = q.column2";
        Rows(self.read.into_iter().map(row).collect()).run(tx.sql(), update).await?;
        Ok(())
    }
}

async fn unsent_files(tx: &Tx<'_>, place: &Place, ids: &[String]) -> Result<Vec<File>, Refusal> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT id, name, size, media_type, width, height FROM file WHERE room_id = $1 AND person_id = $2 AND seq IS NULL AND id IN ({})",
        placeholders(3, ids.len())
    );
    let values =
        [place.room.into(), place.person.into()].into_iter().chain(ids.iter().map(|id| Value::from(id.clone())));
    let files: Vec<File> = tx.sql().all(&sql, values).await?;
    // In the order in which the author put them.
    let find = |id: &String| files.iter().find(|file| file.id == *id).cloned();
    let files: Option<Vec<File>> = ids.iter().map(find).collect();
    Ok(files.ok_or(FieldError::new("files", Rule::Unknown))?)
}
