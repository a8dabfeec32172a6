//! The sample flows that come with the product are sound.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::command::{Action, Submission};
use flow::order::RunOutcome;
use flow::{Definition, Flow, Refusal, Status};
use serde_json::json;
use support::*;

#[test]
fn every_sample_flow_is_valid_and_survives_yaml() {
    for (name, text) in SAMPLES {
        let definition = Definition::from_yaml(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let again = Definition::from_yaml(&definition.to_yaml()).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(again, definition, "{name}");
        let json = serde_json::to_string(&definition).unwrap();
        assert_eq!(serde_json::from_str::<Definition>(&json).unwrap(), definition, "{name}");
        let flow = Flow::new(definition).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        assert_eq!(flow.check_people(&directory()), []);
    }
}

fn begin(sample: usize, form: serde_json::Value) -> Story {
    let submission = Submission { requester: ZHANG, form: values(form), ..Submission::default() };
    Story::begin_with(SAMPLES[sample].1, directory(), submission)
}

#[test]
fn a_short_leave_needs_the_manager_and_a_long_one_the_leads() {
    let form = |days: f64| json!({"kind": "annual", "from": "2026-12-01", "to": "2026-12-09", "days": days});
    let mut short = begin(0, form(2.0));
    short.approve(&[FU]);
    assert_eq!(short.order.status, Status::Approved);
    assert_eq!(short.order.copied.iter().copied().collect::<Vec<_>>(), [JIA, WU, LI]);
    let mut long = begin(0, form(3.5));
    // Fu leads, too, and is not asked twice in a row.
    long.approve(&[FU, WU]);
    assert_eq!(long.order.status, Status::Approved);
}

#[test]
fn a_purchase_goes_the_way_of_its_total() {
    let items = |price: &str| json!([{"name": "Desk", "count": 2, "price": price}, {"name": "Lamp", "count": 1, "price": "0.50"}]);
    let mut small = begin(1, json!({"what": "Desks", "items": items("999")}));
    small.approve(&[FU]);
    assert_eq!(small.at(), ["buy"]);
    let missing = small.refused(JIA, handle());
    assert!(matches!(missing, Refusal::Form { problems } if problems[0].path == "invoice"));
    let form = Some(values(json!({"invoice": "R-1"})));
    small.by(JIA, Action::Handle { task: None, comment: None, form });
    assert_eq!((small.order.status, &small.order.form["invoice"]), (Status::Done, &json!("R-1")));

    let mut middle = begin(1, json!({"what": "Desks", "items": items("1000")}));
    middle.approve(&[FU, WU]);
    assert_eq!(middle.at(), ["buy"]);

    let mut large = begin(1, json!({"what": "Desks", "items": items("50000"), "quotes": ["a", "b", "c"]}));
    large.approve(&[FU, JIA]);
    large.approve(&[LI]);
    assert_eq!(large.at(), ["leads_vote"]);
    large.approve(&[FU]);
    assert_eq!(large.at(), ["buy"]);
}

#[test]
fn an_access_request_is_granted_until_its_day_or_rejected_by_silence() {
    let form = |level: &str| json!({"system": "web", "level": level, "until": "2026-12-31", "why": "to look at it"});
    let mut silent = begin(2, form("read"));
    silent.wait(DAY);
    assert_eq!(silent.order.status, Status::Running);
    silent.wait(DAY);
    assert_eq!(silent.order.status, Status::Rejected);

    let mut reviewed = form("admin");
    reviewed["reviewer"] = json!(WU);
    let mut story = begin(2, reviewed);
    story.approve(&[LI, WU]);
    story.by(JIA, handle());
    assert_eq!(story.at(), ["expire"]);
    // Midnight in China.
    assert_eq!(story.order.next_timer().map(|(_, at_ms)| at_ms), Some(1_798_675_200_000 - 8 * HOUR));
    story.now_ms = 1_798_675_200_000;
    story.wait(0);
    story.by(FU, handle());
    assert_eq!(story.order.status, Status::Done);
}

#[test]
fn a_release_is_approved_and_runs_step_by_step() {
    let mut story = begin(3, json!({"version": "v1", "environment": "production", "notes": "First"}));
    story.approve(&[FU, JIA, LI, FU]);
    for node in ["fetch", "compile", "package", "push", "restart"] {
        let run = &story.order.runs[node];
        assert_eq!((run.application.as_deref(), run.environment.as_deref()), (Some("web"), Some("production")));
        assert!(run.releasers.contains(&ZHANG) && run.releasers.contains(&JIA));
        let hosts = if run.group.is_some() { vec!["web-1".to_owned(), "web-2".to_owned()] } else { Vec::new() };
        story.system(Action::RunStarted { node: node.to_owned(), attempt: 1, hosts });
        let outcome = RunOutcome::Succeeded;
        story.system(Action::RunEnded { node: node.to_owned(), attempt: 1, outcome, note: None });
    }
    assert_eq!(story.order.runs["push"].parameters["VERSION"], "v1");
    assert_eq!(story.order.status, Status::Done);
    let staging = begin(3, json!({"version": "v1", "environment": "staging", "notes": "First"}));
    assert_eq!(staging.order.title(&staging.flow).en, "v1 → Staging");
}
