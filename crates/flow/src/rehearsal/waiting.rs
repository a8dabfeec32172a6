//! What a dry run waits for.

use serde::{Deserialize, Serialize};

use super::answer::{Verdict, has_people, next_timer};
use crate::definition::NodeId;
use crate::directory::PersonId;
use crate::graph::Flow;
use crate::order::{Order, Task, TaskKind};
use crate::words::EachLanguage;

/// One node that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RehearsalWaiting))]
pub struct Waiting {
    /// The node.
    pub node: NodeId,
    /// Its kind, such as `approve`.
    pub kind: String,
    /// Its name.
    pub name: EachLanguage,
    /// Who can answer now.
    pub people: Vec<PersonId>,
    /// Whether every administrator can.
    pub administrators: bool,
    /// The answers that it takes now.
    pub verdicts: Vec<Verdict>,
    /// When its next timer is due, in milliseconds since 1970.
    pub timer_ms: Option<i64>,
}

/// The nodes that wait, the one that has waited longest first.
pub(super) fn waiting(flow: &Flow, order: &Order) -> Vec<Waiting> {
    if order.status.is_final() {
        return Vec::new();
    }
    let mut tokens: Vec<(&NodeId, u64)> = order.tokens.iter().map(|(node, token)| (node, token.id)).collect();
    tokens.sort_by_key(|(_, token)| *token);
    let nodes = tokens.into_iter().filter_map(|(node, _)| flow.node(node));
    let waiting = nodes.map(|node| {
        let open: Vec<&Task> = order.tasks_at(&node.id).filter(|task| task.is_open()).collect();
        let timer = next_timer(order, &node.id);
        let mut verdicts: Vec<Verdict> = Vec::new();
        for task in open.iter().filter(|task| has_people(task)) {
            verdicts.extend(
                verdicts_of(task).iter().filter(|verdict| !verdicts.contains(verdict)).copied().collect::<Vec<_>>(),
            );
        }
        if order.runs.get(&node.id).is_some_and(|run| run.state.is_live()) {
            verdicts.extend([Verdict::Succeeded, Verdict::Failed]);
        }
        verdicts.extend(timer.map(|_| Verdict::TimePasses));
        let mut people: Vec<PersonId> = Vec::new();
        for task in &open {
            let able = task.claimed_by.map_or(task.people.clone(), |person| vec![person]);
            people.extend(able.into_iter().filter(|person| !people.contains(person)).collect::<Vec<_>>());
        }
        Waiting {
            node: node.id.clone(),
            kind: node.kind.name().to_owned(),
            name: node.name.each(),
            people,
            administrators: open.iter().any(|task| task.administrators),
            verdicts,
            timer_ms: timer.map(|(_, timer)| timer.at_ms),
        }
    });
    waiting.collect()
}

fn verdicts_of(task: &Task) -> &'static [Verdict] {
    match task.kind {
        TaskKind::Approve => &[Verdict::Approve, Verdict::Reject, Verdict::Return],
        TaskKind::Handle => &[Verdict::Done, Verdict::Return],
        TaskKind::RunFailed => &[Verdict::Retry, Verdict::Skip],
        TaskKind::Administer => &[Verdict::Done],
        TaskKind::Resubmit => &[Verdict::Resubmit],
    }
}
