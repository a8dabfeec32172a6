//! Following on a WebSocket: announcements are written to the socket where they are made.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use channels::groups::{Member, Membership, Run};
use channels::websocket::{SendError, Sender, Variant};
use sea_orm::DbErr;
use tokio::sync::Notify;

use super::cursor::{Cursor, Cursors, JUMP, Start, Verdict, start};
use super::entry::{Batch, entries_message};
use super::message::LogMessage;
use super::{Log, LogId, Push, SessionKey, Topic, read};

/// Entries that are read at once for a reader that is behind.
const STEP: i64 = 200;

/// Why following is over.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    #[error("the session is over")]
    Session,
    #[error("the connection is gone")]
    Connection,
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<SendError> for Ended {
    fn from(_: SendError) -> Self {
        Ended::Connection
    }
}

/// Follows any number of logs for one WebSocket, in order and without gaps.
///
/// What is announced and comes next is written by whoever announces it. The connection's own task has work only when
/// something is missing: [`PushFollower::changed`] says so, and [`PushFollower::catch_up`] reads the log.
#[derive(Debug)]
pub struct PushFollower {
    log: Log,
    reader: Arc<Reader>,
    logs: Vec<(LogId, Membership<Topic, Push>)>,
    _topics: [Membership<Topic, Push>; 3],
}

#[derive(Debug)]
struct Reader {
    person: i64,
    sender: Sender,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    cursors: Vec<Cursor>,
    /// Logs that were taken from the reader; the reason, when it was not told yet.
    ended: Vec<(LogId, Option<&'static str>)>,
    /// The session is over: nothing may be sent any more.
    closed: bool,
}

impl State {
    fn cursor(&mut self, log: i64) -> Option<&mut Cursor> {
        self.cursors.iter_mut().find(|cursor| cursor.log.id() == log)
    }
}

impl PushFollower {
    pub fn new(log: &Log, person: i64, session: SessionKey, sender: Sender) -> Self {
        let reader = Arc::new(Reader { person, sender, state: Mutex::default(), changed: Notify::new() });
        let topics = [Topic::Everybody, Topic::Person(person), Topic::Session(session)];
        let _topics = topics.map(|topic| log.listen(topic, reader.clone()));
        Self { log: log.clone(), reader, logs: Vec::new(), _topics }
    }

    pub fn len(&self) -> usize {
        self.logs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    pub fn follows(&self, log: i64) -> bool {
        self.logs.iter().any(|(followed, _)| followed.id() == log)
    }

    /// Follows logs from the given numbers on; one that is followed already starts anew from there. A room that is
    /// further behind than [`JUMP`] is followed from its end.
    pub async fn follow(&mut self, logs: Cursors) -> Result<(), Ended> {
        for (log, after) in logs {
            // Listening first: what is appended while the position is read is noted in the cursor.
            self.unfollow(log);
            self.reader.lock().cursors.push(Cursor::starting(log, after));
            self.logs.push((log, self.log.listen(Topic::Log(log.id()), self.reader.clone())));
            let last_seq = self.log.last_seq_for(log, self.reader.person).await?;
            self.started(log, after, last_seq).await?;
        }
        Ok(())
    }

    async fn started(&mut self, log: LogId, after: i64, last_seq: Option<i64>) -> Result<(), Ended> {
        let sender = self.reader.sender.clone();
        let Some(last_seq) = last_seq else {
            return self.end(log, "not_found").await;
        };
        sender.send_all(&LogMessage::followed(log, last_seq)).await?;
        let start = start(log, after, last_seq, JUMP);
        if matches!(start, Start::AtTheEnd) {
            sender.send_all(&LogMessage::jump(log, last_seq)).await?;
        }
        let mut state = self.reader.lock();
        let Some(cursor) = state.cursor(log.id()) else { return Ok(()) };
        match start {
            Start::AsAsked { behind } => cursor.read_up_to(after, behind),
            Start::AtTheEnd => cursor.read_up_to(last_seq, false),
        }
        Ok(())
    }

    pub fn unfollow(&mut self, log: LogId) {
        self.logs.retain(|(followed, _)| *followed != log);
        self.reader.lock().cursors.retain(|cursor| cursor.log != log);
    }

    /// Follows a log no longer, and tells why, unless an announcement has done so already.
    async fn end(&mut self, log: LogId, reason: &'static str) -> Result<(), Ended> {
        let untold = self.reader.lock().cursor(log.id()).is_some();
        self.unfollow(log);
        if untold {
            self.reader.sender.send_all(&LogMessage::ended(log, reason)).await?;
        }
        Ok(())
    }

    /// Waits until there is something that [`PushFollower::catch_up`] has to do, and a client that takes it.
    /// Cancelling the future loses nothing.
    pub async fn changed(&self) {
        let reader = &self.reader;
        loop {
            let waits = {
                let state = reader.lock();
                if state.closed {
                    return;
                }
                !state.ended.is_empty() || state.cursors.iter().any(|cursor| cursor.behind)
            };
            if waits {
                // A client that does not keep up is read to at its own pace.
                tokio::select! {
                    _ = reader.sender.drained() => return,
                    () = reader.changed.notified() => {}
                }
            } else {
                reader.changed.notified().await;
            }
        }
    }

    /// Sends what is missing: a step of each log that is behind, and which logs have ended.
    pub async fn catch_up(&mut self) -> Result<(), Ended> {
        let (ended, behind) = {
            let mut state = self.reader.lock();
            if state.closed {
                return Err(Ended::Session);
            }
            let behind = state.cursors.iter().find(|cursor| cursor.behind);
            let behind = behind.map(|cursor| (cursor.log, cursor.seq, cursor.newest));
            (std::mem::take(&mut state.ended), behind)
        };
        for (log, reason) in ended {
            self.logs.retain(|(followed, _)| *followed != log);
            if let Some(reason) = reason {
                self.reader.sender.send_all(&LogMessage::ended(log, reason)).await?;
            }
        }
        if let Some((log, seq, announced)) = behind {
            self.read(log, seq, announced).await?;
        }
        Ok(())
    }

    async fn read(&mut self, log: LogId, seq: i64, announced: i64) -> Result<(), Ended> {
        let page = self.log.page(log.id(), read::Range::After(seq), STEP).await?;
        // Asked after the read: who may read now may read everything that was there before.
        if self.log.last_seq_for(log, self.reader.person).await?.is_none() {
            return self.end(log, "removed").await;
        }
        let last = page.entries.last().map_or(seq, |entry| entry.seq);
        {
            // Taken away while it was read, or the session ended: nothing of it is sent.
            let mut state = self.reader.lock();
            if state.closed || state.cursor(log.id()).is_none() {
                return Ok(());
            }
        }
        if last > seq {
            self.reader.sender.send_all(&entries_message(log, &page.entries)).await?;
        }
        if let Some(cursor) = self.reader.lock().cursor(log.id()) {
            cursor.read_after(last, announced, page.has_more);
        }
        Ok(())
    }
}

/// Frames of a run, one behind the other, that leave in one write.
#[derive(Default)]
struct Row {
    messages: Range<usize>,
    /// Where the log of the batches among them was read up to before.
    from: Option<(LogId, i64)>,
}

impl Reader {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a batch into the row, or does what else it asks for.
    fn take(&self, state: &mut State, run: &Run<Push>, row: &mut Row, index: usize, batch: &Batch) {
        let log = batch.log;
        let Some(cursor) = state.cursor(log.id()) else { return };
        match cursor.judge(batch, self.person) {
            Verdict::Known => {}
            Verdict::Next => {
                let seq = std::mem::replace(&mut cursor.seq, batch.last());
                cursor.newest = batch.last();
                self.extend(state, run, row, index);
                row.from.get_or_insert((log, seq));
            }
            Verdict::Gap => cursor.advance(batch.last()),
            Verdict::Revoked { before, reason } => {
                self.send(state, run, row);
                let told = (before.is_empty() || self.sender.send(&entries_message(log, &before)).is_ok())
                    && self.sender.send(&LogMessage::ended(log, reason)).is_ok();
                state.cursors.retain(|cursor| cursor.log != log);
                state.ended.push((log, (!told).then_some(reason)));
            }
        }
    }

    fn extend(&self, state: &mut State, run: &Run<Push>, row: &mut Row, index: usize) {
        if row.messages.end != index {
            self.send(state, run, row);
            row.messages = index..index;
        }
        row.messages.end = index + 1;
    }

    /// Sends the row. A client that does not keep up reads the log later.
    fn send(&self, state: &mut State, run: &Run<Push>, row: &mut Row) {
        let Row { messages, from } = std::mem::take(row);
        if messages.is_empty() || self.sender.send_bytes(run.bytes_of(messages, self.sender.variant())).is_ok() {
            return;
        }
        if let Some((log, seq)) = from
            && let Some(cursor) = state.cursor(log.id())
        {
            let newest = std::mem::replace(&mut cursor.seq, seq);
            cursor.advance(newest);
        }
    }
}

impl Member<Push> for Reader {
    fn deliver(&self, run: &Run<Push>) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        if run.is_behind() {
            state.cursors.iter_mut().for_each(|cursor| cursor.behind = true);
        }
        // All batches of a run are of one log.
        let mut row = Row::default();
        for (index, message) in run.messages().iter().enumerate() {
            match message {
                Push::Batch(batch) => self.take(&mut state, run, &mut row, index, batch),
                Push::Signal(_) => self.extend(&mut state, run, &mut row, index),
                Push::Advanced { log, last_seq } => {
                    if let Some(cursor) = state.cursor(*log) {
                        cursor.advance(*last_seq);
                    }
                }
                Push::Close => {
                    state.closed = true;
                    self.changed.notify_one();
                    return;
                }
            }
        }
        self.send(&mut state, run, &mut row);
        if !state.ended.is_empty() || state.cursors.iter().any(|cursor| cursor.behind) {
            self.changed.notify_one();
        }
    }

    fn variant(&self) -> Variant {
        self.sender.variant()
    }
}
