//! Forks, their joins, and what lies between.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problems, Region};
use crate::definition::{Definition, NodeKind};

struct Finder<'a> {
    definition: &'a Definition,
    outgoing: &'a [Vec<usize>],
    places: BTreeMap<&'a str, usize>,
    found: BTreeMap<usize, Option<Region>>,
    within: Vec<usize>,
}

/// Finds the region of every fork, and what is wrong with them.
pub(super) fn find(definition: &Definition, outgoing: &[Vec<usize>], problems: &mut Problems) -> Vec<Region> {
    let places = definition.nodes.iter().enumerate().map(|(place, node)| (node.id.as_str(), place)).collect();
    let mut finder = Finder { definition, outgoing, places, found: BTreeMap::new(), within: Vec::new() };
    for (place, node) in definition.nodes.iter().enumerate() {
        if matches!(node.kind, NodeKind::Fork(_)) {
            finder.region(place, problems);
        }
    }
    let regions: Vec<Region> = finder.found.into_values().flatten().collect();
    check_joins(definition, &regions, problems);
    check_entries(definition, &regions, problems);
    regions
}

impl Finder<'_> {
    /// The region of a fork: what can be reached from its branches up to a join, with inner regions as a whole.
    fn region(&mut self, fork: usize, problems: &mut Problems) -> Option<Region> {
        if let Some(found) = self.found.get(&fork) {
            return found.clone();
        }
        self.within.push(fork);
        let region = self.look(fork, problems);
        self.within.pop();
        self.found.insert(fork, region.clone());
        region
    }

    fn look(&mut self, fork: usize, problems: &mut Problems) -> Option<Region> {
        let mut joins = BTreeSet::new();
        let mut branches: Vec<(usize, BTreeSet<usize>)> = Vec::new();
        let mut sound = true;
        for link in self.outgoing[fork].clone() {
            let mut branch = BTreeSet::new();
            let mut pending: Vec<usize> = self.targets(&[link]);
            while let Some(place) = pending.pop() {
                if branch.contains(&place) {
                    continue;
                }
                match &self.definition.nodes[place].kind {
                    NodeKind::Join(_) => {
                        joins.insert(place);
                        continue;
                    }
                    NodeKind::End(_) => {
                        problems.node("end_in_region", place, "在并行区内结束", "ends inside of a fork's region");
                        sound = false;
                    }
                    NodeKind::Fork(_) if self.within.contains(&place) => {
                        problems.node(
                            "link_out_of_region",
                            place,
                            "被并行区内的连线返回",
                            "is led back to from inside of its region",
                        );
                        sound = false;
                    }
                    NodeKind::Fork(_) => {
                        branch.insert(place);
                        match self.region(place, problems) {
                            Some(inner) => {
                                branch.extend(inner.branches.iter().flat_map(|(_, nodes)| nodes));
                                branch.insert(inner.join);
                                pending.extend(self.targets(&self.outgoing[inner.join].clone()));
                            }
                            None => sound = false,
                        }
                    }
                    _ => {
                        branch.insert(place);
                        pending.extend(self.targets(&self.outgoing[place].clone()));
                    }
                }
            }
            if branches.iter().any(|(_, other)| !other.is_disjoint(&branch)) && sound {
                problems.node("branches_meet", fork, "的分支在汇合前相遇", "has branches that meet before the join");
                sound = false;
            }
            branches.push((link, branch));
        }
        let joins: Vec<usize> = joins.into_iter().collect();
        match (joins.as_slice(), sound) {
            ([join], true) => Some(Region { fork, join: *join, branches }),
            (_, false) => None,
            _ => {
                problems.node(
                    "unbalanced_fork",
                    fork,
                    "的分支没有汇合到同一个并行汇合",
                    "has branches that do not meet at one join",
                );
                None
            }
        }
    }

    fn targets(&self, links: &[usize]) -> Vec<usize> {
        links.iter().filter_map(|link| self.places.get(self.definition.links[*link].to.as_str()).copied()).collect()
    }
}

fn check_joins(definition: &Definition, regions: &[Region], problems: &mut Problems) {
    for (place, node) in definition.nodes.iter().enumerate() {
        let forks = regions.iter().filter(|region| region.join == place).count();
        if matches!(node.kind, NodeKind::Join(_)) && forks != 1 && problems.found.is_empty() {
            problems.node("unbalanced_join", place, "没有对应的并行分支", "does not belong to exactly one fork");
        }
    }
}

/// Links into a region that do not come through its fork, and links to a join from somewhere else.
fn check_entries(definition: &Definition, regions: &[Region], problems: &mut Problems) {
    let place_of: BTreeMap<&str, usize> =
        definition.nodes.iter().enumerate().map(|(place, node)| (node.id.as_str(), place)).collect();
    for region in regions {
        for (index, link) in definition.links.iter().enumerate() {
            let (Some(from), Some(to)) = (place_of.get(link.from.as_str()), place_of.get(link.to.as_str())) else {
                continue;
            };
            let inside = |place: &usize| region.branches.iter().any(|(_, nodes)| nodes.contains(place));
            let enters = inside(to) || *to == region.join;
            if enters && !inside(from) && *from != region.fork {
                problems.link("link_into_region", index, "从外面进入并行区", "it enters a fork's region from outside");
            }
        }
    }
}
