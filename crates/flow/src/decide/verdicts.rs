//! Verdicts, work, and what they add up to.

use std::collections::BTreeMap;

use super::authority::{reason, remark};
use super::turn::Turn;
use crate::definition::{NodeKind, VoteRule};
use crate::event::Happening;
use crate::form::Values;
use crate::note::Note;
use crate::order::{Passed, RunState, Status, Task, TaskId, TaskKind, TaskState, Then, Why};
use crate::refusal::Refusal;

/// How a seat has voted: every task of it counts.
#[derive(Default)]
struct Votes {
    open: bool,
    rejected: bool,
}

impl Turn<'_> {
    pub(super) fn approve(
        &mut self,
        task: Option<TaskId>,
        comment: Option<&str>,
        form: Option<&Values>,
    ) -> Result<(), Refusal> {
        let person = self.person()?;
        let task = self.own_task(person, task, &[TaskKind::Approve], "approve")?;
        self.not_their_own(person, &task)?;
        let comment = remark(comment)?;
        self.change_form(&task.node, form)?;
        self.act(Happening::Approved { task: task.id, comment, automatic: None });
        self.tally(&task.node)
    }

    pub(super) fn reject(&mut self, task: Option<TaskId>, text: &str) -> Result<(), Refusal> {
        let person = self.person()?;
        let task = self.own_task(person, task, &[TaskKind::Approve], "reject")?;
        self.not_their_own(person, &task)?;
        let reason = reason(text)?;
        self.act(Happening::Rejected { task: task.id, reason, automatic: None });
        self.tally(&task.node)
    }

    pub(super) fn handle(
        &mut self,
        task: Option<TaskId>,
        comment: Option<&str>,
        form: Option<&Values>,
    ) -> Result<(), Refusal> {
        let person = self.person()?;
        let task = self.own_task(person, task, &[TaskKind::Handle, TaskKind::Administer], "handle")?;
        let comment = remark(comment)?;
        if task.kind == TaskKind::Administer {
            return self.go_on(&task, comment);
        }
        if self.order.status != Status::Running {
            return Err(Refusal::WrongStatus { status: self.order.status, r#move: "handle" });
        }
        self.change_form(&task.node, form)?;
        self.act(Happening::Handled { task: task.id, comment, automatic: None });
        self.pass(&task.node, Passed::Done, None)
    }

    /// An administrator says that what stood in the way is gone: the node tries again, or a run counts as stopped.
    fn go_on(&mut self, task: &Task, comment: Option<String>) -> Result<(), Refusal> {
        let cancelling = self.order.runs.get(&task.node).is_some_and(|run| run.state == RunState::Cancelling);
        if !cancelling && self.order.status != Status::Running {
            return Err(Refusal::WrongStatus { status: self.order.status, r#move: "handle" });
        }
        self.act(Happening::Handled { task: task.id, comment: comment.clone(), automatic: None });
        match cancelling {
            true => self.stopped(&task.node, RunState::Cancelled, comment.map(Note::Text)),
            false => self.arrive(&task.node),
        }
    }

    /// Opens what became possible, and leaves the node as soon as its result is certain.
    pub(super) fn tally(&mut self, node: &str) -> Result<(), Refusal> {
        let Some(NodeKind::Approve(approve)) = self.node(node).map(|node| &node.kind) else { return Ok(()) };
        loop {
            if let Some(outcome) = self.result(node, approve.rule) {
                return self.conclude(node, outcome);
            }
            let approved = |id: &TaskId| self.order.tasks.get(id).is_some_and(|task| task.state == TaskState::Approved);
            let next = self
                .order
                .tasks_at(node)
                .find(|task| task.state == TaskState::Waiting && task.waits_for.iter().all(approved));
            let Some(task) = next.map(|task| task.id) else { return Ok(()) };
            self.follow(Happening::TaskReady { task });
            self.arm(task);
        }
    }

    /// The result of a node, once no vote that is left could change it.
    fn result(&self, node: &str, rule: VoteRule) -> Option<Passed> {
        let mut seats: BTreeMap<TaskId, Votes> = BTreeMap::new();
        for task in self.order.tasks_at(node).filter(|task| task.kind == TaskKind::Approve) {
            let votes = seats.entry(task.seat).or_default();
            votes.open |= task.is_live();
            votes.rejected |= task.state == TaskState::Rejected;
        }
        let rejected = seats.values().filter(|votes| votes.rejected).count();
        let approved = seats.values().filter(|votes| !votes.rejected && !votes.open).count();
        let needed = match rule {
            VoteRule::Any => 1,
            VoteRule::All | VoteRule::Sequence => seats.len(),
            VoteRule::Quorum(votes) => (votes as usize).clamp(1, seats.len().max(1)),
            VoteRule::Percent(percent) => (seats.len() * percent as usize).div_ceil(100).clamp(1, seats.len().max(1)),
        };
        let bearable = if rule == VoteRule::Any { 0 } else { seats.len() - needed.min(seats.len()) };
        if rejected > bearable {
            Some(Passed::Rejected)
        } else if approved >= needed {
            Some(Passed::Done)
        } else {
            None
        }
    }

    fn conclude(&mut self, node: &str, outcome: Passed) -> Result<(), Refusal> {
        let ends = outcome == Passed::Rejected
            && self.flow.link_on(node, Some(crate::definition::Outcome::Rejected)).is_none();
        let left: Vec<TaskId> = self.order.tasks_at(node).filter(|task| task.is_live()).map(|task| task.id).collect();
        for task in left {
            self.act(Happening::TaskCancelled { task, why: Why::Decided });
        }
        match ends {
            false => self.pass(node, outcome, None),
            true => {
                let reason = self.order.tasks_at(node).filter(|task| task.state == TaskState::Rejected).last();
                let reason = reason.and_then(|task| task.comment.clone()).unwrap_or_default();
                self.follow(Happening::Left { node: node.to_owned(), outcome, automatic: None });
                self.stop_for(Then::End { status: Status::Rejected }, Why::Rejected, reason)
            }
        }
    }
}
