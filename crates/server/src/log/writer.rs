//! The one write path: waiting units of work share a transaction, each in its own savepoint.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use channels::groups::Groups;
use channels::websocket::Utf8Bytes;
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseTransaction, DbBackend, DbErr, FromQueryResult, TransactionTrait};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::entry::{Batch, Entry, LogId, NewEntry};
use super::{Push, Topic, encode};
use crate::clock::now_ms;
use crate::db::{Database, Sql, is_conflict, placeholders};
use crate::values;

/// Units that share a transaction, at most, when nothing else is said.
pub const BATCH: usize = 256;

/// Units that wait for a writer, at most; a caller beyond that waits for room.
const QUEUE: usize = 4096;

/// A batch that meets another transaction is run again this often, at most.
const ATTEMPTS: u32 = 50;

/// A piece of work that is done whole or not at all. It does no I/O but the database's, and may be run again.
pub trait Unit: Send + Sync + 'static {
    type Answer: Send + 'static;
    type Refusal: Refusal;

    /// The log that is locked before anything else, if the work is about one.
    fn log(&self) -> Option<i64>;

    fn run(&self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Answer, Self::Refusal>> + Send;
}

/// Why a unit of work was not done. A refusal rolls back only its own unit.
pub trait Refusal: From<DbErr> + Send + 'static {
    /// The failure of the database, if it was one.
    fn failure(&self) -> Option<&DbErr>;
}

/// The transaction of a unit of work.
#[derive(Debug)]
pub struct Tx<'a> {
    connection: &'a DatabaseTransaction,
    pub now: i64,
    effects: Vec<Effect>,
}

#[derive(Debug)]
enum Effect {
    Appended(LogId, Entry),
    Revoked { log: LogId, seq: i64, person: i64, reason: &'static str },
    Signal(Topic, Utf8Bytes),
}

#[derive(FromQueryResult)]
struct Position {
    last_seq: i64,
    messages: i64,
}

impl<'a> Tx<'a> {
    pub fn sql(&self) -> &'a DatabaseTransaction {
        self.connection
    }

    /// Makes an empty log and answers its id.
    pub async fn create_log(&mut self) -> Result<i64, DbErr> {
        let id =
            self.connection.number("INSERT INTO log (last_at) VALUES ($1) RETURNING id", values![self.now]).await?;
        id.ok_or_else(|| DbErr::RecordNotInserted)
    }

    /// Appends an entry and answers its number.
    pub async fn append(&mut self, log: LogId, entry: NewEntry<'_>) -> Result<i64, DbErr> {
        Ok(self.append_counted(log, entry, 0).await?.0)
    }

    /// Appends an entry that counts as a message; answers its number and how many messages there are with it.
    pub async fn append_message(&mut self, log: LogId, entry: NewEntry<'_>) -> Result<(i64, i64), DbErr> {
        self.append_counted(log, entry, 1).await
    }

    async fn append_counted(&mut self, log: LogId, entry: NewEntry<'_>, count: i64) -> Result<(i64, i64), DbErr> {
        let position: Option<Position> = self
            .connection
            .one(
                "UPDATE log SET last_seq = last_seq + 1, messages = messages + $2, last_at = $3 WHERE id = $1 RETURNING last_seq, messages",
                values![log.id(), count, self.now],
            )
            .await?;
        let Position { last_seq: seq, messages } = position.ok_or_else(|| DbErr::RecordNotFound("log".into()))?;
        let NewEntry { by, kind, target, command, body } = entry;
        self.connection
            .run(
                "INSERT INTO entry (log_id, seq, at, author_id, kind, target, command, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                values![log.id(), seq, self.now, by, kind, target, command, body.get()],
            )
            .await?;
        let (kind, command) = (kind.to_owned(), command.map(str::to_owned));
        self.effects.push(Effect::Appended(log, Entry { seq, at: self.now, by, kind, target, command, body }));
        Ok((seq, messages))
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

    pub async fn remember_answer(&self, person: i64, command: &str, answer: &str) -> Result<(), DbErr> {
        let sql = "INSERT INTO command (person_id, command, at, answer) VALUES ($1, $2, $3, $4)";
        self.connection.run(sql, values![person, command, self.now, answer]).await?;
        Ok(())
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

/// A unit that waits, or that has run and waits for the commit.
trait Job: Send {
    fn log(&self) -> Option<i64>;
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Outcome>;
    fn finish(self: Box<Self>, failure: Option<&DbErr>);
}

enum Outcome {
    Done,
    Refused,
    Conflict,
}

enum Failure {
    /// Met another transaction; the whole batch may run again.
    Conflict,
    Database(DbErr),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        if is_conflict(&error) { Failure::Conflict } else { Failure::Database(error) }
    }
}

struct Waiting<U: Unit> {
    unit: U,
    result: Option<Result<U::Answer, U::Refusal>>,
    caller: oneshot::Sender<Result<U::Answer, U::Refusal>>,
}

impl<U: Unit> Job for Waiting<U> {
    fn log(&self) -> Option<i64> {
        self.unit.log()
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let result = self.unit.run(tx).await;
            let outcome = match &result {
                Ok(_) => Outcome::Done,
                Err(refusal) => match refusal.failure() {
                    Some(error) if is_conflict(error) => Outcome::Conflict,
                    _ => Outcome::Refused,
                },
            };
            self.result = Some(result);
            outcome
        })
    }

    fn finish(self: Box<Self>, failure: Option<&DbErr>) {
        let result = match (failure, self.result) {
            (None, Some(result)) => result,
            // What failed first says more than the transaction that it broke.
            (Some(_), Some(Err(refusal))) if refusal.failure().is_some() => Err(refusal),
            (Some(error), _) => Err(copy(error).into()),
            (None, None) => Err(DbErr::Custom("the unit of work did not run".into()).into()),
        };
        // The caller may have gone away; the work is done all the same.
        let _ = self.caller.send(result);
    }
}

#[derive(Debug)]
pub struct Writers {
    queues: Vec<mpsc::Sender<Box<dyn Job>>>,
}

impl Writers {
    pub fn start(
        db: &Database,
        groups: &Arc<Groups<Topic, Push>>,
        count: usize,
        batch: usize,
    ) -> (Self, Vec<JoinHandle<()>>) {
        let start = |_| {
            let (sender, receiver) = mpsc::channel(QUEUE);
            let writer = Writer { db: db.clone(), groups: groups.clone(), queue: receiver, batch };
            (sender, tokio::spawn(writer.run()))
        };
        let (queues, tasks) = (0..count).map(start).unzip();
        (Self { queues }, tasks)
    }

    /// Not an `async fn`: the unit goes into its box at once, so that the future does not carry its type. Closures
    /// over any lifetime are not provably `Send` inside a future.
    pub fn write<U: Unit>(&self, unit: U) -> BoxFuture<'_, Result<U::Answer, U::Refusal>> {
        let (caller, answer) = oneshot::channel();
        // Units of one log go to one writer, so that its entries are announced in their order.
        let queue = &self.queues[unit.log().unwrap_or(0) as usize % self.queues.len()];
        let job: Box<dyn Job> = Box::new(Waiting { unit, result: None, caller });
        Box::pin(async move {
            let stopped = || DbErr::Custom("the writer has stopped".into());
            queue.send(job).await.map_err(|_| stopped())?;
            answer.await.map_err(|_| stopped())?
        })
    }
}

struct Writer {
    db: Database,
    groups: Arc<Groups<Topic, Push>>,
    queue: mpsc::Receiver<Box<dyn Job>>,
    batch: usize,
}

impl Writer {
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(self.batch);
        while self.queue.recv_many(&mut batch, self.batch).await > 0 {
            // Every writer locks rooms in the same order.
            batch.sort_by_key(|job| job.log());
            self.commit(std::mem::take(&mut batch)).await;
        }
    }

    async fn commit(&self, mut batch: Vec<Box<dyn Job>>) {
        let mut attempt = 0;
        let failure = loop {
            match self.attempt(&mut batch).await {
                Ok(effects) => {
                    self.announce(effects);
                    break None;
                }
                Err(Failure::Conflict) if attempt < ATTEMPTS => {
                    attempt += 1;
                    tokio::time::sleep(Duration::from_millis(rand::random_range(1..=5 * u64::from(attempt)))).await;
                }
                Err(Failure::Conflict) => break Some(DbErr::Custom("the transaction met others too often".into())),
                Err(Failure::Database(error)) => break Some(error),
            }
        };
        match failure {
            // One unit can spoil the transaction of all; alone, the others pass.
            Some(_) if batch.len() > 1 => {
                for job in batch {
                    Box::pin(self.commit(vec![job])).await;
                }
            }
            Some(error) => {
                tracing::error!(%error, "a transaction failed");
                batch.into_iter().for_each(|job| job.finish(Some(&error)));
            }
            None => batch.into_iter().for_each(|job| job.finish(None)),
        }
    }

    async fn attempt(&self, batch: &mut [Box<dyn Job>]) -> Result<Vec<Effect>, Failure> {
        let transaction = self.db.writer.begin().await?;
        let logs = batch.iter().filter_map(|job| job.log()).collect();
        self.lock(&transaction, logs).await?;
        let now = now_ms();
        let mut effects = Vec::new();
        for job in batch {
            let savepoint = transaction.begin().await?;
            let mut tx = Tx { connection: &savepoint, now, effects: Vec::new() };
            let outcome = job.run(&mut tx).await;
            let done = tx.effects;
            match outcome {
                Outcome::Done => {
                    savepoint.commit().await?;
                    effects.extend(done);
                }
                Outcome::Refused => savepoint.rollback().await?,
                Outcome::Conflict => return Err(Failure::Conflict),
            }
        }
        transaction.commit().await?;
        Ok(effects)
    }

    /// Locks the rooms of a batch in the order of their ids. SQLite has one writer and needs no locks.
    async fn lock(&self, transaction: &DatabaseTransaction, mut logs: Vec<i64>) -> Result<(), DbErr> {
        if self.db.backend() != DbBackend::Postgres {
            return Ok(());
        }
        logs.dedup();
        if !logs.is_empty() {
            let sql =
                format!("SELECT id FROM log WHERE id IN ({}) ORDER BY id FOR UPDATE", placeholders(1, logs.len()));
            transaction.run(&sql, logs.into_iter().map(Into::into)).await?;
        }
        Ok(())
    }

    fn announce(&self, effects: Vec<Effect>) {
        let mut batches: BTreeMap<LogId, Batch> = BTreeMap::new();
        let mut signals = Vec::new();
        for effect in effects {
            match effect {
                Effect::Appended(log, entry) => {
                    batches.entry(log).or_insert_with(|| Batch::new(log)).entries.push(entry)
                }
                Effect::Revoked { log, seq, person, reason } => {
                    batches.entry(log).or_insert_with(|| Batch::new(log)).revoked.push((seq, person, reason));
                }
                Effect::Signal(topic, message) => signals.push((topic, message)),
            }
        }
        for (log, batch) in batches {
            self.groups.group_send(&Topic::Log(log.id()), &Push::Batch(Arc::new(batch)));
        }
        for (topic, message) in signals {
            self.groups.group_send(&topic, &Push::Signal(message));
        }
    }
}

/// Database errors can not be cloned; kinds that callers tell apart keep their text.
fn copy(error: &DbErr) -> DbErr {
    DbErr::Custom(error.to_string())
}
