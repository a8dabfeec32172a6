//! What the owner of an attempt does with it, by the state that the order says it is in.

use flow::Action;
use flow::order::{Run, RunOutcome, RunState};
use sea_orm::FromQueryResult;

use super::cause::Cause;
use super::lease::Lease;
use super::plan::{NoPlan, Plan};
use super::{Refusal as Failure, Releases, rows};
use crate::db::Sql;
use crate::orders::{Refusal, Releasing};
use crate::values;

/// An attempt that this server owns.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub releases: Releases,
    pub lease: Lease,
}

/// How long the attempt is left alone when its owner is done with it for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// It has ended, or another server has it.
    Over,
    /// It waits for a lock or for a releaser: whoever sees that it can go on takes it.
    Waits,
    /// Some hosts could not be asked whether their scripts are gone.
    Unverified,
}

/// Whether an attempt has begun.
enum Beginning {
    Begun(Box<Plan>),
    Over,
    Waits,
}

impl Attempt {
    pub async fn drive(&self) -> Result<Done, Refusal> {
        let mut plan = None;
        loop {
            let releasing = self.releases.orders.releasing(self.lease.order).await?;
            let run = releasing.state.runs.get(&self.lease.node).filter(|run| run.attempt == self.lease.attempt);
            let Some(run) = run else { return Ok(Done::Over) };
            match run.state {
                RunState::Requested if run.paused => return Ok(Done::Waits),
                RunState::Requested => match self.begin(&releasing, run).await? {
                    Beginning::Begun(made) => plan = Some(*made),
                    Beginning::Over => return Ok(Done::Over),
                    Beginning::Waits => return Ok(Done::Waits),
                },
                RunState::Running => tokio::select! {
                    ended = self.go_on(plan.take(), &releasing, run) => return ended.map(|()| Done::Over),
                    stopping = self.is_to_stop() => stopping?,
                },
                RunState::Cancelling => return self.stop(&releasing, run).await,
                RunState::Succeeded
                | RunState::Partly
                | RunState::Failed
                | RunState::Interrupted
                | RunState::Cancelled
                | RunState::Skipped => return Ok(Done::Over),
            }
        }
    }

    /// Returns when the attempt is to be stopped, or has ended.
    async fn is_to_stop(&self) -> Result<(), Refusal> {
        let mut decisions = self.releases.orders.decisions();
        loop {
            let standing = self.standing().await?;
            if !standing.live || standing.state == "cancelling" {
                return Ok(());
            }
            self.releases.next_decision(&mut decisions).await;
        }
    }

    async fn fail(&self, cause: Cause) -> Result<Beginning, Refusal> {
        self.end(RunOutcome::Failed, Some(cause.into()), Vec::new()).await?;
        Ok(Beginning::Over)
    }

    /// Makes sure that everything is there, takes the lock, and keeps that it begins.
    async fn begin(&self, releasing: &Releasing, run: &Run) -> Result<Beginning, Refusal> {
        let Some(node) = releasing.flow.run(&self.lease.node) else { return Ok(Beginning::Over) };
        if !self.is_pinned(&node.script).await? {
            return self.fail(Cause::OtherScript).await;
        }
        if let Some(other) = self.take_lock(run).await? {
            let releasing = self.releases.orders.releasing(other).await?;
            return match node.lock {
                flow::definition::Lock::Wait => Ok(Beginning::Waits),
                flow::definition::Lock::Refuse => self.fail(Cause::Locked { order: releasing.number }).await,
            };
        }
        if run.group.is_none()
            && let Some(taken) = self.releases.taken_again(self.lease.order, &self.lease.node, &node.artifacts).await?
        {
            self.start(Vec::new(), Vec::new()).await?;
            self.take(taken).await?;
            return Ok(Beginning::Over);
        }
        let plan = match Plan::make(&self.releases, &self.lease, releasing, node, run).await {
            Ok(plan) => plan,
            Err(NoPlan::Cause(cause)) => return self.fail(cause).await,
            Err(NoPlan::Failure(Failure::Order(refusal))) => return Err(refusal),
            Err(NoPlan::Failure(Failure::Database(error))) => return Err(error.into()),
            Err(NoPlan::Failure(refusal)) => return self.fail(Cause::Other { error: refusal.to_string() }).await,
        };
        if plan.targets.is_empty() {
            return self.fail(Cause::NoHost).await;
        }
        let (mut writes, mut position) = (Vec::new(), 0);
        for (batch, size) in node.batches.of(plan.targets.len()).into_iter().enumerate() {
            for (name, _) in plan.targets.iter().skip(position).take(size) {
                let machine = name.is_empty().then(|| self.releases.owner.to_string());
                writes.push(rows::insert(&self.lease, name, position, batch, machine));
                position += 1;
            }
        }
        let names = plan.targets.iter().map(|(name, _)| name.clone());
        self.start(names.filter(|name| !name.is_empty()).collect(), writes).await?;
        Ok(Beginning::Begun(Box::new(plan)))
    }

    async fn start(&self, hosts: Vec<String>, writes: Vec<rows::Write>) -> Result<(), Refusal> {
        let (node, attempt) = (self.lease.node.clone(), self.lease.attempt);
        let action = Action::RunStarted { node, attempt, hosts };
        self.releases.orders.decide_guarded(self.lease.order, action, self.lease.guard(writes)).await?;
        Ok(())
    }

    /// Ends a step with what another order left at it.
    async fn take(&self, (source, writes): (i64, Vec<rows::Write>)) -> Result<(), Refusal> {
        let number = self.releases.orders.releasing(source).await?.number;
        self.end(RunOutcome::Succeeded, Some(Cause::TakenFrom { order: number }.into()), writes).await
    }

    async fn go_on(&self, plan: Option<Plan>, releasing: &Releasing, run: &Run) -> Result<(), Refusal> {
        let Some(node) = releasing.flow.run(&self.lease.node) else { return Ok(()) };
        // It has begun, and nothing runs: it was being taken from another order.
        if run.group.is_none()
            && self.rows().await?.is_empty()
            && let Some(taken) = self.releases.taken_again(self.lease.order, &self.lease.node, &node.artifacts).await?
        {
            return self.take(taken).await;
        }
        let plan = match plan {
            Some(plan) => Ok(plan),
            None => Plan::make(&self.releases, &self.lease, releasing, node, run).await,
        };
        match plan {
            Ok(plan) => self.roll_out(&plan, node, run).await,
            Err(NoPlan::Failure(Failure::Order(refusal))) => Err(refusal),
            Err(NoPlan::Failure(Failure::Database(error))) => Err(error.into()),
            // It has begun: nobody knows how far it came without what it needs.
            Err(NoPlan::Cause(cause)) => self.end(RunOutcome::Interrupted, Some(cause.into()), Vec::new()).await,
            Err(NoPlan::Failure(refusal)) => {
                let cause = Cause::Other { error: refusal.to_string() };
                self.end(RunOutcome::Interrupted, Some(cause.into()), Vec::new()).await
            }
        }
    }

    /// Whether the script is still the one that was pinned.
    async fn is_pinned(&self, script: &str) -> Result<bool, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            sha256: String,
        }
        let sql = "SELECT sha256 FROM order_script WHERE order_id = $1 AND node = $2";
        let row: Option<Row> =
            self.releases.log.db().reader.one(sql, values![self.lease.order, self.lease.node.clone()]).await?;
        Ok(row.is_some_and(|row| row.sha256 == super::artifacts::sha256(script.as_bytes())))
    }

    /// Takes the lock of the application and environment for the order; answers who has it, when it is another one.
    async fn take_lock(&self, run: &Run) -> Result<Option<i64>, Refusal> {
        let Some(application) = run.application.clone() else { return Ok(None) };
        let environment = run.environment.clone().unwrap_or_default();
        let lease = self.lease.clone();
        self.lease
            .work(&self.releases.log, move |tx| {
                let (lease, application, environment) = (lease.clone(), application.clone(), environment.clone());
                Box::pin(async move {
                    let sql = "INSERT INTO release_lock (application, environment, order_id, taken_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
                    let pair = || values![application.clone(), environment.clone()];
                    let [name, place] = pair();
                    tx.sql().run(sql, [name, place, lease.order.into(), tx.now.into()]).await?;
                    let sql = "SELECT order_id FROM release_lock WHERE application = $1 AND environment = $2";
                    let holder = tx.sql().number(sql, pair()).await?;
                    let other = holder.filter(|holder| *holder != lease.order);
                    let sql = "UPDATE order_run SET waits_for = $4 WHERE order_id = $1 AND node = $2 AND attempt = $3";
                    let key = values![lease.order, lease.node.clone(), i64::from(lease.attempt), other];
                    tx.sql().run(sql, key).await?;
                    Ok(other)
                })
            })
            .await
    }
}
