//! What is wrong with a flow, and where.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::{Definition, Flow};
use support::*;

fn codes(yaml: &str) -> Vec<(String, Option<String>)> {
    let definition = Definition::from_yaml(yaml).unwrap_or_else(|problem| panic!("{problem}\n{yaml}"));
    let problems = Flow::new(definition).err().unwrap_or_default();
    for problem in &problems {
        let (zh, en) = (problem.words.in_language("zh"), problem.words.in_language("en"));
        assert!(!zh.is_empty() && !en.is_empty() && zh != en, "{problem:?}");
    }
    problems.into_iter().map(|problem| (problem.code, problem.node)).collect()
}

#[track_caller]
fn check(nodes: &[&str], links: &[&str], code: &str, node: Option<&str>) {
    let found = codes(&short(nodes, links, ""));
    assert!(found.contains(&(code.to_owned(), node.map(str::to_owned))), "{code} is not in {found:?}");
}

const A: &str = "id: a, kind: approve, who: [manager]";
const B: &str = "id: b, kind: approve, who: [manager]";
const FORK: &str = "id: f, kind: fork";
const JOIN: &str = "id: j, kind: join";
const CONDITION: &str = "id: c, kind: condition";

#[test]
fn a_sound_flow_has_none() {
    assert_eq!(codes(&short(&[A, B], &["start a", "a b", "b end"], "")), []);
    let nested = [FORK, JOIN, A, B, "id: g, kind: fork", "id: k, kind: join", "id: d, kind: cc, who: [manager]"];
    let links = ["start f", "f a", "f g", "g b", "g d", "b k", "d k", "k j", "a j", "j end"];
    assert_eq!(codes(&short(&nested, &links, "")), []);
}

#[test]
fn positions_are_near_and_may_be_of_nodes_that_come_later() {
    let flow = short(&[A], &["start a", "a end"], "");
    assert_eq!(codes(&format!("{flow}\nlayout: {{a: [10, -100000], later: [0, 0]}}")), []);
    for far in ["[100001, 0]", "[0, -100001]"] {
        assert_eq!(codes(&format!("{flow}\nlayout: {{a: {far}}}"))[0].0, "bad_layout");
    }
}

#[test]
fn every_node_is_on_a_way_to_an_end() {
    check(&[A, B], &["start a", "a end", "b end"], "unreachable", Some("b"));
    check(&[A, B], &["start a", "a b", "b a"], "no_path_to_end", Some("a"));
    check(&[A], &["start a"], "no_way_on", Some("a"));
    check(&[A, B], &["start a", "a b", "a end", "b end"], "several_ways", Some("a"));
    check(&[A], &["start a", "a nowhere"], "unknown_node", Some("a"));
    check(&[A], &["start a", "a end", "end a"], "link_from_end", Some("end"));
    check(&[A], &["start a", "a start"], "link_to_start", Some("a"));
    let yaml = short(&[], &["start end"], "");
    assert_eq!(codes(&yaml.replace("kind: end", "kind: cc, who: [manager]"))[0].0, "no_end");
    assert_eq!(codes(&yaml.replace("kind: start", "kind: cc, who: [manager]"))[0].0, "no_start");
}

#[test]
fn conditions_have_one_otherwise_and_sound_expressions() {
    check(&[CONDITION, A], &["start c", "c a when: days > 1", "a end"], "no_otherwise", Some("c"));
    let twice = ["start c", "c a when: days > 1", "c b otherwise: true", "c end otherwise: true", "a end", "b end"];
    check(&[CONDITION, A, B], &twice, "otherwise_twice", Some("c"));
    check(&[CONDITION, A], &["start c", "c a", "a end", "c end otherwise: true"], "when_or_otherwise", Some("c"));
    check(&[A, B], &["start a", "a b when: days > 1", "b end"], "not_a_condition", Some("a"));
    for wrong in
        ["weeks > 1", "days >", "days + 1", "days > 'x'", "size(days) > 1", "'[1].map(x, x) == []'", "days.foo > 1"]
    {
        let link =
            format!("c a when: {}", if wrong.starts_with('\'') { wrong.to_owned() } else { format!("{wrong:?}") });
        check(&[CONDITION, A], &["start c", &link, "c end otherwise: true", "a end"], "bad_expression", Some("c"));
    }
}

#[test]
fn forks_and_joins_are_balanced() {
    check(&[FORK, A, B], &["start f", "f a", "f b", "a end", "b end"], "end_in_region", Some("end"));
    check(&[FORK, A], &["start f", "f a", "a end"], "fork_without_branches", Some("f"));
    let two_joins = ["start f", "f a", "f b", "a j", "b k", "j k", "k end"];
    check(&[FORK, A, B, JOIN, "id: k, kind: join"], &two_joins, "unbalanced_fork", Some("f"));
    check(&[A, JOIN], &["start a", "a j", "j end"], "unbalanced_join", Some("j"));
    let meet = ["start f", "f a", "f b", "a b", "b j", "j end"];
    check(&[FORK, A, B, JOIN], &meet, "branches_meet", Some("f"));
    let inside = ["start a", "a f", "a b 'on': rejected", "f b", "f j", "b j", "j end"];
    check(&[FORK, A, B, JOIN], &inside, "link_into_region", Some("a"));
    let outside = ["start a", "a f", "f b", "f j", "b j", "b a 'on': rejected", "j end"];
    check(&[FORK, A, B, JOIN], &outside, "link_out_of_region", Some("f"));
}

#[test]
fn no_cycle_goes_round_by_itself() {
    let links = ["start c", "c d when: days > 1", "c end otherwise: true", "d c"];
    check(&[CONDITION, "id: d, kind: cc, who: [manager]"], &links, "endless_cycle", Some("c"));
    let with_wait = [CONDITION, "id: d, kind: wait, for: 1h"];
    assert_eq!(codes(&short(&with_wait, &links, "")), []);
}

#[test]
fn names_fields_and_limits_are_checked() {
    check(&[A, A], &["start a", "a end"], "duplicate_id", Some("a"));
    check(&["id: A, kind: cc, who: [manager]"], &["start A", "A end"], "bad_id", Some("A"));
    check(
        &["id: requester, kind: cc, who: [manager]"],
        &["start requester", "requester end"],
        "bad_id",
        Some("requester"),
    );
    let wrong = [
        ("kind: approve, who: [{field: boss}]", "unknown_approver_field"),
        ("kind: approve, who: [{field: days}]", "unknown_approver_field"),
        ("kind: approve, who: []", "nobody"),
        ("kind: approve, who: [manager], rule: {quorum: 0}", "bad_rule"),
        ("kind: approve, who: [manager], rule: {percent: 101}", "bad_rule"),
        ("kind: approve, who: [manager], fields: {x: write}", "unknown_field"),
        ("kind: approve, who: [manager], return_to: [nowhere]", "unknown_return"),
        ("kind: approve, who: [manager], timeouts: [{after: 1h, then: remind, to: [manager]}]", "bad_timeout"),
        ("kind: handle, who: [manager], timeouts: [{after: 1h, then: reject}]", "bad_timeout"),
        ("kind: wait", "bad_wait"),
        ("kind: wait, until: days", "unknown_field"),
        ("kind: run, script: ''", "bad_script"),
        ("kind: run, script: x, parameters: {'A B': days}", "bad_parameters"),
        ("kind: run, script: x, parameters: {A: weeks}", "bad_expression"),
        ("kind: run, script: x, parameters: {A: days}, secrets: [A]", "bad_parameters"),
        ("kind: run, script: x, artifacts: [../etc]", "bad_artifacts"),
        ("kind: run, script: x, artifacts: [/etc]", "bad_artifacts"),
        ("kind: run, script: x, batches: []", "bad_batches"),
        ("kind: run, script: x, on: {field: days}", "unknown_field"),
    ];
    for (node, code) in wrong {
        check(&[&format!("id: n, {node}")], &["start n", "n end"], code, Some("n"));
    }
}

#[test]
fn forms_are_checked() {
    let sound = short(&[], &["start end"], "");
    let field = |field: &str| sound.replace("{id: days, label: Days, type: number}", field);
    let wrong = [
        ("{id: Days, label: D, type: number}", "bad_id"),
        ("{id: given, label: D, type: number}", "bad_id"),
        ("{id: d, label: '', type: number}", "bad_name"),
        ("{id: d, label: D, type: number, min: 3, max: 1}", "bad_limits"),
        ("{id: d, label: D, type: choice}", "bad_options"),
        ("{id: d, label: D, type: choice, options: [{value: a, label: A}, {value: a, label: B}]}", "bad_options"),
        ("{id: d, label: D, type: table}", "bad_columns"),
        ("{id: d, label: D, type: table, columns: [{id: e, label: E, type: table}]}", "bad_columns"),
        (
            "{id: d, label: D, type: text, shown_if: later == 'x'}\n  - {id: later, label: L, type: text}",
            "bad_expression",
        ),
        ("{id: e, label: E, type: number}\n  - {id: d, label: D, type: text, shown_if: e * 2 > 4}", "whole_operand"),
        (
            "{id: e, label: E, type: number}\n  - {id: d, label: D, type: text, shown_if: 4.0 / e > 4.0}",
            "unsafe_division",
        ),
    ];
    for (text, code) in wrong {
        assert_eq!(codes(&field(text)).first().map(|(code, _)| code.as_str()), Some(code), "{text}");
    }
    assert_eq!(codes(&format!("{sound}title: '{{nothing}}'\n")).first().unwrap().0, "unknown_field");
}

#[test]
fn people_and_groups_are_looked_up_in_the_directory() {
    let nodes = [
        "id: a, kind: approve, who: [{person: nobody}, {group: nowhere}], timeouts: [{after: 1h, then: escalate, to: [{person: gone}]}]",
    ];
    let flow = flow_of(&short(&nodes, &["start a", "a end"], ""));
    let found: Vec<(String, Option<String>)> =
        flow.check_people(&directory()).into_iter().map(|problem| (problem.code, problem.field)).collect();
    let expected = [("unknown_person", "gone"), ("unknown_person", "nobody"), ("unknown_group", "nowhere")];
    assert_eq!(found, expected.map(|(code, name)| (code.to_owned(), Some(name.to_owned()))));
}

#[test]
fn a_flow_of_the_largest_size_is_checked_quickly() {
    let mut nodes = Vec::new();
    let mut links = vec!["start n0".to_owned()];
    for number in 0..498 {
        nodes.push(format!("id: n{number}, kind: approve, who: [manager]"));
        links.push(format!("n{number} {}", if number == 497 { "end".to_owned() } else { format!("n{}", number + 1) }));
    }
    let (nodes, links): (Vec<&str>, Vec<&str>) =
        (nodes.iter().map(String::as_str).collect(), links.iter().map(String::as_str).collect());
    let yaml = short(&nodes, &links, "");
    assert_eq!(codes(&yaml), []);
    let more = yaml.replace("links:\n", "  - {name: N, id: x, kind: end}\nlinks:\n");
    assert!(codes(&more).iter().any(|(code, _)| code == "too_many_nodes"));
}
