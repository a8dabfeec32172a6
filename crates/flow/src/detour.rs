//! Whether an order would take another way through another version.

use std::collections::BTreeMap;

use crate::command::{Context, Submission};
use crate::definition::{NodeId, NodeKind};
use crate::difference::renamed_nodes;
use crate::event::Happening;
use crate::graph::Flow;
use crate::preview::go;
use crate::refusal::Refusal;

/// Another way through another version.
#[derive(Debug, Clone, PartialEq)]
pub struct Detour {
    /// The nodes where people decide or scripts run, in order, in the order's own version.
    pub before: Vec<NodeId>,
    /// The same in the other version, or why there is no way.
    pub after: Result<Vec<NodeId>, Refusal>,
}

/// Compares the ways that an order with this form would take if everybody agreed. Nodes that only have another
/// identifier are the same. The form is taken as it is: a field that only the other version has is empty there.
///
/// It is refused when there is no way through the order's own version: people may have left since.
pub fn detour(own: &Flow, other: &Flow, submission: &Submission, context: &Context) -> Result<Option<Detour>, Refusal> {
    let before = way(own, submission, context)?;
    let after = way(other, submission, context);
    let renamed: BTreeMap<NodeId, NodeId> = renamed_nodes(own.definition(), other.definition());
    let expected: Vec<&NodeId> = before.iter().map(|node| renamed.get(node).unwrap_or(node)).collect();
    let same = after.as_ref().is_ok_and(|after| after.iter().eq(expected));
    Ok((!same).then_some(Detour { before, after }))
}

/// The nodes that do something, in the order in which they are come to.
fn way(flow: &Flow, submission: &Submission, context: &Context) -> Result<Vec<NodeId>, Refusal> {
    let (turn, stopped) = go(flow, submission, submission.form.clone(), context)?;
    if let Some(refusal) = stopped {
        return Err(refusal);
    }
    let works = |id: &NodeId| {
        let kind = flow.node(id).map(|node| &node.kind);
        matches!(kind, Some(NodeKind::Approve(_) | NodeKind::Handle(_) | NodeKind::Run(_)))
    };
    let entered = turn.events.into_iter().filter_map(|event| match event.what {
        Happening::Entered { node, .. } => Some(node),
        _ => None,
    });
    Ok(entered.filter(works).collect())
}
