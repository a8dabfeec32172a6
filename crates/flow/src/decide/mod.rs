//! The decisions. [`decide`] holds one table of every legal move; the files beside it say what each move does.

mod asking;
mod authority;
mod back;
mod forms;
mod people;
mod rehearse;
mod releasers;
mod runs;
mod timers;
mod turn;
mod verdicts;

pub(crate) use back::{REQUESTER, return_targets};
pub(crate) use releasers::retry_targets;
pub(crate) use turn::Turn;

use crate::command::{Action, Command, Context, Submission};
use crate::definition::{NodeKind, Who};
use crate::event::{Event, Happening};
use crate::graph::Flow;
use crate::order::{Actor, Order, Status, Task};
use crate::refusal::Refusal;

/// The most people that a requester chooses for one node.
const CHOSEN: usize = 50;

/// Begins an order: the events of its first steps, or why not.
///
/// The form is checked, and so is that the requester chose approvers for every node on the way that wants them.
pub fn start(flow: &Flow, submission: &Submission, context: &Context) -> Result<Vec<Event>, Refusal> {
    let form = flow.check_submission(&submission.form, &Default::default(), context.directory)?;
    check_chosen(flow, submission, context)?;
    let way = crate::preview(flow, submission, context)?;
    let nodes: Vec<String> = way.into_iter().filter(|step| step.choose).map(|step| step.node).collect();
    if !nodes.is_empty() {
        return Err(Refusal::ChooseApprovers { nodes });
    }
    Ok(begin(flow, submission, form, context)?.events)
}

/// The first steps of an order whose form has been checked.
pub(crate) fn begin<'a>(
    flow: &'a Flow,
    submission: &Submission,
    form: crate::form::Values,
    context: &'a Context<'a>,
) -> Result<Turn<'a>, Refusal> {
    let requester = submission.requester;
    let mut turn = Turn::new(flow, Order::default(), Actor::Person(requester), context);
    turn.person()?;
    turn.act(Happening::Submitted { requester, form, chosen: submission.chosen.clone() });
    turn.send(&flow.start().id, None, Vec::new());
    turn.settle()?;
    Ok(turn)
}

fn check_chosen(flow: &Flow, submission: &Submission, context: &Context) -> Result<(), Refusal> {
    for (node, people) in &submission.chosen {
        let (chosen, own) = match flow.node(node).map(|node| &node.kind) {
            Some(NodeKind::Approve(approve)) => (approve.who.contains(&Who::Chosen), approve.own),
            Some(NodeKind::Handle(handle)) => (handle.who.contains(&Who::Chosen), true),
            Some(NodeKind::Cc(cc)) => (cc.who.contains(&Who::Chosen), true),
            _ => (false, true),
        };
        if !chosen {
            return Err(Refusal::UnknownNode { node: node.clone() });
        }
        if people.len() > CHOSEN {
            return Err(Refusal::HowMany { most: CHOSEN });
        }
        for person in people {
            if !context.directory.is_active(*person) {
                return Err(Refusal::UnknownPerson { person: *person });
            }
            if !own && *person == submission.requester {
                return Err(Refusal::OwnOrder {});
            }
        }
    }
    Ok(())
}

/// Decides a move: the events that it causes, or why it is refused. Nothing but the arguments is looked at, and a
/// refused move changes nothing.
pub fn decide(flow: &Flow, order: &Order, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
    let mut turn = Turn::new(flow, order.clone(), command.by, context);
    turn.make(&command.action)?;
    turn.settle()?;
    Ok(turn.events)
}

impl Turn<'_> {
    /// Every legal move. What is not in this table is refused.
    fn make(&mut self, action: &Action) -> Result<(), Refusal> {
        use Status::{Cancelling, Returned, Running};
        match (self.order.status, action) {
            // Verdicts and work.
            (Running, Action::Approve { task, comment, form }) => {
                self.approve(*task, comment.as_deref(), form.as_ref())
            }
            (Running, Action::Reject { task, reason }) => self.reject(*task, reason),
            (Running, Action::Return { task, to, reason }) => self.give_back(*task, to.as_deref(), reason),
            (Running | Cancelling, Action::Handle { task, comment, form }) => {
                self.handle(*task, comment.as_deref(), form.as_ref())
            }

            // Who has a task.
            (Running, Action::Transfer { task, to, reason }) => self.transfer(*task, *to, reason),
            (Running, Action::AddSigner { task, people, when, reason }) => {
                self.add_signer(*task, people, *when, reason)
            }
            (Running, Action::Claim { task }) => self.claim(*task),
            (Running, Action::Unclaim { task }) => self.unclaim(*task),
            (Running | Returned | Cancelling, Action::Nudge { task }) => self.nudge(*task),
            (Running, Action::ForceTransfer { task, to, reason }) => self.force_transfer(*task, *to, reason),
            (Running | Returned, Action::PeopleChanged {}) => self.system().and_then(|()| self.people_changed()),

            // The requester, and the end.
            (Returned, Action::Resubmit { form, task }) => self.resubmit(*task, form.as_ref()),
            (Running | Returned, Action::Withdraw { reason }) => self.withdraw(reason),
            (Running | Returned, Action::ForceClose { reason }) => self.force_close(reason),

            // Time.
            (Running, Action::Fire { timer }) => self.system().and_then(|()| self.fire(timer)),

            // News of runs. They also come while the order waits for scripts to stop.
            (Running, Action::RunStarted { node, attempt, hosts }) => self.run_started(node, *attempt, hosts),
            (Running | Cancelling, Action::HostChanged { node, attempt, host, state, exit, note }) => {
                self.host_changed(node, *attempt, host, *state, *exit, note.as_ref())
            }
            (Running | Cancelling, Action::RunEnded { node, attempt, outcome, note }) => {
                self.run_ended(node, *attempt, *outcome, note.as_ref())
            }
            (Running | Cancelling, Action::CancelledVerified { node, attempt }) => {
                self.cancelled_verified(node, *attempt)
            }
            (Running | Cancelling, Action::CancelUnverified { node, attempt, hosts }) => {
                self.cancel_unverified(node, *attempt, hosts)
            }

            // Releasers.
            (Running, Action::RetryFailed { node }) => self.retry_failed(node),
            (Running, Action::RetryFrom { node }) => self.retry_from(node),
            (Running, Action::Skip { node, host, reason }) => self.skip(node, host.as_deref(), reason),
            (Running, Action::PauseRun { node, reason }) => self.pause_run(node, reason.as_deref()),
            (Running, Action::ContinueRun { node }) => self.continue_run(node),
            (Running, Action::CancelRun { node, reason }) => self.cancel_run(node.as_deref(), reason),

            (status, action) => Err(self.too_late(status, action)),
        }
    }

    /// Why a move is not in the table. Whoever was not fast enough learns who decided, rather than that the order has
    /// moved on.
    fn too_late(&self, status: Status, action: &Action) -> Refusal {
        let wrong_status = Refusal::WrongStatus { status, r#move: action.name() };
        let named = match action {
            Action::Approve { task, .. } | Action::Reject { task, .. } | Action::Return { task, .. } => *task,
            Action::Handle { task, .. } | Action::Transfer { task, .. } | Action::AddSigner { task, .. } => *task,
            Action::Claim { task } | Action::Unclaim { task } | Action::Resubmit { task, .. } => *task,
            Action::ForceTransfer { task, .. } => Some(*task),
            Action::Fire { timer } if !self.order.timers.contains_key(timer) => {
                return Refusal::UnknownTimer { timer: timer.clone() };
            }
            _ => return wrong_status,
        };
        let Some(person) = self.by.as_person() else { return wrong_status };
        let mine = |task: &&Task| task.is_for(person, self.context.directory) && !task.is_live();
        // Without a number, their last one is meant.
        let task = match named {
            Some(id) => self.order.tasks.get(&id).filter(mine),
            None => self.order.tasks.values().rev().find(mine),
        };
        match task {
            Some(task) => {
                let (state, by, at_ms) = (task.state, task.decided_by, task.at_ms);
                Refusal::AlreadyDecided { task: task.id, state, by, at_ms }
            }
            None => wrong_status,
        }
    }
}
