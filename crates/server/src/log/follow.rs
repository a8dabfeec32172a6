//! Following: every transport is a loop around [`Follower::next`].

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::Arc;

use channels::groups::Membership;
use channels::mailbox::{Mail, Mailbox};
use channels::websocket::Frame;
use sea_orm::DbErr;

use super::cursor::{Cursor, Cursors, JUMP, Start, Verdict, start};
use super::entry::{Batch, entries_message};
use super::message::LogMessage;
use super::{Log, LogId, Push, Range, SessionKey, Topic};

/// Waiting pushes of one connection, in bytes; the bytes themselves are shared by all connections.
const BACKLOG: usize = 256 * 1024;

/// Entries that are read at once for a reader that is behind.
const STEP: i64 = 200;

/// What a follower gives to its transport, as a ready live message.
#[derive(Debug)]
pub enum Delivery {
    Entries {
        log: LogId,
        message: Frame,
    },
    Ended {
        log: LogId,
        reason: &'static str,
        message: Frame,
    },
    /// A log is followed from now on: an answer, but no news.
    Followed(Frame),
    Other(Frame),
    /// The session is over: nothing may be sent any more.
    Closed,
}

/// Reads any number of logs for one connection, in order and without gaps.
///
/// Announcements come through a bounded mailbox. Where one is missing (a gap, a full mailbox, a start in the past),
/// the follower reads the log. Access is asked after each such read, and ends with the entry that takes it away.
#[derive(Debug)]
pub struct Follower {
    log: Log,
    person: i64,
    mailbox: Arc<Mailbox<Push>>,
    cursors: Vec<Cursor>,
    logs: Vec<(LogId, Membership<Topic, Push>)>,
    _topics: [Membership<Topic, Push>; 3],
    ready: VecDeque<Delivery>,
}

impl Follower {
    pub fn new(log: &Log, person: i64, session: SessionKey) -> Self {
        let mailbox = Arc::new(Mailbox::new(BACKLOG));
        let topics = [Topic::Everybody, Topic::Person(person), Topic::Session(session)];
        let _topics = topics.map(|topic| log.listen(topic, mailbox.clone()));
        let (cursors, logs, ready) = Default::default();
        Self { log: log.clone(), person, mailbox, cursors, logs, _topics, ready }
    }

    pub fn len(&self) -> usize {
        self.cursors.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cursors.is_empty()
    }

    pub fn follows(&self, log: i64) -> bool {
        self.cursors.iter().any(|cursor| cursor.log.id() == log)
    }

    /// Follows logs from the given numbers on; one that is followed already starts anew from there. A room that is
    /// further behind than [`JUMP`] is followed from its end.
    pub async fn follow(&mut self, logs: Cursors) -> Result<(), DbErr> {
        for (log, after) in logs {
            self.start(log, after, JUMP).await?;
        }
        Ok(())
    }

    /// Goes on for a client that has read up to these numbers. Logs whose number is the follower's own go on as they
    /// are, others start anew, and those that are not named are followed no longer.
    pub async fn resume(&mut self, logs: Cursors) -> Result<(), DbErr> {
        let unnamed = |cursor: &&Cursor| !logs.iter().any(|(log, _)| *log == cursor.log);
        let gone: Vec<LogId> = self.cursors.iter().filter(unnamed).map(|cursor| cursor.log).collect();
        gone.into_iter().for_each(|log| self.unfollow(log));
        let at = |log: LogId, after: i64| self.cursors.iter().any(|cursor| cursor.log == log && cursor.seq == after);
        let changed: Cursors = logs.into_iter().filter(|(log, after)| !at(*log, *after)).collect();
        self.follow(changed).await
    }

    /// Follows a log from the given number on, however much there is to read.
    pub async fn follow_from(&mut self, log: LogId, after: i64) -> Result<(), DbErr> {
        self.start(log, after, i64::MAX).await
    }

    async fn start(&mut self, log: LogId, after: i64, jump: i64) -> Result<(), DbErr> {
        // Listening first: what is appended while the position is read arrives in the mailbox.
        self.unfollow(log);
        self.logs.push((log, self.log.listen(Topic::Log(log.id()), self.mailbox.clone())));
        self.cursors.push(Cursor::starting(log, after));
        let Some(last_seq) = self.log.last_seq_for(log, self.person).await? else {
            self.end(log, "not_found");
            return Ok(());
        };
        self.ready.push_back(Delivery::Followed(LogMessage::followed(log, last_seq)));
        let Some(cursor) = self.cursors.last_mut() else {
            return Ok(());
        };
        match start(log, after, last_seq, jump) {
            Start::AsAsked { behind } => cursor.read_up_to(after, behind),
            Start::AtTheEnd => {
                cursor.read_up_to(last_seq, false);
                self.ready.push_back(Delivery::Other(LogMessage::jump(log, last_seq)));
            }
        }
        Ok(())
    }

    pub fn unfollow(&mut self, log: LogId) {
        self.logs.retain(|(followed, _)| *followed != log);
        self.cursors.retain(|cursor| cursor.log != log);
    }

    /// The next message for the client. Cancelling the future loses nothing.
    pub async fn next(&mut self) -> Result<Delivery, DbErr> {
        loop {
            if let Some(delivery) = self.at_hand().await? {
                return Ok(delivery);
            }
            let mail = self.mailbox.receive().await;
            self.take(mail);
        }
    }

    /// The next message that need not be waited for: one that has come, or entries that are to be read.
    pub async fn at_hand(&mut self) -> Result<Option<Delivery>, DbErr> {
        loop {
            // What has come goes first: the end of the session or of access ends the reading, too.
            if let Some(delivery) = self.try_next() {
                return Ok(Some(delivery));
            }
            let Some(index) = self.cursors.iter().position(|cursor| cursor.behind) else {
                return Ok(None);
            };
            // Boxed, so that a connection that waits does not carry the room for a read.
            Box::pin(self.read(index)).await?;
        }
    }

    /// The next message that has come, without waiting or reading.
    pub fn try_next(&mut self) -> Option<Delivery> {
        loop {
            if let Some(delivery) = self.ready.pop_front() {
                return Some(delivery);
            }
            let mail = self.mailbox.try_receive()?;
            self.take(mail);
        }
    }

    /// Where to resume, as in `feed:41,r7:902`.
    pub fn position(&self) -> String {
        let mut text = String::new();
        for cursor in &self.cursors {
            let comma = if text.is_empty() { "" } else { "," };
            let _ = write!(text, "{comma}{}:{}", cursor.log.name(), cursor.seq);
        }
        text
    }

    fn take(&mut self, mail: Mail<Push>) {
        match mail {
            Mail::Behind => self.cursors.iter_mut().for_each(|cursor| cursor.behind = true),
            Mail::Message(Push::Signal(text)) => self.ready.push_back(Delivery::Other(text)),
            Mail::Message(Push::Close) => self.ready.push_back(Delivery::Closed),
            Mail::Message(Push::Batch(batch)) => self.take_batch(&batch),
            Mail::Message(Push::Advanced { log, last_seq }) => {
                for cursor in self.cursors.iter_mut().filter(|cursor| cursor.log.id() == log) {
                    cursor.advance(last_seq);
                }
            }
        }
    }

    fn take_batch(&mut self, batch: &Batch) {
        let log = batch.log;
        let Some(cursor) = self.cursors.iter_mut().find(|cursor| cursor.log == log) else {
            return;
        };
        match cursor.judge(batch, self.person) {
            Verdict::Known => {}
            Verdict::Next => {
                (cursor.seq, cursor.newest) = (batch.last(), batch.last());
                self.ready.push_back(Delivery::Entries { log, message: batch.frame().clone() });
            }
            Verdict::Gap => cursor.advance(batch.last()),
            Verdict::Revoked { before, reason } => {
                if !before.is_empty() {
                    self.ready.push_back(Delivery::Entries { log, message: entries_message(log, &before) });
                }
                self.end(log, reason);
            }
        }
    }

    async fn read(&mut self, index: usize) -> Result<(), DbErr> {
        let (log, seq) = (self.cursors[index].log, self.cursors[index].seq);
        let page = self.log.page(log.id(), Range::After(seq), STEP).await?;
        // Asked after the read: who may read now may read everything that was there before.
        if self.log.last_seq_for(log, self.person).await?.is_none() {
            self.end(log, "removed");
            return Ok(());
        }
        let cursor = &mut self.cursors[index];
        let last = page.entries.last().map_or(seq, |entry| entry.seq);
        cursor.read_after(last, cursor.newest, page.has_more);
        if last > seq {
            self.ready.push_back(Delivery::Entries { log, message: entries_message(log, &page.entries) });
        }
        Ok(())
    }

    fn end(&mut self, log: LogId, reason: &'static str) {
        self.unfollow(log);
        self.ready.push_back(Delivery::Ended { log, reason, message: LogMessage::ended(log, reason) });
    }
}
