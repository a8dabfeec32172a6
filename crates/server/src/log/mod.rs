//! The append-only log that everything stands on.
//!
//! One write path: a [`Unit`] loads, decides and appends in one transaction → commit → announce. One read path: the
//! entries after a number. A [`Follower`] gets announcements and reads the log wherever one is missing, so an
//! announcement that is lost is only a delay.

mod announcer;
mod cursor;
mod entry;
mod erase;
mod follow;
mod health;
mod message;
mod push;
mod read;
mod unit;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use channels::groups::{Framed, Member, Membership};
use channels::layer::SharedLayer;
use channels::mailbox::Weight;
use channels::websocket::Frame;
use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

pub use cursor::{Cursors, JUMP};
pub use entry::{Entry, LogId, NewEntry};
pub use follow::{Delivery, Follower};
pub use message::{LogMessage, encode};
pub use push::{Ended, PushFollower};
pub use read::{MAX_PAGE, Page, Range};
pub use unit::{AllAnswers, Numbered, Refusal, Tx, Unit};

use crate::db::{Database, Sql};
use crate::stop::Stop;
use crate::values;
use announcer::Announcer;
use entry::Batch;

/// How often a node looks for entries that another node wrote and whose announcement it did not get.
const CATCH_UP: Duration = Duration::from_secs(2);

/// What a connection can listen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Log(i64),
    Person(i64),
    Session(SessionKey),
    Everybody,
}

/// What a connection is signed in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKey {
    Session(i64),
    Token(i64),
}

/// What is pushed to the connections of a topic.
#[derive(Debug, Clone)]
pub enum Push {
    Batch(Arc<Batch>),
    /// Entries up to this number exist; they are not at hand.
    Advanced {
        log: i64,
        last_seq: i64,
    },
    /// An ephemeral message, ready to send: typing, presence, a read position.
    Signal(Frame),
    /// The session is over.
    Close,
}

impl Weight for Push {
    fn weight(&self) -> usize {
        match self {
            Push::Batch(batch) => batch.weight(),
            Push::Signal(frame) => frame.weight(),
            Push::Advanced { .. } => 32,
            // Never dropped, not even for a reader that is behind.
            Push::Close => 0,
        }
    }
}

impl Framed for Push {
    fn frame(&self) -> Option<&Frame> {
        match self {
            Push::Batch(batch) => Some(batch.frame()),
            Push::Signal(frame) => Some(frame),
            Push::Advanced { .. } | Push::Close => None,
        }
    }
}

/// Handle on the log; clones share it.
#[derive(Debug, Clone)]
pub struct Log {
    db: Database,
    announcer: Announcer,
    writers: Arc<writer::Writers>,
}

impl Log {
    /// Starts the writers of a node that is alone: one for SQLite, several for PostgreSQL. The tasks end when the last
    /// handle is dropped.
    pub fn start(db: Database, writers: usize) -> (Self, Vec<JoinHandle<()>>) {
        Self::start_batched(db, writers, writer::BATCH)
    }

    /// [`Log::start`] with at most `batch` units in a transaction.
    pub fn start_batched(db: Database, writers: usize, batch: usize) -> (Self, Vec<JoinHandle<()>>) {
        Self::start_with(db, Announcer::alone(), writers, batch)
    }

    /// [`Log::start_batched`] for one of several nodes on a database, which exchange announcements over `layer` until
    /// `stop`.
    pub fn start_shared(
        db: Database,
        writers: usize,
        batch: usize,
        layer: SharedLayer,
        stop: Stop,
    ) -> (Self, Vec<JoinHandle<()>>) {
        let (announcer, outgoing) = Announcer::shared();
        let (log, mut tasks) = Self::start_with(db, announcer, writers, batch);
        tasks.push(tokio::spawn(log.clone().exchange(layer, outgoing, stop)));
        (log, tasks)
    }

    fn start_with(db: Database, announcer: Announcer, writers: usize, batch: usize) -> (Self, Vec<JoinHandle<()>>) {
        let (writers, tasks) = writer::Writers::start(&db, &announcer, writers, batch);
        (Self { db, announcer, writers: Arc::new(writers) }, tasks)
    }

    /// Listens to a topic for as long as the membership lives.
    fn listen(&self, topic: Topic, member: Arc<dyn Member<Push>>) -> Membership<Topic, Push> {
        self.announcer.groups.join(topic, member)
    }

    pub fn db(&self) -> &Database {
        &self.db
    }

    /// Runs a unit of work. The answer comes when it is on disk, and the announcement has been sent by then.
    /// A caller that goes away does not stop the unit.
    pub fn write<U: Unit>(&self, unit: U) -> BoxFuture<'_, Result<U::Answer, U::Refusal>> {
        self.writers.write(unit)
    }

    /// [`Log::write`] for a short unit that is written where it is used. `work` may be called again.
    pub fn work<A, R, F>(&self, log: Option<i64>, work: F) -> BoxFuture<'_, Result<A, R>>
    where
        A: Send + 'static,
        R: Refusal,
        F: for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<A, R>> + Send + Sync + 'static,
    {
        self.write(unit::Work { log, work })
    }

    /// Sends an ephemeral message to the connections that listen to a topic now.
    pub fn signal(&self, topic: Topic, message: &impl Serialize) {
        self.announcer.announce(topic, Push::Signal(encode(message)));
    }

    /// [`Log::signal`] to the connections of this node only.
    pub fn signal_here(&self, topic: Topic, message: &impl Serialize) {
        self.announcer.groups.send(&topic, Push::Signal(encode(message)));
    }

    /// Ends the connections of a session, or of all sessions of a person.
    pub fn close(&self, topic: Topic) {
        self.announcer.announce(topic, Push::Close);
    }

    pub fn listeners(&self, topic: Topic) -> usize {
        self.announcer.groups.len(&topic)
    }

    /// The sessions that have a connection here.
    pub fn connected_sessions(&self) -> Vec<SessionKey> {
        self.announcer.groups.groups(|topic| match topic {
            Topic::Session(key) => Some(*key),
            _ => None,
        })
    }

    /// Tells followers of entries that other nodes wrote. Needed where several nodes share a database.
    pub async fn catch_up(self, mut stop: Stop) {
        let mut ticks = tokio::time::interval(CATCH_UP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.wait() => return,
                _ = ticks.tick() => {
                    if let Err(error) = self.announce_advances().await {
                        tracing::warn!(%error, "could not look for entries of other nodes");
                    }
                }
            }
        }
    }

    async fn announce_advances(&self) -> Result<(), DbErr> {
        let logs = self.announcer.groups.groups(|topic| match topic {
            Topic::Log(id) => Some(*id),
            _ => None,
        });
        for chunk in logs.chunks(1000) {
            let sql = format!("SELECT id, last_seq FROM log WHERE id IN ({})", crate::db::placeholders(1, chunk.len()));
            let rows: Vec<(i64, i64)> = self.positions(&sql, chunk).await?;
            for (log, last_seq) in rows {
                self.announcer.groups.send(&Topic::Log(log), Push::Advanced { log, last_seq });
            }
        }
        Ok(())
    }

    async fn positions(&self, sql: &str, logs: &[i64]) -> Result<Vec<(i64, i64)>, DbErr> {
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            id: i64,
            last_seq: i64,
        }
        let rows: Vec<Row> = self.db.reader.all(sql, logs.iter().map(|id| (*id).into())).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.last_seq)).collect())
    }

    /// Whether the database answers.
    pub async fn is_healthy(&self) -> bool {
        self.db.reader.number("SELECT CAST(1 AS BIGINT)", values![]).await.is_ok()
    }
}
