//! Which links are the same, and how they differ.

use std::collections::BTreeMap;

use super::Change;
use super::nodes::Renamed;
use super::pairs::{Pairs, keys};
use super::values::{Owner, compare, order};
use crate::definition::{Definition, Link, NodeKind};
use crate::words::{EachLanguage, Words};

/// A link is the same when it is equal; else when it has the same ends and outcome; else when it has the same beginning
/// and says the same about when it is taken, so that only its target has moved.
pub(super) fn pairs(from: &Definition, to: &Definition, renamed: &Renamed) -> Pairs {
    let old: Vec<Link> = from.links.iter().map(|link| renamed.link(link)).collect();
    let mut pairs = Pairs::new(old.len(), to.links.len());
    let ends = |links: &[Link]| keys(links, |link| (link.from.clone(), link.to.clone(), link.on));
    let taken = |links: &[Link]| keys(links, |link| (link.from.clone(), link.on, link.otherwise, link.when.clone()));
    pairs.join(&keys(&old, Link::clone), &keys(&to.links, Link::clone));
    pairs.join(&ends(&old), &ends(&to.links));
    pairs.join(&taken(&old), &taken(&to.links));
    pairs
}

pub(super) fn changes(from: &Definition, to: &Definition, pairs: &Pairs, renamed: &Renamed, changes: &mut Vec<Change>) {
    let (names_before, names) = (Names::of(from), Names::of(to));
    for old in pairs.removed() {
        let link = &from.links[old];
        changes.push(Owner::Link(old_id(old), names_before.way(link)).gone(link));
    }
    for (new, old) in pairs.of_new() {
        let link = &to.links[new];
        let owner = Owner::Link(new_id(new), names.way(link));
        match old {
            Some(old) => compare(&owner, &renamed.link(&from.links[old]), link, changes),
            None => changes.push(owner.added(link)),
        }
    }
    if !pairs.is_sorted() {
        changes.extend(reordered(to, pairs));
    }
}

/// Conditions try their links in order; for every other node it means nothing, and is said once.
fn reordered(to: &Definition, pairs: &Pairs) -> Vec<Change> {
    let mut by_node: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (new, old) in pairs.of_new() {
        by_node.entry(&to.links[new].from).or_default().extend(old);
    }
    let conditions = to.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Condition(_)));
    let is_reordered = |id: &str| by_node.get(id).is_some_and(|links| !links.is_sorted());
    let found: Vec<Change> =
        conditions.filter(|node| is_reordered(&node.id)).map(|node| Owner::Node(node).reordered()).collect();
    if found.is_empty() { vec![order("links")] } else { found }
}

/// What nodes are called.
struct Names<'a>(BTreeMap<&'a str, &'a Words>);

impl<'a> Names<'a> {
    fn of(definition: &'a Definition) -> Self {
        Names(definition.nodes.iter().map(|node| (node.id.as_str(), &node.name)).collect())
    }

    /// `A → B`, by name.
    fn way(&self, link: &Link) -> EachLanguage {
        let name = |id: &str, language: &str| {
            let name = self.0.get(id).map(|name| name.in_language(language)).filter(|name| !name.trim().is_empty());
            name.unwrap_or(id).to_owned()
        };
        let way = |language: &str| format!("{} → {}", name(&link.from, language), name(&link.to, language));
        EachLanguage { zh: way("zh"), en: way("en") }
    }
}

/// A link of the new version in the joined diagram.
pub(super) fn new_id(index: usize) -> String {
    format!("link-{index}")
}

/// A link that only the old version has in the joined diagram.
pub(super) fn old_id(index: usize) -> String {
    format!("old-link-{index}")
}
