//! Who has a task: handing on, signers, claims, reminders.

use std::collections::BTreeSet;

use super::authority::reason;
use super::turn::Turn;
use crate::command::SignerPlace;
use crate::definition::NodeKind;
use crate::directory::PersonId;
use crate::event::{Happening, Moved};
use crate::order::{Task, TaskId, TaskKind, TaskState};
use crate::refusal::Refusal;

/// The most signers that one move adds.
const SIGNERS: usize = 20;
/// The time between two nudges of one task.
const NUDGE_MS: i64 = 3_600_000;
const DECIDABLE: [TaskKind; 2] = [TaskKind::Approve, TaskKind::Handle];

impl Turn<'_> {
    pub(super) fn transfer(&mut self, task: Option<TaskId>, to: PersonId, text: &str) -> Result<(), Refusal> {
        let person = self.person()?;
        let task = self.own_task(person, task, &DECIDABLE, "transfer")?;
        self.not_their_own(person, &task)?;
        self.can_be_asked(to, &task)?;
        let reason = Some(reason(text)?);
        let how = Moved::Transferred;
        let from = Some(person);
        self.act(Happening::TaskMoved { task: task.id, people: vec![to], administrators: false, from, how, reason });
        Ok(())
    }

    pub(super) fn force_transfer(&mut self, id: TaskId, to: PersonId, text: &str) -> Result<(), Refusal> {
        self.administrator()?;
        let task = self.order.tasks.get(&id).cloned().ok_or(Refusal::UnknownTask { task: id })?;
        if !task.is_live() {
            let (state, by, at_ms) = (task.state, task.decided_by, task.at_ms);
            return Err(Refusal::AlreadyDecided { task: id, state, by, at_ms });
        }
        if !DECIDABLE.contains(&task.kind) {
            return Err(Refusal::WrongKind { task: id, r#move: "force_transfer" });
        }
        self.can_be_asked(to, &task)?;
        let reason = Some(reason(text)?);
        let from = task.claimed_by.or(task.people.first().copied());
        let how = Moved::Forced;
        self.act(Happening::TaskMoved { task: id, people: vec![to], administrators: false, from, how, reason });
        Ok(())
    }

    pub(super) fn add_signer(
        &mut self,
        task: Option<TaskId>,
        people: &[PersonId],
        when: SignerPlace,
        text: &str,
    ) -> Result<(), Refusal> {
        let person = self.person()?;
        let owner = self.own_task(person, task, &[TaskKind::Approve], "add_signer")?;
        self.not_their_own(person, &owner)?;
        let distinct: BTreeSet<PersonId> = people.iter().copied().collect();
        if people.is_empty() || people.len() > SIGNERS || distinct.len() < people.len() {
            return Err(Refusal::HowMany { most: SIGNERS });
        }
        for person in people {
            self.can_be_asked(*person, &owner)?;
        }
        let reason = reason(text)?;
        self.room_for_tasks(people.len())?;
        let first = self.order.next_task();
        let tasks: Vec<TaskId> = (first..).take(people.len()).collect();
        self.act(Happening::SignersAdded {
            task: owner.id,
            people: people.to_vec(),
            tasks: tasks.clone(),
            when,
            reason,
        });
        for signer in people {
            let mut task = Task {
                people: vec![*signer],
                seat: owner.seat,
                added_by: Some(person),
                ..self.new_task(&owner.node, TaskKind::Approve)
            };
            if when == SignerPlace::After {
                task.state = TaskState::Waiting;
                task.opened_ms = None;
                task.waits_for.insert(owner.id);
            }
            self.act(Happening::TaskOpened { task });
        }
        for task in tasks.into_iter().filter(|_| when == SignerPlace::Before) {
            self.arm(task);
        }
        Ok(())
    }

    /// Whether somebody can get this task: active, not asked for this vote already, and not the requester where they
    /// can not approve.
    fn can_be_asked(&self, person: PersonId, task: &Task) -> Result<(), Refusal> {
        if !self.context.directory.is_active(person) {
            return Err(Refusal::UnknownPerson { person });
        }
        self.not_their_own(person, task)?;
        let asked = |other: &Task| other.people.contains(&person) && (other.id != task.id || !task.is_shared());
        match self.order.tasks_at(&task.node).any(asked) {
            true => Err(Refusal::AlreadyAsked { person }),
            false => Ok(()),
        }
    }

    pub(super) fn claim(&mut self, task: Option<TaskId>) -> Result<(), Refusal> {
        let person = self.person()?;
        let task = self.own_task(person, task, &DECIDABLE, "claim")?;
        self.not_their_own(person, &task)?;
        if !task.is_shared() || task.claimed_by.is_some() {
            return Err(Refusal::NotClaimable { task: task.id });
        }
        self.act(Happening::Claimed { task: task.id });
        Ok(())
    }

    pub(super) fn unclaim(&mut self, task: Option<TaskId>) -> Result<(), Refusal> {
        let person = self.person()?;
        let task = self.own_task(person, task, &DECIDABLE, "unclaim")?;
        if task.claimed_by.is_none() {
            return Err(Refusal::NotClaimable { task: task.id });
        }
        self.act(Happening::Unclaimed { task: task.id });
        Ok(())
    }

    pub(super) fn nudge(&mut self, task: Option<TaskId>) -> Result<(), Refusal> {
        let person = self.person()?;
        if person != self.order.requester && !self.context.directory.is_administrator(person) {
            return Err(Refusal::NotAllowed { who: "requester" });
        }
        let now_ms = self.context.now_ms;
        let again_ms = |task: &Task| task.nudged_ms.map(|nudged_ms| nudged_ms.saturating_add(NUDGE_MS));
        let throttled = |task: &Task| again_ms(task).filter(|again_ms| *again_ms > now_ms);
        let open: Vec<Task> = match task {
            None => self.order.open_tasks().cloned().collect(),
            Some(id) => {
                let task = self.order.tasks.get(&id).ok_or(Refusal::UnknownTask { task: id })?;
                if !task.is_open() {
                    let (state, by, at_ms) = (task.state, task.decided_by, task.at_ms);
                    return Err(Refusal::AlreadyDecided { task: id, state, by, at_ms });
                }
                vec![task.clone()]
            }
        };
        let due: Vec<TaskId> = open.iter().filter(|task| throttled(task).is_none()).map(|task| task.id).collect();
        if due.is_empty() {
            let again_ms = open.iter().filter_map(again_ms).min();
            return Err(again_ms.map_or(Refusal::NoOpenTask {}, |again_ms| Refusal::Throttled { again_ms }));
        }
        for task in due {
            self.act(Happening::Nudged { task });
        }
        Ok(())
    }

    /// Gives tasks whose people can not sign in any more to somebody who can.
    pub(super) fn people_changed(&mut self) -> Result<(), Refusal> {
        let directory = self.context.directory;
        for task in self.order.tasks.values().filter(|task| task.is_live()).cloned().collect::<Vec<_>>() {
            if task.claimed_by.is_some_and(|person| !directory.is_active(person)) {
                self.act(Happening::Unclaimed { task: task.id });
            }
            if task.administrators || task.people.iter().any(|person| directory.is_active(*person)) {
                continue;
            }
            let own = match self.node(&task.node).map(|node| &node.kind) {
                Some(NodeKind::Approve(approve)) if task.kind == TaskKind::Approve => approve.own,
                _ => true,
            };
            let mut excluded = self.excluded(own);
            let seat = |other: &&Task| other.seat != task.seat && task.kind == TaskKind::Approve;
            excluded.extend(self.order.tasks_at(&task.node).filter(seat).flat_map(|other| other.people.clone()));
            let found = task.people.iter().find_map(|person| self.substitute(*person, &excluded));
            let (people, administrators) = match found {
                Some((person, _)) => (vec![person], false),
                None => (self.administrators(&excluded).people, true),
            };
            let (from, how) = (task.people.first().copied(), Moved::Substituted);
            self.act(Happening::TaskMoved { task: task.id, people, administrators, from, how, reason: None });
        }
        Ok(())
    }
}
