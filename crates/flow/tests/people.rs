//! Who has a task: handing on, signers, absences, force, choice; and time.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::command::{Action, SignerPlace, Submission};
use flow::directory::Delegation;
use flow::order::Automatic;
use flow::{Happening, Refusal, Status, preview};
use serde_json::json;
use support::*;

const LINE: [&str; 2] = ["start a", "a end"];

fn approve_by(who: &str, rule: &str) -> String {
    short(&[&format!("id: a, kind: approve, who: [{who}], rule: {rule}")], &LINE, "")
}

#[test]
fn a_task_is_handed_on_with_a_reason() {
    let mut story = Story::begin(&approve_by("manager, {person: wu}", "all"));
    let to = |to, reason: &str| Action::Transfer { task: None, to, reason: reason.to_owned() };
    assert_eq!(story.refused(FU, to(JIA, "")), Refusal::ReasonRequired {});
    assert_eq!(story.refused(FU, to(WU, "busy")), Refusal::AlreadyAsked { person: WU });
    assert_eq!(story.refused(FU, to(77, "busy")), Refusal::UnknownPerson { person: 77 });
    story.by(FU, to(JIA, "busy"));
    assert_eq!(story.order.tasks[&1].delegated_from, Some(FU));
    assert_eq!(story.refused(FU, approve()), Refusal::NoOpenTask {});
    story.approve(&[JIA, WU]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn added_signers_sign_before_or_after() {
    let add = |people: &[i64], when| Action::AddSigner {
        task: None,
        people: people.to_vec(),
        when,
        reason: "expert".to_owned(),
    };
    let mut story = Story::begin(&approve_by("manager", "any"));
    story.by(FU, add(&[JIA, LI], SignerPlace::Before));
    assert!(matches!(
        story.refused(FU, Action::Approve { task: Some(1), comment: None, form: None }),
        Refusal::NotYourTurn { .. }
    ));
    story.approve(&[LI, JIA]);
    assert_eq!(story.at(), ["a"]);
    story.by(FU, add(&[WU], SignerPlace::After));
    story.approve(&[FU]);
    assert_eq!(story.at(), ["a"]);
    story.approve(&[WU]);
    assert_eq!(story.order.status, Status::Approved);
    let mut story = Story::begin(&approve_by("manager", "any"));
    story.by(FU, add(&[JIA], SignerPlace::Before));
    story.by(JIA, reject());
    assert_eq!(story.order.status, Status::Rejected);
}

#[test]
fn a_later_step_of_a_sequence_waits_for_signers_after_the_first() {
    let mut story = Story::begin(&approve_by("manager, {person: wu}", "sequence"));
    story.by(FU, Action::AddSigner { task: None, people: vec![JIA], when: SignerPlace::After, reason: "r".to_owned() });
    story.approve(&[FU]);
    assert_eq!(story.open(), [(3, vec![JIA])]);
    story.approve(&[JIA, WU]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn somebody_who_is_away_is_replaced_in_time_and_for_the_flow() {
    let mut people = directory();
    let away = |from, to, flow: Option<&str>, until_ms| Delegation {
        from,
        to,
        flow: flow.map(str::to_owned),
        from_ms: 0,
        until_ms,
    };
    let submission = || Submission { requester: ZHANG, ..Submission::default() };
    people.delegations = vec![away(FU, JIA, None, 5_000)];
    let mut story = Story::begin_with(&approve_by("manager", "all"), people.clone(), submission());
    assert_eq!((story.open(), story.order.tasks[&1].delegated_from), (vec![(1, vec![JIA])], Some(FU)));
    story.approve(&[JIA]);
    people.delegations = vec![away(FU, JIA, None, 500), away(FU, LI, Some("other"), 5_000)];
    let story = Story::begin_with(&approve_by("manager", "all"), people.clone(), submission());
    assert_eq!(story.open(), [(1, vec![FU])]);
    // A circle of absences leaves the task with its owner, and nobody gets their own order.
    people.delegations = vec![away(FU, JIA, None, 5_000), away(JIA, FU, None, 5_000)];
    let story = Story::begin_with(&approve_by("manager", "all"), people.clone(), submission());
    assert_eq!(story.open(), [(1, vec![JIA])]);
    people.delegations = vec![away(FU, ZHANG, None, 5_000)];
    let story = Story::begin_with(&approve_by("manager", "all"), people, submission());
    assert_eq!(story.open(), [(1, vec![FU])]);
}

#[test]
fn nudges_are_throttled_to_one_an_hour() {
    let mut story = Story::begin(&approve_by("manager", "all"));
    let nudge = || Action::Nudge { task: Some(1) };
    assert!(matches!(story.refused(JIA, nudge()), Refusal::NotAllowed { .. }));
    story.by(ZHANG, nudge());
    assert!(matches!(story.refused(ZHANG, nudge()), Refusal::Throttled { .. }));
    story.now_ms += HOUR;
    story.by(ZHANG, nudge());
}

#[test]
fn the_requester_withdraws_before_the_first_verdict_or_as_the_flow_says() {
    let two = ["id: a, kind: approve, who: [manager]", "id: b, kind: approve, who: [{person: wu}]"];
    let links = ["start a", "a b", "b end"];
    let mut story = Story::begin(&short(&two, &links, ""));
    assert!(matches!(story.refused(FU, withdraw()), Refusal::NotAllowed { who: "requester" }));
    story.approve(&[FU]);
    assert!(matches!(story.refused(ZHANG, withdraw()), Refusal::NoWithdraw { .. }));
    let mut anytime = Story::begin(&short(&two, &links, "withdraw: anytime"));
    anytime.approve(&[FU]);
    anytime.by(ZHANG, withdraw());
    assert_eq!(anytime.order.status, Status::Withdrawn);
    let mut never = Story::begin(&short(&two, &links, "withdraw: never"));
    assert!(matches!(never.refused(ZHANG, withdraw()), Refusal::NoWithdraw { .. }));
}

#[test]
fn an_administrator_closes_and_hands_on_by_force() {
    let mut story = Story::begin(&approve_by("manager", "all"));
    let close = |reason: &str| Action::ForceClose { reason: reason.to_owned() };
    assert!(matches!(story.refused(FU, close("x")), Refusal::NotAllowed { who: "administrator" }));
    story.by(ROOT, Action::ForceTransfer { task: 1, to: LI, reason: "Fu is ill".to_owned() });
    assert_eq!(story.open(), [(1, vec![LI])]);
    assert_eq!(story.refused(ROOT, close(" ")), Refusal::ReasonRequired {});
    story.by(ROOT, close("stale"));
    assert_eq!(story.order.status, Status::Closed);
    assert!(matches!(
        story.refused(LI, Action::Approve { task: Some(1), comment: None, form: None }),
        Refusal::AlreadyDecided { .. }
    ));
}

#[test]
fn timers_remind_escalate_approve_and_reject() {
    let with =
        |timeouts: &str| short(&[&format!("id: a, kind: approve, who: [manager], timeouts: [{timeouts}]")], &LINE, "");
    let mut story = Story::begin(&with("{after: 1h, then: remind}, {after: 2h, then: escalate, to: [{person: wu}]}"));
    assert!(story.try_command(flow::Command::system(Action::Fire { timer: "task-1-g1-0".to_owned() })).is_err());
    story.wait(HOUR);
    assert!(matches!(story.log.last().unwrap().what, Happening::Reminded { task: 1 }));
    story.wait(HOUR);
    assert_eq!(story.open(), [(1, vec![WU])]);
    story.approve(&[WU]);
    for (then, status) in [("approve", Status::Approved), ("reject", Status::Rejected)] {
        let mut story = Story::begin(&with(&format!("{{after: 1h, then: {then}}}")));
        story.wait(HOUR);
        assert_eq!(story.order.status, status);
        assert_eq!(story.order.tasks[&1].automatic, Some(Automatic::Timeout));
    }
}

#[test]
fn timers_go_with_their_task() {
    let mut story = Story::begin(&short(
        &["id: a, kind: approve, who: [manager], timeouts: [{after: 1h, then: reject}]"],
        &LINE,
        "",
    ));
    story.by(FU, give_back(None));
    assert!(story.order.timers.is_empty());
    story.by(ZHANG, resubmit());
    assert_eq!(story.order.timers.keys().collect::<Vec<_>>(), ["task-3-g2-0"]);
}

#[test]
fn a_wait_lasts_for_a_time_or_until_a_field() {
    let mut story = Story::begin(&short(&["id: w, kind: wait, for: 2h"], &["start w", "w end"], ""));
    assert_eq!(story.at(), ["w"]);
    story.wait(HOUR);
    assert_eq!(story.at(), ["w"]);
    story.wait(HOUR);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn the_requester_chooses_approvers_where_the_flow_lets_them() {
    let yaml = short(&["id: a, kind: approve, who: [chosen]"], &LINE, "");
    let flow = flow_of(&yaml);
    let people = directory();
    let context = flow::Context { now_ms: 0, directory: &people };
    let mut submission = Submission { requester: ZHANG, ..Submission::default() };
    assert_eq!(
        flow::start(&flow, &submission, &context),
        Err(Refusal::ChooseApprovers { nodes: vec!["a".to_owned()] })
    );
    assert!(preview(&flow, &submission, &context).unwrap().iter().any(|step| step.choose));
    submission.chosen.insert("a".to_owned(), vec![ZHANG]);
    assert_eq!(flow::start(&flow, &submission, &context), Err(Refusal::OwnOrder {}));
    submission.chosen.insert("a".to_owned(), vec![WU, LI]);
    assert!(flow::start(&flow, &submission, &context).is_ok());
}

#[test]
fn a_move_without_a_task_means_the_only_one() {
    let nodes = [
        "id: f, kind: fork",
        "id: a, kind: approve, who: [manager]",
        "id: b, kind: approve, who: [manager]",
        "id: j, kind: join",
    ];
    let mut story = Story::begin(&short(&nodes, &["start f", "f a", "f b", "a j", "b j", "j end"], ""));
    assert_eq!(story.refused(FU, approve()), Refusal::WhichTask { tasks: vec![1, 2] });
    story.by(FU, Action::Approve { task: Some(2), comment: None, form: None });
    story.approve(&[FU]);
    assert_eq!(story.order.status, Status::Approved);
    assert!(matches!(story.refused(JIA, approve()), Refusal::WrongStatus { .. }));
}

#[test]
fn the_preview_says_who_will_be_asked() {
    let flow = flow_of(SAMPLES[1].1);
    let people = directory();
    let context = flow::Context { now_ms: 0, directory: &people };
    let item = json!({"name": "Server", "count": 2, "price": "60000"});
    let form = values(json!({"what": "Servers", "items": [item], "quotes": ["f1", "f2", "f3"]}));
    let submission = Submission { requester: ZHANG, form, ..Submission::default() };
    let steps = preview(&flow, &submission, &context).unwrap();
    let nodes: Vec<&str> = steps.iter().map(|step| step.node.as_str()).collect();
    assert_eq!(nodes, ["start", "manager", "amount", "both", "finance_vote", "leads_vote", "agreed", "buy", "end"]);
    assert_eq!(steps[1].people, [FU]);
    assert_eq!(steps[4].people, [JIA, WU, LI]);
}

#[test]
fn a_copy_goes_to_whoever_is_named_and_there() {
    let yaml = short(&["id: c, kind: cc, who: [manager, {group: ops}, administrators]"], &["start c", "c end"], "");
    let mut people = directory();
    people.people.get_mut(&FU).unwrap().active = false;
    let story = Story::begin_with(&yaml, people, Submission { requester: ZHANG, ..Submission::default() });
    assert_eq!(story.order.copied.iter().copied().collect::<Vec<_>>(), [JIA, LI, ROOT]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn whoever_the_task_of_a_failed_run_goes_to_can_answer_it() {
    let yaml = short(&["id: r, kind: run, script: x, releasers: [{person: fu}]"], &["start r", "r end"], "");
    let mut story = Story::begin(&yaml);
    story.system(Action::RunStarted { node: "r".to_owned(), attempt: 1, hosts: Vec::new() });
    let outcome = flow::order::RunOutcome::Failed;
    story.system(Action::RunEnded { node: "r".to_owned(), attempt: 1, outcome, note: None });
    story.directory.people.get_mut(&FU).unwrap().active = false;
    story.system(Action::PeopleChanged {});
    assert_eq!(story.open(), [(1, vec![WU])]);
    story.by(WU, Action::RetryFailed { node: "r".to_owned() });
    assert_eq!(story.order.runs["r"].attempt, 2);
}
