//! The diagram as model JSON of GoJS, for pages that use that library.

use serde::{Deserialize, Serialize};

use crate::diagram::Diagram;

/// `go.GraphLinksModel` as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GraphModel {
    /// Always `GraphLinksModel`.
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
    let _ = (diagram, language);
    unimplemented!("the body follows")
}

/// The tree model in `zh` or `en`.
pub fn tree_model(diagram: &Diagram, language: &str) -> Result<TreeModel, NotATree> {
    let _ = (diagram, language);
    unimplemented!("the body follows")
}
