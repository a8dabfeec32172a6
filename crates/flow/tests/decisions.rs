//! One test for each rule of the semantics, as sentences.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::command::{Action, Submission};
use flow::order::{Actor, Automatic, TaskKind, TaskState, Why};
use flow::{Happening, Refusal, Status};
use serde_json::json;
use support::*;

const LINE: [&str; 2] = ["start a", "a end"];

fn approve_by(who: &str, rule: &str) -> String {
    short(&[&format!("id: a, kind: approve, who: [{who}], rule: {rule}")], &LINE, "")
}

/// Votes of Jia, Fu and Li in this order, and where the order stands after each.
#[track_caller]
fn check(rule: &str, votes: &[(i64, bool, Status)]) {
    let mut story = Story::begin(&approve_by("{group: ops}", rule));
    for (person, yes, status) in votes {
        story.by(*person, if *yes { approve() } else { reject() });
        assert_eq!(story.order.status, *status, "{rule} after {person}");
    }
}

#[test]
fn the_first_verdict_decides_any() {
    check("any", &[(FU, true, Status::Approved)]);
    check("any", &[(LI, false, Status::Rejected)]);
}

#[test]
fn everybody_approves_all_and_one_reject_decides() {
    check("all", &[(JIA, true, Status::Running), (LI, true, Status::Running), (FU, true, Status::Approved)]);
    check("all", &[(JIA, true, Status::Running), (LI, false, Status::Rejected)]);
}

#[test]
fn a_quorum_ends_as_soon_as_it_is_certain_either_way() {
    check("{quorum: 2}", &[(JIA, true, Status::Running), (FU, true, Status::Approved)]);
    check("{quorum: 2}", &[(JIA, false, Status::Running), (FU, true, Status::Running), (LI, true, Status::Approved)]);
    check("{quorum: 2}", &[(JIA, false, Status::Running), (FU, false, Status::Rejected)]);
    check("{quorum: 9}", &[(JIA, true, Status::Running), (FU, true, Status::Running), (LI, true, Status::Approved)]);
}

#[test]
fn a_percentage_is_rounded_up() {
    check("{percent: 50}", &[(JIA, true, Status::Running), (FU, true, Status::Approved)]);
    check("{percent: 34}", &[(JIA, false, Status::Running), (FU, false, Status::Rejected)]);
    check(
        "{percent: 33}",
        &[(JIA, false, Status::Running), (FU, false, Status::Running), (LI, true, Status::Approved)],
    );
}

#[test]
fn a_sequence_asks_one_after_the_other() {
    let mut story = Story::begin(&approve_by("{group: ops}", "sequence"));
    assert_eq!(story.open(), [(1, vec![JIA])]);
    assert!(matches!(
        story.refused(FU, Action::Approve { task: Some(2), comment: None, form: None }),
        Refusal::NotYourTurn { .. }
    ));
    story.approve(&[JIA, FU, LI]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn the_tasks_that_are_left_are_cancelled_and_say_who_decided() {
    let mut story = Story::begin(&approve_by("{group: ops}", "{quorum: 1}"));
    story.approve(&[FU]);
    let task = &story.order.tasks[&1];
    assert_eq!((task.state, task.why), (TaskState::Cancelled, Some(Why::Decided)));
    assert_eq!(task.decided_by, Some(Actor::Person(FU)));
}

#[test]
fn a_reject_needs_a_reason_and_may_have_a_way_of_its_own() {
    let yaml = short(
        &["id: a, kind: approve, who: [manager]", "id: b, kind: approve, who: [{person: wu}]"],
        &["start a", "a end", "a b 'on': rejected", "b end"],
        "",
    );
    let mut story = Story::begin(&yaml);
    assert_eq!(story.refused(FU, Action::Reject { task: None, reason: "  ".to_owned() }), Refusal::ReasonRequired {});
    story.by(FU, reject());
    assert_eq!(story.at(), ["b"]);
    story.approve(&[WU]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn a_rejected_order_keeps_the_reason() {
    let mut story = Story::begin(&approve_by("manager", "all"));
    story.by(FU, reject());
    assert_eq!(story.order.reason.as_deref(), Some("no"));
    assert!(story.order.ended_ms.is_some());
}

#[test]
fn nobody_approves_their_own_order_unless_the_node_says_so() {
    let story = Story::begin(&approve_by("requester, {person: wu}", "all"));
    assert_eq!(story.open(), [(1, vec![WU])]);
    let yaml = short(&["id: a, kind: approve, who: [requester], own: true"], &LINE, "");
    let mut story = Story::begin(&yaml);
    story.approve(&[ZHANG]);
    assert_eq!(story.order.status, Status::Approved);
    let mut story = Story::begin(&approve_by("manager", "all"));
    let transfer = Action::Transfer { task: None, to: ZHANG, reason: "you know".to_owned() };
    assert_eq!(story.refused(FU, transfer), Refusal::OwnOrder {});
}

#[test]
fn nobody_found_asks_an_administrator_or_skips() {
    let mut people = directory();
    people.people.get_mut(&ZHANG).unwrap().manager = None;
    let submission = || Submission { requester: ZHANG, ..Submission::default() };
    let mut story = Story::begin_with(&approve_by("manager", "all"), people.clone(), submission());
    assert!(story.order.tasks[&1].administrators);
    story.approve(&[ROOT]);
    assert_eq!(story.order.status, Status::Approved);
    let yaml = short(&["id: a, kind: approve, who: [manager], nobody: skip"], &LINE, "");
    let story = Story::begin_with(&yaml, people, submission());
    assert_eq!(story.order.status, Status::Approved);
    let skipped =
        |event: &flow::Event| matches!(event.what, Happening::Left { automatic: Some(Automatic::Nobody), .. });
    assert!(story.log.iter().any(skipped));
}

#[test]
fn a_group_shares_one_task_that_somebody_claims() {
    let mut story = Story::begin(&approve_by("{group: ops}", "any"));
    story.by(JIA, Action::Claim { task: None });
    assert_eq!(story.refused(FU, approve()), Refusal::Claimed { task: 1, by: JIA });
    assert_eq!(story.refused(FU, Action::Claim { task: None }), Refusal::Claimed { task: 1, by: JIA });
    story.by(JIA, Action::Unclaim { task: None });
    story.approve(&[FU]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn work_is_done_without_a_verdict() {
    let yaml = short(&["id: a, kind: handle, who: [{group: ops}]"], &LINE, "");
    let mut story = Story::begin(&yaml);
    assert_eq!(story.open(), [(1, vec![JIA, FU, LI])]);
    assert!(matches!(story.refused(JIA, reject()), Refusal::NoOpenTask {} | Refusal::WrongKind { .. }));
    story.by(JIA, handle());
    assert_eq!(story.order.status, Status::Done);
}

#[test]
fn somebody_asked_twice_in_a_row_is_asked_or_taken_at_their_word() {
    let nodes = [
        "id: a, kind: approve, who: [manager]",
        "id: c, kind: cc, who: [requester]",
        "id: b, kind: approve, who: [{person: fu}]",
    ];
    let links = ["start a", "a c", "c b", "b end"];
    let mut story = Story::begin(&short(&nodes, &links, ""));
    story.approve(&[FU]);
    assert_eq!(story.at(), ["b"]);
    let mut story = Story::begin(&short(&nodes, &links, "same_person_twice: automatic"));
    story.approve(&[FU]);
    assert_eq!(story.order.status, Status::Approved);
    assert_eq!(story.order.tasks[&2].automatic, Some(Automatic::SamePerson));
}

#[test]
fn a_condition_takes_the_first_link_that_holds_and_logs_its_inputs() {
    let nodes = ["id: c, kind: condition", "id: long, kind: cc, who: [manager]", "id: short, kind: cc, who: [manager]"];
    let links = ["start c", "c long when: days > 3", "c short otherwise: true", "long end", "short end"];
    let yaml = short(&nodes, &links, "");
    for (days, node) in [(json!(4), "long"), (json!(3), "short"), (json!(3.5), "long")] {
        let submission = Submission { requester: ZHANG, form: values(json!({"days": days})), ..Submission::default() };
        let story = Story::begin_with(&yaml, directory(), submission);
        assert!(story.order.nodes.contains_key(node));
        let logged = story.log.iter().find_map(|event| match &event.what {
            Happening::ConditionEvaluated { inputs, link, .. } => Some((inputs["days"].clone(), *link)),
            _ => None,
        });
        assert_eq!(logged.map(|(days, _)| days), Some(days));
    }
}

#[test]
fn a_condition_that_divides_by_zero_refuses_the_move_and_says_where() {
    let nodes = ["id: a, kind: approve, who: [manager]", "id: c, kind: condition", "id: n, kind: cc, who: [manager]"];
    let links = ["start a", "a c", "c n when: 10 / days > 3", "c end otherwise: true", "n end"];
    let mut story = Story::begin(&short(&nodes, &links, ""));
    let refusal = story.refused(FU, approve());
    let Refusal::Expression { node, link, problem, .. } = refusal else { panic!("{refusal}") };
    assert_eq!((node.as_str(), link), ("c", Some(2)));
    assert_eq!(problem.fault, flow::expression::Fault::DivisionByZero);
}

#[test]
fn a_timer_that_meets_a_wrong_condition_asks_an_administrator() {
    let nodes = [
        "id: a, kind: approve, who: [manager], timeouts: [{after: 1h, then: approve}]",
        "id: c, kind: condition",
        "id: n, kind: cc, who: [manager]",
    ];
    let links = ["start a", "a c", "c n when: 10 / days > 3", "c end otherwise: true", "n end"];
    let mut story = Story::begin(&short(&nodes, &links, ""));
    story.wait(HOUR);
    assert_eq!(story.at(), ["c"]);
    let task = story.order.open_tasks().next().unwrap();
    assert_eq!((task.kind, task.problem.as_deref()), (TaskKind::Administer, Some("expression")));
    assert!(matches!(story.refused(ROOT, handle()), Refusal::Expression { .. }));
    story.by(ROOT, give_back(None));
    story.by(ZHANG, Action::Resubmit { form: Some(values(json!({"days": 5}))), task: None });
    story.approve(&[FU]);
    assert_eq!(story.order.status, Status::Approved);
}

fn forked(rules: &str) -> Story {
    let nodes = [
        "id: before, kind: approve, who: [manager]",
        "id: fork, kind: fork",
        "id: a, kind: approve, who: [{person: jia}]",
        "id: b, kind: approve, who: [{person: wu}]",
        "id: join, kind: join",
    ];
    let links = ["start before", "before fork", "fork a", "fork b", "a join", "b join", "join end"];
    let mut story = Story::begin(&short(&nodes, &links, rules));
    story.approve(&[FU]);
    story
}

#[test]
fn a_join_waits_for_every_branch() {
    let mut story = forked("");
    story.approve(&[WU]);
    assert_eq!((story.at(), story.order.status), (vec!["a"], Status::Running));
    story.approve(&[JIA]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn a_return_from_a_fork_cancels_the_siblings_and_begins_a_generation() {
    let mut story = forked("");
    assert!(matches!(story.refused(JIA, give_back(Some("b"))), Refusal::NoReturnThere { .. }));
    story.by(JIA, give_back(Some("before")));
    assert_eq!((story.at(), story.order.generation), (vec!["before"], 2));
    let sibling = story.order.tasks.values().find(|task| task.node == "b").unwrap();
    assert_eq!((sibling.state, sibling.why), (TaskState::Cancelled, Some(Why::Returned)));
    story.approve(&[FU, WU]);
    assert_eq!(story.order.status, Status::Running, "a vote of the old generation counted");
    story.approve(&[JIA]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn after_a_direct_return_the_order_goes_straight_back() {
    let nodes = [
        "id: a, kind: approve, who: [manager]",
        "id: b, kind: approve, who: [{person: wu}]",
        "id: c, kind: approve, who: [{person: jia}]",
    ];
    let links = ["start a", "a b", "b c", "c end"];
    let mut story = Story::begin(&short(&nodes, &links, "resubmit: direct"));
    story.approve(&[FU, WU]);
    story.by(JIA, give_back(Some("a")));
    story.approve(&[FU]);
    assert_eq!(story.at(), ["c"]);
    story.by(JIA, give_back(None));
    assert_eq!(story.order.status, Status::Returned);
    story.by(ZHANG, resubmit());
    assert_eq!(story.at(), ["c"]);
    let mut every = Story::begin(&short(&nodes, &links, ""));
    every.approve(&[FU, WU]);
    every.by(JIA, give_back(Some("requester")));
    every.by(ZHANG, resubmit());
    assert_eq!(every.at(), ["a"]);
}

#[test]
fn a_direct_return_from_a_fork_goes_back_to_the_fork() {
    let mut story = forked("resubmit: direct");
    story.by(JIA, give_back(None));
    story.by(ZHANG, resubmit());
    assert_eq!(story.at(), ["a", "b"]);
}

#[test]
fn the_form_can_be_changed_after_a_return_and_is_checked_again() {
    let mut story = Story::begin(&approve_by("manager", "all"));
    story.by(FU, give_back(None));
    let wrong = Action::Resubmit { form: Some(values(json!({"days": "many", "x": 1}))), task: None };
    let Refusal::Form { problems } = story.refused(ZHANG, wrong) else { panic!() };
    assert_eq!(
        problems.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>(),
        ["unknown_field", "wrong_type"]
    );
    story.by(ZHANG, Action::Resubmit { form: Some(values(json!({"days": 2}))), task: None });
    assert_eq!(story.order.form, values(json!({"days": 2})));
}

#[test]
fn a_loop_ends_at_its_cap() {
    let mut story = Story::begin(&short(&["id: a, kind: approve, who: [manager]"], &LINE, "loop_cap: 2"));
    story.by(FU, give_back(None));
    story.by(ZHANG, resubmit());
    assert!(matches!(story.refused(FU, give_back(None)), Refusal::LoopCap { times: 2, .. }));
    story.approve(&[FU]);
    assert_eq!(story.order.status, Status::Approved);
}
