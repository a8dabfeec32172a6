//! Where the nodes and links of an order stand.

use super::{LinkState, NodeState};
use crate::definition::{Node, NodeKind};
use crate::graph::Flow;
use crate::order::{HostState, Order, Passed, RunState, Status, TaskKind};

pub(super) fn node_state(order: &Order, node: &Node) -> NodeState {
    let id = node.id.as_str();
    if order.tokens.contains_key(id) {
        return state_now(order, node);
    }
    if order.arrived.get(id).is_some_and(|branches| !branches.is_empty()) {
        return NodeState::Waiting;
    }
    let Some(record) = order.nodes.get(id) else { return NodeState::Idle };
    if record.void && record.outcome != Some(Passed::Returned) {
        return NodeState::Idle;
    }
    record.outcome.map_or(NodeState::Idle, state_after)
}

/// How a node looks that was left like this.
pub(crate) fn state_after(outcome: Passed) -> NodeState {
    match outcome {
        Passed::Done => NodeState::Done,
        Passed::Partly => NodeState::Partly,
        Passed::Rejected => NodeState::Rejected,
        Passed::Failed => NodeState::Failed,
        Passed::Skipped => NodeState::Skipped,
        Passed::Returned => NodeState::Returned,
        Passed::Cancelled => NodeState::Cancelled,
    }
}

/// How a node looks that the order is at.
pub(crate) fn state_now(order: &Order, node: &Node) -> NodeState {
    let asks_for_help = order.tasks_at(&node.id).any(|task| task.kind == TaskKind::Administer && task.is_open());
    match (&node.kind, order.runs.get(&node.id).map(|run| run.state)) {
        (NodeKind::Run(_), Some(RunState::Requested | RunState::Running | RunState::Cancelling)) => NodeState::Running,
        (NodeKind::Run(_), Some(RunState::Failed | RunState::Interrupted)) => NodeState::Failed,
        (NodeKind::Run(_), Some(RunState::Cancelled)) => NodeState::Cancelled,
        (NodeKind::Start(_), _) if order.status == Status::Returned => NodeState::Returned,
        _ if asks_for_help => NodeState::Failed,
        _ => NodeState::Waiting,
    }
}

pub(super) fn link_state(flow: &Flow, order: &Order, index: usize) -> LinkState {
    let (Some(link), Some(taken)) = (flow.link(index), order.links.get(&index)) else { return LinkState::Idle };
    let live = order.tokens.get(&link.to).is_some_and(|token| token.id == *taken);
    let target = order.nodes.get(&link.to).filter(|record| record.token == *taken && !record.void);
    match (live, target.and_then(|record| record.outcome)) {
        (true, _) => LinkState::Live,
        (false, Some(Passed::Rejected | Passed::Failed)) => LinkState::Failed,
        _ => LinkState::Taken,
    }
}

pub(super) fn host_states(state: HostState) -> (NodeState, LinkState) {
    match state {
        HostState::Waiting => (NodeState::Idle, LinkState::Idle),
        HostState::Running => (NodeState::Running, LinkState::Live),
        HostState::Succeeded => (NodeState::Done, LinkState::Taken),
        HostState::Failed | HostState::Unreachable | HostState::Interrupted => (NodeState::Failed, LinkState::Failed),
        HostState::Cancelled => (NodeState::Cancelled, LinkState::Taken),
        HostState::Skipped => (NodeState::Skipped, LinkState::Taken),
    }
}
