//! Units of work, and the transaction that they see.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;

use channels::websocket::Frame;
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};

use super::entry::{Entry, LogId, NewEntry};
use super::{Topic, encode};
use crate::db::{Rows, Sql, Watched};
use crate::values;

/// A piece of work that is done whole or not at all. It does no I/O but the database's, and may be run again.
pub trait Unit: Send + Sync + Sized + 'static {
    type Answer: Send + 'static;
    type Refusal: Refusal;

    /// The log that is locked before anything else, if the work is about one.
    fn log(&self) -> Option<i64>;

    fn run(&self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Answer, Self::Refusal>> + Send;

    /// Whether this unit is given to [`Unit::run_all`] with others of its type that say so and stand next to it.
    fn is_together(&self) -> bool {
        false
    }

    /// Runs several units, which can save most of the ways to the database, and answers each. A unit that is refused
    /// alone has written nothing; a failure is that of all.
    fn run_all(units: &[&Self], tx: &mut Tx<'_>) -> impl Future<Output = AllAnswers<Self>> + Send {
        async move {
            let mut answers = Vec::with_capacity(units.len());
            for unit in units {
                answers.push(unit.run(tx).await);
            }
            Ok(answers)
        }
    }
}

/// The answers of several units, in their order.
pub type AllAnswers<U> = Result<Vec<Result<<U as Unit>::Answer, <U as Unit>::Refusal>>, <U as Unit>::Refusal>;

/// Why a unit of work was not done. A refusal rolls back only its own unit.
pub trait Refusal: From<DbErr> + Send + 'static {
    /// The failure of the database, if it was one.
    fn failure(&self) -> Option<&DbErr>;
}

/// The transaction of a unit of work.
#[derive(Debug)]
pub struct Tx<'a> {
    connection: Watched<'a>,
    pub now: i64,
    /// Answers of the units before this one in the transaction. They are not in the database yet.
    earlier: &'a Answers,
    answers: Answers,
    effects: Vec<Effect>,
}

/// First answers by person and command.
pub(super) type Answers = HashMap<(i64, String), String>;

/// An entry that has its number, for [`Tx::append_messages`].
#[derive(Debug)]
pub struct Numbered<'a> {
    pub log: LogId,
    pub seq: i64,
    pub entry: NewEntry<'a>,
}

#[derive(Debug)]
pub(super) enum Effect {
    Appended(LogId, Entry),
    Revoked { log: LogId, seq: i64, person: i64, reason: &'static str },
    Signal(Topic, Frame),
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a DatabaseTransaction, now: i64, earlier: &'a Answers) -> Self {
        Self { connection: Watched::new(connection), now, earlier, answers: Answers::new(), effects: Vec::new() }
    }

    /// Whether anything was written, and what is left to be done.
    pub(super) fn end(self) -> (bool, Answers, Vec<Effect>) {
        (self.connection.is_written(), self.answers, self.effects)
    }

    pub fn sql(&self) -> &Watched<'a> {
        &self.connection
    }

    /// Makes an empty log and answers its id.
    pub async fn create_log(&mut self) -> Result<i64, DbErr> {
        let id =
            self.connection.number("INSERT INTO log (last_at) VALUES ($1) RETURNING id", values![self.now]).await?;
        id.ok_or_else(|| DbErr::RecordNotInserted)
    }

    /// Appends an entry and answers its number.
    pub async fn append(&mut self, log: LogId, entry: NewEntry<'_>) -> Result<i64, DbErr> {
        let sql = "UPDATE log SET last_seq = last_seq + 1, last_at = $2 WHERE id = $1 RETURNING last_seq";
        let seq = self.connection.number(sql, values![log.id(), self.now]).await?;
        let seq = seq.ok_or_else(|| DbErr::RecordNotFound("log".into()))?;
        let NewEntry { by, kind, target, command, body } = entry;
        self.connection
            .run(
                "INSERT INTO entry (log_id, seq, at, author_id, kind, target, command, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                values![log.id(), seq, self.now, by, kind, target, command, body.get()],
            )
            .await?;
        let (kind, command) = (kind.to_owned(), command.map(str::to_owned));
        self.effects.push(Effect::Appended(log, Entry { seq, at: self.now, by, kind, target, command, body }));
        Ok(seq)
    }

    /// Appends entries that count as messages. The caller read in this transaction where their logs end, and has
    /// numbered the entries of each log from there on.
    pub async fn append_messages(&mut self, entries: Vec<Numbered<'_>>) -> Result<(), DbErr> {
        let mut ends: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        let mut rows = Vec::with_capacity(entries.len());
        for Numbered { log, seq, entry: NewEntry { by, kind, target, command, body } } in entries {
            let (last_seq, messages) = ends.entry(log.id()).or_default();
            (*last_seq, *messages) = (seq, *messages + 1);
            rows.push(values![log.id(), seq, self.now, by, kind, target, command, body.get()]);
            let (kind, command) = (kind.to_owned(), command.map(str::to_owned));
            self.effects.push(Effect::Appended(log, Entry { seq, at: self.now, by, kind, target, command, body }));
        }
        let insert = "INSERT INTO entry (log_id, seq, at, author_id, kind, target, command, body) VALUES {rows}";
        Rows(rows).run(&self.connection, insert).await?;
        let now = self.now;
        let ends = ends.into_iter().map(|(log, (last_seq, messages))| values![log, last_seq, messages, now]).collect();
        let update = "UPDATE log SET last_seq = q.column2, messages = messages + q.column3, last_at = q.column4 FROM (VALUES {rows}) q WHERE log.id = q.column1";
        Rows(ends).run(&self.connection, update).await
    }

    /// Ends the person's connections on this log before the entry that comes after `seq`.
    pub fn revoke(&mut self, log: LogId, seq: i64, person: i64, reason: &'static str) {
        self.effects.push(Effect::Revoked { log, seq, person, reason });
    }

    /// Sends an ephemeral message after the commit.
    pub fn signal(&mut self, topic: Topic, message: &impl serde::Serialize) {
        self.effects.push(Effect::Signal(topic, encode(message)));
    }

    /// The answer that this command of this person got the first time.
    pub async fn first_answer(&self, person: i64, command: &str) -> Result<Option<String>, DbErr> {
        if let Some(answer) = self.recent_answer(person, command) {
            return Ok(Some(answer));
        }
        #[derive(FromQueryResult)]
        struct Row {
            answer: String,
        }
        let row: Option<Row> = self
            .connection
            .one("SELECT answer FROM command WHERE person_id = $1 AND command = $2", values![person, command])
            .await?;
        Ok(row.map(|row| row.answer))
    }

    /// The first answer when it was given in this very transaction; the others are in the table `command`.
    pub fn recent_answer(&self, person: i64, command: &str) -> Option<String> {
        let key = (person, command.to_owned());
        self.answers.get(&key).or_else(|| self.earlier.get(&key)).cloned()
    }

    /// Keeps the answer for repeats of the command. It is written with those of the other units, before the commit.
    pub fn remember_answer(&mut self, person: i64, command: &str, answer: String) {
        self.answers.insert((person, command.to_owned()), answer);
    }
}

/// A unit that is a closure.
pub(super) struct Work<F> {
    pub log: Option<i64>,
    pub work: F,
}

impl<A, R, F> Unit for Work<F>
where
    A: Send + 'static,
    R: Refusal,
    F: for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<A, R>> + Send + Sync + 'static,
{
    type Answer = A;
    type Refusal = R;

    fn log(&self) -> Option<i64> {
        self.log
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<A, R> {
        (self.work)(tx).await
    }
}
