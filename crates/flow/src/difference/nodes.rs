//! Which nodes are the same, and how they differ.

use std::collections::BTreeMap;

use super::pairs::{Pairs, keys};
use super::values::{Owner, compare, order};
use super::{Change, ChangeKind, Part};
use crate::definition::{Definition, Link, Node, NodeId, NodeKind};
use crate::words::Words;

/// The identifiers that nodes of the old version have now.
#[derive(Debug)]
pub(super) struct Renamed(pub BTreeMap<NodeId, NodeId>);

impl Renamed {
    pub fn of(from: &Definition, to: &Definition, nodes: &Pairs) -> Self {
        let both = nodes.of_new().filter_map(|(new, old)| Some((&from.nodes[old?].id, &to.nodes[new].id)));
        Renamed(both.filter(|(old, new)| old != new).map(|(old, new)| (old.clone(), new.clone())).collect())
    }

    /// What an old node is called now.
    pub fn now(&self, id: &str) -> String {
        self.0.get(id).map_or(id, String::as_str).to_owned()
    }

    /// An old link between the nodes as they are called now.
    pub fn link(&self, link: &Link) -> Link {
        Link { from: self.now(&link.from), to: self.now(&link.to), ..link.clone() }
    }

    /// An old node that names nodes as they are called now.
    fn node(&self, node: &Node) -> Node {
        let mut node = Node { id: self.now(&node.id), ..node.clone() };
        let return_to = match &mut node.kind {
            NodeKind::Approve(approve) => approve.return_to.as_mut(),
            NodeKind::Handle(handle) => handle.return_to.as_mut(),
            _ => None,
        };
        for target in return_to.into_iter().flatten() {
            *target = self.now(target);
        }
        node
    }
}

/// A node is the same when it has the same identifier; else when everything but that is the same, and as many links
/// begin and end there.
pub(super) fn pairs(from: &Definition, to: &Definition) -> Pairs {
    let mut pairs = Pairs::new(from.nodes.len(), to.nodes.len());
    let ids = |definition: &Definition| keys(&definition.nodes, |node| node.id.clone());
    pairs.join(&ids(from), &ids(to));
    pairs.join(&looks(from), &looks(to));
    pairs
}

/// Everything of each node but its identifier.
fn looks(definition: &Definition) -> Vec<String> {
    let mut ends: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for link in &definition.links {
        ends.entry(&link.from).or_default().0 += 1;
        ends.entry(&link.to).or_default().1 += 1;
    }
    keys(&definition.nodes, |node| (&node.name, &node.kind, ends.get(node.id.as_str()).copied()))
}

pub(super) fn changes(from: &Definition, to: &Definition, pairs: &Pairs, renamed: &Renamed, changes: &mut Vec<Change>) {
    for node in pairs.removed().map(|old| &from.nodes[old]) {
        changes.push(Owner::Node(node).gone(node));
    }
    for (new, old) in pairs.of_new() {
        let node = &to.nodes[new];
        let owner = Owner::Node(node);
        let Some(before) = old.map(|old| &from.nodes[old]) else {
            changes.push(owner.added(node));
            continue;
        };
        if before.id != node.id {
            changes.push(renaming(node, before));
        }
        compare(&owner, &renamed.node(before), node, changes);
    }
    if !pairs.is_sorted() {
        changes.push(order("nodes"));
    }
    let layout: BTreeMap<NodeId, _> = from.layout.iter().map(|(node, place)| (renamed.now(node), *place)).collect();
    if layout != to.layout {
        let json = |layout| serde_json::to_value(layout).unwrap_or_default();
        let words = Words::new("节点位置有调整", "Nodes are drawn elsewhere").each();
        let (kind, what, id) = (ChangeKind::Changed, Part::Flow, "layout".to_owned());
        changes.push(Change { kind, what, id, key: None, words, before: json(&layout), after: json(&to.layout) });
    }
}

fn renaming(node: &Node, before: &Node) -> Change {
    let (zh, en) = (node.name.in_language("zh"), node.name.in_language("en"));
    Change {
        kind: ChangeKind::Renamed,
        what: Part::Node,
        id: node.id.clone(),
        key: Some("id".to_owned()),
        words: Words::new(
            format!("节点“{zh}”的标识:{} → {}", before.id, node.id),
            format!("Node “{en}” is now called {} in place of {}", node.id, before.id),
        )
        .each(),
        before: before.id.clone().into(),
        after: node.id.clone().into(),
    }
}
