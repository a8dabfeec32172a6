//! Returns, resubmissions and ends.

use super::authority::{reason, remark};
use super::turn::Turn;
use crate::definition::{NodeId, NodeKind, Resubmit, Withdraw};
use crate::event::Happening;
use crate::form::Values;
use crate::order::{Actor, Cancelling, Order, Passed, RunState, Status, Task, TaskId, TaskKind, TaskState, Then, Why};
use crate::refusal::Refusal;

/// The word for the requester as the target of a return.
pub(crate) const REQUESTER: &str = "requester";

impl Turn<'_> {
    pub(super) fn give_back(&mut self, task: Option<TaskId>, to: Option<&str>, text: &str) -> Result<(), Refusal> {
        let person = self.person()?;
        let kinds = [TaskKind::Approve, TaskKind::Handle, TaskKind::Administer];
        let task = self.own_task(person, task, &kinds, "return")?;
        self.not_their_own(person, &task)?;
        let target = to.filter(|to| *to != REQUESTER).map(str::to_owned);
        if let Some(to) = &target {
            let possible = return_targets(self.flow, &self.order, &task.node);
            if !possible.contains(to) {
                return Err(Refusal::NoReturnThere { to: to.clone(), possible });
            }
        }
        let reason = reason(text)?;
        self.act(Happening::TaskReturned { task: task.id, reason: reason.clone() });
        self.follow(Happening::Left { node: task.node.clone(), outcome: Passed::Returned, automatic: None });
        self.stop_for(Then::Return { from: task.node, to: target }, Why::Returned, reason)
    }

    pub(super) fn resubmit(&mut self, task: Option<TaskId>, form: Option<&Values>) -> Result<(), Refusal> {
        let person = self.person()?;
        let task = self.own_task(person, task, &[TaskKind::Resubmit], "resubmit")?;
        let form = match form {
            Some(form) => self.flow.check_submission(form, &self.order.form, self.context.directory)?,
            None => self.flow.check_submission(&self.order.form, &self.order.form, self.context.directory)?,
        };
        self.act(Happening::Resubmitted { task: task.id, form });
        self.pass(&task.node, Passed::Done, None)
    }

    pub(super) fn withdraw(&mut self, text: &str) -> Result<(), Refusal> {
        self.requester()?;
        let rule = self.flow.definition().rules.withdraw;
        let decided = |task: &Task| {
            let verdict = [TaskState::Approved, TaskState::Rejected, TaskState::Handled, TaskState::Returned];
            verdict.contains(&task.state)
        };
        let allowed = match rule {
            Withdraw::Never => false,
            Withdraw::Anytime => true,
            Withdraw::BeforeFirstVerdict => {
                self.order.status == Status::Returned || !self.order.tasks.values().any(decided)
            }
        };
        if !allowed {
            return Err(Refusal::NoWithdraw { rule });
        }
        let reason = remark(Some(text))?.unwrap_or_default();
        self.stop_for(Then::End { status: Status::Withdrawn }, Why::Withdrawn, reason)
    }

    pub(super) fn force_close(&mut self, text: &str) -> Result<(), Refusal> {
        self.administrator()?;
        let reason = reason(text)?;
        self.stop_for(Then::End { status: Status::Closed }, Why::Closed, reason)
    }

    /// Stops everything, and then lets the move take effect: at once, or when the last script is verified gone.
    pub(super) fn stop_for(&mut self, then: Then, why: Why, reason: String) -> Result<(), Refusal> {
        let live: Vec<TaskId> = self.order.tasks.values().filter(|task| task.is_live()).map(|task| task.id).collect();
        for task in live {
            self.act(Happening::TaskCancelled { task, why });
        }
        let (running, idle): (Vec<NodeId>, Vec<NodeId>) = self
            .order
            .tokens
            .keys()
            .cloned()
            .partition(|node| self.order.runs.get(node).is_some_and(|run| run.state.is_live()));
        for node in idle {
            self.follow(Happening::Left { node, outcome: Passed::Cancelled, automatic: None });
        }
        if running.is_empty() {
            return self.take_effect(then, self.by, reason);
        }
        for node in running {
            let run = self.order.runs.get(&node).filter(|run| run.state != RunState::Cancelling);
            if let Some(attempt) = run.map(|run| run.attempt) {
                self.act(Happening::RunCancelling { node, attempt, reason: reason.clone() });
            }
        }
        let by = self.by;
        self.act(Happening::CancellingBegan { cancelling: Cancelling { then, by, reason } });
        Ok(())
    }

    /// Goes on after a script has stopped in the status `cancelling`.
    pub(super) fn effect_if_stopped(&mut self) -> Result<(), Refusal> {
        match self.order.cancelling.clone() {
            Some(cancelling) if self.order.tokens.is_empty() => {
                self.take_effect(cancelling.then, cancelling.by, cancelling.reason)
            }
            _ => Ok(()),
        }
    }

    fn take_effect(&mut self, then: Then, by: Actor, reason: String) -> Result<(), Refusal> {
        match then {
            Then::End { status } => {
                let reason = Some(reason).filter(|reason| !reason.is_empty());
                self.record(by, Happening::Ended { status, reason });
                Ok(())
            }
            Then::Return { from, to } => {
                let direct = self.flow.definition().rules.resubmit == Resubmit::Direct;
                let back_to = direct.then(|| self.flow.outermost(&from).to_owned());
                let returning = |task: &&Task| task.node == from && task.state == TaskState::Returned;
                let task = self.order.tasks.values().rev().find(returning).map(|task| task.id);
                let generation = self.order.generation + 1;
                let to_start = to.is_none();
                let target = to.clone().unwrap_or_else(|| self.flow.start().id.clone());
                self.record(by, Happening::Returned { from, to, back_to, task, reason, generation });
                match to_start {
                    true => self.ask_requester(&target),
                    false => {
                        self.send(&target, None, Vec::new());
                        Ok(())
                    }
                }
            }
        }
    }

    /// The token waits on the start while the requester changes the form.
    fn ask_requester(&mut self, start: &str) -> Result<(), Refusal> {
        let visits = self.order.nodes.get(start).map_or(0, |record| record.visits);
        if visits >= self.flow.definition().rules.loop_cap && self.by != Actor::System {
            return Err(Refusal::LoopCap { node: start.to_owned(), times: visits });
        }
        let token = self.order.last_token + 1;
        self.follow(Happening::Entered { node: start.to_owned(), token, link: None, signed_by: Vec::new() });
        let requester = self.order.requester;
        let administrators = !self.context.directory.is_active(requester);
        let task = Task { people: vec![requester], administrators, ..self.new_task(start, TaskKind::Resubmit) };
        self.follow(Happening::TaskOpened { task });
        Ok(())
    }
}

/// The nodes that a task at this node can be returned to, besides the requester: those that were visited before, that
/// ask somebody, and that stand outside of every fork.
pub(crate) fn return_targets(flow: &crate::graph::Flow, order: &Order, from: &str) -> Vec<NodeId> {
    let Some(token) = order.tokens.get(from) else { return Vec::new() };
    let allowed = match flow.node(from).map(|node| &node.kind) {
        Some(NodeKind::Approve(approve)) => approve.return_to.as_ref(),
        Some(NodeKind::Handle(handle)) => handle.return_to.as_ref(),
        _ => None,
    };
    let asks =
        |id: &str| flow.node(id).is_some_and(|node| matches!(node.kind, NodeKind::Approve(_) | NodeKind::Handle(_)));
    let mut visited: Vec<(&NodeId, u64)> = order
        .nodes
        .iter()
        .filter(|(id, record)| id.as_str() != from && record.token < token.id && !record.void)
        .filter(|(id, _)| asks(id) && flow.is_outside_forks(id))
        .filter(|(id, _)| allowed.is_none_or(|allowed| allowed.contains(id)))
        .map(|(id, record)| (id, record.token))
        .collect();
    visited.sort_by_key(|(_, token)| *token);
    visited.into_iter().map(|(id, _)| id.clone()).collect()
}
