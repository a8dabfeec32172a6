//! What holds for every graph and every sequence of moves. `PROPTEST_CASES=100000` looks longer.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::collections::BTreeMap;

use flow::command::{Action, Context, Submission};
use flow::definition::NodeKind;
use flow::order::{Actor, Order, Passed, TaskKind, TaskState};
use flow::{Definition, Directory, Event, Flow, Happening, Refusal, decide, diagram, drawing, moves, start};
use proptest::prelude::*;
use support::random::{Seed, blocks, command, definition};
use support::*;

fn config(at_least: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(at_least), failure_persistence: None, ..default }
}

/// An order on a random flow, and everything that is checked as it goes on.
struct Run {
    flow: Flow,
    directory: Directory,
    order: Order,
    log: Vec<Event>,
    now_ms: i64,
}

impl Run {
    fn begin(definition: Definition, days: u8) -> Run {
        let flow = Flow::new(definition).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let mut directory = directory();
        directory.groups.insert("gone".to_owned(), Vec::new());
        if days % 2 == 1 {
            // Fu is away, and the requester themself would stand in; Jia and Li stand in for each other.
            let away = |from, to| flow::directory::Delegation { from, to, flow: None, from_ms: 0, until_ms: DAY };
            directory.delegations = vec![away(FU, ZHANG), away(JIA, LI), away(LI, JIA)];
        }
        let form = values(serde_json::json!({"days": days}));
        let submission = Submission { requester: ZHANG, form, ..Submission::default() };
        let context = Context { now_ms: 1_000, directory: &directory };
        let log = start(&flow, &submission, &context).unwrap_or_else(|refusal| panic!("{refusal}"));
        let mut run = Run { flow, directory, order: Order::default(), log: Vec::new(), now_ms: 1_000 };
        run.take_in(log);
        run
    }

    fn take_in(&mut self, events: Vec<Event>) {
        for event in &events {
            self.check_event(event);
            self.order.apply(&self.flow, event);
        }
        self.log.extend(events);
        self.check_state();
    }

    fn make(&mut self, seed: Seed) {
        self.now_ms += i64::from(seed.3) * 60_000;
        if seed.0 == 255 {
            // Somebody leaves the house.
            self.directory.people.get_mut(&FU).unwrap().active = false;
        }
        let command = command(&self.order, seed);
        let context = Context { now_ms: self.now_ms, directory: &self.directory };
        let before = self.order.clone();
        let listed = match command.by {
            Actor::Person(person) if seed.3.is_multiple_of(3) => {
                Some((person, moves(&self.flow, &self.order, person, &context)))
            }
            _ => None,
        };
        let decided = decide(&self.flow, &self.order, &command, &context);
        assert_eq!(self.order, before, "decide changed the order");
        if let Some((person, listed)) = listed {
            self.check_moves(person, &command.action, decided.is_ok(), &listed);
        }
        match decided {
            Ok(events) => {
                assert!(!before.status.is_final(), "{command:?} was taken after the end");
                self.take_in(events);
            }
            Err(refusal) => assert!(!refusal.slug().is_empty()),
        }
    }

    /// Nobody decides a task that is not theirs, and only votes of the current token decide a node.
    fn check_event(&self, event: &Event) {
        match (&event.what, event.by) {
            (
                Happening::Approved { task, .. } | Happening::Rejected { task, .. } | Happening::Handled { task, .. },
                Actor::Person(person),
            ) => {
                let task = &self.order.tasks[task];
                assert_eq!(task.state, TaskState::Open);
                assert!(
                    task.people.contains(&person) || (task.administrators && self.directory.is_administrator(person))
                );
                assert!(task.claimed_by.is_none_or(|by| by == person));
                let own = match &self.flow.node(&task.node).unwrap().kind {
                    NodeKind::Approve(approve) => approve.own,
                    _ => true,
                };
                assert!(
                    own || person != self.order.requester || task.kind != TaskKind::Approve,
                    "an own order was decided"
                );
            }
            (Happening::Left { node, outcome: outcome @ (Passed::Done | Passed::Rejected), .. }, _) => {
                if !matches!(self.flow.node(node).unwrap().kind, NodeKind::Approve(_)) {
                    return;
                }
                let token = self.order.tokens[node].id;
                let wanted = if *outcome == Passed::Done { TaskState::Approved } else { TaskState::Rejected };
                let votes = self.order.tasks.values().filter(|task| task.token == token && task.state == wanted);
                let generations: Vec<u32> = votes.map(|task| task.generation).collect();
                assert!(!generations.is_empty(), "{node} was left without a vote for its token");
                assert!(generations.iter().all(|generation| *generation == self.order.generation), "old votes counted");
            }
            _ => {}
        }
    }

    /// Nothing gets stuck in silence, and an order without a token has ended.
    fn check_state(&self) {
        let order = &self.order;
        assert_eq!(order.tokens.is_empty(), order.status.is_final(), "{order:#?}");
        for (node, token) in &order.tokens {
            let task = order.tasks.values().any(|task| task.node == *node && task.token == token.id && task.is_open());
            let timer = order.timers.keys().any(|timer| timer == &format!("wait-{node}-{}", token.id));
            let attempt = order.runs.get(node).is_some_and(|run| run.token == token.id && run.state.is_live());
            assert!(task || timer || attempt, "nothing happens at {node}: {order:#?}");
        }
        for task in order.open_tasks() {
            let own = match &self.flow.node(&task.node).unwrap().kind {
                NodeKind::Approve(approve) if task.kind == TaskKind::Approve => approve.own,
                _ => true,
            };
            let able = task.people.iter().any(|person| own || *person != order.requester);
            assert!(able || task.administrators, "nobody can do {task:?}");
        }
        if order.status.is_final() {
            assert!(order.timers.is_empty() && order.tasks.values().all(|task| !task.is_live()), "{order:#?}");
        }
    }

    fn check_moves(&self, person: i64, action: &Action, taken: bool, listed: &[flow::LegalMove]) {
        let named = |task: &Option<i64>, name: &str| {
            listed.iter().any(|legal| legal.name == name && (task.is_none() || legal.task == *task))
        };
        let name = action.name();
        let found = match action {
            Action::Approve { task, .. } | Action::Reject { task, .. } | Action::Transfer { task, .. } => {
                named(task, name)
            }
            Action::AddSigner { task, .. } | Action::Claim { task } | Action::Unclaim { task } => named(task, name),
            Action::Handle { task, .. } | Action::Resubmit { task, .. } | Action::Nudge { task } => named(task, name),
            Action::Return { task, to, .. } => listed.iter().any(|legal| {
                let there = legal.targets.contains(to.as_ref().unwrap_or(&"requester".to_owned()));
                legal.name == name && there && (task.is_none() || legal.task == *task)
            }),
            Action::RetryFrom { node } => listed.iter().any(|legal| legal.name == name && legal.targets.contains(node)),
            Action::RetryFailed { node }
            | Action::PauseRun { node, .. }
            | Action::ContinueRun { node }
            | Action::Skip { node, host: None, .. }
            | Action::CancelRun { node: Some(node), .. } => {
                listed.iter().any(|legal| legal.name == name && legal.node.as_ref() == Some(node))
            }
            Action::Skip { node, host: Some(host), .. } => listed
                .iter()
                .any(|legal| legal.name == name && legal.node.as_ref() == Some(node) && legal.hosts.contains(host)),
            _ => named(&None, name),
        };
        assert!(found || !taken, "{name} was taken from {person} but not listed in {listed:#?}");
        let context = Context { now_ms: self.now_ms, directory: &self.directory };
        for legal in listed {
            let again = self.try_listed(person, legal, &context);
            assert!(again, "{legal:?} was listed for {person} but refused");
        }
    }

    fn try_listed(&self, person: i64, legal: &flow::LegalMove, context: &Context) -> bool {
        let (task, reason) = (legal.task, "because".to_owned());
        let node = legal.node.clone().unwrap_or_default();
        let action = match legal.name.as_str() {
            "approve" => Action::Approve { task, comment: None, form: None },
            "reject" => Action::Reject { task, reason },
            "handle" => Action::Handle { task, comment: None, form: None },
            "resubmit" => Action::Resubmit { task, form: None },
            "claim" => Action::Claim { task },
            "unclaim" => Action::Unclaim { task },
            "return" => Action::Return { task, to: legal.targets.first().cloned(), reason },
            "nudge" => Action::Nudge { task },
            "withdraw" => Action::Withdraw { reason },
            "force_close" => Action::ForceClose { reason },
            "retry_failed" => Action::RetryFailed { node },
            "retry_from" => Action::RetryFrom { node: legal.targets[0].clone() },
            "pause_run" => Action::PauseRun { node, reason: None },
            "continue_run" => Action::ContinueRun { node },
            "skip" => Action::Skip { node, host: None, reason },
            "cancel_run" => Action::CancelRun { node: Some(node), reason },
            // These name a person; some person must be taken.
            _ => {
                let mut actions = [ZHANG, FU, JIA, WU, LI, ROOT].into_iter().map(|to| match legal.name.as_str() {
                    "transfer" => Action::Transfer { task, to, reason: reason.clone() },
                    "force_transfer" => Action::ForceTransfer { task: task.unwrap(), to, reason: reason.clone() },
                    _ => {
                        let (people, when) = (vec![to], flow::command::SignerPlace::Before);
                        Action::AddSigner { task, people, when, reason: reason.clone() }
                    }
                });
                return actions.any(|action| {
                    decide(&self.flow, &self.order, &flow::Command::person(person, action), context).is_ok()
                });
            }
        };
        let decided = decide(&self.flow, &self.order, &flow::Command::person(person, action), context);
        matches!(decided, Ok(_) | Err(Refusal::Form { .. }))
    }

    /// Replaying gives the same order, also from what was stored as JSON.
    fn check_replay(&self) {
        assert_eq!(Order::replay(&self.flow, &self.log), self.order);
        let stored: Vec<String> = self.log.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let read: Vec<Event> = stored.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        assert_eq!(read, self.log);
        let projection = serde_json::to_string(&self.order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&projection).unwrap(), self.order);
    }

    /// Between two passes over a join, its fork was entered, and every branch arrived.
    fn check_joins(&self) {
        let mut forks: BTreeMap<String, u32> = BTreeMap::new();
        let mut arrived: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for event in &self.log {
            match &event.what {
                Happening::Entered { node, .. } if node.starts_with("fork") => {
                    *forks.entry(node.clone()).or_default() += 1
                }
                Happening::Arrived { node, branch, .. } => arrived.entry(node.clone()).or_default().push(*branch),
                Happening::Returned { .. } => arrived.clear(),
                Happening::Entered { node, .. } if node.starts_with("join") => {
                    let mut branches = arrived.remove(node).unwrap_or_default();
                    let count = branches.len();
                    branches.sort_unstable();
                    branches.dedup();
                    assert_eq!(branches.len(), count, "a branch reached {node} twice");
                    assert!(count >= 2, "{node} fired with {count} branches");
                }
                _ => {}
            }
        }
        let joins = self
            .log
            .iter()
            .filter(|event| matches!(&event.what, Happening::Entered { node, .. } if node.starts_with("join")));
        assert!(joins.count() as u32 <= forks.values().sum::<u32>());
    }

    fn check_pictures(&self) {
        let diagram = diagram(&self.flow, Some(&self.order), &|person| format!("<{person}>"));
        let svg = drawing::svg(&diagram, "zh-CN");
        assert!(svg.ends_with("</svg>") && !svg.contains("NaN") && !svg.contains("<1>"));
    }
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn every_order_keeps_its_promises(
        blocks in blocks(),
        rules in any::<u8>(),
        days in 0..6_u8,
        seeds in prop::collection::vec(any::<Seed>(), 0..40),
    ) {
        let mut run = Run::begin(definition(&blocks, rules), days);
        for seed in seeds {
            run.make(seed);
        }
        run.check_replay();
        run.check_joins();
        run.check_pictures();
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn yaml_and_json_lose_nothing(blocks in blocks(), rules in any::<u8>(), name in "[^\\p{C}]{1,40}", text in any::<String>()) {
        let mut definition = definition(&blocks, rules);
        definition.name = flow::Words::new(name.clone(), name);
        definition.description = text.as_str().into();
        definition.title = Some(text);
        let yaml = definition.to_yaml();
        prop_assert_eq!(&Definition::from_yaml(&yaml).unwrap(), &definition, "{}", yaml);
        let json = serde_json::to_string(&definition).unwrap();
        prop_assert_eq!(serde_json::from_str::<Definition>(&json).unwrap(), definition);
    }

    #[test]
    fn no_text_is_too_wild_to_be_read_as_a_flow_or_an_expression(text in any::<String>(), code in "[-a-z0-9 ()\\[\\]!?:.+*/%<>=&|'\"{},]{0,300}") {
        let _ = Definition::from_yaml(&text);
        for source in [&text, &code] {
            if let Ok(expression) = flow::expression::Expression::parse(source) {
                let _ = expression.evaluate(&values(serde_json::json!({"a": 1, "b": "text", "c": [1, 2]})));
            }
        }
    }
}

/// The properties say little if the moves never get anywhere.
#[test]
fn random_moves_reach_every_kind_of_event_and_every_end() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngSeed, TestRunner};
    let config = Config { rng_seed: RngSeed::Fixed(7), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let inputs = (blocks(), any::<u8>(), 0..6_u8, prop::collection::vec(any::<Seed>(), 0..40));
    let (mut seen, mut ends) = (BTreeMap::<String, u32>::new(), BTreeMap::<String, u32>::new());
    for _ in 0..800 {
        let (blocks, rules, days, seeds) = inputs.new_tree(&mut runner).unwrap().current();
        let mut run = Run::begin(definition(&blocks, rules), days);
        seeds.into_iter().for_each(|seed| run.make(seed));
        for event in &run.log {
            let json = serde_json::to_value(event).unwrap();
            *seen.entry(json["event"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        *ends.entry(format!("{:?}", run.order.status)).or_default() += 1;
    }
    println!("{seen:#?} {ends:#?}");
    let events = [
        "submitted",
        "entered",
        "left",
        "arrived",
        "condition_evaluated",
        "task_opened",
        "task_ready",
        "approved",
        "rejected",
        "handled",
        "task_cancelled",
        "task_moved",
        "signers_added",
        "claimed",
        "unclaimed",
        "nudged",
        "reminded",
        "form_changed",
        "notified",
        "timer_set",
        "timer_fired",
        "returned",
        "task_returned",
        "resubmitted",
        "run_requested",
        "run_started",
        "host_changed",
        "run_ended",
        "run_cancelling",
        "cancelling_began",
        "ended",
    ];
    for event in events {
        assert!(seen.contains_key(event), "{event} never happened: {seen:#?}");
    }
    for end in ["Running", "Returned", "Cancelling", "Approved", "Done", "Rejected", "Withdrawn", "Closed"] {
        assert!(ends.contains_key(end), "no order came to {end}: {ends:#?}");
    }
}
