//! What has keys, compared key by key.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::pairs::{Pairs, keys};
use super::shown::{label, shown};
use super::{Change, ChangeKind, Part};
use crate::definition::{Definition, Node, Rules};
use crate::form::Field;
use crate::words::{EachLanguage, Words};

/// What the keys belong to.
pub(super) enum Owner<'a> {
    Node(&'a Node),
    /// The link's identifier in the joined diagram, and its ends by name.
    Link(String, EachLanguage),
    /// The field's identifier, with that of its table before it.
    Field(String, &'a Words),
    Rules,
    Flow,
}

impl Owner<'_> {
    pub fn added(&self, whole: &impl Serialize) -> Change {
        let name = self.name();
        let words = Words::new(format!("新增{}", name.zh), format!("{} is new", name.en)).each();
        self.change(ChangeKind::Added, None, words, Value::Null, json(whole))
    }

    pub fn gone(&self, whole: &impl Serialize) -> Change {
        let name = self.name();
        let words = Words::new(format!("删除{}", name.zh), format!("{} is gone", name.en)).each();
        self.change(ChangeKind::Removed, None, words, json(whole), Value::Null)
    }

    /// Its parts stand in another order.
    pub fn reordered(&self) -> Change {
        let name = self.name();
        let words = Words::new(format!("{}的各项顺序有变", name.zh), format!("{}: the order of its parts", name.en));
        self.change(ChangeKind::Changed, Some("order"), words.each(), Value::Null, Value::Null)
    }

    fn changed(&self, key: &str, before: &Value, after: &Value) -> Change {
        let (name, label) = (self.name(), label(key));
        let way = |language: &str| format!("{} → {}", shown(before, language), shown(after, language));
        let words = Words::new(
            format!("{}的{}:{}", name.zh, label.zh, way("zh")),
            format!("{}: {} {}", name.en, label.en, way("en")),
        );
        self.change(ChangeKind::Changed, Some(key), words.each(), before.clone(), after.clone())
    }

    fn change(&self, kind: ChangeKind, key: Option<&str>, words: EachLanguage, before: Value, after: Value) -> Change {
        let (what, id) = match self {
            Owner::Node(node) => (Part::Node, node.id.clone()),
            Owner::Link(id, _) => (Part::Link, id.clone()),
            Owner::Field(id, _) => (Part::Field, id.clone()),
            // A rule, and a text of the flow, is itself what changed.
            Owner::Rules => (Part::Rule, key.unwrap_or_default().to_owned()),
            Owner::Flow => (Part::Flow, key.unwrap_or_default().to_owned()),
        };
        let key = key.filter(|_| !matches!(self, Owner::Rules | Owner::Flow)).map(str::to_owned);
        Change { kind, what, id, key, words, before, after }
    }

    /// How the owner is called in a sentence.
    fn name(&self) -> EachLanguage {
        let named = |zh: &str, en: &str, id: &str, name: &Words| {
            let name = |language| Some(name.in_language(language)).filter(|name| !name.trim().is_empty());
            let (chinese, english) = (name("zh").unwrap_or(id), name("en").unwrap_or(id));
            Words::new(format!("{zh}“{chinese}”"), format!("{en} “{english}”"))
        };
        let words = match self {
            Owner::Node(node) => named("节点", "Node", &node.id, &node.name),
            Owner::Link(_, way) => Words::new(format!("连线 {} ", way.zh), format!("Link {}", way.en)),
            Owner::Field(id, label) => named("字段", "Field", id, label),
            Owner::Rules => Words::new("规则", "Rules"),
            Owner::Flow => Words::new("流程", "Flow"),
        };
        words.each()
    }
}

/// Compares what is written down of two things, key by key.
pub(super) fn compare(owner: &Owner, before: &impl Serialize, after: &impl Serialize, changes: &mut Vec<Change>) {
    compare_keys(owner, &json(before), &json(after), changes);
}

fn compare_keys(owner: &Owner, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return };
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let (before, after) = (before.get(key).unwrap_or(&Value::Null), after.get(key).unwrap_or(&Value::Null));
        if before != after {
            changes.push(owner.changed(key, before, after));
        }
    }
}

/// The texts of the flow.
pub(super) fn flow(from: &Definition, to: &Definition, changes: &mut Vec<Change>) {
    let texts = |definition: &Definition| {
        let Definition { flow, name, description, title, .. } = definition;
        let description = (!description.is_empty()).then_some(description);
        json!({"flow": flow, "name": name, "description": description, "title": title})
    };
    compare_keys(&Owner::Flow, &texts(from), &texts(to), changes);
}

pub(super) fn rules(from: &Rules, to: &Rules, changes: &mut Vec<Change>) {
    compare(&Owner::Rules, from, to, changes);
}

/// The fields of a form, or the columns of a table.
pub(super) fn fields(table: Option<&str>, from: &[Field], to: &[Field], changes: &mut Vec<Change>) {
    let mut pairs = Pairs::new(from.len(), to.len());
    let ids = |fields: &[Field]| keys(fields, |field| field.id.clone());
    pairs.join(&ids(from), &ids(to));
    let path = |field: &Field| match table {
        Some(table) => format!("{table}.{}", field.id),
        None => field.id.clone(),
    };
    let owner = |field| Owner::Field(path(field), &field.label);
    for field in pairs.removed().map(|old| &from[old]) {
        changes.push(owner(field).gone(field));
    }
    for (new, old) in pairs.of_new() {
        let field = &to[new];
        match old.map(|old| &from[old]) {
            None => changes.push(owner(field).added(field)),
            Some(before) => {
                let alone = |field: &Field| Field { columns: Vec::new(), ..field.clone() };
                compare(&owner(field), &alone(before), &alone(field), changes);
                fields(Some(&path(field)), &before.columns, &field.columns, changes);
            }
        }
    }
    if !pairs.is_sorted() {
        changes.push(order(table.unwrap_or("form")));
    }
}

/// The entries of a list stand in another order.
pub(super) fn order(list: &str) -> Change {
    let label = label(list);
    let words = Words::new(format!("{}的顺序有变", label.zh), format!("The order of: {}", label.en)).each();
    let (kind, what, key) = (ChangeKind::Changed, Part::Flow, Some("order".to_owned()));
    Change { kind, what, id: list.to_owned(), key, words, before: Value::Null, after: Value::Null }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
