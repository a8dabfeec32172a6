//! A checked flow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::definition::{Definition, Link, Node, NodeId};
use crate::directory::Directory;
use crate::expression::Expression;
use crate::words::Words;

/// A definition without problems, ready to decide orders. It is cheap to share behind an `Arc`.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    definition: Definition,
    places: BTreeMap<NodeId, usize>,
    outgoing: Vec<Vec<usize>>,
    conditions: BTreeMap<usize, Expression>,
    parameters: BTreeMap<NodeId, BTreeMap<String, Expression>>,
    regions: Vec<Region>,
}

/// The nodes between a fork and its join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    /// The fork.
    pub fork: usize,
    /// Its join.
    pub join: usize,
    /// For each outgoing link of the fork, in order: the link and the nodes of its branch.
    pub branches: Vec<(usize, std::collections::BTreeSet<usize>)>,
}

/// One thing that is wrong with a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// What, as a stable slug such as `unreachable`.
    pub code: String,
    /// The node that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// The index of the link that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<usize>,
    /// The field that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The problem in both languages, with the node's name.
    pub words: Words,
}

impl Flow {
    /// Checks a definition, and names everything that is wrong.
    pub fn new(definition: Definition) -> Result<Flow, Vec<Problem>> {
        let _ = definition;
        unimplemented!("the body follows")
    }

    /// The definition as it was checked.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The node with this identifier.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.places.get(id).map(|place| &self.definition.nodes[*place])
    }

    /// The link at this index.
    pub fn link(&self, index: usize) -> Option<&Link> {
        self.definition.links.get(index)
    }

    /// Looks for people and groups that the flow names and the directory does not know.
    pub fn check_people(&self, directory: &Directory) -> Vec<Problem> {
        let _ = directory;
        unimplemented!("the body follows")
    }
}
