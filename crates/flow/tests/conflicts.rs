//! The engine's rows of the table of conflicts.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use flow::command::{Action, Submission};
use flow::order::{Actor, HostState, RunOutcome, RunState, TaskKind, TaskState};
use flow::{Refusal, Status};
use support::*;

fn nodes_with_run(options: &str) -> Vec<String> {
    vec![
        "id: a, kind: approve, who: [manager]".to_owned(),
        format!("id: r, kind: run, script: 'true', on: {{group: web}}, releasers: [{{group: ops}}]{options}"),
    ]
}

fn running(options: &str, rules: &str) -> Story {
    let nodes = nodes_with_run(options);
    let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
    let mut story = Story::begin(&short(&nodes, &["start a", "a r", "r end"], rules));
    story.approve(&[FU]);
    begin_attempt(&mut story, 1);
    story
}

fn begin_attempt(story: &mut Story, attempt: u32) {
    let hosts = vec!["web-1".to_owned(), "web-2".to_owned(), "web-3".to_owned()];
    story.system(Action::RunStarted { node: "r".to_owned(), attempt, hosts });
}

fn host(story: &mut Story, attempt: u32, host: &str, state: HostState) {
    let (node, host) = ("r".to_owned(), host.to_owned());
    story.system(Action::HostChanged { node, attempt, host, state, exit: None, note: None });
}

fn ended(attempt: u32, outcome: RunOutcome) -> Action {
    Action::RunEnded { node: "r".to_owned(), attempt, outcome, note: None }
}

fn verified(attempt: u32) -> Action {
    Action::CancelledVerified { node: "r".to_owned(), attempt }
}

#[test]
fn two_decide_at_once_and_the_loser_sees_who_and_when() {
    let yaml = short(&["id: a, kind: approve, who: [{group: ops}], rule: any"], &["start a", "a end"], "");
    let mut story = Story::begin(&yaml);
    let revision = story.order.revision;
    let behind = story.order.clone();
    story.approve(&[JIA]);
    assert!(story.order.revision > revision);
    let refusal = story.refused(FU, Action::Approve { task: Some(1), comment: None, form: None });
    let by = Some(Actor::Person(JIA));
    assert_eq!(refusal, Refusal::AlreadyDecided { task: 1, state: TaskState::Approved, by, at_ms: Some(2_000) });
    // What was decided on the old state would be refused by its revision.
    assert_ne!(behind.revision, story.order.revision);
}

#[test]
fn a_disabled_approver_is_replaced_by_delegate_then_manager_then_administrator() {
    let yaml = short(&["id: a, kind: approve, who: [manager]"], &["start a", "a end"], "");
    let submission = || Submission { requester: ZHANG, ..Submission::default() };
    let mut people = directory();
    people.people.get_mut(&FU).unwrap().active = false;
    let with_manager = Story::begin_with(&yaml, people.clone(), submission());
    assert_eq!(with_manager.open(), [(1, vec![WU])]);
    let delegation = flow::directory::Delegation { from: FU, to: JIA, flow: None, from_ms: 0, until_ms: DAY };
    people.delegations = vec![delegation];
    assert_eq!(Story::begin_with(&yaml, people.clone(), submission()).open(), [(1, vec![JIA])]);
    people.delegations.clear();
    people.people.get_mut(&WU).unwrap().active = false;
    let with_administrator = Story::begin_with(&yaml, people, submission());
    assert!(with_administrator.order.tasks[&1].administrators);
}

#[test]
fn an_approver_who_is_disabled_later_is_replaced_too() {
    let yaml = short(&["id: a, kind: approve, who: [manager]"], &["start a", "a end"], "");
    let mut story = Story::begin(&yaml);
    story.directory.people.get_mut(&FU).unwrap().active = false;
    assert_eq!(story.refused(FU, approve()), Refusal::UnknownPerson { person: FU });
    story.system(Action::PeopleChanged {});
    assert_eq!(story.open(), [(1, vec![WU])]);
    story.approve(&[WU]);
    assert_eq!(story.order.status, Status::Approved);
}

#[test]
fn withdraw_while_a_script_runs_waits_until_it_is_stopped() {
    let mut story = running("", "withdraw: anytime");
    story.by(ZHANG, withdraw());
    assert_eq!(story.order.status, Status::Cancelling);
    assert_eq!(story.order.runs["r"].state, RunState::Cancelling);
    assert!(matches!(story.refused(ZHANG, withdraw()), Refusal::WrongStatus { .. }));
    story.system(verified(1));
    assert_eq!(story.order.status, Status::Withdrawn);
}

/// A branch that people decide beside one in which a script runs.
fn beside_a_script(rules: &str) -> Story {
    let nodes = [
        "id: f, kind: fork",
        "id: a, kind: approve, who: [manager], timeouts: [{after: 1h, then: reject}]",
        "id: r, kind: run, script: 'true', on: {group: web}, releasers: [{group: ops}]",
        "id: j, kind: join",
    ];
    let mut story = Story::begin(&short(&nodes, &["start f", "f a", "f r", "a j", "r j", "j end"], rules));
    begin_attempt(&mut story, 1);
    story
}

#[test]
fn whatever_ends_a_branch_beside_a_script_waits_until_it_is_stopped() {
    let reject: fn(&mut Story) = |story| drop(story.by(FU, reject()));
    let give_back: fn(&mut Story) = |story| drop(story.by(FU, give_back(None)));
    let close: fn(&mut Story) = |story| drop(story.by(ROOT, Action::ForceClose { reason: "stop".to_owned() }));
    let time_out: fn(&mut Story) = |story| story.wait(HOUR);
    let cases = [
        (reject, Status::Rejected),
        (give_back, Status::Returned),
        (close, Status::Closed),
        (time_out, Status::Rejected),
    ];
    for (end, status) in cases {
        let mut story = beside_a_script("");
        end(&mut story);
        assert_eq!((story.order.status, story.at()), (Status::Cancelling, vec!["r"]));
        assert_eq!(story.order.open_tasks().count(), 0, "a task was opened while cancelling");
        story.system(verified(1));
        assert_eq!(story.order.status, status);
    }
}

#[test]
fn a_host_that_can_not_be_reached_leaves_it_cancelling_with_a_task_for_an_administrator() {
    let mut story = beside_a_script("");
    story.by(FU, reject());
    story.system(Action::CancelUnverified { node: "r".to_owned(), attempt: 1, hosts: vec!["web-2".to_owned()] });
    assert_eq!(story.order.status, Status::Cancelling);
    let task = story.order.open_tasks().next().unwrap();
    assert_eq!((task.kind, task.problem.as_deref()), (TaskKind::Administer, Some("unreachable")));
    assert_eq!(story.order.runs["r"].hosts["web-2"].state, HostState::Unreachable);
    story.by(ROOT, handle());
    assert_eq!(story.order.status, Status::Rejected);
}

#[test]
fn the_server_learns_late_that_the_attempt_had_ended() {
    let mut story = beside_a_script("");
    story.by(FU, reject());
    story.system(ended(1, RunOutcome::Succeeded));
    assert_eq!((story.order.status, story.order.runs["r"].state), (Status::Rejected, RunState::Succeeded));
}

#[test]
fn a_timer_that_fires_twice_acts_once() {
    let yaml = short(
        &["id: w, kind: wait, for: 1h", "id: a, kind: approve, who: [manager]"],
        &["start w", "w a", "a end"],
        "",
    );
    let mut story = Story::begin(&yaml);
    let timer = story.order.timers.keys().next().unwrap().clone();
    story.wait(HOUR);
    let again = story.try_command(flow::Command::system(Action::Fire { timer: timer.clone() }));
    assert_eq!(again, Err(Refusal::UnknownTimer { timer }));
}

#[test]
fn news_of_an_old_attempt_change_nothing() {
    let mut story = running("", "");
    story.system(ended(1, RunOutcome::Failed));
    story.by(JIA, Action::RetryFailed { node: "r".to_owned() });
    let late = story.try_command(flow::Command::system(ended(1, RunOutcome::Succeeded)));
    assert_eq!(late, Err(Refusal::StaleAttempt { attempt: 1, current: 2 }));
    assert!(matches!(story.refused(JIA, ended(2, RunOutcome::Succeeded)), Refusal::NotAllowed { who: "system" }));
}

#[test]
fn a_run_that_failed_asks_its_releasers_who_retry_only_what_failed() {
    let mut story = running("", "");
    host(&mut story, 1, "web-1", HostState::Succeeded);
    host(&mut story, 1, "web-2", HostState::Failed);
    story.system(ended(1, RunOutcome::Failed));
    assert_eq!(story.order.open_tasks().next().unwrap().kind, TaskKind::RunFailed);
    assert!(matches!(
        story.refused(WU, Action::RetryFailed { node: "r".to_owned() }),
        Refusal::NotAllowed { who: "releaser" }
    ));
    story.by(JIA, Action::RetryFailed { node: "r".to_owned() });
    let run = &story.order.runs["r"];
    assert_eq!((run.attempt, run.only_hosts.as_slice()), (2, ["web-2".to_owned(), "web-3".to_owned()].as_slice()));
    assert_eq!(story.order.open_tasks().count(), 0);
    let hosts = vec!["web-2".to_owned(), "web-3".to_owned()];
    story.system(Action::RunStarted { node: "r".to_owned(), attempt: 2, hosts });
    story.system(ended(2, RunOutcome::Succeeded));
    assert_eq!(story.order.status, Status::Done);
    assert_eq!(story.order.runs["r"].hosts["web-1"].attempt, 1);
}

#[test]
fn failed_hosts_are_skipped_one_by_one_or_all_together() {
    let skip = |host: Option<&str>| Action::Skip {
        node: "r".to_owned(),
        host: host.map(str::to_owned),
        reason: "old".to_owned(),
    };
    let mut story = running("", "");
    for (name, state) in
        [("web-1", HostState::Succeeded), ("web-2", HostState::Failed), ("web-3", HostState::Unreachable)]
    {
        host(&mut story, 1, name, state);
    }
    story.system(ended(1, RunOutcome::Failed));
    assert!(matches!(story.refused(JIA, skip(Some("web-1"))), Refusal::UnknownHost { .. }));
    story.by(JIA, skip(Some("web-2")));
    assert_eq!(story.order.status, Status::Running);
    story.by(JIA, skip(Some("web-3")));
    assert_eq!((story.order.status, story.order.runs["r"].state), (Status::Done, RunState::Partly));
    let mut story = running("", "");
    story.system(ended(1, RunOutcome::Failed));
    story.by(JIA, skip(None));
    assert_eq!(story.order.runs["r"].state, RunState::Skipped);
}

#[test]
fn an_interrupted_run_asks_a_person_unless_it_is_idempotent() {
    let mut story = running("", "");
    story.system(ended(1, RunOutcome::Interrupted));
    assert_eq!(story.order.open_tasks().next().unwrap().kind, TaskKind::RunFailed);
    let mut story = running(", idempotent: true", "");
    for attempt in 1..=3 {
        story.system(ended(attempt, RunOutcome::Interrupted));
        assert_eq!((story.order.runs["r"].attempt, story.order.runs["r"].state), (attempt + 1, RunState::Requested));
    }
    story.system(ended(4, RunOutcome::Interrupted));
    assert_eq!(story.order.open_tasks().next().unwrap().kind, TaskKind::RunFailed);
}

#[test]
fn a_failed_run_takes_its_own_link_where_one_is_drawn() {
    let nodes = ["id: r, kind: run, script: 'true'", "id: m, kind: handle, who: [{group: ops}]"];
    let mut story = Story::begin(&short(&nodes, &["start r", "r end", "r m 'on': failed", "m end"], ""));
    story.system(Action::RunStarted { node: "r".to_owned(), attempt: 1, hosts: Vec::new() });
    story.system(ended(1, RunOutcome::Failed));
    assert_eq!(story.at(), ["m"]);
}

#[test]
fn a_releaser_stops_a_run_and_gives_up_on_it() {
    let cancel = || Action::CancelRun { node: None, reason: "wrong version".to_owned() };
    let mut story = running("", "");
    story.by(JIA, cancel());
    assert_eq!((story.order.status, story.order.runs["r"].state), (Status::Running, RunState::Cancelling));
    story.system(verified(1));
    assert_eq!(story.order.open_tasks().next().unwrap().kind, TaskKind::RunFailed);
    story.by(JIA, cancel());
    assert_eq!(story.order.status, Status::Closed);
}

#[test]
fn a_run_is_held_back_until_a_releaser_lets_it_go_on() {
    let mut story = running("", "");
    let pause = || Action::PauseRun { node: "r".to_owned(), reason: Some("lunch".to_owned()) };
    let go_on = || Action::ContinueRun { node: "r".to_owned() };
    assert!(matches!(story.refused(WU, pause()), Refusal::NotAllowed { who: "releaser" }));
    assert!(matches!(story.refused(JIA, go_on()), Refusal::WrongRunState { .. }));
    story.by(JIA, pause());
    assert!(story.order.runs["r"].paused);
    assert!(matches!(story.refused(JIA, pause()), Refusal::WrongRunState { .. }));
    story.by(JIA, go_on());
    assert!(!story.order.runs["r"].paused);
}

#[test]
fn a_lock_is_needed_while_a_run_of_its_kind_is_ahead() {
    let nodes = [
        "id: build, kind: run, script: 'true', application: web, environment: live",
        "id: ask, kind: approve, who: [manager]",
        "id: r, kind: run, script: 'true', on: {group: web}, application: web, environment: live",
        "id: last, kind: run, script: 'true', application: other, environment: live",
    ];
    let links = ["start build", "build ask", "ask r", "r last", "last end"];
    let mut story = Story::begin(&short(&nodes, &links, ""));
    let ahead = |story: &Story, application: &str| story.order.still_releases(&story.flow, application, Some("live"));
    assert!(ahead(&story, "web") && ahead(&story, "other"));
    assert!(!story.order.still_releases(&story.flow, "web", Some("test")));
    story.system(Action::RunStarted { node: "build".to_owned(), attempt: 1, hosts: Vec::new() });
    let outcome = RunOutcome::Succeeded;
    story.system(Action::RunEnded { node: "build".to_owned(), attempt: 1, outcome, note: None });
    assert!(ahead(&story, "web"), "it comes again after the approval");
    story.approve(&[FU]);
    begin_attempt(&mut story, 1);
    story.system(ended(1, RunOutcome::Succeeded));
    assert!(!ahead(&story, "web") && ahead(&story, "other"));
}

#[test]
fn a_release_begins_again_at_an_earlier_step() {
    let nodes = [
        "id: build, kind: run, script: 'true', releasers: [{group: ops}]",
        "id: r, kind: run, script: 'true', on: {group: web}, releasers: [{group: ops}]",
    ];
    let mut story = Story::begin(&short(&nodes, &["start build", "build r", "r end"], ""));
    let build = |attempt| Action::RunStarted { node: "build".to_owned(), attempt, hosts: Vec::new() };
    let built =
        |attempt| Action::RunEnded { node: "build".to_owned(), attempt, outcome: RunOutcome::Succeeded, note: None };
    story.system(build(1));
    story.system(built(1));
    begin_attempt(&mut story, 1);
    story.system(ended(1, RunOutcome::Failed));
    story.by(JIA, Action::RetryFrom { node: "build".to_owned() });
    assert_eq!((story.at(), story.order.runs["build"].attempt), (vec!["build"], 2));
    story.system(build(2));
    story.system(built(2));
    begin_attempt(&mut story, 2);
    story.system(ended(2, RunOutcome::Partly));
    assert_eq!(story.order.status, Status::Done);
}
