//! The diagram of a flow, and of an order on its way through it.

mod hosts;
mod notes;
mod states;

pub(crate) use states::{state_after, state_now};

use serde::{Deserialize, Serialize};

use crate::definition::{Link, Node, NodeKind, Place, Position};
use crate::directory::PersonId;
use crate::graph::Flow;
use crate::order::Order;
use crate::words::EachLanguage;

/// What a page draws.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diagram {
    /// The nodes; the hosts of a run follow their node.
    pub nodes: Vec<DiagramNode>,
    /// The links.
    pub links: Vec<DiagramLink>,
}

/// One node of a diagram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiagramNode {
    /// The node's identifier, or `node/host` for a host.
    pub id: String,
    /// The node's kind, or `host`.
    pub kind: String,
    /// Its outline.
    pub shape: Shape,
    /// What stands in it.
    pub text: EachLanguage,
    /// A second, smaller line, such as who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<EachLanguage>,
    /// Where it stands.
    pub state: NodeState,
    /// The run node that a host belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The middle of the node, where the flow says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<[i32; 2]>))]
    pub at: Option<Position>,
}

/// One link of a diagram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiagramLink {
    /// `link-` and the index, or the node and host that it leads to.
    pub id: String,
    /// Where it begins.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// What stands beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<EachLanguage>,
    /// Where it stands.
    pub state: LinkState,
}

/// Outlines of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Start and end.
    Ellipse,
    /// People decide or work.
    Rounded,
    /// A script runs.
    Rectangle,
    /// A condition.
    Diamond,
    /// A shape of the gallery.
    Club,
    /// A script that releases to a group of hosts.
    Hexagon,
    /// Fork and join.
    Bar,
    /// A copy for people.
    Document,
    /// A wait.
    Clock,
    /// A host.
    Cylinder,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Not yet.
    Idle,
    /// It waits for somebody, or for a time.
    Waiting,
    /// A script runs.
    Running,
    /// Well.
    Done,
    /// 驳回.
    Rejected,
    /// A script failed.
    Failed,
    /// Well within the threshold of failures.
    Partly,
    /// Passed without a decision, or left as it is.
    Skipped,
    /// Something else ended it.
    Cancelled,
    /// 退回.
    Returned,
}

/// Where a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Not taken in this generation.
    Idle,
    /// Taken.
    Taken,
    /// Taken, and its target is where the order is now.
    Live,
    /// Taken into something that failed or was rejected.
    Failed,
}

/// What has changed between two diagrams.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiagramChanges {
    /// New and changed nodes.
    pub nodes: Vec<DiagramNode>,
    /// New and changed links.
    pub links: Vec<DiagramLink>,
    /// The nodes that are gone.
    pub removed_nodes: Vec<String>,
    /// The links that are gone.
    pub removed_links: Vec<String>,
}

impl Diagram {
    /// What a page that shows `before` must change to show this diagram.
    pub fn changes_since(&self, before: &Diagram) -> DiagramChanges {
        DiagramChanges {
            nodes: self.nodes.iter().filter(|node| !before.nodes.contains(node)).cloned().collect(),
            links: self.links.iter().filter(|link| !before.links.contains(link)).cloned().collect(),
            removed_nodes: gone(before.nodes.iter().map(|node| &node.id), |id| {
                self.nodes.iter().any(|node| node.id == *id)
            }),
            removed_links: gone(before.links.iter().map(|link| &link.id), |id| {
                self.links.iter().any(|link| link.id == *id)
            }),
        }
    }
}

fn gone<'a>(before: impl Iterator<Item = &'a String>, is_there: impl Fn(&String) -> bool) -> Vec<String> {
    before.filter(|id| !is_there(id)).cloned().collect()
}

impl DiagramNode {
    /// A node that no order has come to.
    pub(crate) fn of(node: &Node) -> Self {
        DiagramNode {
            id: node.id.clone(),
            kind: node.kind.name().to_owned(),
            shape: shape_of(&node.kind),
            text: node.name.each(),
            note: None,
            state: NodeState::Idle,
            parent: None,
            at: None,
        }
    }
}

impl DiagramLink {
    /// A link that no order has taken.
    pub(crate) fn of(id: String, link: &Link) -> Self {
        let text = link.text.as_ref().map(|text| text.each());
        DiagramLink { id, from: link.from.clone(), to: link.to.clone(), text, state: LinkState::Idle }
    }
}

/// Draws a flow; with an order, also where it stands. `name_of` gives the names of people for the notes.
pub fn diagram(flow: &Flow, order: Option<&Order>, name_of: &dyn Fn(PersonId) -> String) -> Diagram {
    let definition = flow.definition();
    let mut nodes = Vec::new();
    for node in &definition.nodes {
        nodes.push(DiagramNode {
            note: order.and_then(|order| notes::note_of(order, &node.id, name_of)),
            state: order.map_or(NodeState::Idle, |order| states::node_state(order, node)),
            at: definition.layout.get(&node.id).copied(),
            ..DiagramNode::of(node)
        });
        nodes.extend(order.map(|order| hosts::nodes(order, &node.id)).unwrap_or_default());
    }
    let mut links: Vec<DiagramLink> = definition
        .links
        .iter()
        .enumerate()
        .map(|(index, link)| DiagramLink {
            state: order.map_or(LinkState::Idle, |order| states::link_state(flow, order, index)),
            ..DiagramLink::of(format!("link-{index}"), link)
        })
        .collect();
    for node in definition.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Run(_))) {
        links.extend(order.map(|order| hosts::links(order, &node.id)).unwrap_or_default());
    }
    Diagram { nodes, links }
}

fn shape_of(kind: &NodeKind) -> Shape {
    match kind {
        NodeKind::Start(_) | NodeKind::End(_) => Shape::Ellipse,
        NodeKind::Approve(_) | NodeKind::Handle(_) => Shape::Rounded,
        NodeKind::Condition(_) => Shape::Diamond,
        NodeKind::Fork(_) | NodeKind::Join(_) => Shape::Bar,
        NodeKind::Run(run) if run.place == Place::Local => Shape::Rectangle,
        NodeKind::Run(_) => Shape::Hexagon,
        NodeKind::Cc(_) => Shape::Document,
        NodeKind::Wait(_) => Shape::Clock,
    }
}
