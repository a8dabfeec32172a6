//! The diagram as model JSON of GoJS, for pages that use that library.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagram::{Diagram, DiagramLink, DiagramNode, LinkState, NodeState, Shape};
use crate::words::EachLanguage;

/// `go.GraphLinksModel` as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GraphModel {
    /// Always `GraphLinksModel`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^GraphLinksModel$"))]
    pub class: String,
    /// The nodes.
    pub node_data_array: Vec<NodeData>,
    /// The links.
    pub link_data_array: Vec<LinkData>,
}

/// `go.TreeModel` as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TreeModel {
    /// Always `TreeModel`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^TreeModel$"))]
    pub class: String,
    /// The nodes, each with the link that leads to it.
    pub node_data_array: Vec<NodeData>,
}

/// One node. The names are those that templates bind to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeData {
    /// The node's identifier.
    pub key: String,
    /// In a tree: the node before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What stands in it.
    pub text: String,
    /// Its outline, such as `RoundedRectangle`.
    pub figure: String,
    /// Its colour, such as `lightgreen`.
    pub color: String,
    /// In a tree: what stands beside the link to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_text: Option<String>,
    /// In a tree: the colour of the link to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_color: Option<String>,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkData {
    /// The link's identifier.
    pub key: String,
    /// Where it begins.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// What stands beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The same, under the name that tree templates bind to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_text: Option<String>,
    /// Its colour.
    pub link_color: String,
}

/// The diagram is no tree: these nodes have several links that lead to them, or are on a cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("the diagram is no tree: several links lead to {nodes:?}")]
pub struct NotATree {
    /// The nodes.
    pub nodes: Vec<String>,
}

/// The graph model in `zh` or `en`.
pub fn graph_model(diagram: &Diagram, language: &str) -> GraphModel {
    let link = |link: &DiagramLink| {
        let text = text_of(link, language);
        LinkData {
            key: link.id.clone(),
            from: link.from.clone(),
            to: link.to.clone(),
            text: text.clone(),
            link_text: text,
            link_color: link_color(link.state).to_owned(),
        }
    };
    GraphModel {
        class: "GraphLinksModel".to_owned(),
        node_data_array: diagram.nodes.iter().map(|node| node_data(node, language)).collect(),
        link_data_array: diagram.links.iter().map(link).collect(),
    }
}

/// The tree model in `zh` or `en`: every node but one has exactly one link that leads to it, and no link goes round.
pub fn tree_model(diagram: &Diagram, language: &str) -> Result<TreeModel, NotATree> {
    let mut parents: BTreeMap<&str, Vec<&DiagramLink>> = BTreeMap::new();
    for link in &diagram.links {
        parents.entry(&link.to).or_default().push(link);
    }
    let several = |node: &&DiagramNode| parents.get(node.id.as_str()).is_some_and(|links| links.len() > 1);
    let mut wrong: Vec<String> = diagram.nodes.iter().filter(several).map(|node| node.id.clone()).collect();
    if wrong.is_empty() {
        // With one parent each, a node is on a cycle, or behind one, when its ancestors never end.
        wrong = diagram
            .nodes
            .iter()
            .map(|node| &node.id)
            .filter(|id| is_endless(&parents, id, diagram.nodes.len()))
            .cloned()
            .collect();
    }
    if !wrong.is_empty() {
        return Err(NotATree { nodes: wrong });
    }
    let node = |node: &DiagramNode| {
        let link = parents.get(node.id.as_str()).and_then(|links| links.first());
        NodeData {
            parent: link.map(|link| link.from.clone()),
            link_text: link.and_then(|link| text_of(link, language)),
            link_color: link.map(|link| link_color(link.state).to_owned()),
            ..node_data(node, language)
        }
    };
    Ok(TreeModel { class: "TreeModel".to_owned(), node_data_array: diagram.nodes.iter().map(node).collect() })
}

fn is_endless(parents: &BTreeMap<&str, Vec<&DiagramLink>>, id: &str, most: usize) -> bool {
    let mut at = id;
    for _ in 0..=most {
        match parents.get(at).and_then(|links| links.first()) {
            Some(link) => at = &link.from,
            None => return false,
        }
    }
    true
}

fn node_data(node: &DiagramNode, language: &str) -> NodeData {
    let note = node.note.as_ref().map(|note| format!("\n{}", in_language(note, language))).unwrap_or_default();
    NodeData {
        key: node.id.clone(),
        text: format!("{}{note}", in_language(&node.text, language)),
        figure: figure(node.shape).to_owned(),
        color: color(node.state).to_owned(),
        ..NodeData::default()
    }
}

/// A link's own words; a link on which something is going on says so.
fn text_of(link: &DiagramLink, language: &str) -> Option<String> {
    let going_on = if language.starts_with("zh") { "执行中..." } else { "in progress..." };
    match (&link.text, link.state) {
        (Some(text), _) => Some(in_language(text, language).to_owned()),
        (None, LinkState::Live) => Some(going_on.to_owned()),
        (None, _) => None,
    }
}

fn in_language<'a>(text: &'a EachLanguage, language: &str) -> &'a str {
    if language.starts_with("zh") { &text.zh } else { &text.en }
}

/// The names of GoJS. `Club`, `Document` and `Cylinder1` are in its file `Figures.js`.
fn figure(shape: Shape) -> &'static str {
    match shape {
        Shape::Ellipse => "Ellipse",
        Shape::Rounded => "RoundedRectangle",
        Shape::Rectangle | Shape::Bar => "Rectangle",
        Shape::Diamond => "Diamond",
        Shape::Club => "Club",
        Shape::Hexagon => "Hexagon",
        Shape::Document => "Document",
        Shape::Clock => "Circle",
        Shape::Cylinder => "Cylinder1",
    }
}

fn color(state: NodeState) -> &'static str {
    match state {
        NodeState::Idle => "lightgray",
        NodeState::Waiting => "gold",
        NodeState::Running => "lightskyblue",
        NodeState::Done => "lightgreen",
        NodeState::Rejected | NodeState::Failed => "red",
        NodeState::Partly => "yellowgreen",
        NodeState::Skipped | NodeState::Cancelled => "darkgray",
        NodeState::Returned => "orange",
    }
}

fn link_color(state: LinkState) -> &'static str {
    match state {
        LinkState::Idle => "lightgray",
        LinkState::Taken => "lightgreen",
        LinkState::Live => "dodgerblue",
        LinkState::Failed => "red",
    }
}
