//! Both versions in one diagram.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::links::{new_id, old_id};
use super::nodes::Renamed;
use super::pairs::Pairs;
use super::{Change, Part};
use crate::definition::Definition;
use crate::diagram::{DiagramLink, DiagramNode};

/// The diagram of the new version, and what only the old one has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinedDiagram {
    /// The nodes.
    pub nodes: Vec<JoinedNode>,
    /// The links between them.
    pub links: Vec<JoinedLink>,
}

/// A node of either version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinedNode {
    /// The node, as the new version has it if it does.
    #[serde(flatten)]
    pub node: DiagramNode,
    /// What became of it.
    pub mark: Mark,
}

/// A link of either version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinedLink {
    /// The link: `link-` and its index in the new version, or `old-link-` and its index in the old one.
    #[serde(flatten)]
    pub link: DiagramLink,
    /// What became of it.
    pub mark: Mark,
}

/// What became of a node or link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ChangeMark))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Something about it is different.
    Changed,
    /// Nothing.
    Same,
}

pub(super) fn joined(
    from: &Definition,
    to: &Definition,
    nodes: &Pairs,
    links: &Pairs,
    renamed: &Renamed,
    changes: &[Change],
) -> JoinedDiagram {
    let changed = |what: Part| -> BTreeSet<&str> {
        changes.iter().filter(|change| change.what == what).map(|change| change.id.as_str()).collect()
    };
    let (changed_nodes, changed_links) = (changed(Part::Node), changed(Part::Link));
    let mark = |old: Option<usize>, is_changed: bool| match (old, is_changed) {
        (None, _) => Mark::Added,
        (Some(_), true) => Mark::Changed,
        (Some(_), false) => Mark::Same,
    };
    let mut joined_nodes: Vec<JoinedNode> = Vec::new();
    for (new, old) in nodes.of_new() {
        let node = &to.nodes[new];
        let mark = mark(old, changed_nodes.contains(node.id.as_str()));
        joined_nodes.push(JoinedNode { node: DiagramNode::of(node), mark });
    }
    joined_nodes
        .extend(nodes.removed().map(|old| JoinedNode { node: DiagramNode::of(&from.nodes[old]), mark: Mark::Removed }));
    let mut joined_links = Vec::new();
    for (new, old) in links.of_new() {
        let id = new_id(new);
        let mark = mark(old, changed_links.contains(id.as_str()));
        joined_links.push(JoinedLink { link: DiagramLink::of(id, &to.links[new]), mark });
    }
    joined_links.extend(links.removed().map(|old| {
        let link = renamed.link(&from.links[old]);
        JoinedLink { link: DiagramLink::of(old_id(old), &link), mark: Mark::Removed }
    }));
    // A text that is still being written may have a node twice, or links that lead nowhere.
    let mut known = BTreeSet::new();
    joined_nodes.retain(|joined| known.insert(joined.node.id.clone()));
    joined_links.retain(|joined| known.contains(&joined.link.from) && known.contains(&joined.link.to));
    JoinedDiagram { nodes: joined_nodes, links: joined_links }
}
