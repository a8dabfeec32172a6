//! Who is asked: people are looked up when a node is entered, and then stored.

use std::collections::BTreeSet;

use super::turn::Turn;
use crate::definition::{Access, Approve, Cc, Handle, Nobody, Node, NodeKind, Timeout, VoteRule, Who, bounds};
use crate::directory::PersonId;
use crate::event::Happening;
use crate::form::FieldKind;
use crate::order::{Actor, Automatic, Due, Passed, Task, TaskId, TaskKind, TaskState, Timer};
use crate::refusal::Refusal;

/// What one entry of `who` stands for now.
enum Asked {
    Person(PersonId),
    Group(String, Vec<PersonId>),
    Administrators,
}

/// One vote: one person, or people who share it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Seat {
    pub people: Vec<PersonId>,
    pub group: Option<String>,
    pub administrators: bool,
    pub instead_of: Option<PersonId>,
}

impl<'a> Turn<'a> {
    /// Opens the tasks of an `approve` node.
    pub(super) fn ask_approvers(&mut self, node: &'a Node, approve: &Approve) -> Result<(), Refusal> {
        let excluded = self.excluded(approve.own);
        let shared = approve.rule == VoteRule::Any;
        let mut seats = self.seats(&node.id, &approve.who, shared, &excluded);
        if seats.is_empty() {
            if approve.nobody == Nobody::Skip {
                return self.pass(&node.id, Passed::Skipped, Some(Automatic::Nobody));
            }
            seats.push(self.administrators(&excluded));
        }
        if seats.len() > bounds::SEATS {
            return Err(Refusal::TooMany { what: "people", most: bounds::SEATS });
        }
        self.room_for_tasks(seats.len())?;
        let mut before: Option<TaskId> = None;
        for seat in seats {
            let mut task = self.seated(&node.id, TaskKind::Approve, seat);
            if let Some(before) = before.filter(|_| approve.rule == VoteRule::Sequence) {
                task.state = TaskState::Waiting;
                task.opened_ms = None;
                task.waits_for.insert(before);
            }
            before = Some(task.id);
            self.follow(Happening::TaskOpened { task });
        }
        let open: Vec<TaskId> =
            self.order.tasks_at(&node.id).filter(|task| task.is_open()).map(|task| task.id).collect();
        for task in open {
            self.arm(task);
        }
        self.tally(&node.id)
    }

    /// Opens the one task of a `handle` node, which all its people share.
    pub(super) fn ask_handlers(&mut self, node: &Node, handle: &Handle) -> Result<(), Refusal> {
        let seats = self.seats(&node.id, &handle.who, true, &BTreeSet::new());
        if seats.is_empty() && handle.nobody == Nobody::Skip {
            return self.pass(&node.id, Passed::Skipped, Some(Automatic::Nobody));
        }
        let seat = match seats.as_slice() {
            [] => self.administrators(&BTreeSet::new()),
            [seat] => seat.clone(),
            seats => {
                let people: BTreeSet<PersonId> = seats.iter().flat_map(|seat| seat.people.iter().copied()).collect();
                let administrators = seats.iter().any(|seat| seat.administrators);
                Seat { people: people.into_iter().collect(), administrators, ..Seat::default() }
            }
        };
        self.room_for_tasks(1)?;
        let task = self.seated(&node.id, TaskKind::Handle, seat);
        let id = task.id;
        self.follow(Happening::TaskOpened { task });
        self.arm(id);
        Ok(())
    }

    /// Tells the people of a `cc` node, and goes on.
    pub(super) fn notify(&mut self, node: &str, cc: &Cc) -> Result<(), Refusal> {
        let directory = self.context.directory;
        let mut people: Vec<PersonId> = Vec::new();
        for asked in cc.who.iter().flat_map(|who| self.asked(node, who)) {
            let named = match asked {
                Asked::Person(person) => vec![person],
                Asked::Group(_, members) => members,
                Asked::Administrators => directory.administrators(),
            };
            // A copy is no task: nobody gets it in somebody's place.
            for person in named.into_iter().filter(|person| directory.is_active(*person)) {
                if !people.contains(&person) {
                    people.push(person);
                }
            }
        }
        self.follow(Happening::Notified { node: node.to_owned(), people });
        self.pass(node, Passed::Done, None)
    }

    /// Sets the timers of a task that has just been opened, and decides it if the flow says that it decides itself.
    pub(super) fn arm(&mut self, id: TaskId) {
        let Some(task) = self.order.tasks.get(&id).cloned() else { return };
        for (index, timeout) in self.timeouts(&task.node).iter().enumerate() {
            let timer = format!("task-{id}-g{}-{index}", task.generation);
            let at_ms = self.context.now_ms.saturating_add(timeout.after.ms);
            self.follow(Happening::TimerSet { timer, set: Timer { at_ms, what: Due::Timeout { task: id, index } } });
        }
        if self.decides_itself(&task) {
            let automatic = Some(Automatic::SamePerson);
            self.follow(Happening::Approved { task: id, comment: None, automatic });
        }
    }

    /// Whether the one person of this task approved the step before, and the flow does not ask them twice.
    fn decides_itself(&self, task: &Task) -> bool {
        use crate::definition::SamePersonTwice;
        let signed_by = self.order.tokens.get(&task.node).map(|token| &token.signed_by);
        let [person] = task.people.as_slice() else { return false };
        let writes = self.flow.access(&task.node).values().any(|access| *access == Access::Write);
        self.flow.definition().rules.same_person_twice == SamePersonTwice::Automatic
            && task.kind == TaskKind::Approve
            && task.added_by.is_none()
            && !task.administrators
            && !writes
            && signed_by.is_some_and(|signed_by| signed_by.contains(person))
    }

    pub(super) fn timeouts(&self, node: &str) -> &'a [Timeout] {
        match self.node(node).map(|node| &node.kind) {
            Some(NodeKind::Approve(approve)) => &approve.timeouts,
            Some(NodeKind::Handle(handle)) => &handle.timeouts,
            _ => &[],
        }
    }

    /// Who can not be asked at a node: the requester, unless it lets them approve their own order.
    pub(super) fn excluded(&self, own: bool) -> BTreeSet<PersonId> {
        if own { BTreeSet::new() } else { BTreeSet::from([self.order.requester]) }
    }

    /// The people of a list, each once, in place of the absent and the disabled.
    pub(super) fn everybody(&self, node: &str, who: &[Who], excluded: &BTreeSet<PersonId>) -> Vec<PersonId> {
        let mut people = Vec::new();
        for seat in self.seats(node, who, false, excluded) {
            let administrators = if seat.administrators { self.context.directory.administrators() } else { Vec::new() };
            for person in seat.people.into_iter().chain(administrators) {
                if !people.contains(&person) && !excluded.contains(&person) {
                    people.push(person);
                }
            }
        }
        people
    }

    /// The administrators, as one vote. It is open to every administrator of the future, so that nothing gets stuck.
    pub(super) fn administrators(&self, excluded: &BTreeSet<PersonId>) -> Seat {
        let mut people = self.context.directory.administrators();
        people.retain(|person| !excluded.contains(person));
        Seat { people, administrators: true, ..Seat::default() }
    }

    /// The votes of a list. With `shared`, a group or the administrators share one; otherwise each member has one.
    pub(super) fn seats(&self, node: &str, who: &[Who], shared: bool, excluded: &BTreeSet<PersonId>) -> Vec<Seat> {
        let directory = self.context.directory;
        let mut seats: Vec<Seat> = Vec::new();
        let mut add = |seat: Seat| {
            let asked_already = seats.iter().any(|other| match seat.administrators {
                true => other.administrators,
                false => seat.people.iter().all(|person| other.people.contains(person)),
            });
            if !asked_already && (seat.administrators || !seat.people.is_empty()) {
                seats.push(seat);
            }
        };
        for asked in who.iter().flat_map(|who| self.asked(node, who)) {
            match asked {
                Asked::Person(person) if excluded.contains(&person) => {}
                Asked::Person(person) => add(self.seat_of(person, excluded)),
                Asked::Group(group, members) if shared => {
                    let mut people: Vec<PersonId> = Vec::new();
                    for member in members.into_iter().filter(|member| !excluded.contains(member)) {
                        let person = self.substitute(member, excluded).map(|(person, _)| person);
                        people.extend(person.filter(|person| !people.contains(person)));
                    }
                    add(Seat { people, group: Some(group), ..Seat::default() });
                }
                Asked::Group(_, members) => {
                    let members: Vec<PersonId> =
                        members.into_iter().filter(|member| !excluded.contains(member)).collect();
                    let active = members.iter().any(|member| directory.is_active(*member));
                    // Members who left the house do not count while others of the group are there.
                    for member in members.into_iter().filter(|member| !active || directory.is_active(*member)) {
                        add(self.seat_of(member, excluded));
                    }
                }
                Asked::Administrators if shared => add(self.administrators(excluded)),
                Asked::Administrators => {
                    for person in self.administrators(excluded).people {
                        add(self.seat_of(person, excluded));
                    }
                }
            }
        }
        seats
    }

    fn seat_of(&self, person: PersonId, excluded: &BTreeSet<PersonId>) -> Seat {
        match self.substitute(person, excluded) {
            Some((person, instead_of)) => Seat { people: vec![person], instead_of, ..Seat::default() },
            None => Seat { instead_of: Some(person), ..self.administrators(excluded) },
        }
    }

    /// Who acts for this person now, and for whom they act; nobody but the administrators when it is `None`.
    pub(super) fn substitute(
        &self,
        person: PersonId,
        excluded: &BTreeSet<PersonId>,
    ) -> Option<(PersonId, Option<PersonId>)> {
        let flow = &self.flow.definition().flow;
        let substitute = self.context.directory.substitute(person, flow, self.context.now_ms, excluded)?;
        Some((substitute.person, substitute.instead_of))
    }

    fn asked(&self, node: &str, who: &Who) -> Vec<Asked> {
        let directory = self.context.directory;
        let requester = self.order.requester;
        let group = |name: &str| {
            let members = directory.groups.get(name)?;
            Some(Asked::Group(name.to_owned(), members.clone()))
        };
        match who {
            Who::Manager => directory.manager_of(requester).map(Asked::Person).into_iter().collect(),
            Who::Chosen => {
                self.order.chosen.get(node).into_iter().flatten().map(|person| Asked::Person(*person)).collect()
            }
            Who::Administrators => vec![Asked::Administrators],
            Who::Requester => vec![Asked::Person(requester)],
            Who::Person(username) => directory.by_username(username).map(Asked::Person).into_iter().collect(),
            Who::Group(name) => group(name).into_iter().collect(),
            Who::Field(id) => {
                let value = self.order.form.get(id);
                match self.flow.field(id).map(|field| field.kind) {
                    Some(FieldKind::Person) => {
                        value.and_then(|value| value.as_i64()).map(Asked::Person).into_iter().collect()
                    }
                    _ => value.and_then(|value| group(value.as_str()?)).into_iter().collect(),
                }
            }
        }
    }

    fn seated(&self, node: &str, kind: TaskKind, seat: Seat) -> Task {
        Task {
            people: seat.people,
            group: seat.group,
            administrators: seat.administrators,
            delegated_from: seat.instead_of,
            ..self.new_task(node, kind)
        }
    }

    /// The actor as a person; the server itself makes no moves of people.
    pub(super) fn person(&self) -> Result<PersonId, Refusal> {
        match self.by {
            Actor::Person(person) if self.context.directory.is_active(person) => Ok(person),
            Actor::Person(person) => Err(Refusal::UnknownPerson { person }),
            Actor::System => Err(Refusal::NotAllowed { who: "participant" }),
        }
    }
}
