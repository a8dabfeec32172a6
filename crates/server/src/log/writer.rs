//! The one write path: waiting units of work share a transaction.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sea_orm::{DatabaseTransaction, DbBackend, DbErr, TransactionTrait};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use super::announcer::Announcer;
use super::entry::{Batch, LogId};
use super::unit::{Answers, Done, Effect, Head, Refusal, Tx, Unit};
use super::{Push, Topic};
use crate::clock::now_ms;
use crate::db::{Database, Rows, Sql, is_conflict, placeholders};
use crate::values;

/// Units that share a transaction, at most, when nothing else is said.
pub const BATCH: usize = 256;

/// Units that wait for a writer, at most; a caller beyond that waits for room.
const QUEUE: usize = 4096;

/// A batch that meets another transaction is run again this often, at most.
const ATTEMPTS: u32 = 50;

/// A unit that waits, or that has run and waits for the commit.
trait Job: Any + Send {
    fn log(&self) -> Option<i64>;

    /// What jobs have in common that may be run together.
    fn kind(&self) -> Option<TypeId>;

    /// Runs this job together with `others`, which are of the same kind.
    fn run<'a>(&'a mut self, others: &'a mut [Box<dyn Job>], tx: &'a mut Tx<'_>) -> BoxFuture<'a, Outcome>;

    fn finish(self: Box<Self>, failure: Option<&DbErr>);
}

enum Outcome {
    Done,
    Refused,
    /// Refused because of the database; what comes after it in the transaction may fail, too.
    Failed,
    Conflict,
}

impl Outcome {
    fn of<A, R: Refusal>(result: &Result<A, R>) -> Self {
        match result {
            Ok(_) => Outcome::Done,
            Err(refusal) => match refusal.failure() {
                Some(error) if is_conflict(error) => Outcome::Conflict,
                Some(_) => Outcome::Failed,
                None => Outcome::Refused,
            },
        }
    }
}

enum Failure {
    /// Met another transaction; the whole batch may run again.
    Conflict,
    /// A unit was refused after it had written, and there is no savepoint to go back to.
    Spoiled,
    Database(DbErr),
}

/// How the units of a transaction are kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Isolation {
    /// Not at all: nearly always, a unit that is refused has written nothing.
    Shared,
    /// Each has a savepoint.
    Savepoints,
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

    fn kind(&self) -> Option<TypeId> {
        self.unit.is_together().then(TypeId::of::<Self>)
    }

    fn run<'a>(&'a mut self, others: &'a mut [Box<dyn Job>], tx: &'a mut Tx<'_>) -> BoxFuture<'a, Outcome> {
        if others.is_empty() {
            return Box::pin(async move {
                let result = self.unit.run(tx).await;
                let outcome = Outcome::of(&result);
                self.result = Some(result);
                outcome
            });
        }
        let others = others.iter_mut().filter_map(|job| (&mut **job as &mut dyn Any).downcast_mut());
        let all: Vec<&mut Self> = std::iter::once(self).chain(others).collect();
        Box::pin(async move {
            let units: Vec<&U> = all.iter().map(|waiting| &waiting.unit).collect();
            let results = match U::run_all(&units, tx).await {
                Ok(results) => results,
                Err(refusal) if refusal.failure().is_some_and(is_conflict) => return Outcome::Conflict,
                Err(_) => return Outcome::Failed,
            };
            for (waiting, result) in all.into_iter().zip(results) {
                waiting.result = Some(result);
            }
            Outcome::Done
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
    pub fn start(db: &Database, announcer: &Announcer, count: usize, batch: usize) -> (Self, Vec<JoinHandle<()>>) {
        let start = |_| {
            let (sender, receiver) = mpsc::channel(QUEUE);
            let writer = Writer { db: db.clone(), announcer: announcer.clone(), queue: receiver, batch };
            // A thread of its own: a writer changes to the database and back all the time, and would wait behind the
            // connections' tasks each time.
            let runtime = Handle::current();
            (sender, spawn_blocking(move || runtime.block_on(writer.run())))
        };
        let (queues, tasks) = (0..count).map(start).unzip();
        (Self { queues }, tasks)
    }

    pub fn len(&self) -> usize {
        self.queues.len()
    }

    /// Not an `async fn`: the unit goes into its box at once, so that the future does not carry its type. Closures
    /// over any lifetime are not provably `Send` inside a future.
    pub fn write<U: Unit>(&self, unit: U) -> BoxFuture<'_, Result<U::Answer, U::Refusal>> {
        let (caller, answer) = oneshot::channel();
        // Units of one log go to one writer, so that its entries are announced in their order.
        let queue = &self.queues[unit.log().unwrap_or(0).unsigned_abs() as usize % self.queues.len()];
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
    announcer: Announcer,
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
        let (began, commands) = (Instant::now(), batch.len());
        let mut attempt = 0;
        let mut isolation = Isolation::Shared;
        let failure = loop {
            match self.attempt(&mut batch, isolation).await {
                Ok(effects) => {
                    metrics::histogram!("countersign_commit_seconds").record(began.elapsed().as_secs_f64());
                    metrics::histogram!("countersign_commit_commands").record(commands as f64);
                    self.announce(effects);
                    break None;
                }
                Err(Failure::Spoiled) => isolation = Isolation::Savepoints,
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

    async fn attempt(&self, batch: &mut [Box<dyn Job>], isolation: Isolation) -> Result<Vec<Effect>, Failure> {
        let transaction = self.db.writer.begin().await?;
        let logs = batch.iter().filter_map(|job| job.log()).collect();
        self.lock(&transaction, logs).await?;
        let now = now_ms();
        let mut done = Done::default();
        let shared = isolation == Isolation::Shared;
        for jobs in batch.chunk_by_mut(|a, b| shared && are_together(&**a, &**b)) {
            let Some((first, others)) = jobs.split_first_mut() else { continue };
            let savepoint = match isolation {
                Isolation::Shared => None,
                Isolation::Savepoints => Some(transaction.begin().await?),
            };
            let mut tx = Tx::new(savepoint.as_ref().unwrap_or(&transaction), now, &done);
            let outcome = first.run(others, &mut tx).await;
            let (written, left) = tx.end();
            match (outcome, savepoint) {
                (Outcome::Conflict, _) => return Err(Failure::Conflict),
                (Outcome::Done, savepoint) => {
                    if let Some(savepoint) = savepoint {
                        savepoint.commit().await?;
                    }
                    done.extend(left);
                }
                (Outcome::Refused | Outcome::Failed, Some(savepoint)) => savepoint.rollback().await?,
                (Outcome::Refused, None) if !written => {}
                (Outcome::Refused | Outcome::Failed, None) => return Err(Failure::Spoiled),
            }
        }
        remember(&transaction, now, done.answers).await?;
        write_heads(&transaction, done.heads).await?;
        transaction.commit().await?;
        Ok(done.effects)
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
        let entries: usize = batches.values().map(|batch| batch.entries.len()).sum();
        metrics::counter!("countersign_entries_total").increment(entries as u64);
        for (log, batch) in batches {
            self.announcer.announce(Topic::Log(log.id()), Push::Batch(Arc::new(batch)));
        }
        for (topic, message) in signals {
            self.announcer.announce(topic, Push::Signal(message));
        }
    }
}

fn are_together(a: &dyn Job, b: &dyn Job) -> bool {
    a.kind().is_some() && a.kind() == b.kind()
}

/// Writes the answers of a transaction's units.
async fn remember(transaction: &DatabaseTransaction, now: i64, answers: Answers) -> Result<(), DbErr> {
    let row = |((person, command), answer)| values![person, command, now, answer];
    let rows = Rows(answers.into_iter().map(row).collect());
    rows.run(transaction, "INSERT INTO command (person_id, command, at, answer) VALUES {rows}").await
}

/// Writes where chains end that were appended to one by one: once a transaction, however much it appended.
async fn write_heads(transaction: &DatabaseTransaction, heads: HashMap<i64, Head>) -> Result<(), DbErr> {
    let unwritten = heads.into_iter().filter(|(_, head)| !head.written);
    let rows = Rows(unwritten.map(|(log, head)| values![log, head.hash.to_vec()]).collect());
    rows.run(transaction, "UPDATE log SET head = q.column2 FROM (VALUES {rows}) q WHERE log.id = q.column1").await
}

/// Database errors can not be cloned; kinds that callers tell apart keep their text.
fn copy(error: &DbErr) -> DbErr {
    DbErr::Custom(error.to_string())
}
