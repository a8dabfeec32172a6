//! Diagrams, GoJS models and drawings.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::command::{Action, Submission};
use flow::diagram::{Diagram, LinkState, NodeState, Shape};
use flow::order::{HostState, RunOutcome};
use flow::{diagram, drawing, gojs};
use serde_json::json;
use support::*;

fn name_of(person: i64) -> String {
    directory().people[&person].username.clone()
}

fn drawn(story: &Story) -> Diagram {
    diagram(&story.flow, Some(&story.order), &name_of)
}

fn state(diagram: &Diagram, node: &str) -> NodeState {
    diagram.nodes.iter().find(|drawn| drawn.id == node).unwrap().state
}

fn note(diagram: &Diagram, node: &str) -> String {
    diagram.nodes.iter().find(|drawn| drawn.id == node).unwrap().note.clone().unwrap().en
}

/// The website release with one host failed, as in the sketch of the order page.
fn release() -> Story {
    let form = values(json!({"version": "v1.4.2", "environment": "production", "notes": "Log-in times out no more"}));
    let submission = Submission { requester: ZHANG, form, ..Submission::default() };
    let mut story = Story::begin_with(SAMPLES[3].1, directory(), submission);
    story.approve(&[FU, JIA, LI, FU]);
    for node in ["fetch", "compile", "package"] {
        story.system(Action::RunStarted { node: node.to_owned(), attempt: 1, hosts: Vec::new() });
        let outcome = RunOutcome::Succeeded;
        story.system(Action::RunEnded { node: node.to_owned(), attempt: 1, outcome, note: None });
    }
    let hosts = (1..=3).map(|number| format!("web-{number}")).collect();
    story.system(Action::RunStarted { node: "push".to_owned(), attempt: 1, hosts });
    let states = [
        ("web-1", HostState::Succeeded, Some(0)),
        ("web-2", HostState::Failed, Some(22)),
        ("web-3", HostState::Running, None),
    ];
    for (host, state, exit) in states {
        let (node, host) = ("push".to_owned(), host.to_owned());
        story.system(Action::HostChanged { node, attempt: 1, host, state, exit, note: None });
    }
    story
}

#[test]
fn nodes_and_links_say_where_the_order_stands() {
    let story = release();
    let diagram = drawn(&story);
    assert_eq!(state(&diagram, "manager"), NodeState::Done);
    assert_eq!(note(&diagram, "manager"), "✓ fu");
    assert_eq!(note(&diagram, "operations"), "✓ 3 / 3");
    assert_eq!(state(&diagram, "push"), NodeState::Running);
    assert_eq!(state(&diagram, "restart"), NodeState::Idle);
    assert_eq!(state(&diagram, "push/web-2"), NodeState::Failed);
    assert_eq!(note(&diagram, "push/web-2"), "✕ exit status 22");
    let host = diagram.nodes.iter().find(|node| node.id == "push/web-1").unwrap();
    assert_eq!((host.shape, host.parent.as_deref()), (Shape::Cylinder, Some("push")));
    let link =
        |from: &str, to: &str| diagram.links.iter().find(|link| link.from == from && link.to == to).unwrap().state;
    assert_eq!(link("package", "push"), LinkState::Live);
    assert_eq!(link("fetch", "compile"), LinkState::Taken);
    assert_eq!(link("production", "fetch"), LinkState::Idle);
    assert_eq!(link("push", "push/web-2"), LinkState::Failed);
}

#[test]
fn only_what_changed_is_sent_again() {
    let mut story = Story::begin(&short(
        &["id: a, kind: approve, who: [manager]", "id: b, kind: cc, who: [manager]"],
        &["start a", "a b", "b end"],
        "",
    ));
    let before = drawn(&story);
    assert_eq!(drawn(&story).changes_since(&before), Default::default());
    story.by(FU, reject());
    let changes = drawn(&story).changes_since(&before);
    assert_eq!(changes.nodes.iter().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(changes.links.iter().map(|link| link.state).collect::<Vec<_>>(), [LinkState::Failed]);
    let release = drawn(&release());
    let gone = diagram(&flow_of(SAMPLES[3].1), None, &name_of).changes_since(&release);
    assert_eq!(gone.removed_nodes, ["push/web-1", "push/web-2", "push/web-3"]);
}

#[test]
fn a_return_makes_what_came_after_idle_again() {
    let mut story = Story::begin(&short(
        &["id: a, kind: approve, who: [manager]", "id: b, kind: approve, who: [{person: wu}]"],
        &["start a", "a b", "b end"],
        "",
    ));
    story.approve(&[FU]);
    story.by(WU, give_back(Some("a")));
    let diagram = drawn(&story);
    assert_eq!((state(&diagram, "a"), state(&diagram, "b")), (NodeState::Waiting, NodeState::Returned));
}

#[test]
fn gojs_reads_the_graph() {
    let model = serde_json::to_value(gojs::graph_model(&drawn(&release()), "zh-CN")).unwrap();
    assert_eq!(model["class"], "GraphLinksModel");
    let push = model["nodeDataArray"].as_array().unwrap().iter().find(|node| node["key"] == "push").unwrap().clone();
    assert_eq!((push["figure"].as_str(), push["color"].as_str()), (Some("Hexagon"), Some("lightskyblue")));
    let links = model["linkDataArray"].as_array().unwrap();
    let link = links.iter().find(|link| link["from"] == "production" && link["to"] == "operations").unwrap();
    assert_eq!(
        (link["text"].as_str(), link["link_text"].as_str(), link["link_color"].as_str()),
        (Some("是"), Some("是"), Some("lightgreen"))
    );
}

#[test]
fn gojs_reads_a_tree_and_a_graph_with_joins_is_none() {
    let nodes = ["id: download, kind: run, script: x", "id: zip, kind: run, script: x, on: {group: web}"];
    let mut story = Story::begin(&short(&nodes, &["start download", "download zip", "zip end"], ""));
    story.system(Action::RunStarted { node: "download".to_owned(), attempt: 1, hosts: Vec::new() });
    let model = serde_json::to_value(gojs::tree_model(&drawn(&story), "zh").unwrap()).unwrap();
    assert_eq!(model["class"], "TreeModel");
    let nodes = model["nodeDataArray"].as_array().unwrap();
    let node = |key: &str| nodes.iter().find(|node| node["key"] == key).unwrap();
    assert_eq!(node("start").get("parent"), None);
    assert_eq!(
        (node("download")["parent"].as_str(), node("download")["link_text"].as_str()),
        (Some("start"), Some("执行中..."))
    );
    let problem = gojs::tree_model(&drawn(&release()), "zh").unwrap_err();
    assert_eq!(problem.nodes, ["fetch"]);
}

#[test]
fn a_cycle_is_no_tree() {
    let mut diagram = drawn(&release());
    diagram.nodes.truncate(2);
    diagram.links.truncate(1);
    diagram.links[0].to = diagram.nodes[1].id.clone();
    diagram.links[0].from = diagram.nodes[1].id.clone();
    assert!(gojs::tree_model(&diagram, "en").is_err());
}

#[test]
fn a_drawing_is_well_formed_and_escapes_its_text() {
    let mut diagram = drawn(&release());
    diagram.nodes[1].text.en = "<script>\"&'".to_owned();
    for language in ["zh", "en"] {
        let svg = drawing::svg(&diagram, language);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert!(!svg.contains("<script"));
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }
    assert!(drawing::svg(&Diagram::default(), "en").ends_with("</svg>"));
}

#[test]
fn nodes_of_a_drawing_do_not_overlap() {
    for (name, text) in SAMPLES {
        let svg = drawing::svg(&diagram(&flow_of(text), None, &name_of), "en");
        let number = |part: &str, key: &str| {
            let rest = &part[part.find(&format!(" {key}=\"")).unwrap() + key.len() + 3..];
            rest[..rest.find('"').unwrap()].parse::<f64>().unwrap()
        };
        let boxes: Vec<[f64; 4]> = svg
            .split("<rect ")
            .skip(2)
            .map(|part| [" ", part].concat())
            .map(|part| ["x", "y", "width", "height"].map(|key| number(&part, key)))
            .collect();
        for (place, one) in boxes.iter().enumerate() {
            for other in &boxes[place + 1..] {
                let apart = one[0] + one[2] <= other[0]
                    || other[0] + other[2] <= one[0]
                    || one[1] + one[3] <= other[1]
                    || other[1] + other[3] <= one[1];
                assert!(apart, "{name}: {one:?} {other:?}");
            }
        }
    }
}

/// Writes the drawings for people to look at: `DRAWINGS=/tmp cargo test -p flow --test pictures`.
#[test]
fn every_sample_is_drawn() {
    for (name, text) in SAMPLES {
        let svg = drawing::svg(&diagram(&flow_of(text), None, &name_of), "zh");
        let folder = std::env::var_os("DRAWINGS").map(std::path::PathBuf::from);
        if let Some(folder) = folder {
            std::fs::write(folder.join(format!("{name}.svg")), &svg).unwrap();
            std::fs::write(folder.join("release.svg"), drawing::svg(&drawn(&release()), "zh")).unwrap();
        }
        assert!(svg.len() > 1_000);
    }
}
