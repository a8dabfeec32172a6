//! Writes the output of one run into its log. How far it was taken is written with each entry, so that whoever goes on
//! repeats nothing and leaves nothing out.

use std::time::Duration;

use flow::Note;
use machines::{Follow, News};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::Releases;
use super::host::Trouble;
use super::lease::{Lease, Write};
use super::output::{Output, PIECE, Piece};
use super::rows::{self, HostEnd, HostRow};
use crate::db::Sql;
use crate::log::{LogId, NewEntry, Topic};
use crate::orders::Refusal;

/// Entries of one output that are not full come at most this often.
const PACE: Duration = Duration::from_millis(100);

/// Bytes that wait to be written, at most; beyond, nothing is read from the machine.
const BACKLOG: usize = 8 * PIECE;

/// The body of an entry of kind `output`: a text, that the rest is missing, or the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputBody {
    Text(String),
    /// Of `total` bytes only the first `kept` and the last ones, which follow, are here. A total of 0 is not known.
    Cut {
        kept: u64,
        total: u64,
    },
    End {
        exit: Option<i32>,
        note: Option<Note>,
    },
}

/// What is told at once and kept with the host.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReleaseSignal {
    /// A script says how far it is.
    RunProgress { room: i64, node: String, host: Option<String>, percent: u8 },
}

/// What a machine says next, for whoever follows a run.
#[derive(Debug)]
pub(super) enum Told {
    Ended(machines::Exit),
    Gone,
}

pub(super) struct Journal {
    releases: Releases,
    lease: Lease,
    host: String,
    log: LogId,
    output: Output,
    /// Bytes that stand in the log.
    taken: i64,
    cut: bool,
    due: Instant,
}

impl Journal {
    /// Goes on where the log of this run ends; makes the log when there is none.
    pub async fn open(
        releases: &Releases,
        lease: &Lease,
        row: &HostRow,
        secrets: &[(String, String)],
    ) -> Result<Self, Refusal> {
        let id = match row.output {
            Some(id) => id,
            None => {
                let (hold, host) = (lease.clone(), row.host.clone());
                lease
                    .work(&releases.log, move |tx| {
                        let (lease, host) = (hold.clone(), host.clone());
                        Box::pin(async move {
                            let log = tx.create_output(lease.order).await?;
                            let (sql, values) = rows::opens_output(&lease, &host, log.id());
                            tx.sql().run(sql, values).await?;
                            Ok(log.id())
                        })
                    })
                    .await?
            }
        };
        Ok(Self {
            releases: releases.clone(),
            lease: lease.clone(),
            host: row.host.clone(),
            log: LogId::Output(id),
            output: Output::new(secrets),
            taken: row.taken,
            cut: row.cut,
            due: Instant::now(),
        })
    }

    /// From which byte on the machine has to tell.
    pub fn position(&self) -> u64 {
        self.taken as u64 + self.output.waiting() as u64
    }

    /// Takes the output until the run has ended, and all of it stands in the log.
    pub async fn follow(&mut self, follow: &mut Follow) -> Result<Told, Trouble> {
        loop {
            let has_room = self.output.waiting() < BACKLOG;
            let due = self.due;
            let news = tokio::select! {
                news = follow.next(), if has_room => news?,
                () = tokio::time::sleep_until(due), if self.output.waiting() > 0 => {
                    self.write(false).await?;
                    continue;
                }
            };
            match news {
                News::Output(bytes) => self.output.push(&bytes),
                News::Cut { kept, total, end } => self.cut(kept, total, &end).await?,
                News::Ended(exit) => {
                    self.write_all().await?;
                    return Ok(Told::Ended(exit));
                }
                News::Gone => {
                    self.write_all().await?;
                    return Ok(Told::Gone);
                }
            }
        }
    }

    /// Says that nothing more comes, and why.
    pub async fn end(&mut self, end: &HostEnd) -> Result<(), Refusal> {
        self.write_all().await?;
        self.append(OutputBody::End { exit: end.exit, note: end.note.clone() }, Vec::new()).await
    }

    async fn write_all(&mut self) -> Result<(), Refusal> {
        while self.write(true).await? {}
        Ok(())
    }

    async fn cut(&mut self, kept: u64, total: u64, end: &[u8]) -> Result<(), Refusal> {
        self.output.blot_end();
        self.write_all().await?;
        if self.cut {
            return Ok(());
        }
        self.cut = true;
        self.append(OutputBody::Cut { kept, total }, vec![rows::cuts(&self.lease, &self.host)]).await?;
        self.output.push(end);
        self.output.blot_start();
        self.write_all().await
    }

    /// Writes a piece, and answers whether there was one.
    async fn write(&mut self, is_end: bool) -> Result<bool, Refusal> {
        let piece = self.output.take(is_end);
        let is_full = self.output.waiting() >= PIECE;
        self.due = Instant::now() + if is_full { Duration::ZERO } else { PACE };
        let Some(Piece { text, bytes, progress, commit }) = piece else { return Ok(false) };
        if !self.cut {
            // The end of an output that was cut is told, but stands somewhere else.
            self.taken += bytes as i64;
        }
        let taken = rows::takes(&self.lease, &self.host, self.taken, progress.map(i64::from), commit);
        match text.is_empty() {
            true => self.lease.write(&self.releases.log, vec![taken]).await?,
            false => self.append(OutputBody::Text(text), vec![taken]).await?,
        }
        if let Some(percent) = progress {
            let host = Some(self.host.clone()).filter(|host| !host.is_empty());
            let (room, node) = (self.lease.order, self.lease.node.clone());
            let signal = ReleaseSignal::RunProgress { room, node, host, percent };
            self.releases.log.signal(Topic::Log(room), &signal);
        }
        Ok(true)
    }

    async fn append(&self, body: OutputBody, writes: Vec<Write>) -> Result<(), Refusal> {
        let log = self.log;
        self.lease
            .work(&self.releases.log, move |tx| {
                let (body, writes) = (body.clone(), writes.clone());
                Box::pin(async move {
                    tx.append(log, NewEntry::new(None, "output", &body)).await?;
                    for (sql, values) in writes {
                        tx.sql().run(sql, values).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
