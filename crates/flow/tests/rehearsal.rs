//! Dry runs, and other ways through other versions.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::command::{Context, Submission};
use flow::definition::Resubmit;
use flow::diagram::NodeState;
use flow::order::{Automatic, Order};
use flow::rehearsal::{RehearsalAnswer, Verdict};
use flow::{Directory, Flow, Refusal, Rehearsal, Status, detour, preview};
use proptest::prelude::*;
use serde_json::json;
use support::random::{blocks, definition};
use support::*;

fn submission(form: serde_json::Value) -> Submission {
    Submission { requester: ZHANG, form: values(form), ..Submission::default() }
}

fn context(directory: &Directory) -> Context<'_> {
    Context { now_ms: 1_000, directory }
}

fn answer(node: &str, verdict: Verdict) -> RehearsalAnswer {
    RehearsalAnswer { node: node.to_owned(), verdict, person: None, form: None }
}

const LEAVE: (&str, &str) = SAMPLES[0];

fn leave(days: f64) -> Submission {
    submission(json!({"kind": "annual", "from": "2026-12-01", "to": "2026-12-09", "days": days}))
}

#[test]
fn a_dry_run_says_who_is_asked_and_why_and_which_way_it_went() {
    let (flow, directory) = (flow_of(LEAVE.1), directory());
    let mut rehearsal = Rehearsal::begin(&flow, &leave(4.0), &context(&directory)).unwrap();
    let report = rehearsal.report();
    assert_eq!(report.waiting.len(), 1);
    let waits = &report.waiting[0];
    assert_eq!((waits.node.as_str(), waits.people.as_slice()), ("manager", [FU].as_slice()));
    assert_eq!(waits.verdicts, [Verdict::Approve, Verdict::Reject, Verdict::Return, Verdict::TimePasses]);
    assert_eq!(report.steps[1].asked[0].because.en, "the requester's manager");
    assert_eq!((report.steps[0].state, report.steps[1].state), (NodeState::Done, NodeState::Waiting));

    rehearsal.answer(&answer("manager", Verdict::Approve)).unwrap();
    let report = rehearsal.report();
    let condition = report.steps.iter().find(|step| step.node == "long").unwrap();
    let choice = condition.choice.as_ref().unwrap();
    assert_eq!(choice.inputs, values(json!({"days": 4.0})));
    let tried: Vec<_> = choice.tried.iter().map(|tried| (tried.when.as_deref(), tried.holds)).collect();
    assert_eq!(tried, [(Some("days > 3"), true)]);
    assert_eq!(condition.took_links, [2]);
    let leads = report.steps.iter().find(|step| step.node == "leads").unwrap();
    assert_eq!(leads.asked[0].because.zh, "组“leads”的成员");
    // Fu leads, too, and has just agreed.
    assert_eq!(leads.automatic, Some(Automatic::SamePerson));

    rehearsal.answer(&answer("leads", Verdict::Approve)).unwrap();
    let report = rehearsal.report();
    assert_eq!((report.ended, report.waiting.len()), (Some(Status::Approved), 0));
    let copy = report.steps.iter().find(|step| step.node == "copy").unwrap();
    assert!(!copy.people.is_empty() && copy.asked[0].because.en.contains("finance"));
}

#[test]
fn the_link_that_is_taken_otherwise_names_what_did_not_hold() {
    let (flow, directory) = (flow_of(LEAVE.1), directory());
    let mut rehearsal = Rehearsal::begin(&flow, &leave(1.0), &context(&directory)).unwrap();
    rehearsal.answer(&answer("manager", Verdict::Approve)).unwrap();
    let report = rehearsal.report();
    let choice = report.steps.iter().find_map(|step| step.choice.as_ref()).unwrap();
    let tried: Vec<_> = choice.tried.iter().map(|tried| (tried.when.as_deref(), tried.holds)).collect();
    assert_eq!(tried, [(Some("days > 3"), false), (None, true)]);
}

#[test]
fn whoever_stands_in_is_asked_for_the_reason_of_the_other() {
    let flow = flow_of(LEAVE.1);
    let mut directory = directory();
    let away = flow::directory::Delegation { from: FU, to: WU, flow: None, from_ms: 0, until_ms: DAY };
    directory.delegations = vec![away];
    let rehearsal = Rehearsal::begin(&flow, &leave(1.0), &context(&directory)).unwrap();
    let asked = &rehearsal.report().steps[1].asked[0];
    assert_eq!((asked.person, asked.instead_of), (WU, Some(FU)));
    assert_eq!(asked.because.en, "the requester's manager");
}

#[test]
fn time_passes_up_to_the_next_timer() {
    let (flow, directory) = (flow_of(LEAVE.1), directory());
    let mut rehearsal = Rehearsal::begin(&flow, &leave(1.0), &context(&directory)).unwrap();
    rehearsal.answer(&answer("manager", Verdict::TimePasses)).unwrap();
    assert_eq!(rehearsal.report().now_ms, 1_000 + DAY);
    assert_eq!(rehearsal.report().waiting[0].people, [FU], "they were reminded");
    rehearsal.answer(&answer("manager", Verdict::TimePasses)).unwrap();
    assert_eq!(rehearsal.report().now_ms, 1_000 + 3 * DAY);
    assert!(rehearsal.report().waiting[0].administrators, "nobody else is named");
    let gone = rehearsal.answer(&answer("manager", Verdict::TimePasses)).unwrap_err();
    assert!(matches!(gone, Refusal::UnknownTimer { .. }));
}

#[test]
fn a_script_succeeds_or_fails_and_is_tried_again_or_left() {
    let nodes = ["id: r, kind: run, script: x, parameters: {DAYS: days}, releasers: [{person: fu}]"];
    let (flow, directory) = (flow_of(&short(&nodes, &["start r", "r end"], "")), directory());
    let begin = || Rehearsal::begin(&flow, &submission(json!({"days": 3})), &context(&directory)).unwrap();
    let mut good = begin();
    let report = good.report();
    assert_eq!(report.steps[1].run.as_ref().unwrap().parameters["DAYS"], "3");
    assert_eq!(report.waiting[0].verdicts, [Verdict::Succeeded, Verdict::Failed]);
    good.answer(&answer("r", Verdict::Succeeded)).unwrap();
    assert_eq!(good.report().ended, Some(Status::Done));
    let mut bad = begin();
    bad.answer(&answer("r", Verdict::Failed)).unwrap();
    assert_eq!(bad.report().waiting[0].verdicts, [Verdict::Retry, Verdict::Skip]);
    assert_eq!(bad.report().steps[1].state, NodeState::Failed);
    bad.answer(&answer("r", Verdict::Retry)).unwrap();
    bad.answer(&answer("r", Verdict::Failed)).unwrap();
    bad.answer(&answer("r", Verdict::Skip)).unwrap();
    assert_eq!(bad.report().ended, Some(Status::Done));
    assert_eq!(bad.report().steps[1].state, NodeState::Skipped);
}

#[test]
fn an_order_that_was_returned_is_sent_on_its_way_again() {
    let (flow, directory) = (flow_of(LEAVE.1), directory());
    let mut rehearsal = Rehearsal::begin(&flow, &leave(1.0), &context(&directory)).unwrap();
    rehearsal.answer(&answer("manager", Verdict::Return)).unwrap();
    let report = rehearsal.report();
    assert_eq!(
        (report.waiting[0].node.as_str(), report.waiting[0].verdicts.as_slice()),
        ("start", [Verdict::Resubmit].as_slice())
    );
    let longer = RehearsalAnswer { form: Some(leave(9.0).form), ..answer("start", Verdict::Resubmit) };
    rehearsal.answer(&longer).unwrap();
    rehearsal.answer(&answer("manager", Verdict::Approve)).unwrap();
    assert!(rehearsal.report().steps.iter().any(|step| step.node == "leads"));
}

#[test]
fn an_answer_that_is_refused_changes_nothing() {
    let (flow, directory) = (flow_of(LEAVE.1), directory());
    let mut rehearsal = Rehearsal::begin(&flow, &leave(1.0), &context(&directory)).unwrap();
    let before = rehearsal.report();
    for (node, verdict) in [("leads", Verdict::Approve), ("manager", Verdict::Done), ("nowhere", Verdict::Succeeded)] {
        assert!(rehearsal.answer(&answer(node, verdict)).is_err());
    }
    let somebody_else = RehearsalAnswer { person: Some(LI), ..answer("manager", Verdict::Approve) };
    assert_eq!(rehearsal.answer(&somebody_else), Err(Refusal::NoOpenTask {}));
    assert_eq!(rehearsal.report(), before);
    let wrong = Rehearsal::begin(&flow, &submission(json!({})), &context(&directory)).unwrap_err();
    assert!(matches!(wrong, Refusal::Form { .. }));
}

#[test]
fn an_order_takes_another_way_when_a_limit_changes() {
    let directory = directory();
    let (own, other) = (flow_of(LEAVE.1), flow_of(&LEAVE.1.replace("days > 3", "days > 5")));
    let compare = |days: f64| detour(&own, &other, &leave(days), &context(&directory)).unwrap();
    assert_eq!((compare(2.0), compare(6.0)), (None, None));
    let detour = compare(4.0).unwrap();
    assert_eq!(detour.before, ["manager", "leads"]);
    assert_eq!(detour.after, Ok(vec!["manager".to_owned()]));
}

#[test]
fn another_identifier_or_another_field_is_no_other_way() {
    let directory = directory();
    let own = flow_of(LEAVE.1);
    let renamed = LEAVE
        .1
        .replace("id: leads", "id: heads")
        .replace("to: leads", "to: heads")
        .replace("from: leads", "from: heads");
    assert_eq!(detour(&own, &flow_of(&renamed), &leave(4.0), &context(&directory)).unwrap(), None);
    let field = LEAVE.1.replace("nodes:", "  - {id: more, label: More, type: text, required: true}\nnodes:");
    assert_eq!(detour(&own, &flow_of(&field), &leave(4.0), &context(&directory)).unwrap(), None);
    let broken = LEAVE.1.replace("days > 3", "100 / (days - 4.0) > 1");
    let broken = detour(&own, &flow_of(&broken), &leave(4.0), &context(&directory)).unwrap().unwrap();
    assert!(matches!(broken.after, Err(Refusal::Expression { .. })), "{broken:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every answer that a dry run offers is taken, what it shows is the fold of its events, and its way ends where a
    /// node that waits is, or with the order.
    #[test]
    fn a_dry_run_is_what_the_engine_decides(
        line in blocks(),
        (rules, days) in (any::<u8>(), 0_u8..8),
        answers in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let definition = definition(&line, rules);
        let flow = Flow::new(definition).unwrap();
        let mut directory = directory();
        directory.groups.insert("gone".to_owned(), Vec::new());
        let mut rehearsal = Rehearsal::begin(&flow, &submission(json!({"days": days})), &context(&directory)).unwrap();
        for pick in answers {
            let report = rehearsal.report();
            let offered: Vec<RehearsalAnswer> =
                report.waiting.iter().flat_map(|waits| waits.verdicts.iter().map(|verdict| answer(&waits.node, *verdict))).collect();
            prop_assert_eq!(offered.is_empty(), report.ended.is_some(), "{:#?}", report);
            if offered.is_empty() {
                break;
            }
            let answer = pick.get(&offered);
            if let Err(refusal) = rehearsal.answer(answer) {
                let may = matches!(refusal, Refusal::LoopCap { .. } | Refusal::OwnOrder {});
                prop_assert!(may, "{answer:?}: {refusal}");
            }
            prop_assert_eq!(&Order::replay(&flow, rehearsal.events()), rehearsal.order());
        }
        let report = rehearsal.report();
        for waits in &report.waiting {
            prop_assert!(report.steps.iter().any(|step| step.node == waits.node));
        }
        for step in &report.steps {
            prop_assert!(step.people.iter().all(|person| step.asked.iter().any(|asked| asked.person == *person)));
        }
    }

    #[test]
    fn a_dry_run_in_which_everybody_agrees_goes_the_way_of_the_preview(line in blocks(), days in 0_u8..8) {
        let mut definition = definition(&line, 0);
        definition.rules.resubmit = Resubmit::EveryStep;
        let flow = Flow::new(definition).unwrap();
        let mut directory = directory();
        directory.groups.insert("gone".to_owned(), Vec::new());
        let submission = submission(json!({"days": days}));
        let expected = preview(&flow, &submission, &context(&directory)).unwrap();
        let mut rehearsal = Rehearsal::begin(&flow, &submission, &context(&directory)).unwrap();
        let agrees = [Verdict::Approve, Verdict::Done, Verdict::Succeeded, Verdict::TimePasses];
        while let Some(waits) = rehearsal.report().waiting.first() {
            let verdict = agrees.into_iter().find(|verdict| waits.verdicts.contains(verdict));
            rehearsal.answer(&answer(&waits.node, verdict.unwrap())).unwrap();
        }
        let steps = rehearsal.report().steps;
        let went: Vec<&String> = steps.iter().map(|step| &step.node).collect();
        prop_assert_eq!(expected.iter().map(|step| &step.node).collect::<Vec<_>>(), went);
        prop_assert_eq!(detour(&flow, &flow, &submission, &context(&directory)).unwrap(), None);
        for (step, previewed) in steps.iter().zip(&expected) {
            prop_assert_eq!(step.link, previewed.link);
        }
    }
}
