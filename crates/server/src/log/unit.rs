//! Units of work, and the transaction that they see.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::future::Future;

use channels::websocket::Frame;
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};

use super::entry::{Entry, LogId, NewEntry};
use super::{Topic, encode};
use crate::chain::{self, Hash, Link};
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

/// Why a unit of work was not done. A refusal rolls back only its own unit. The database's error is the source of the one
/// that it becomes (which is therefore not transparent), so that every layer above finds it.
pub trait Refusal: Error + From<DbErr> + Send + 'static {
    /// The failure of the database, if it was one: of this layer, or of one below that it passes on.
    fn failure(&self) -> Option<&DbErr> {
        std::iter::successors(self.source(), |&error| error.source()).find_map(|error| error.downcast_ref())
    }
}

/// The transaction of a unit of work.
#[derive(Debug)]
pub struct Tx<'a> {
    connection: Watched<'a>,
    pub now: i64,
    /// What the units before this one in the transaction left. It is not in the database yet.
    earlier: &'a Done,
    done: Done,
}

/// First answers by person and command.
pub(super) type Answers = HashMap<(i64, String), String>;

/// What units leave to be done with their transaction.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub answers: Answers,
    /// Where chains end by now.
    pub heads: HashMap<i64, Head>,
    pub effects: Vec<Effect>,
}

/// The last hash of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub hash: Hash,
    /// Whether it stands in the table `log`; else it is written with others before the commit.
    pub written: bool,
}

impl Done {
    pub fn extend(&mut self, later: Done) {
        self.answers.extend(later.answers);
        self.heads.extend(later.heads);
        self.effects.extend(later.effects);
    }
}

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
    pub(super) fn new(connection: &'a DatabaseTransaction, now: i64, earlier: &'a Done) -> Self {
        Self { connection: Watched::new(connection), now, earlier, done: Done::default() }
    }

    /// Whether anything was written, and what is left to be done.
    pub(super) fn end(self) -> (bool, Done) {
        (self.connection.is_written(), self.done)
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

    /// Makes an empty log for the output of a script, which is read by whoever may read the room.
    pub async fn create_output(&mut self, room: i64) -> Result<LogId, DbErr> {
        let sql = "INSERT INTO log (last_at, parent) VALUES ($1, $2) RETURNING id";
        let id = self.connection.number(sql, values![self.now, room]).await?;
        Ok(LogId::Output(id.ok_or(DbErr::RecordNotInserted)?))
    }

    /// Appends an entry and answers its number.
    pub async fn append(&mut self, log: LogId, entry: NewEntry<'_>) -> Result<i64, DbErr> {
        #[derive(FromQueryResult)]
        struct End {
            last_seq: i64,
            head: Option<Vec<u8>>,
        }
        let sql = "UPDATE log SET last_seq = last_seq + 1, last_at = $2 WHERE id = $1 RETURNING last_seq, head";
        let end: Option<End> = self.connection.one(sql, values![log.id(), self.now]).await?;
        let End { last_seq: seq, head } = end.ok_or_else(|| DbErr::RecordNotFound("log".into()))?;
        let hash = self.link(log, seq, &entry, head.as_deref())?;
        if let Some(hash) = hash {
            self.done.heads.insert(log.id(), Head { hash, written: false });
        }
        let NewEntry { by, kind, target, command, body } = entry;
        self.connection
            .run(
                "INSERT INTO entry (log_id, seq, at, author_id, kind, target, command, body, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                values![log.id(), seq, self.now, by, kind, target, command, body.get(), stored(hash)],
            )
            .await?;
        let (kind, command) = (kind.to_owned(), command.map(str::to_owned));
        self.done.effects.push(Effect::Appended(log, Entry { seq, at: self.now, by, kind, target, command, body }));
        Ok(seq)
    }

    /// Appends entries that count as messages. The caller read in this transaction where their logs end and with which
    /// `heads`, and has numbered the entries of each log from there on.
    pub async fn append_messages(
        &mut self,
        entries: Vec<Numbered<'_>>,
        heads: &HashMap<i64, Option<Vec<u8>>>,
    ) -> Result<(), DbErr> {
        let mut ends: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        let mut rows = Vec::with_capacity(entries.len());
        for Numbered { log, seq, entry } in entries {
            let (last_seq, messages) = ends.entry(log.id()).or_default();
            (*last_seq, *messages) = (seq, *messages + 1);
            let hash = self.link(log, seq, &entry, heads.get(&log.id()).and_then(Option::as_deref))?;
            if let Some(hash) = hash {
                self.done.heads.insert(log.id(), Head { hash, written: true });
            }
            let NewEntry { by, kind, target, command, body } = entry;
            rows.push(values![log.id(), seq, self.now, by, kind, target, command, body.get(), stored(hash)]);
            let (kind, command) = (kind.to_owned(), command.map(str::to_owned));
            self.done.effects.push(Effect::Appended(log, Entry { seq, at: self.now, by, kind, target, command, body }));
        }
        let insert = "INSERT INTO entry (log_id, seq, at, author_id, kind, target, command, body, hash) VALUES {rows}";
        Rows(rows).run(&self.connection, insert).await?;
        let end = |(log, (last_seq, messages))| {
            values![log, last_seq, messages, self.now, stored(self.head(log).map(|head| head.hash))]
        };
        let ends = ends.into_iter().map(end).collect();
        let update = "UPDATE log SET last_seq = q.column2, messages = messages + q.column3, last_at = q.column4, head = q.column5 FROM (VALUES {rows}) q WHERE log.id = q.column1";
        Rows(ends).run(&self.connection, update).await
    }

    /// The hash of an entry that comes after `head`, or after what this transaction has appended. Only rooms have one.
    fn link(&self, log: LogId, seq: i64, entry: &NewEntry<'_>, head: Option<&[u8]>) -> Result<Option<Hash>, DbErr> {
        let LogId::Room(room) = log else { return Ok(None) };
        let previous = match (self.head(room), head) {
            (Some(head), _) => head.hash,
            (None, Some(head)) => head.try_into().map_err(|_| DbErr::Type(format!("the head of log {room}")))?,
            (None, None) => chain::START,
        };
        let NewEntry { by: author, kind, target, command, ref body } = *entry;
        let link = Link { room, seq, at: self.now, author, kind, target, command };
        Ok(Some(link.hash(&previous, &chain::payload(body.get()))))
    }

    fn head(&self, log: i64) -> Option<Head> {
        self.done.heads.get(&log).or_else(|| self.earlier.heads.get(&log)).copied()
    }

    /// Ends the person's connections on this log before the entry that comes after `seq`.
    pub fn revoke(&mut self, log: LogId, seq: i64, person: i64, reason: &'static str) {
        self.done.effects.push(Effect::Revoked { log, seq, person, reason });
    }

    /// Ends the person's connections on the outputs that belong to a room, wherever they have read them to.
    pub async fn revoke_outputs(&mut self, room: i64, person: i64, reason: &'static str) -> Result<(), DbErr> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
        }
        let outputs: Vec<Row> =
            self.connection.all("SELECT id FROM log WHERE parent = $1 ORDER BY id", values![room]).await?;
        for Row { id } in outputs {
            self.revoke(LogId::Output(id), i64::MAX, person, reason);
        }
        Ok(())
    }

    /// Sends an ephemeral message after the commit.
    pub fn signal(&mut self, topic: Topic, message: &impl serde::Serialize) {
        self.done.effects.push(Effect::Signal(topic, encode(message)));
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
        self.done.answers.get(&key).or_else(|| self.earlier.answers.get(&key)).cloned()
    }

    /// Keeps the answer for repeats of the command. It is written with those of the other units, before the commit.
    pub fn remember_answer(&mut self, person: i64, command: &str, answer: String) {
        self.done.answers.insert((person, command.to_owned()), answer);
    }
}

fn stored(hash: Option<Hash>) -> Option<Vec<u8>> {
    hash.map(|hash| hash.to_vec())
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
