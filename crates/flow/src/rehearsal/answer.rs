//! What people, machines and time answer in a dry run.

use serde::{Deserialize, Serialize};

use super::Step;
use crate::command::{Action, Command};
use crate::definition::NodeId;
use crate::directory::PersonId;
use crate::form::Values;
use crate::order::{Due, Order, RunOutcome, RunState, Task, TaskKind, Timer, TimerId};
use crate::refusal::Refusal;

/// The reason of everything that needs one.
const REASON: &str = "试运行 dry run";

/// One answer at a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RehearsalAnswer {
    /// The node that waits.
    pub node: NodeId,
    /// What is answered.
    pub verdict: Verdict,
    /// Who answers; the first who is asked when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Fields that the node lets them write; the whole form with `resubmit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub form: Option<Values>,
}

/// What can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RehearsalVerdict))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 同意.
    Approve,
    /// 驳回.
    Reject,
    /// 退回 to the requester.
    Return,
    /// 办理: the work is done.
    Done,
    /// The requester sends it on its way again.
    Resubmit,
    /// The script ran well.
    Succeeded,
    /// The script failed.
    Failed,
    /// A script that failed runs again.
    Retry,
    /// A script that failed is left as it is.
    Skip,
    /// Time passes until the next timer of the node is due.
    TimePasses,
}

/// The moves that an answer stands for.
pub(super) fn commands(order: &Order, answer: &RehearsalAnswer) -> Result<Vec<Step>, Refusal> {
    let node = &answer.node;
    let form = answer.form.clone();
    let by_task = |kinds: &[TaskKind], action: &dyn Fn(&Task) -> Action| -> Result<Vec<Step>, Refusal> {
        let task = task(order, answer, kinds)?;
        let person = answer.person.or(task.claimed_by).or(task.people.first().copied());
        let person = person.ok_or(Refusal::NoOpenTask {})?;
        Ok(vec![at_once(Command::person(person, action(task)))])
    };
    match answer.verdict {
        Verdict::Approve => by_task(&[TaskKind::Approve], &|task| Action::Approve {
            task: Some(task.id),
            comment: None,
            form: form.clone(),
        }),
        Verdict::Reject => {
            by_task(&[TaskKind::Approve], &|task| Action::Reject { task: Some(task.id), reason: REASON.to_owned() })
        }
        Verdict::Return => by_task(&[TaskKind::Approve, TaskKind::Handle], &|task| Action::Return {
            task: Some(task.id),
            to: None,
            reason: REASON.to_owned(),
        }),
        Verdict::Done => by_task(&[TaskKind::Handle, TaskKind::Administer], &|task| Action::Handle {
            task: Some(task.id),
            comment: None,
            form: form.clone(),
        }),
        Verdict::Resubmit => {
            by_task(&[TaskKind::Resubmit], &|task| Action::Resubmit { task: Some(task.id), form: form.clone() })
        }
        Verdict::Retry => by_task(&[TaskKind::RunFailed], &|_| Action::RetryFailed { node: node.clone() }),
        Verdict::Skip => by_task(&[TaskKind::RunFailed], &|_| Action::Skip {
            node: node.clone(),
            host: None,
            reason: REASON.to_owned(),
        }),
        Verdict::Succeeded => run(order, node, RunOutcome::Succeeded),
        Verdict::Failed => run(order, node, RunOutcome::Failed),
        Verdict::TimePasses => {
            let (timer, set) = next_timer(order, node).ok_or_else(|| Refusal::UnknownTimer { timer: node.clone() })?;
            let command = Command::system(Action::Fire { timer: timer.clone() });
            Ok(vec![Step { command, not_before_ms: set.at_ms }])
        }
    }
}

/// The open task that is answered: one of the person's, when a person is named.
fn task<'a>(order: &'a Order, answer: &RehearsalAnswer, kinds: &[TaskKind]) -> Result<&'a Task, Refusal> {
    let is_meant = |task: &&Task| {
        let of_person = answer.person.is_none_or(|person| task.administrators || task.people.contains(&person));
        task.is_open() && kinds.contains(&task.kind) && of_person
    };
    let task = order.tasks_at(&answer.node).find(is_meant).map(|task| task.id);
    task.and_then(|id| order.tasks.get(&id)).ok_or(Refusal::NoOpenTask {})
}

/// A run begins, unless it has, and ends.
fn run(order: &Order, id: &str, outcome: RunOutcome) -> Result<Vec<Step>, Refusal> {
    let run = order.runs.get(id).filter(|_| order.tokens.contains_key(id));
    let run = run.ok_or_else(|| Refusal::UnknownNode { node: id.to_owned() })?;
    let (node, attempt) = (id.to_owned(), run.attempt);
    let started = Action::RunStarted { node: node.clone(), attempt, hosts: Vec::new() };
    let ended = Action::RunEnded { node, attempt, outcome, note: None };
    let begins = (run.state == RunState::Requested).then_some(started);
    Ok(begins.into_iter().chain([ended]).map(|action| at_once(Command::system(action))).collect())
}

fn at_once(command: Command) -> Step {
    Step { command, not_before_ms: 0 }
}

/// The timer of a node that is due first.
pub(super) fn next_timer<'a>(order: &'a Order, node: &str) -> Option<(&'a TimerId, &'a Timer)> {
    let is_here = |timer: &Timer| match &timer.what {
        Due::Timeout { task, .. } => order.tasks.get(task).is_some_and(|task| task.node == node),
        Due::Wait { node: waiting } => waiting == node,
    };
    order.timers.iter().filter(|(_, timer)| is_here(timer)).min_by_key(|(_, timer)| timer.at_ms)
}

/// Whether somebody can give an answer without being named.
pub(super) fn has_people(task: &Task) -> bool {
    task.claimed_by.is_some() || !task.people.is_empty()
}
