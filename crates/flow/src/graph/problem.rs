//! What can be wrong with a flow.

use serde::{Deserialize, Serialize};

use crate::definition::{Definition, NodeId};
use crate::words::Words;

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

/// The most problems that are listed.
const MOST: usize = 200;

/// Collects problems, and names the nodes that they are about.
pub(crate) struct Problems<'a> {
    definition: &'a Definition,
    pub found: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub fn new(definition: &'a Definition) -> Self {
        Problems { definition, found: Vec::new() }
    }

    /// A problem of the flow as a whole.
    pub fn flow(&mut self, code: &str, zh: &str, en: &str) {
        self.push(code, None, None, None, Words::new(zh, en));
    }

    /// A problem of a node.
    pub fn node(&mut self, code: &str, node: usize, zh: &str, en: &str) {
        let words = self.named(node, zh, en);
        self.push(code, Some(self.definition.nodes[node].id.clone()), None, None, words);
    }

    /// A problem of a node and a field that it names.
    pub fn node_field(&mut self, code: &str, node: usize, field: &str, zh: &str, en: &str) {
        let words = self.named(node, &format!("{zh}:{field}"), &format!("{en}: {field}"));
        self.push(code, Some(self.definition.nodes[node].id.clone()), None, Some(field.to_owned()), words);
    }

    /// A problem of a link; it also names the node at which it begins.
    pub fn link(&mut self, code: &str, link: usize, zh: &str, en: &str) {
        let (from, to) = (&self.definition.links[link].from, &self.definition.links[link].to);
        let words = Words::new(
            format!("连线 {} → {}:{zh}", self.name_of(from, "zh"), self.name_of(to, "zh")),
            format!("The link {} → {}: {en}", self.name_of(from, "en"), self.name_of(to, "en")),
        );
        let node = self.definition.nodes.iter().any(|node| node.id == *from).then(|| from.clone());
        self.push(code, node, Some(link), None, words);
    }

    /// A problem of a field of the form.
    pub fn field(&mut self, code: &str, field: &str, zh: &str, en: &str) {
        let words = Words::new(format!("字段 {field}:{zh}"), format!("The field {field}: {en}"));
        self.push(code, None, None, Some(field.to_owned()), words);
    }

    fn named(&self, node: usize, zh: &str, en: &str) -> Words {
        let node = &self.definition.nodes[node];
        let (chinese, english) = (self.name_of(&node.id, "zh"), self.name_of(&node.id, "en"));
        Words::new(format!("节点“{chinese}”{zh}"), format!("The node “{english}” {en}"))
    }

    fn name_of(&self, id: &str, language: &str) -> String {
        let node = self.definition.nodes.iter().find(|node| node.id == id);
        let name = node.map(|node| node.name.in_language(language)).filter(|name| !name.trim().is_empty());
        name.unwrap_or(id).chars().take(80).collect()
    }

    fn push(&mut self, code: &str, node: Option<NodeId>, link: Option<usize>, field: Option<String>, words: Words) {
        if self.found.len() < MOST {
            self.found.push(Problem { code: code.to_owned(), node, link, field, words });
        }
    }
}
