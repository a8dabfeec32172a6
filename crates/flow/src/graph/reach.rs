//! Whether every node is on a way from the start to an end, and no way goes round by itself.

use std::collections::BTreeMap;

use super::Problems;
use crate::definition::{Definition, NodeKind};

pub(super) fn check(definition: &Definition, outgoing: &[Vec<usize>], problems: &mut Problems) {
    let places: BTreeMap<&str, usize> =
        definition.nodes.iter().enumerate().map(|(place, node)| (node.id.as_str(), place)).collect();
    let onwards: Vec<Vec<usize>> = outgoing
        .iter()
        .map(|links| links.iter().filter_map(|link| places.get(definition.links[*link].to.as_str()).copied()).collect())
        .collect();
    let mut backwards = vec![Vec::new(); onwards.len()];
    for (place, targets) in onwards.iter().enumerate() {
        targets.iter().for_each(|target| backwards[*target].push(place));
    }
    let of_kind = |wanted: fn(&NodeKind) -> bool| {
        (0..definition.nodes.len()).filter(|place| wanted(&definition.nodes[*place].kind)).collect::<Vec<_>>()
    };
    let reachable = reached(&onwards, of_kind(|kind| matches!(kind, NodeKind::Start(_))));
    let finishing = reached(&backwards, of_kind(|kind| matches!(kind, NodeKind::End(_))));
    for place in 0..definition.nodes.len() {
        if !reachable[place] {
            problems.node("unreachable", place, "从开始节点到不了", "can not be reached from the start");
        } else if !finishing[place] {
            problems.node("no_path_to_end", place, "到不了结束节点", "has no way to an end");
        }
    }
    if let Some(place) = spinning(definition, &onwards, &backwards) {
        problems.node(
            "endless_cycle",
            place,
            "在一个没有人、也没有等待的循环里",
            "is on a cycle in which nobody is asked and nothing waits",
        );
    }
}

fn reached(ways: &[Vec<usize>], from: Vec<usize>) -> Vec<bool> {
    let mut reached = vec![false; ways.len()];
    let mut pending = from;
    while let Some(place) = pending.pop() {
        if !std::mem::replace(&mut reached[place], true) {
            pending.extend(&ways[place]);
        }
    }
    reached
}

/// A node on a cycle without people and waits, found by taking away what nothing leads to and what leads nowhere.
fn spinning(definition: &Definition, onwards: &[Vec<usize>], backwards: &[Vec<usize>]) -> Option<usize> {
    let spins = |place: usize| {
        !matches!(definition.nodes[place].kind, NodeKind::Approve(_) | NodeKind::Handle(_) | NodeKind::Wait(_))
    };
    let mut left: Vec<bool> = (0..onwards.len()).map(spins).collect();
    peel(onwards, &mut left);
    peel(backwards, &mut left);
    left.iter().position(|left| *left)
}

/// Takes away, again and again, the nodes that none of those left leads to.
fn peel(ways: &[Vec<usize>], left: &mut [bool]) {
    let mut incoming = vec![0_usize; ways.len()];
    for place in (0..ways.len()).filter(|place| left[*place]) {
        ways[place].iter().for_each(|target| incoming[*target] += 1);
    }
    let mut pending: Vec<usize> = (0..ways.len()).filter(|place| left[*place] && incoming[*place] == 0).collect();
    while let Some(place) = pending.pop() {
        left[place] = false;
        for target in &ways[place] {
            incoming[*target] -= 1;
            if incoming[*target] == 0 && left[*target] {
                pending.push(*target);
            }
        }
    }
}
