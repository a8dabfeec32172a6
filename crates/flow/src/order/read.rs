//! Questions to an order.

use super::{Order, RunState, Task, TaskId, TaskKind, TaskState, TimerId};
use crate::definition::NodeId;
use crate::directory::{Directory, PersonId};
use crate::graph::Flow;
use crate::words::EachLanguage;

impl Order {
    /// The tasks that can be decided now.
    pub fn open_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().filter(|task| task.is_open())
    }

    /// The open tasks that this person could take, also those that a colleague has claimed.
    pub fn open_tasks_of<'a>(&'a self, person: PersonId, directory: &'a Directory) -> impl Iterator<Item = &'a Task> {
        self.open_tasks().filter(move |task| task.is_for(person, directory))
    }

    /// The nodes where the order is now.
    pub fn current_nodes(&self) -> impl Iterator<Item = &NodeId> {
        self.tokens.keys()
    }

    /// Whom the order waits for: the people of its open tasks, each once.
    pub fn waits_for(&self, directory: &Directory) -> Vec<PersonId> {
        let mut people: Vec<PersonId> = Vec::new();
        for task in self.open_tasks() {
            match task.claimed_by {
                Some(person) => people.push(person),
                None => people.extend(&task.people),
            }
            if task.administrators {
                people.extend(directory.administrators());
            }
        }
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Everybody who has a part in the order: the requester, everybody who was ever asked, and who was told.
    pub fn participants(&self) -> Vec<PersonId> {
        let asked = self.tasks.values().flat_map(|task| {
            let people = task.people.iter().copied();
            people.chain(task.delegated_from).chain(task.decided_by.and_then(|by| by.as_person()))
        });
        let mut people: Vec<PersonId> = asked.chain(self.copied.iter().copied()).chain([self.requester]).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// The timer that is due first.
    pub fn next_timer(&self) -> Option<(&TimerId, i64)> {
        self.timers.iter().map(|(id, timer)| (id, timer.at_ms)).min_by_key(|(_, at_ms)| *at_ms)
    }

    /// The run nodes that ask the server to begin an attempt.
    pub fn requested_runs(&self) -> impl Iterator<Item = (&NodeId, &super::Run)> {
        self.runs.iter().filter(|(_, run)| run.state == RunState::Requested)
    }

    /// The run nodes whose attempt the server has to stop.
    pub fn cancelling_runs(&self) -> impl Iterator<Item = (&NodeId, &super::Run)> {
        self.runs.iter().filter(|(_, run)| run.state == RunState::Cancelling)
    }

    /// The order's title in both languages.
    pub fn title(&self, flow: &Flow) -> EachLanguage {
        flow.title(&self.form)
    }

    pub(crate) fn next_task(&self) -> TaskId {
        self.tasks.last_key_value().map_or(1, |(id, _)| id + 1)
    }

    /// The tasks for the token that is on this node now, those that were cancelled left out.
    pub(crate) fn tasks_at<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Task> {
        let token = self.tokens.get(node).map(|token| token.id);
        self.tasks
            .values()
            .filter(move |task| Some(task.token) == token && task.node == node && task.state != TaskState::Cancelled)
    }

    /// Whether the run of this node has come to a stop that asks a person.
    pub(crate) fn is_stuck(&self, node: &str) -> bool {
        let stopped = self
            .runs
            .get(node)
            .is_some_and(|run| matches!(run.state, RunState::Failed | RunState::Interrupted | RunState::Cancelled));
        stopped && self.tasks_at(node).any(|task| task.kind == TaskKind::RunFailed && task.is_open())
    }
}

impl Task {
    /// Whether this person may do it, claimed or not.
    pub fn is_for(&self, person: PersonId, directory: &Directory) -> bool {
        self.people.contains(&person) || (self.administrators && directory.is_administrator(person))
    }

    /// Whether several people could do it, so that one of them may claim it.
    pub fn is_shared(&self) -> bool {
        self.people.len() > 1 || self.administrators
    }
}
