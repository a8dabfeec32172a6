//! A checked flow.

mod fields;
mod nodes;
mod people;
mod problem;
mod reach;
mod read;
mod regions;
mod shape;

pub use problem::Problem;
pub(crate) use problem::Problems;
pub use shape::is_slug;

use std::collections::BTreeMap;

use crate::definition::{Definition, NodeId};
use crate::expression::Expression;

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

impl Flow {
    /// Checks a definition, and names everything that is wrong.
    pub fn new(definition: Definition) -> Result<Flow, Vec<Problem>> {
        let mut problems = Problems::new(&definition);
        shape::check(&definition, &mut problems);
        fields::check(&definition, &mut problems);
        nodes::check(&definition, &mut problems);
        if !problems.found.is_empty() {
            // The graph is only worth a look when its parts are sound.
            return Err(problems.found);
        }
        let outgoing = shape::outgoing(&definition);
        reach::check(&definition, &outgoing, &mut problems);
        let regions = regions::find(&definition, &outgoing, &mut problems);
        let conditions = fields::conditions(&definition, &mut problems);
        let parameters = fields::parameters(&definition, &mut problems);
        if !problems.found.is_empty() {
            return Err(problems.found);
        }
        let places = definition.nodes.iter().enumerate().map(|(place, node)| (node.id.clone(), place)).collect();
        Ok(Flow { definition, places, outgoing, conditions, parameters, regions })
    }

    /// The definition as it was checked.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }
}
