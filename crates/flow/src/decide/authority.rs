//! Which task a move is about, and whether the person may make it.

use super::turn::Turn;
use crate::definition::{NodeKind, bounds};
use crate::directory::PersonId;
use crate::order::{Task, TaskId, TaskKind};
use crate::refusal::Refusal;

impl Turn<'_> {
    /// The open task that a person's move is about. Without a number it is their only one of these kinds.
    pub(super) fn own_task(
        &self,
        person: PersonId,
        task: Option<TaskId>,
        kinds: &[TaskKind],
        name: &'static str,
    ) -> Result<Task, Refusal> {
        let task = match task {
            Some(id) => self.order.tasks.get(&id).ok_or(Refusal::UnknownTask { task: id })?,
            None => self.only_task(person, kinds)?,
        };
        let id = task.id;
        if !task.is_for(person, self.context.directory) {
            return Err(Refusal::NotYourTask { task: id });
        }
        if !task.is_live() {
            let (state, by, at_ms) = (task.state, task.decided_by, task.at_ms);
            return Err(Refusal::AlreadyDecided { task: id, state, by, at_ms });
        }
        if !task.is_open() {
            let open = |id: &&TaskId| self.order.tasks.get(*id).is_some_and(Task::is_live);
            return Err(Refusal::NotYourTurn {
                task: id,
                after: task.waits_for.iter().filter(open).copied().collect(),
            });
        }
        if let Some(by) = task.claimed_by.filter(|by| *by != person) {
            return Err(Refusal::Claimed { task: id, by });
        }
        if !kinds.contains(&task.kind) {
            return Err(Refusal::WrongKind { task: id, r#move: name });
        }
        Ok(task.clone())
    }

    fn only_task(&self, person: PersonId, kinds: &[TaskKind]) -> Result<&Task, Refusal> {
        let mine = |task: &&Task| kinds.contains(&task.kind) && task.is_for(person, self.context.directory);
        let open: Vec<&Task> = self.order.open_tasks().filter(mine).collect();
        match open.as_slice() {
            [task] => Ok(task),
            [] => self.order.tasks.values().rev().find(mine).ok_or(Refusal::NoOpenTask {}),
            tasks => Err(Refusal::WhichTask { tasks: tasks.iter().map(|task| task.id).collect() }),
        }
    }

    /// Refuses the requester's verdict on their own order, unless the node lets them.
    pub(super) fn not_their_own(&self, person: PersonId, task: &Task) -> Result<(), Refusal> {
        let own = match self.node(&task.node).map(|node| &node.kind) {
            Some(NodeKind::Approve(approve)) => approve.own,
            _ => true,
        };
        match person == self.order.requester && task.kind == TaskKind::Approve && !own {
            true => Err(Refusal::OwnOrder {}),
            false => Ok(()),
        }
    }

    pub(super) fn administrator(&self) -> Result<PersonId, Refusal> {
        let person = self.person()?;
        match self.context.directory.is_administrator(person) {
            true => Ok(person),
            false => Err(Refusal::NotAllowed { who: "administrator" }),
        }
    }

    pub(super) fn requester(&self) -> Result<PersonId, Refusal> {
        let person = self.person()?;
        match person == self.order.requester {
            true => Ok(person),
            false => Err(Refusal::NotAllowed { who: "requester" }),
        }
    }
}

/// A reason that must be given.
pub(super) fn reason(text: &str) -> Result<String, Refusal> {
    match remark(Some(text))? {
        Some(reason) => Ok(reason),
        None => Err(Refusal::ReasonRequired {}),
    }
}

/// A remark that may be left out; blank text is none.
pub(super) fn remark(text: Option<&str>) -> Result<Option<String>, Refusal> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match text.is_some_and(|text| text.chars().count() > bounds::TEXT) {
        true => Err(Refusal::TooLong { most: bounds::TEXT }),
        false => Ok(text.map(str::to_owned)),
    }
}
