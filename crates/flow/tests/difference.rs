//! What has changed between two versions of a flow.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::definition::Position;
use flow::difference::{Change, ChangeKind, Mark, Part, renamed_nodes};
use flow::{Definition, diff};
use proptest::prelude::*;
use support::random::{blocks, definition};
use support::*;

fn read(yaml: &str) -> Definition {
    Definition::from_yaml(yaml).unwrap_or_else(|problem| panic!("{problem}\n{yaml}"))
}

fn leave() -> Definition {
    read(SAMPLES[0].1)
}

fn website() -> Definition {
    read(SAMPLES[3].1)
}

/// What a change is, in short: `changed node leads rule`.
fn short_form(change: &Change) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    let (kind, what) = (word(serde_json::json!(change.kind)), word(serde_json::json!(change.what)));
    let key = change.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
    format!("{kind} {what} {}{key}", change.id)
}

/// The changes that an edit makes; each has words in both languages.
#[track_caller]
fn check(before: Definition, edit: impl Fn(&mut Definition), expected: &[&str]) -> flow::Difference {
    let mut after = before.clone();
    edit(&mut after);
    let difference = diff(&before, &after);
    let found: Vec<String> = difference.changes.iter().map(short_form).collect();
    assert_eq!(found, expected);
    for change in &difference.changes {
        assert!(!change.words.zh.is_empty() && change.words.zh != change.words.en, "{change:?}");
    }
    assert_eq!(difference.text("en").is_empty(), expected.is_empty());
    difference
}

/// The node with this identifier.
fn node<'a>(definition: &'a mut Definition, id: &str) -> &'a mut flow::definition::Node {
    definition.nodes.iter_mut().find(|node| node.id == id).unwrap()
}

fn replaced(text: &str, old: &str, new: &str) -> Definition {
    assert!(text.contains(old), "{old}");
    read(&text.replace(old, new))
}

#[test]
fn a_version_is_equal_to_itself() {
    for (_, text) in SAMPLES {
        check(read(text), |_| {}, &[]);
    }
}

#[test]
fn each_key_of_a_node_is_a_change_of_its_own() {
    let before = leave();
    let edit = |after: &mut Definition| {
        let text = serde_json::to_string(node(after, "leads")).unwrap();
        let text = text.replace("\"sequence\"", "{\"quorum\":2}").replace("\"leads\"}", "\"finance\"}");
        let changed = serde_json::from_str(&text).unwrap();
        *node(after, "leads") = changed;
    };
    let difference = check(before, edit, &["changed node leads rule", "changed node leads who"]);
    let rule = &difference.changes[0];
    assert_eq!(
        (rule.before.clone(), rule.after.clone()),
        (serde_json::json!("sequence"), serde_json::json!({"quorum": 2}))
    );
    assert_eq!(rule.words.zh, "节点“负责人依次审批”的表决方式:sequence → quorum 2");
    let mark = |id: &str| difference.diagram.nodes.iter().find(|joined| joined.node.id == id).unwrap().mark;
    assert_eq!((mark("leads"), mark("manager")), (Mark::Changed, Mark::Same));
}

#[test]
fn a_node_with_its_links_comes_and_goes() {
    let before = leave();
    let mut after = before.clone();
    after.nodes.retain(|node| node.id != "long");
    after.links.retain(|link| link.from != "long" && link.to != "long");
    let difference = diff(&before, &after);
    let gone = |what: Part| {
        let of_kind = difference.changes.iter().filter(|change| change.what == what);
        of_kind.filter(|change| change.kind == ChangeKind::Removed).count()
    };
    assert_eq!((gone(Part::Node), gone(Part::Link)), (1, before.links.len() - after.links.len()));
    let removed = difference.diagram.nodes.iter().filter(|joined| joined.mark == Mark::Removed);
    assert_eq!(removed.map(|joined| joined.node.id.as_str()).collect::<Vec<_>>(), ["long"]);
    let back = diff(&after, &before);
    assert!(back.changes.iter().all(|change| change.kind == ChangeKind::Added), "{:#?}", back.changes);
    assert_eq!(back.changes.len(), difference.changes.len());
}

#[test]
fn a_node_with_another_identifier_is_the_same_node() {
    let rename = |definition: &mut Definition| {
        node(definition, "manager").id = "boss".to_owned();
        for link in &mut definition.links {
            for end in [&mut link.from, &mut link.to] {
                if end == "manager" {
                    *end = "boss".to_owned();
                }
            }
        }
    };
    let difference = check(leave(), rename, &["renamed node boss id"]);
    assert!(difference.diagram.links.iter().all(|joined| joined.mark == Mark::Same));
    let mut after = leave();
    rename(&mut after);
    assert_eq!(renamed_nodes(&leave(), &after).into_iter().collect::<Vec<_>>(), [("manager".into(), "boss".into())]);
    assert!(renamed_nodes(&leave(), &leave()).is_empty());
}

#[test]
fn a_link_changes_its_condition_or_its_target() {
    let condition = |definition: &mut Definition| {
        definition.links.iter_mut().find(|link| link.when.is_some()).unwrap().when = Some("days > 5".to_owned());
    };
    let index = leave().links.iter().position(|link| link.when.is_some()).unwrap();
    let difference = check(leave(), condition, &[&format!("changed link link-{index} when")]);
    assert!(difference.changes[0].words.zh.contains("days > 5"), "{:?}", difference.changes[0].words);
    let target = |definition: &mut Definition| {
        definition.links.iter_mut().find(|link| link.when.is_some()).unwrap().to = "end".to_owned();
    };
    check(leave(), target, &[&format!("changed link link-{index} to")]);
}

#[test]
fn fields_columns_rules_and_texts_are_compared() {
    let purchase = read(SAMPLES[1].1);
    let edit = |definition: &mut Definition| {
        definition.form[0].required = !definition.form[0].required;
        let table = definition.form.iter_mut().find(|field| !field.columns.is_empty()).unwrap();
        table.columns[0].max = Some(9.0);
        table.columns.pop();
        definition.rules.loop_cap = 7;
        definition.title = Some("New".to_owned());
    };
    let difference = diff(&purchase, &{
        let mut after = purchase.clone();
        edit(&mut after);
        after
    });
    let found: Vec<String> = difference.changes.iter().map(short_form).collect();
    let table = purchase.form.iter().find(|field| !field.columns.is_empty()).unwrap();
    let (first, last) = (&table.columns[0].id, &table.columns.last().unwrap().id);
    let expected = [
        "changed flow title".to_owned(),
        format!("changed field {} required", purchase.form[0].id),
        format!("removed field {}.{last}", table.id),
        format!("changed field {}.{first} max", table.id),
        "changed rule loop_cap".to_owned(),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_order_that_means_something_is_a_change() {
    check(leave(), |definition| definition.form.swap(0, 1), &["changed flow form order"]);
    check(leave(), |definition| definition.nodes.swap(1, 2), &["changed flow nodes order"]);
    let first = leave().links[0].from.clone();
    let other = leave().links.iter().position(|link| link.from != first).unwrap();
    check(leave(), |definition| definition.links.swap(0, other), &["changed flow links order"]);
    let condition = |definition: &mut Definition| {
        let from = definition.links.iter().find(|link| link.when.is_some()).unwrap().from.clone();
        let of_node: Vec<usize> = (0..definition.links.len()).filter(|at| definition.links[*at].from == from).collect();
        definition.links.swap(of_node[0], of_node[1]);
    };
    check(leave(), condition, &["changed node long order"]);
}

#[test]
fn where_nodes_are_drawn_is_one_change() {
    let place = |definition: &mut Definition| {
        definition.layout = [("start".to_owned(), Position(1, 2)), ("end".to_owned(), Position(3, 4))].into();
    };
    check(leave(), place, &["changed flow layout"]);
}

#[test]
fn the_lines_of_a_script_that_differ_are_shown() {
    let yaml = "flow: a\nname: A\nnodes:\n  - {id: start, name: S, kind: start}\n  - id: build\n    name: {zh: 构建, en: Build}\n    kind: run\n    script: |\n      set -e\n      npm ci\n      npm run build\n  - {id: end, name: E, kind: end}\nlinks:\n  - {from: start, to: build}\n  - {from: build, to: end}\n";
    let difference = diff(&read(yaml), &replaced(yaml, "npm ci", "npm ci --offline\n      npm audit"));
    let expected = "~ Node “Build”: script set -e npm ci npm run build → set -e npm ci --offline npm audit npm run build\n    - npm ci\n    + npm ci --offline\n    + npm audit\n";
    assert_eq!(difference.text("en"), expected);
    assert!(difference.text("zh").starts_with("~ 节点“构建”的脚本"));
}

#[test]
fn texts_that_are_no_sound_flows_are_compared() {
    let mut twice = website();
    twice.nodes.extend(website().nodes);
    twice.links.push(flow::definition::Link { from: "nowhere".into(), to: "else".into(), ..Default::default() });
    assert!(diff(&twice, &twice).changes.is_empty());
    let difference = diff(&website(), &twice);
    assert_eq!(difference.diagram.nodes.len(), website().nodes.len(), "each identifier once");
    assert_eq!(difference.diagram.links.len(), website().links.len());
    diff(&Definition::default(), &twice);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn there_are_changes_exactly_when_two_versions_differ(
        (first, rules) in (blocks(), any::<u8>()),
        (second, other_rules) in (blocks(), any::<u8>()),
    ) {
        let (before, after) = (definition(&first, rules), definition(&second, other_rules));
        prop_assert_eq!(diff(&before, &before).changes.len(), 0);
        let difference = diff(&before, &after);
        prop_assert_eq!(difference.changes.is_empty(), before == after, "{:#?}", difference.changes);
        // Everything of the new version is in the joined diagram, and all that is gone from the old one beside it.
        let new = difference.diagram.nodes.iter().filter(|joined| joined.mark != Mark::Removed).count();
        prop_assert_eq!(new, after.nodes.len());
        let gone = difference.changes.iter().filter(|change| (change.what, change.kind) == (Part::Node, ChangeKind::Removed));
        prop_assert_eq!(gone.count(), difference.diagram.nodes.len() - new);
        // The way back has what came as gone, and what went as new.
        let back = diff(&after, &before);
        let count = |changes: &[Change], kind| changes.iter().filter(|change| change.kind == kind).count();
        prop_assert_eq!(count(&back.changes, ChangeKind::Added), count(&difference.changes, ChangeKind::Removed));
        prop_assert_eq!(count(&back.changes, ChangeKind::Renamed), count(&difference.changes, ChangeKind::Renamed));
    }

    #[test]
    fn a_change_of_one_node_is_found(line in blocks(), place in any::<prop::sample::Index>()) {
        let before = definition(&line, 0);
        let mut after = before.clone();
        let node = place.get(&before.nodes);
        after.nodes.iter_mut().find(|other| other.id == node.id).unwrap().name = "Another name".into();
        let difference = diff(&before, &after);
        let found: Vec<String> = difference.changes.iter().map(short_form).collect();
        prop_assert_eq!(found, [format!("changed node {} name", node.id)]);
    }
}
