//! Questions to a checked flow.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Flow, Region};
use crate::definition::{Access, Definition, Link, Node, NodeKind, Outcome, Run};
use crate::directory::{Directory, PersonId};
use crate::expression::Expression;
use crate::form::{self, Choice, Field, FieldKind, Values};
use crate::words::EachLanguage;

impl Flow {
    /// The node with this identifier.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.places.get(id).map(|place| &self.definition.nodes[*place])
    }

    /// The link at this index.
    pub fn link(&self, index: usize) -> Option<&Link> {
        self.definition.links.get(index)
    }

    /// The field with this identifier.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.definition.form.iter().find(|field| field.id == id)
    }

    /// Where every order begins.
    pub fn start(&self) -> &Node {
        let start = self.definition.nodes.iter().find(|node| matches!(node.kind, NodeKind::Start(_)));
        start.expect("a checked flow has one start")
    }

    /// The run node with this identifier.
    pub fn run(&self, id: &str) -> Option<&Run> {
        match &self.node(id)?.kind {
            NodeKind::Run(run) => Some(run),
            _ => None,
        }
    }

    /// What people at a node may do with single fields. At the start, a field that is not named can be written; at
    /// every other node it can be read.
    pub fn access(&self, id: &str) -> &BTreeMap<String, Access> {
        static NONE: BTreeMap<String, Access> = BTreeMap::new();
        match self.node(id).map(|node| &node.kind) {
            Some(NodeKind::Start(start)) => &start.fields,
            Some(NodeKind::Approve(approve)) => &approve.fields,
            Some(NodeKind::Handle(handle)) => &handle.fields,
            _ => &NONE,
        }
    }

    /// The variables of the flow's conditions: the form, and `requester` with `id`, `username`, `groups` and
    /// `administrator`.
    pub fn variables(&self, form: &Values, requester: PersonId, directory: &Directory) -> Values {
        self.definition.variables(form, requester, directory)
    }

    /// The title of an order with this form, in both languages.
    pub fn title(&self, form: &Values) -> EachLanguage {
        let title = |language: &str| match &self.definition.title {
            None => self.definition.name.in_language(language).to_owned(),
            Some(template) => self.filled_in(template, form, language),
        };
        EachLanguage { zh: title("zh"), en: title("en") }
    }

    fn filled_in(&self, template: &str, form: &Values, language: &str) -> String {
        let mut parts = template.split('{');
        let mut title = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once('}') {
                Some((name, rest)) => {
                    title.push_str(&self.shown(name, form.get(name), language));
                    title.push_str(rest);
                }
                None => title.push_str(part),
            }
        }
        title.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
    }

    /// A value as people read it.
    fn shown(&self, field: &str, value: Option<&Value>, language: &str) -> String {
        let options: &[Choice] = self.field(field).map(|field| field.options.as_slice()).unwrap_or_default();
        match value {
            None => String::new(),
            Some(Value::String(text)) => {
                let option = options.iter().find(|option| option.value == *text);
                option.map_or(text.as_str(), |option| option.label.in_language(language)).to_owned()
            }
            Some(Value::Array(list)) if self.field(field).is_some_and(|field| field.kind == FieldKind::Choices) => {
                let shown: Vec<String> = list.iter().map(|entry| self.shown(field, Some(entry), language)).collect();
                shown.join(", ")
            }
            Some(Value::Array(list)) => list.len().to_string(),
            Some(other) => other.to_string(),
        }
    }

    pub(crate) fn outgoing(&self, id: &str) -> &[usize] {
        self.places.get(id).map(|place| self.outgoing[*place].as_slice()).unwrap_or_default()
    }

    pub(crate) fn condition(&self, link: usize) -> Option<&Expression> {
        self.conditions.get(&link)
    }

    pub(crate) fn otherwise(&self, id: &str) -> Option<usize> {
        self.outgoing(id).iter().copied().find(|link| self.definition.links[*link].otherwise)
    }

    /// The link of a node for this outcome; the plain one for `None`.
    pub(crate) fn link_on(&self, id: &str, on: Option<Outcome>) -> Option<usize> {
        self.outgoing(id).iter().copied().find(|link| self.definition.links[*link].on == on)
    }

    pub(crate) fn parameters(&self, id: &str) -> impl Iterator<Item = (&String, &Expression)> {
        self.parameters.get(id).into_iter().flatten()
    }

    /// The join of a fork.
    pub(crate) fn join_of(&self, fork: &str) -> Option<&str> {
        let place = self.places.get(fork)?;
        let region = self.regions.iter().find(|region| region.fork == *place)?;
        Some(&self.definition.nodes[region.join].id)
    }

    /// For a link that ends at a join: its branch, and how many there are. A branch is known by the link at which it
    /// leaves the fork, so two tokens of one branch count once.
    pub(crate) fn branch_at_join(&self, link: usize) -> Option<(usize, usize)> {
        let ends = self.link(link)?;
        let (from, to) = (self.places.get(&ends.from)?, self.places.get(&ends.to)?);
        let region = self.regions.iter().find(|region| region.join == *to)?;
        let branch = match region.fork == *from {
            true => link,
            false => region.branches.iter().find(|(_, nodes)| nodes.contains(from))?.0,
        };
        Some((branch, region.branches.len()))
    }

    /// The regions that a node is in, outermost first, each with the branch.
    fn way_in(&self, id: &str) -> Vec<(&Region, usize)> {
        let Some(place) = self.places.get(id) else { return Vec::new() };
        let mut way: Vec<(&Region, usize)> = self
            .regions
            .iter()
            .filter_map(|region| {
                let branch = region.branches.iter().find(|(_, nodes)| nodes.contains(place))?;
                Some((region, branch.0))
            })
            .collect();
        way.sort_by_key(|(region, _)| {
            std::cmp::Reverse(region.branches.iter().map(|(_, nodes)| nodes.len()).sum::<usize>())
        });
        way
    }

    pub(crate) fn is_outside_forks(&self, id: &str) -> bool {
        self.way_in(id).is_empty()
    }

    /// The outermost fork around a node; the node itself outside of forks.
    pub(crate) fn outermost<'a>(&'a self, id: &'a str) -> &'a str {
        self.way_in(id).first().map_or(id, |(region, _)| &self.definition.nodes[region.fork].id)
    }

    pub(crate) fn is_same_branch(&self, one: &str, other: &str) -> bool {
        self.way_in(one) == self.way_in(other)
    }
}

impl Definition {
    /// [`Flow::variables`] of a definition that need not be sound.
    pub fn variables(&self, form: &Values, requester: PersonId, directory: &Directory) -> Values {
        let mut variables = form::variables(&self.form, form);
        let username = directory.people.get(&requester).map(|person| person.username.as_str()).unwrap_or_default();
        let requester = json!({
            "id": requester,
            "username": username,
            "groups": directory.groups_of(requester),
            "administrator": directory.is_administrator(requester),
        });
        variables.insert("requester".to_owned(), requester);
        variables
    }
}
