//! The hosts of a run, as nodes under it.

use super::states::host_states;
use super::{DiagramLink, DiagramNode, Shape};
use crate::order::{HostRun, HostState, Order};
use crate::words::{EachLanguage, Words};

fn in_order<'a>(order: &'a Order, node: &str) -> Vec<(&'a String, &'a HostRun)> {
    let Some(run) = order.runs.get(node) else { return Vec::new() };
    let mut hosts: Vec<(&String, &HostRun)> = run.hosts.iter().collect();
    hosts.sort_by_key(|(_, host)| host.position);
    hosts
}

pub(super) fn nodes(order: &Order, node: &str) -> Vec<DiagramNode> {
    let nodes = in_order(order, node).into_iter().map(|(name, host)| DiagramNode {
        id: format!("{node}/{name}"),
        kind: "host".to_owned(),
        shape: Shape::Cylinder,
        text: Words::Both(name.clone()).each(),
        note: note(host),
        state: host_states(host.state).0,
        parent: Some(node.to_owned()),
        at: None,
    });
    nodes.collect()
}

pub(super) fn links(order: &Order, node: &str) -> Vec<DiagramLink> {
    let links = in_order(order, node).into_iter().map(|(name, host)| DiagramLink {
        id: format!("{node}/{name}"),
        from: node.to_owned(),
        to: format!("{node}/{name}"),
        text: None,
        state: host_states(host.state).1,
    });
    links.collect()
}

/// What the server said, else the exit status, else how long it took.
fn note(host: &HostRun) -> Option<EachLanguage> {
    if let Some(note) = &host.note {
        return Some(note.each());
    }
    let seconds =
        host.started_ms.zip(host.ended_ms).map(|(started_ms, ended_ms)| (ended_ms - started_ms).max(0) / 1_000);
    match (host.state, host.exit, seconds) {
        (HostState::Failed, Some(exit), _) => {
            Some(Words::new(format!("✕ 退出码 {exit}"), format!("✕ exit status {exit}")).each())
        }
        (HostState::Succeeded, _, Some(seconds)) => {
            Some(Words::new(format!("✓ {seconds} 秒"), format!("✓ {seconds} s")).each())
        }
        (HostState::Unreachable, ..) => Some(Words::new("✕ 连不上", "✕ unreachable").each()),
        (HostState::Interrupted, ..) => Some(Words::new("✕ 中断", "✕ interrupted").each()),
        _ => None,
    }
}
