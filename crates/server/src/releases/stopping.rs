//! Stopping an attempt: every host that may run something is asked, and the order learns only what was verified.

use flow::Action;
use flow::order::{HostState, Run, RunOutcome, TaskKind};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use machines::{Cancelled, RunError, RunId, Status, Target};

use super::HOSTS;
use super::attempt::{Attempt, Done};
use super::cause::Cause;
use super::host::{GRACE, connect};
use super::journal::Journal;
use super::plan;
use super::rows::{self, HostEnd, HostRow};
use crate::clock::now_ms;
use crate::inventory;
use crate::orders::{Refusal, Releasing};

/// How long the rest of an output is waited for once its script is gone.
const REST: std::time::Duration = std::time::Duration::from_secs(10);

impl Attempt {
    pub async fn stop(&self, releasing: &Releasing, run: &Run) -> Result<Done, Refusal> {
        let Some(node) = releasing.flow.run(&self.lease.node) else { return Ok(Done::Over) };
        let (node_id, attempt) = (self.lease.node.clone(), self.lease.attempt);
        // A host that could not be reached may still run what was begun there.
        let may_run = |row: &HostRow| {
            row.started_at.is_some() && matches!(row.state(), HostState::Running | HostState::Unreachable)
        };
        let left: Vec<HostRow> = self.rows().await?.into_iter().filter(may_run).collect();
        let (application, environment) = (run.application.as_deref(), run.environment.as_deref());
        let secrets = known(self.releases.inventory.secrets_for(application, environment, &node.secrets).await)?;
        let asked = stream::iter(left).map(|row| self.stop_host(secrets.as_deref(), row)).buffer_unordered(HOSTS);
        let unverified: Vec<HostRow> = asked.try_filter_map(async |row| Ok(row)).try_collect().await?;
        if unverified.is_empty() {
            let action = Action::CancelledVerified { node: node_id, attempt };
            self.releases.orders.decide_guarded(self.lease.order, action, self.lease.guard(Vec::new())).await?;
            return Ok(Done::Over);
        }
        let asked = |task: &flow::order::Task| task.node == node_id && task.kind == TaskKind::Administer;
        if releasing.state.open_tasks().any(asked) {
            return Ok(Done::Unverified);
        }
        let hosts: Vec<String> = unverified.into_iter().map(|row| row.host).filter(|host| !host.is_empty()).collect();
        if hosts.is_empty() {
            self.end(RunOutcome::Interrupted, Some(Cause::Unverified.into()), Vec::new()).await?;
        } else {
            let action = Action::CancelUnverified { node: node_id, attempt, hosts };
            self.releases.orders.decide_guarded(self.lease.order, action, self.lease.guard(Vec::new())).await?;
        }
        Ok(Done::Unverified)
    }

    /// Where a script runs, whatever became of the group and the secrets with which it was started.
    async fn target(&self, row: &HostRow) -> Result<Option<Target>, Refusal> {
        if row.is_local() {
            return known(plan::here(&self.releases));
        }
        known(self.releases.inventory.host_target(&row.host).await.map(|host| host.target))
    }

    /// Stops one host; answers it when nobody knows whether it is stopped.
    async fn stop_host(&self, secrets: Option<&[(String, String)]>, row: HostRow) -> Result<Option<HostRow>, Refusal> {
        let is_elsewhere = row.is_local() && row.machine.as_deref() != Some(&*self.releases.owner);
        let Some(target) = self.target(&row).await?.filter(|_| !is_elsewhere) else { return Ok(Some(row)) };
        let Ok(machine) = connect(&target).await else { return Ok(Some(row)) };
        let Ok(run) = RunId::new(row.run.clone()) else { return Ok(Some(row)) };
        let epoch = self.lease.epoch;
        // Asking leaves a mark there, so that a start that is still on its way is refused.
        let stopped = HostEnd::new(HostState::Cancelled, Cause::Stopped);
        let end = match machine.status(&run, epoch).await {
            Ok(Status::Ended(exit)) => {
                let state = if exit.status == 0 { HostState::Succeeded } else { HostState::Failed };
                Some(HostEnd { state, exit: Some(exit.status), note: None })
            }
            Ok(Status::Unknown | Status::Gone) => Some(stopped),
            Ok(Status::Running) => match machine.cancel(&run, epoch, GRACE).await {
                Ok(Cancelled::Gone) => Some(stopped),
                Ok(Cancelled::StillThere) | Err(_) => None,
            },
            Err(RunError::Stale { .. }) => return Err(Refusal::NotTheOwner),
            Err(_) => None,
        };
        let Some(end) = end else {
            machine.close().await;
            return Ok(Some(row));
        };
        let mut journal = Journal::open(&self.releases, &self.lease, &row, secrets.unwrap_or_default()).await?;
        // Without the secrets nobody knows what of the rest must not be told.
        if secrets.is_some()
            && let Ok(mut follow) = machine.follow(&run, epoch, journal.position()).await
        {
            let _ = tokio::time::timeout(REST, journal.follow(&mut follow)).await;
        }
        journal.end(&end).await?;
        self.keep_stop(row, end).await?;
        let _ = machine.forget(&run, epoch).await;
        machine.close().await;
        Ok(None)
    }

    async fn keep_stop(&self, row: HostRow, end: HostEnd) -> Result<(), Refusal> {
        let write = rows::end(&self.lease, &row.host, &end, now_ms());
        if row.is_local() {
            return self.lease.write(&self.releases.log, vec![write]).await;
        }
        let (node, attempt) = (self.lease.node.clone(), self.lease.attempt);
        let HostEnd { state, exit, note } = end;
        let action = Action::HostChanged { node, attempt, host: row.host, state, exit, note };
        self.releases.orders.decide_guarded(self.lease.order, action, self.lease.guard(vec![write])).await?;
        Ok(())
    }
}

/// What the inventory still knows. A failure of the database is none of its answers.
fn known<T>(found: Result<T, inventory::Refusal>) -> Result<Option<T>, Refusal> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(inventory::Refusal::Database(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}
