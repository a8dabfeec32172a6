//! One script on one host, from wherever it stands to its end.

use std::time::Duration;

use flow::order::HostState;
use flow::{Action, Note};
use machines::{Cancelled, ConnectError, Exit, Machine, RunError, RunId, RunSpec, Status, Target, WorkingFolder};
use tokio::time::Instant;

use super::Releases;
use super::cause::Cause;
use super::journal::{Journal, Told};
use super::lease::Lease;
use super::plan::Plan;
use super::rows::{self, HostEnd, HostRow};
use crate::clock::now_ms;
use crate::orders::Refusal;

/// How often a connection that was lost is made again before the host counts as unreachable, and the first pause
/// before it, which doubles.
const RECONNECTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The machine keeps the time limit by itself; beyond this it has not.
const OVERTIME: Duration = Duration::from_secs(60);

/// What a script's processes get between being asked to end and being ended.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// A health check is repeated until it succeeds, this often.
const HEALTH_CHECKS: u32 = 3;
const HEALTH_PAUSE: Duration = Duration::from_secs(1);
const HEALTH_LIMIT: Duration = Duration::from_secs(60);

/// Why following a run did not come to its end.
pub(super) enum Trouble {
    /// Nobody knows what happens there now; asking again may tell.
    Lost(Note),
    /// It has come to an end, as far as this attempt goes.
    Over(HostEnd),
    /// The attempt is another server's by now, or the database failed.
    Abandoned(Refusal),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Trouble::Abandoned(refusal)
    }
}

impl From<RunError> for Trouble {
    fn from(error: RunError) -> Self {
        match error {
            error @ (RunError::Lost(_) | RunError::Connect(_)) => Trouble::Lost(Cause::Run(error).into()),
            RunError::Stale { .. } => Trouble::Abandoned(Refusal::NotTheOwner),
            RunError::Unknown => Trouble::Over(HostEnd::new(HostState::Interrupted, Cause::Run(error))),
            error @ (RunError::Busy { .. }
            | RunError::Disk(_)
            | RunError::Tools(_)
            | RunError::Refused(_)
            | RunError::Artifact(_)
            | RunError::Protocol(_)) => Trouble::Over(HostEnd::new(HostState::Failed, Cause::Run(error))),
        }
    }
}

/// One host of an attempt.
pub(super) struct OnHost<'a> {
    pub releases: &'a Releases,
    pub lease: &'a Lease,
    pub plan: &'a Plan,
    pub row: HostRow,
    /// This server began it in this attempt, so that a start that got lost is repeated.
    pub begun_here: bool,
    /// Where it has ended, until what it left there is cleared away.
    pub machine: Option<Machine>,
}

impl OnHost<'_> {
    /// Runs the script, or follows it where it runs already, and keeps how it ended.
    pub async fn run(mut self) -> Result<HostState, Refusal> {
        let mut journal = None;
        let mut lost = 0;
        let end = loop {
            let before = journal.as_ref().map_or(0, Journal::position);
            match self.attempt(&mut journal).await {
                Ok(end) | Err(Trouble::Over(end)) => break end,
                Err(Trouble::Abandoned(refusal)) => return Err(refusal),
                Err(Trouble::Lost(note)) => {
                    let told_more = journal.as_ref().is_some_and(|journal| journal.position() > before);
                    lost = if told_more { 1 } else { lost + 1 };
                    if lost > RECONNECTS {
                        break HostEnd::new(HostState::Unreachable, note);
                    }
                    tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(lost - 1)).await;
                }
            }
        };
        self.keep_end(journal, &end).await?;
        self.clear_away().await;
        Ok(end.state)
    }

    /// Its output and its end are kept: what is left of it on the machine is in the way. A machine that does not answer
    /// keeps it.
    async fn clear_away(&mut self) {
        let Some(machine) = self.machine.take() else { return };
        if let Ok(run) = RunId::new(self.row.run.clone()) {
            let _ = machine.forget(&run, self.lease.epoch).await;
        }
        machine.close().await;
    }

    async fn attempt(&mut self, journal: &mut Option<Journal>) -> Result<HostEnd, Trouble> {
        let Some(target) = self.plan.target(&self.row.host) else {
            return Ok(HostEnd::new(HostState::Unreachable, Cause::LeftGroup));
        };
        let is_new = self.row.state() == HostState::Waiting && !self.begun_here;
        if self.row.is_local() && !is_new && self.row.machine.as_deref() != Some(&*self.releases.owner) {
            return Ok(HostEnd::new(HostState::Interrupted, Cause::OtherServer));
        }
        let machine = match connect(target).await {
            Ok(machine) => machine,
            Err(error) if is_new => return Ok(HostEnd::new(HostState::Unreachable, Cause::Connection(error))),
            Err(error) => return Err(Trouble::Lost(Cause::Connection(error).into())),
        };
        let result = self.on_machine(&machine, is_new, journal).await;
        match &result {
            Ok(_) | Err(Trouble::Over(_)) => self.machine = Some(machine),
            Err(Trouble::Lost(_) | Trouble::Abandoned(_)) => machine.close().await,
        }
        result
    }

    async fn on_machine(
        &mut self,
        machine: &Machine,
        is_new: bool,
        journal: &mut Option<Journal>,
    ) -> Result<HostEnd, Trouble> {
        if is_new {
            self.begin().await?;
        }
        let run = RunId::new(self.row.run.clone())?;
        let journal = match journal {
            Some(journal) => journal,
            None => journal.insert(Journal::open(self.releases, self.lease, &self.row, &self.plan.secrets).await?),
        };
        let status = if is_new { Status::Unknown } else { machine.status(&run, self.lease.epoch).await? };
        let mut follow = match status {
            Status::Unknown if self.begun_here => {
                let spec = self.spec(machine, run.clone()).await?;
                machine.start(&spec).await?
            }
            Status::Unknown => {
                return Ok(HostEnd::new(HostState::Interrupted, Cause::NeverBegan));
            }
            Status::Running | Status::Ended(_) | Status::Gone => {
                machine.follow(&run, self.lease.epoch, journal.position()).await?
            }
        };
        let began = self.row.started_at.unwrap_or_else(now_ms);
        let spent = Duration::from_millis(now_ms().saturating_sub(began).max(0) as u64);
        let deadline = Instant::now() + (self.plan.time_limit + OVERTIME).saturating_sub(spent).max(OVERTIME / 2);
        match tokio::time::timeout_at(deadline, journal.follow(&mut follow)).await {
            Ok(told) => match told? {
                Told::Ended(exit) => self.ended(machine, &run, exit).await,
                Told::Gone => Ok(HostEnd::new(HostState::Interrupted, Cause::Vanished)),
            },
            Err(_) => {
                drop(follow);
                let cause = match machine.cancel(&run, self.lease.epoch, GRACE).await? {
                    Cancelled::Gone => self.too_long(),
                    Cancelled::StillThere => Cause::Unstoppable,
                };
                Ok(HostEnd::new(HostState::Failed, cause))
            }
        }
    }

    /// Keeps that it begins, before anything is touched there.
    async fn begin(&mut self) -> Result<(), Refusal> {
        let at = now_ms();
        let write = rows::begin(self.lease, &self.row.host, at);
        match self.row.is_local() {
            true => self.lease.write(&self.releases.log, vec![write]).await?,
            false => self.decide(HostState::Running, None, None, write).await?,
        }
        (self.begun_here, self.row.started_at) = (true, Some(at));
        Ok(())
    }

    async fn spec(&self, machine: &Machine, run: RunId) -> Result<RunSpec, Trouble> {
        let plan = self.plan;
        let artifacts = match plan.artifacts.is_empty() {
            true => String::new(),
            false => machine.send_artifacts(&plan.place, &plan.release, &plan.artifacts).await?,
        };
        Ok(RunSpec {
            run,
            epoch: self.lease.epoch,
            place: plan.place.clone(),
            folder: if self.row.is_local() { WorkingFolder::Own } else { WorkingFolder::Shared },
            script: plan.script.clone(),
            variables: plan.variables(&self.row.host, &artifacts),
            time_limit: plan.time_limit,
            max_output: self.releases.settings.max_output,
        })
    }

    async fn ended(&self, machine: &Machine, run: &RunId, exit: Exit) -> Result<HostEnd, Trouble> {
        let end = |state, cause: Option<Cause>| HostEnd { state, exit: Some(exit.status), note: cause.map(Note::from) };
        if exit.timed_out {
            return Ok(end(HostState::Failed, Some(self.too_long())));
        }
        if exit.status != 0 {
            return Ok(end(HostState::Failed, exit.signal.map(|signal| Cause::Signal { signal })));
        }
        if let Some(cause) = self.is_unwell(machine).await? {
            return Ok(end(HostState::Failed, Some(cause)));
        }
        if self.row.is_local() && !self.plan.leaves.is_empty() {
            self.collect(machine, run).await?;
        }
        Ok(end(HostState::Succeeded, None))
    }

    fn too_long(&self) -> Cause {
        Cause::TimeLimit { seconds: self.plan.time_limit.as_secs() }
    }

    /// Why the health command is not content, if it is not.
    async fn is_unwell(&self, machine: &Machine) -> Result<Option<Cause>, Trouble> {
        let Some(command) = &self.plan.health else { return Ok(None) };
        let variables = self.plan.variables(&self.row.host, "");
        let mut cause = None;
        for check in 0..HEALTH_CHECKS {
            if check > 0 {
                tokio::time::sleep(HEALTH_PAUSE).await;
            }
            let exit = machine.health(&self.plan.place, command, &variables, HEALTH_LIMIT).await?;
            cause = match (exit.status, exit.timed_out) {
                (0, false) => return Ok(None),
                (_, true) => Some(Cause::HealthSlow),
                (exit, false) => Some(Cause::HealthFailed { exit }),
            };
        }
        Ok(cause)
    }

    async fn collect(&self, machine: &Machine, run: &RunId) -> Result<(), Trouble> {
        let into = self.plan.folder.path().join("collected");
        let failed = |error: String| Trouble::Over(HostEnd::new(HostState::Failed, Cause::Artifacts { error }));
        tokio::fs::create_dir_all(&into).await.map_err(|error| failed(error.to_string()))?;
        let collected =
            machine.collect(run, self.lease.epoch, &self.plan.leaves, &into, super::artifacts::LARGEST).await?;
        let rows =
            rows::of_attempt(&self.releases.log.db().reader, self.lease.order, &self.lease.node, self.lease.attempt);
        let rows = rows.await.map_err(Refusal::from)?;
        let commit = rows.into_iter().find(HostRow::is_local).and_then(|row| row.commit_hash);
        let writes = self.releases.store_artifacts(self.lease, collected, commit).await;
        let writes = writes.map_err(|refusal| match refusal {
            super::Refusal::Database(error) => Trouble::Abandoned(error.into()),
            refusal => failed(refusal.to_string()),
        })?;
        Ok(self.lease.write(&self.releases.log, writes).await?)
    }

    /// Keeps how it ended, and says so in its output.
    async fn keep_end(&self, journal: Option<Journal>, end: &HostEnd) -> Result<(), Refusal> {
        if let Some(mut journal) = journal {
            journal.end(end).await?;
        }
        let write = rows::end(self.lease, &self.row.host, end, now_ms());
        match self.row.is_local() {
            true => self.lease.write(&self.releases.log, vec![write]).await,
            false => self.decide(end.state, end.exit, end.note.clone(), write).await,
        }
    }

    async fn decide(
        &self,
        state: HostState,
        exit: Option<i32>,
        note: Option<Note>,
        write: rows::Write,
    ) -> Result<(), Refusal> {
        let (node, attempt, host) = (self.lease.node.clone(), self.lease.attempt, self.row.host.clone());
        let action = Action::HostChanged { node, attempt, host, state, exit, note };
        self.releases.orders.decide_guarded(self.lease.order, action, self.lease.guard(vec![write])).await?;
        Ok(())
    }
}

pub(super) async fn connect(target: &Target) -> Result<Machine, ConnectError> {
    Machine::connect(target).await
}
