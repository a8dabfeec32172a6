//! What has changed between two versions of a flow: as a list, as text, and as one diagram of both.

mod joined;
mod links;
mod nodes;
mod pairs;
mod shown;
mod text;
mod values;

pub use joined::{JoinedDiagram, JoinedLink, JoinedNode, Mark};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::{Definition, NodeId};
use crate::words::EachLanguage;
use nodes::Renamed;

/// Everything that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// The changes; none when the two versions are equal.
    pub changes: Vec<Change>,
    /// Both versions in one diagram.
    pub diagram: JoinedDiagram,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FlowChange))]
pub struct Change {
    /// Whether it came, went, changed or has another identifier now.
    pub kind: ChangeKind,
    /// What kind of thing it is.
    pub what: Part,
    /// The node; the field, `table.column` for a column; the link of the joined diagram; the rule; the key of the flow.
    pub id: String,
    /// The key of a node, link or field that changed, such as `who`, or `order`; absent when it is about the whole.
    pub key: Option<String>,
    /// The change in both languages.
    pub words: EachLanguage,
    /// What was there; null for nothing, and for what holds by default.
    pub before: Value,
    /// What is there now; null for nothing, and for what holds by default.
    pub after: Value,
}

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FlowChangeKind))]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is there in both versions, and not the same.
    Changed,
    /// It is a node that is the same but for its identifier.
    Renamed,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FlowPart))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A node.
    Node,
    /// A link.
    Link,
    /// A field of the form, or a column of a table.
    Field,
    /// A rule of the flow.
    Rule,
    /// The flow as a whole: its texts, the order of its parts, where its nodes are drawn.
    Flow,
}

/// Compares two versions. They need not be sound flows, so that a draft can be compared while it is written.
pub fn diff(from: &Definition, to: &Definition) -> Difference {
    let nodes = nodes::pairs(from, to);
    let renamed = Renamed::of(from, to, &nodes);
    let links = links::pairs(from, to, &renamed);
    let mut changes = Vec::new();
    values::flow(from, to, &mut changes);
    values::fields(None, &from.form, &to.form, &mut changes);
    nodes::changes(from, to, &nodes, &renamed, &mut changes);
    links::changes(from, to, &links, &renamed, &mut changes);
    values::rules(&from.rules, &to.rules, &mut changes);
    Difference { diagram: joined::joined(from, to, &nodes, &links, &renamed, &changes), changes }
}

/// The nodes that have another identifier in `to` and are else the same, by their identifier in `from`.
pub fn renamed_nodes(from: &Definition, to: &Definition) -> BTreeMap<NodeId, NodeId> {
    Renamed::of(from, to, &nodes::pairs(from, to)).0
}
