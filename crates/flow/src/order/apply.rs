//! How events change an order.

use super::{
    Direct, Due, HostRun, HostState, NodeRecord, Order, Passed, Run, RunState, Status, Task, TaskId, TaskState, Token,
};
use crate::command::SignerPlace;
use crate::definition::NodeKind;
use crate::event::{Event, Happening};
use crate::graph::Flow;

impl Order {
    /// The order that these events made.
    pub fn replay<'a>(flow: &Flow, events: impl IntoIterator<Item = &'a Event>) -> Order {
        let mut order = Order::default();
        events.into_iter().for_each(|event| order.apply(flow, event));
        order
    }

    /// Takes one event in. It never fails: what makes no sense, and everything after the end, changes nothing but the
    /// revision.
    pub fn apply(&mut self, flow: &Flow, event: &Event) {
        self.revision += 1;
        if self.status.is_final() {
            return;
        }
        let at_ms = event.at_ms;
        match &event.what {
            Happening::Submitted { requester, form, chosen } => {
                self.requester = *requester;
                self.form = form.clone();
                self.chosen = chosen.clone();
                self.generation = 1;
                self.submitted_ms = at_ms;
            }
            Happening::Entered { node, token, link, signed_by } => {
                let token_on_it =
                    Token { id: *token, generation: self.generation, signed_by: signed_by.iter().copied().collect() };
                self.tokens.insert(node.clone(), token_on_it);
                self.last_token = self.last_token.max(*token);
                self.arrived.remove(node);
                self.links.extend(link.map(|link| (link, *token)));
                if self.direct.as_ref().is_some_and(|direct| direct.to == *node) {
                    self.direct = None;
                }
                let visits = self.nodes.get(node).map_or(0, |record| record.visits) + 1;
                let record = NodeRecord { visits, token: *token, entered_ms: at_ms, ..NodeRecord::default() };
                self.nodes.insert(node.clone(), record);
            }
            Happening::Left { node, outcome, .. } => self.leave(node, *outcome, at_ms),
            Happening::Arrived { node, branch, link } => {
                self.arrived.entry(node.clone()).or_default().insert(*branch);
                self.links.insert(*link, self.last_token);
            }
            Happening::TaskOpened { task } => {
                self.tasks.insert(task.id, task.clone());
            }
            Happening::TaskReady { task } => self.change(*task, |task| {
                task.state = TaskState::Open;
                task.opened_ms = Some(at_ms);
            }),
            Happening::Approved { task, comment, automatic } => {
                self.decide_task(*task, event, TaskState::Approved, |task| {
                    task.comment = comment.clone();
                    task.automatic = *automatic;
                })
            }
            Happening::Rejected { task, reason, automatic } => {
                self.decide_task(*task, event, TaskState::Rejected, |task| {
                    task.comment = Some(reason.clone());
                    task.automatic = *automatic;
                })
            }
            Happening::Handled { task, comment, automatic } => {
                self.decide_task(*task, event, TaskState::Handled, |task| {
                    task.comment = comment.clone();
                    task.automatic = *automatic;
                })
            }
            Happening::TaskReturned { task, reason } => {
                self.decide_task(*task, event, TaskState::Returned, |task| task.comment = Some(reason.clone()))
            }
            Happening::TaskCancelled { task, why } => {
                self.decide_task(*task, event, TaskState::Cancelled, |task| task.why = Some(*why))
            }
            Happening::TaskMoved { task, people, administrators, from, .. } => self.change(*task, |task| {
                task.people = people.clone();
                task.administrators = *administrators;
                task.group = None;
                task.claimed_by = None;
                task.delegated_from = from.or(task.delegated_from);
            }),
            Happening::SignersAdded { task, tasks, when, .. } => self.add_signers(*task, tasks, *when),
            Happening::Claimed { task } => self.change(*task, |task| task.claimed_by = event.by.as_person()),
            Happening::Unclaimed { task } => self.change(*task, |task| task.claimed_by = None),
            Happening::Nudged { task } => self.change(*task, |task| task.nudged_ms = Some(at_ms)),
            Happening::FormChanged { form, .. } => self.form = form.clone(),
            Happening::Notified { people, .. } => self.copied.extend(people),
            Happening::TimerSet { timer, set } => {
                self.timers.insert(timer.clone(), set.clone());
            }
            Happening::TimerFired { timer } => {
                self.timers.remove(timer);
            }
            Happening::Returned { from: _, to, back_to, generation, .. } => {
                self.generation = *generation;
                self.cancelling = None;
                self.arrived.clear();
                self.status = if to.is_some() { Status::Running } else { Status::Returned };
                let target = to.clone().unwrap_or_else(|| flow.start().id.clone());
                self.forget_after(&target);
                self.direct = back_to.clone().map(|to| Direct { from: target, to });
            }
            Happening::Resubmitted { task, form } => {
                self.decide_task(*task, event, TaskState::Resubmitted, |_| {});
                self.form = form.clone();
                self.status = Status::Running;
            }
            Happening::RunRequested { node, run } => {
                self.runs.insert(node.clone(), (**run).clone());
            }
            Happening::RunStarted { node, attempt, hosts } => self.change_run(node, *attempt, |run| {
                run.state = RunState::Running;
                run.started_ms = Some(at_ms);
                for (position, host) in hosts.iter().enumerate() {
                    let position = run.hosts.get(host).map_or(position, |before| before.position);
                    run.hosts.insert(host.clone(), HostRun { position, attempt: *attempt, ..HostRun::default() });
                }
            }),
            Happening::HostChanged { node, attempt, host, state, exit, note } => {
                self.change_run(node, *attempt, |run| {
                    let Some(host) = run.hosts.get_mut(host) else { return };
                    host.state = *state;
                    host.exit = *exit;
                    host.note = note.clone();
                    match state {
                        HostState::Running => host.started_ms = Some(at_ms),
                        state if state.is_over() => host.ended_ms = Some(at_ms),
                        _ => {}
                    }
                })
            }
            Happening::RunEnded { node, attempt, state, note } => self.change_run(node, *attempt, |run| {
                run.state = *state;
                run.ended_ms = Some(at_ms);
                run.note = note.clone();
            }),
            Happening::RunCancelling { node, attempt, .. } => {
                self.change_run(node, *attempt, |run| run.state = RunState::Cancelling)
            }
            Happening::RunPaused { node, attempt, .. } => self.change_run(node, *attempt, |run| run.paused = true),
            Happening::RunContinued { node, attempt } => self.change_run(node, *attempt, |run| run.paused = false),
            Happening::CancellingBegan { cancelling } => {
                self.status = Status::Cancelling;
                self.cancelling = Some(cancelling.clone());
            }
            Happening::Ended { status, reason } => self.end(*status, reason.clone(), at_ms),
            Happening::ConditionEvaluated { .. } | Happening::Reminded { .. } | Happening::Unknown => {}
        }
        if let Happening::Entered { node, .. } = &event.what
            && flow.node(node).is_some_and(|node| matches!(node.kind, NodeKind::Fork(_)))
        {
            // A fork that is entered again begins with no branch at its join.
            self.arrived.extend(flow.join_of(node).map(|join| (join.to_owned(), Default::default())));
        }
    }

    fn leave(&mut self, node: &str, outcome: Passed, at_ms: i64) {
        self.tokens.remove(node);
        self.timers.retain(|_, timer| !matches!(&timer.what, Due::Wait { node: waiting } if waiting == node));
        if let Some(record) = self.nodes.get_mut(node) {
            record.left_ms = Some(at_ms);
            record.outcome = Some(outcome);
        }
    }

    fn change(&mut self, task: TaskId, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(&task).filter(|task| task.is_live()) {
            change(task);
        }
    }

    fn decide_task(&mut self, id: TaskId, event: &Event, state: TaskState, more: impl FnOnce(&mut Task)) {
        self.change(id, |task| {
            task.state = state;
            task.decided_by = Some(event.by);
            task.at_ms = Some(event.at_ms);
            more(task);
        });
        self.clear_timers(id);
    }

    fn clear_timers(&mut self, id: TaskId) {
        self.timers.retain(|_, timer| !matches!(timer.what, Due::Timeout { task, .. } if task == id));
    }

    fn add_signers(&mut self, owner: TaskId, tasks: &[TaskId], when: SignerPlace) {
        match when {
            SignerPlace::Before => {
                self.change(owner, |task| {
                    task.state = TaskState::Waiting;
                    task.opened_ms = None;
                    task.waits_for.extend(tasks);
                });
                self.clear_timers(owner);
            }
            SignerPlace::After => {
                let waiting = self.tasks.values_mut().filter(|task| task.waits_for.contains(&owner));
                waiting.for_each(|task| task.waits_for.extend(tasks));
            }
        }
    }

    fn change_run(&mut self, node: &str, attempt: u32, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.runs.get_mut(node).filter(|run| run.attempt == attempt) {
            change(run);
        }
    }

    /// Makes what came after the last visit of `target` void; its votes stay where they are.
    fn forget_after(&mut self, target: &str) {
        let since = self.nodes.get(target).map_or(0, |record| record.token);
        self.links.retain(|_, token| *token <= since);
        self.nodes.values_mut().filter(|record| record.token >= since).for_each(|record| record.void = true);
    }

    fn end(&mut self, status: Status, reason: Option<String>, at_ms: i64) {
        self.status = status;
        self.reason = reason;
        self.ended_ms = Some(at_ms);
        self.cancelling = None;
        self.direct = None;
        self.tokens.clear();
        self.timers.clear();
        self.arrived.clear();
    }
}
