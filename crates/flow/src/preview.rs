//! Who will be asked: a dry run.

use serde::{Deserialize, Serialize};

use crate::command::{Context, Submission};
use crate::decide::{Turn, begin};
use crate::definition::{Node, NodeId, NodeKind, VoteRule, Who};
use crate::directory::PersonId;
use crate::event::{Event, Happening};
use crate::form::Values;
use crate::graph::Flow;
use crate::order::{Automatic, TaskKind};
use crate::refusal::Refusal;

/// One step of the way that an order with these values would take if everybody approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewStep {
    /// The node.
    pub node: NodeId,
    /// Its kind, such as `approve`.
    pub kind: String,
    /// The link that leads to it; absent for the start.
    pub link: Option<usize>,
    /// Who is asked or told.
    pub people: Vec<PersonId>,
    /// The groups that share a task.
    pub groups: Vec<String>,
    /// Whether the administrators are asked.
    pub administrators: bool,
    /// How votes become a result, for `approve`.
    pub rule: Option<VoteRule>,
    /// Why nobody has to decide, if so.
    pub automatic: Option<Automatic>,
    /// Whether the requester has to choose people, and has not.
    pub choose: bool,
}

/// The most steps that are looked at.
const STEPS: usize = 5_000;

/// Goes through the flow as if everybody approved and every script succeeded, as far as that can be said now: the way
/// ends where it would come back to a node, or where a condition can not be evaluated yet.
///
/// A form that is wrong, or a first condition that can not be evaluated, is refused as [`crate::start`] refuses it.
pub fn preview(flow: &Flow, submission: &Submission, context: &Context) -> Result<Vec<PreviewStep>, Refusal> {
    let form = flow.check_submission(&submission.form, &Default::default(), context.directory)?;
    Ok(steps(flow, submission, &go(flow, submission, form, context)?.0.events))
}

/// Goes on from the beginning as far as can be assumed, and says what is in the way if something is.
pub(crate) fn go<'a>(
    flow: &'a Flow,
    submission: &Submission,
    form: Values,
    context: &'a Context<'a>,
) -> Result<(Turn<'a>, Option<Refusal>), Refusal> {
    let mut turn = begin(flow, submission, form, context)?;
    for _ in 0..STEPS {
        if turn.order.nodes.values().any(|record| record.visits > 1) {
            break;
        }
        match turn.assume() {
            Ok(true) => {}
            Ok(false) => break,
            Err(refusal) => return Ok((turn, Some(refusal))),
        }
    }
    Ok((turn, None))
}

fn steps(flow: &Flow, submission: &Submission, events: &[Event]) -> Vec<PreviewStep> {
    let mut steps: Vec<PreviewStep> = Vec::new();
    for event in events {
        match &event.what {
            Happening::Entered { node, link, .. } => {
                if steps.iter().any(|step| step.node == *node) {
                    break;
                }
                steps.extend(flow.node(node).map(|node| step(node, *link, submission)));
            }
            Happening::TaskOpened { task } if task.kind != TaskKind::Administer => {
                if let Some(step) = steps.iter_mut().find(|step| step.node == task.node) {
                    step.people.extend(&task.people);
                    step.groups.extend(task.group.clone());
                    step.administrators |= task.administrators;
                }
            }
            Happening::Notified { node, people } => {
                if let Some(step) = steps.iter_mut().find(|step| step.node == *node) {
                    step.people.extend(people);
                }
            }
            Happening::Left { node, automatic: Some(Automatic::Nobody), .. } => {
                if let Some(step) = steps.iter_mut().find(|step| step.node == *node) {
                    step.automatic = Some(Automatic::Nobody);
                }
            }
            Happening::RunRequested { node, run } => {
                if let Some(step) = steps.iter_mut().find(|step| step.node == *node) {
                    step.people.extend(&run.releasers);
                }
            }
            _ => {}
        }
    }
    steps
}

fn step(node: &Node, link: Option<usize>, submission: &Submission) -> PreviewStep {
    let (who, rule): (&[Who], _) = match &node.kind {
        NodeKind::Approve(approve) => (&approve.who, Some(approve.rule)),
        NodeKind::Handle(handle) => (&handle.who, None),
        NodeKind::Cc(cc) => (&cc.who, None),
        _ => (&[], None),
    };
    let chosen = submission.chosen.get(&node.id).is_some_and(|people| !people.is_empty());
    PreviewStep {
        node: node.id.clone(),
        kind: node.kind.name().to_owned(),
        link,
        people: Vec::new(),
        groups: Vec::new(),
        administrators: false,
        rule,
        automatic: None,
        choose: who.contains(&Who::Chosen) && !chosen,
    }
}
