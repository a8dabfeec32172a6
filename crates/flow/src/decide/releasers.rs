//! The moves of releasers: retry, skip, cancel.

use super::authority::{reason, remark};
use super::turn::Turn;
use crate::definition::NodeId;
use crate::directory::PersonId;
use crate::event::Happening;
use crate::graph::Flow;
use crate::note::Note;
use crate::order::{HostState, Order, Passed, Run, RunState, Status, TaskKind, Then, Why};
use crate::refusal::Refusal;

impl Turn<'_> {
    pub(super) fn retry_failed(&mut self, node: &str) -> Result<(), Refusal> {
        self.stuck_run(node, "retry_failed")?;
        self.close_tasks(node);
        self.restart(node, 0)
    }

    pub(super) fn retry_from(&mut self, node: &str) -> Result<(), Refusal> {
        let person = self.person()?;
        self.flow.run(node).ok_or_else(|| Refusal::UnknownNode { node: node.to_owned() })?;
        let stuck = self.order.tokens.keys().find(|stuck| {
            self.order.is_stuck(stuck)
                && retry_targets(self.flow, &self.order, stuck).iter().any(|target| target == node)
        });
        let Some(stuck) = stuck.cloned() else {
            let state = self.order.runs.get(node).map(|run| run.state);
            return Err(Refusal::WrongRunState { node: node.to_owned(), state, r#move: "retry_from" });
        };
        self.releaser(person, &stuck)?;
        self.close_tasks(&stuck);
        self.act(Happening::Left { node: stuck, outcome: Passed::Cancelled, automatic: None });
        self.send(node, None, Vec::new());
        Ok(())
    }

    pub(super) fn skip(&mut self, node: &str, host: Option<&str>, text: &str) -> Result<(), Refusal> {
        let run = self.stuck_run(node, "skip")?.clone();
        let left = |state: HostState| !matches!(state, HostState::Succeeded | HostState::Skipped);
        if let Some(host) = host.filter(|host| !run.hosts.get(*host).is_some_and(|host| left(host.state))) {
            return Err(Refusal::UnknownHost { host: host.to_owned() });
        }
        let note = Some(Note::Text(reason(text)?));
        let attempt = run.attempt;
        if let Some(host) = host {
            let (node, host, state) = (node.to_owned(), host.to_owned(), HostState::Skipped);
            self.act(Happening::HostChanged { node, attempt, host, state, exit: None, note: note.clone() });
        }
        let more = self.order.runs.get(node).is_some_and(|run| run.hosts.values().any(|host| left(host.state)));
        if host.is_some() && more {
            return Ok(());
        }
        let (state, outcome) = match host {
            Some(_) => (RunState::Partly, Passed::Partly),
            None => (RunState::Skipped, Passed::Skipped),
        };
        self.act(Happening::RunEnded { node: node.to_owned(), attempt, state, note });
        self.close_tasks(node);
        self.pass(node, outcome, None)
    }

    pub(super) fn pause_run(&mut self, node: &str, text: Option<&str>) -> Result<(), Refusal> {
        let attempt = self.held_run(node, false, "pause_run")?;
        let reason = remark(text)?;
        self.act(Happening::RunPaused { node: node.to_owned(), attempt, reason });
        Ok(())
    }

    pub(super) fn continue_run(&mut self, node: &str) -> Result<(), Refusal> {
        let attempt = self.held_run(node, true, "continue_run")?;
        self.act(Happening::RunContinued { node: node.to_owned(), attempt });
        Ok(())
    }

    /// The attempt of a run that goes on here, and is paused or not, if this person may change that.
    fn held_run(&self, node: &str, paused: bool, name: &'static str) -> Result<u32, Refusal> {
        let person = self.person()?;
        let run = self.order.runs.get(node).ok_or_else(|| Refusal::UnknownNode { node: node.to_owned() })?;
        self.releaser(person, node)?;
        let here = self.order.tokens.get(node).is_some_and(|token| token.id == run.token);
        let goes_on = matches!(run.state, RunState::Requested | RunState::Running);
        match here && goes_on && run.paused == paused {
            true => Ok(run.attempt),
            false => Err(Refusal::WrongRunState { node: node.to_owned(), state: Some(run.state), r#move: name }),
        }
    }

    pub(super) fn cancel_run(&mut self, node: Option<&str>, text: &str) -> Result<(), Refusal> {
        let person = self.person()?;
        let node = match node {
            Some(node) => node.to_owned(),
            None => self.only_run()?,
        };
        let run = self.order.runs.get(&node).ok_or_else(|| Refusal::UnknownNode { node: node.clone() })?;
        let (state, attempt) = (run.state, run.attempt);
        self.releaser(person, &node)?;
        let here = self.order.tokens.get(&node).is_some_and(|token| token.id == run.token);
        let reason = reason(text)?;
        match state {
            RunState::Requested | RunState::Running if here => {
                self.act(Happening::RunCancelling { node, attempt, reason });
                Ok(())
            }
            _ if self.order.is_stuck(&node) => {
                // Giving up on a release that failed ends the order; other branches are stopped first.
                self.stop_for(Then::End { status: Status::Closed }, Why::Closed, reason)
            }
            state => Err(Refusal::WrongRunState { node, state: Some(state), r#move: "cancel_run" }),
        }
    }

    fn only_run(&self) -> Result<NodeId, Refusal> {
        let runs: Vec<&NodeId> = cancellable(&self.order);
        match runs.as_slice() {
            [node] => Ok((*node).clone()),
            _ => Err(Refusal::NoOpenTask {}),
        }
    }

    /// The run of a node that has stopped and asks a person, if this person may answer.
    fn stuck_run(&self, node: &str, name: &'static str) -> Result<&Run, Refusal> {
        let person = self.person()?;
        let run = self.order.runs.get(node).ok_or_else(|| Refusal::UnknownNode { node: node.to_owned() })?;
        self.releaser(person, node)?;
        match self.order.is_stuck(node) {
            true => Ok(run),
            false => Err(Refusal::WrongRunState { node: node.to_owned(), state: Some(run.state), r#move: name }),
        }
    }

    /// Whoever was named when the run was asked for, whoever has the task now, and administrators.
    fn releaser(&self, person: PersonId, node: &str) -> Result<(), Refusal> {
        let named = self.order.runs.get(node).is_some_and(|run| run.releasers.contains(&person));
        let directory = self.context.directory;
        let asked = self
            .order
            .tasks_at(node)
            .any(|task| task.kind == TaskKind::RunFailed && task.is_open() && task.is_for(person, directory));
        match named || asked || directory.is_administrator(person) {
            true => Ok(()),
            false => Err(Refusal::NotAllowed { who: "releaser" }),
        }
    }
}

/// The run nodes that `cancel_run` could be about.
fn cancellable(order: &Order) -> Vec<&NodeId> {
    let live = |node: &&NodeId| {
        let run = order.runs.get(*node).map(|run| run.state);
        matches!(run, Some(RunState::Requested | RunState::Running)) || order.is_stuck(node)
    };
    order.tokens.keys().filter(live).collect()
}

/// The earlier run nodes of the same branch, from which a stuck run can begin again.
pub(crate) fn retry_targets(flow: &Flow, order: &Order, stuck: &str) -> Vec<NodeId> {
    let Some(token) = order.tokens.get(stuck) else { return Vec::new() };
    let mut earlier: Vec<(&NodeId, u64)> = order
        .nodes
        .iter()
        .filter(|(id, record)| record.token <= token.id && !record.void && flow.run(id).is_some())
        .filter(|(id, _)| flow.is_same_branch(id, stuck))
        .map(|(id, record)| (id, record.token))
        .collect();
    earlier.sort_by_key(|(_, token)| *token);
    earlier.into_iter().map(|(id, _)| id.clone()).collect()
}
