//! An attempt from its beginning to its end: hosts in batches, failures counted, pauses kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use flow::definition::Run as RunNode;
use flow::order::{HostState, Run, RunOutcome};
use flow::{Action, Note};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sea_orm::FromQueryResult;
use tokio::sync::OwnedSemaphorePermit;

use super::HOSTS;
use super::attempt::Attempt;
use super::cause::Cause;
use super::host::OnHost;
use super::plan::Plan;
use super::rows::{self, HostRow};
use crate::clock::now_ms;
use crate::db::Sql;
use crate::orders::Refusal;
use crate::values;

/// Whether an attempt is held back, or to be stopped.
#[derive(Debug, FromQueryResult)]
pub(super) struct Standing {
    pub state: String,
    pub paused: bool,
    pub live: bool,
}

fn is_failure(state: HostState) -> bool {
    matches!(state, HostState::Failed | HostState::Unreachable | HostState::Cancelled)
}

impl Attempt {
    /// Runs on every host that has not come to its end, batch by batch, and ends the attempt.
    pub async fn roll_out(&self, plan: &Plan, node: &RunNode, run: &Run) -> Result<(), Refusal> {
        let rows = self.rows().await?;
        // Those that failed in an earlier attempt and are not tried now count as well.
        let here = |name: &String| rows.iter().any(|row| row.host == *name);
        let elsewhere = run.hosts.iter().filter(|(name, host)| !here(name) && is_failure(host.state)).count();
        let failed_before = rows.iter().filter(|row| is_failure(row.state())).count();
        let failures = AtomicUsize::new(elsewhere + failed_before);
        let borne = node.failures.of(run.hosts.len().max(1));
        let mut batches: BTreeMap<i64, Vec<HostRow>> = BTreeMap::new();
        for row in rows {
            batches.entry(row.batch).or_default().push(row);
        }
        let mut last_end = None;
        for rows in batches.into_values() {
            let left: Vec<HostRow> = rows.iter().filter(|row| !row.state().is_over()).cloned().collect();
            if !left.is_empty() {
                let begins = left.len() == rows.len() && left.iter().all(|row| row.state() == HostState::Waiting);
                if let (Some(pause), Some(last_end), true) = (&node.pause, last_end, begins) {
                    self.pause_until(last_end + pause.ms).await;
                }
                stream::iter(left)
                    .map(|row| self.run_host(plan, row, &failures, borne))
                    .buffer_unordered(HOSTS)
                    .try_for_each(async |()| Ok(()))
                    .await?;
                last_end = Some(now_ms());
            } else {
                last_end = rows.iter().filter_map(|row| row.ended_at).max();
            }
            if failures.load(Ordering::Relaxed) > borne {
                break;
            }
        }
        self.finish(borne).await
    }

    async fn run_host(&self, plan: &Plan, row: HostRow, failures: &AtomicUsize, borne: usize) -> Result<(), Refusal> {
        let turn = self.turn(&row).await?;
        if row.state() == HostState::Waiting && failures.load(Ordering::Relaxed) > borne {
            return Ok(());
        }
        let on = OnHost { releases: &self.releases, lease: &self.lease, plan, row, begun_here: false, machine: None };
        let state = Box::pin(on.run()).await?;
        if is_failure(state) {
            failures.fetch_add(1, Ordering::Relaxed);
        }
        drop(turn);
        Ok(())
    }

    /// Waits until one more script may run. What is held back leaves its turn to others meanwhile.
    async fn turn(&self, row: &HostRow) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        let turns = if row.is_local() { &self.releases.local_runs } else { &self.releases.hosts };
        loop {
            let is_new = row.state() == HostState::Waiting;
            if is_new {
                self.until_it_may_go_on().await?;
            }
            let turn = turns.clone().acquire_owned().await.ok();
            if !(is_new && self.standing().await?.paused) {
                return Ok(turn);
            }
        }
    }

    async fn pause_until(&self, at: i64) {
        let left = at.saturating_sub(now_ms()).max(0) as u64;
        tokio::time::sleep(std::time::Duration::from_millis(left)).await;
    }

    pub(super) async fn rows(&self) -> Result<Vec<HostRow>, Refusal> {
        let Self { releases, lease, .. } = self;
        Ok(rows::of_attempt(&releases.log.db().reader, lease.order, &lease.node, lease.attempt).await?)
    }

    pub(super) async fn standing(&self) -> Result<Standing, Refusal> {
        let sql = "SELECT state, paused, live FROM order_run WHERE order_id = $1 AND node = $2 AND attempt = $3";
        let key = values![self.lease.order, self.lease.node.clone(), i64::from(self.lease.attempt)];
        self.releases.log.db().reader.one(sql, key).await?.ok_or(Refusal::NotTheOwner)
    }

    /// Waits while a releaser holds the attempt back.
    async fn until_it_may_go_on(&self) -> Result<(), Refusal> {
        let mut decisions = self.releases.orders.decisions();
        while self.standing().await?.paused {
            self.releases.next_decision(&mut decisions).await;
        }
        Ok(())
    }

    /// Says how the attempt ended, from how its hosts did.
    async fn finish(&self, borne: usize) -> Result<(), Refusal> {
        let releasing = self.releases.orders.releasing(self.lease.order).await?;
        let rows = self.rows().await?;
        let run = releasing.state.runs.get(&self.lease.node);
        let mut states: Vec<HostState> = run.iter().flat_map(|run| run.hosts.values().map(|host| host.state)).collect();
        if states.is_empty() {
            states = rows.iter().map(HostRow::state).collect();
        }
        let count = |wanted: fn(HostState) -> bool| states.iter().filter(|state| wanted(**state)).count();
        let (failed, waiting) = (count(is_failure), count(|state| !state.is_over()));
        let interrupted = count(|state| state == HostState::Interrupted);
        let local = rows.iter().find(|row| row.is_local());
        let (outcome, note) = match (interrupted, failed) {
            _ if interrupted > 0 || states.is_empty() => (RunOutcome::Interrupted, local.and_then(HostRow::note)),
            (_, 0) if waiting == 0 => (RunOutcome::Succeeded, None),
            (_, failed) if waiting == 0 && failed <= borne => {
                (RunOutcome::Partly, Some(Cause::HostsFailed { failed, hosts: states.len() }.into()))
            }
            _ => (RunOutcome::Failed, Some(failure(local, failed, states.len()))),
        };
        self.end(outcome, note, Vec::new()).await
    }

    pub(super) async fn end(
        &self,
        outcome: RunOutcome,
        note: Option<Note>,
        writes: Vec<rows::Write>,
    ) -> Result<(), Refusal> {
        let (node, attempt) = (self.lease.node.clone(), self.lease.attempt);
        let action = Action::RunEnded { node, attempt, outcome, note };
        self.releases.orders.decide_guarded(self.lease.order, action, self.lease.guard(writes)).await?;
        Ok(())
    }
}

fn failure(local: Option<&HostRow>, failed: usize, hosts: usize) -> Note {
    let local = local.map(|row| (row.note(), row.exit));
    match local {
        Some((Some(note), _)) => note,
        Some((None, Some(exit))) => Cause::ExitStatus { exit }.into(),
        Some((None, None)) | None => Cause::HostsFailed { failed, hosts }.into(),
    }
}
