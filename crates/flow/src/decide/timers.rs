//! Timers that are due.

use std::collections::BTreeSet;

use super::turn::Turn;
use crate::definition::{NodeKind, TimeoutMove};
use crate::directory::PersonId;
use crate::event::{Happening, Moved};
use crate::order::{Actor, Automatic, Due, Passed, Task, TaskId, TaskKind};
use crate::refusal::Refusal;

impl Turn<'_> {
    pub(super) fn fire(&mut self, timer: &str) -> Result<(), Refusal> {
        let set = self.order.timers.get(timer).cloned();
        let set = set.ok_or_else(|| Refusal::UnknownTimer { timer: timer.to_owned() })?;
        if set.at_ms > self.context.now_ms {
            return Err(Refusal::TooEarly { at_ms: set.at_ms });
        }
        self.act(Happening::TimerFired { timer: timer.to_owned() });
        match set.what {
            Due::Wait { node } => self.pass(&node, Passed::Done, None),
            Due::Timeout { task, index } => self.time_out(task, index),
        }
    }

    fn time_out(&mut self, id: TaskId, index: usize) -> Result<(), Refusal> {
        let Some(task) = self.order.tasks.get(&id).filter(|task| task.is_open()).cloned() else { return Ok(()) };
        let Some(timeout) = self.timeouts(&task.node).get(index) else { return Ok(()) };
        let automatic = Some(Automatic::Timeout);
        match (timeout.then, task.kind) {
            (TimeoutMove::Remind, _) => self.act(Happening::Reminded { task: id }),
            (TimeoutMove::Approve, TaskKind::Approve) => {
                self.act(Happening::Approved { task: id, comment: None, automatic });
                self.tally(&task.node)?;
            }
            (TimeoutMove::Approve, TaskKind::Handle) => {
                self.act(Happening::Handled { task: id, comment: None, automatic });
                self.pass(&task.node, Passed::Done, automatic)?;
            }
            (TimeoutMove::Reject, TaskKind::Approve) => {
                self.act(Happening::Rejected { task: id, reason: String::new(), automatic });
                self.tally(&task.node)?;
            }
            (TimeoutMove::Escalate, _) => {
                let (people, administrators) = self.escalation(&task, index);
                let (from, how) = (task.claimed_by.or(task.people.first().copied()), Moved::Escalated);
                self.act(Happening::TaskMoved { task: id, people, administrators, from, how, reason: None });
            }
            (TimeoutMove::Approve | TimeoutMove::Reject, _) => {}
        }
        Ok(())
    }

    /// Whom a task goes to when it takes too long: nobody who has a vote of their own here.
    fn escalation(&self, task: &Task, index: usize) -> (Vec<PersonId>, bool) {
        let own = match self.node(&task.node).map(|node| &node.kind) {
            Some(NodeKind::Approve(approve)) => approve.own,
            _ => true,
        };
        let mut excluded: BTreeSet<PersonId> = self.excluded(own);
        excluded.extend(self.order.tasks_at(&task.node).flat_map(|other| other.people.clone()));
        let to = self.timeouts(&task.node).get(index).map(|timeout| timeout.to.as_slice()).unwrap_or_default();
        let people = self.everybody(&task.node, to, &excluded);
        match people.is_empty() {
            true => (self.administrators(&self.excluded(own)).people, true),
            false => (people, false),
        }
    }

    /// Only the server itself makes this move.
    pub(super) fn system(&self) -> Result<(), Refusal> {
        match self.by {
            Actor::System => Ok(()),
            Actor::Person(_) => Err(Refusal::NotAllowed { who: "system" }),
        }
    }
}
