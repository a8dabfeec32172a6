//! Random flows that are valid by construction, and random moves.

use std::collections::BTreeMap;

use flow::command::{Action, SignerPlace};
use flow::definition::*;
use flow::form::{Field, FieldKind};
use flow::order::{HostState, Order, RunOutcome, RunState};
use flow::{Actor, Command, Definition, Words};
use proptest::prelude::*;

use super::*;

/// What stands between two points of a flow.
#[derive(Debug, Clone)]
pub enum Block {
    Approve { who: u8, rule: u8, options: u8, back: bool },
    Handle { who: u8, options: u8 },
    Cc,
    Wait(bool),
    Run { idempotent: bool, failed: bool },
    Choice(Vec<Block>, Vec<Block>),
    Fork(Vec<Vec<Block>>),
}

pub fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let leaf = prop_oneof![
        5 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<bool>())
            .prop_map(|(who, rule, options, back)| Block::Approve { who, rule, options, back }),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(who, options)| Block::Handle { who, options }),
        1 => Just(Block::Cc),
        1 => any::<bool>().prop_map(Block::Wait),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(idempotent, failed)| Block::Run { idempotent, failed }),
    ];
    let block = leaf.prop_recursive(3, 16, 3, |inner| {
        let line = prop::collection::vec(inner, 0..3);
        prop_oneof![
            (line.clone(), line.clone()).prop_map(|(yes, no)| Block::Choice(yes, no)),
            prop::collection::vec(line, 2..4).prop_map(Block::Fork),
        ]
    });
    prop::collection::vec(block, 1..5)
}

pub fn definition(blocks: &[Block], rules: u8) -> Definition {
    let mut builder = Builder::default();
    let mut at = builder.node("start", NodeKind::Start(Start::default()));
    at = builder.line(&at, blocks);
    builder.number += 1;
    let end = builder.node("end", NodeKind::End(End {}));
    builder.link(&at, &end);
    let pick = |bit: u8| rules & bit != 0;
    let days = Field { id: "days".to_owned(), label: "Days".into(), kind: FieldKind::Number, ..Field::default() };
    Definition {
        flow: "random".to_owned(),
        name: Words::new("随机", "Random"),
        title: Some("{days}".to_owned()),
        form: vec![days],
        nodes: builder.nodes,
        links: builder.links,
        rules: Rules {
            same_person_twice: if pick(1) { SamePersonTwice::Automatic } else { SamePersonTwice::Ask },
            withdraw: if pick(2) { Withdraw::Anytime } else { Withdraw::BeforeFirstVerdict },
            resubmit: if pick(4) { Resubmit::Direct } else { Resubmit::EveryStep },
            loop_cap: if pick(8) { 3 } else { 20 },
            ..Rules::default()
        },
        ..Definition::default()
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    links: Vec<Link>,
    number: usize,
}

impl Builder {
    fn node(&mut self, name: &str, kind: NodeKind) -> String {
        self.number += 1;
        let id = format!("{name}{}", self.number);
        self.nodes.push(Node { id: id.clone(), name: Words::Both(id.clone()), kind });
        id
    }

    fn link(&mut self, from: &str, to: &str) {
        self.links.push(Link { from: from.to_owned(), to: to.to_owned(), ..Link::default() });
    }

    fn line(&mut self, from: &str, blocks: &[Block]) -> String {
        let mut at = from.to_owned();
        let mut earlier: Option<String> = None;
        for block in blocks {
            at = match block {
                Block::Choice(yes, no) => self.choice(&at, yes, no),
                Block::Fork(branches) => self.fork(&at, branches),
                leaf => self.leaf(&at, leaf, &mut earlier),
            };
        }
        at
    }

    fn choice(&mut self, from: &str, yes: &[Block], no: &[Block]) -> String {
        let condition = self.node("condition", NodeKind::Condition(Condition {}));
        self.link(from, &condition);
        let meet = |builder: &mut Builder| builder.node("cc", NodeKind::Cc(Cc { who: vec![Who::Requester] }));
        let (first, second) = (meet(self), meet(self));
        self.links.push(Link { when: Some("days > 3".to_owned()), ..link(&condition, &first) });
        self.links.push(Link { otherwise: true, ..link(&condition, &second) });
        let (first, second) = (self.line(&first, yes), self.line(&second, no));
        let meeting = meet(self);
        self.link(&first, &meeting);
        self.link(&second, &meeting);
        meeting
    }

    fn fork(&mut self, from: &str, branches: &[Vec<Block>]) -> String {
        let fork = self.node("fork", NodeKind::Fork(Fork {}));
        self.link(from, &fork);
        let mut ends = Vec::new();
        for branch in branches {
            let first = self.node("cc", NodeKind::Cc(Cc { who: vec![Who::Manager] }));
            self.link(&fork, &first);
            ends.push(self.line(&first, branch));
        }
        let join = self.node("join", NodeKind::Join(Join {}));
        ends.iter().for_each(|end| self.link(end, &join));
        join
    }

    fn leaf(&mut self, from: &str, block: &Block, earlier: &mut Option<String>) -> String {
        let id = match block {
            Block::Approve { who, rule, options, back } => {
                let approve = Approve {
                    who: people(*who),
                    rule: match rule % 5 {
                        0 => VoteRule::Any,
                        1 => VoteRule::All,
                        2 => VoteRule::Sequence,
                        3 => VoteRule::Quorum(2),
                        _ => VoteRule::Percent(50),
                    },
                    own: options & 1 != 0,
                    nobody: if options & 2 != 0 { Nobody::Skip } else { Nobody::Administrator },
                    fields: if options & 4 != 0 {
                        BTreeMap::from([("days".to_owned(), Access::Write)])
                    } else {
                        BTreeMap::new()
                    },
                    timeouts: if options & 8 != 0 { timeouts(options >> 4, true) } else { Vec::new() },
                    return_to: None,
                };
                let id = self.node("approve", NodeKind::Approve(approve));
                if let Some(earlier) = earlier.as_ref().filter(|_| *back) {
                    self.links.push(Link { on: Some(Outcome::Rejected), ..link(&id, earlier) });
                }
                *earlier = Some(id.clone());
                id
            }
            Block::Handle { who, options } => {
                let timeouts = if options & 1 != 0 { timeouts(options >> 4, false) } else { Vec::new() };
                self.node("handle", NodeKind::Handle(Handle { who: people(*who), timeouts, ..Handle::default() }))
            }
            Block::Wait(long) => {
                let ms = if *long { DAY } else { 0 };
                self.node("wait", NodeKind::Wait(Wait { duration: Some(Span { ms }), until: None }))
            }
            Block::Run { idempotent, failed } => {
                let run = Run {
                    script: "true".to_owned(),
                    place: Place::Group("web".to_owned()),
                    idempotent: *idempotent,
                    releasers: vec![Who::Person("jia".to_owned())],
                    parameters: BTreeMap::from([("DAYS".to_owned(), "days".to_owned())]),
                    ..Run::default()
                };
                let id = self.node("run", NodeKind::Run(run));
                if let Some(earlier) = earlier.as_ref().filter(|_| *failed) {
                    self.links.push(Link { on: Some(Outcome::Failed), ..link(&id, earlier) });
                }
                id
            }
            _ => self.node("cc", NodeKind::Cc(Cc { who: vec![Who::Group("finance".to_owned())] })),
        };
        self.link(from, &id);
        id
    }
}

fn link(from: &str, to: &str) -> Link {
    Link { from: from.to_owned(), to: to.to_owned(), ..Link::default() }
}

fn people(bits: u8) -> Vec<Who> {
    let all = [
        Who::Manager,
        Who::Group("ops".to_owned()),
        Who::Person("wu".to_owned()),
        Who::Requester,
        Who::Administrators,
        Who::Group("gone".to_owned()),
        Who::Person("left".to_owned()),
        Who::Group("leads".to_owned()),
    ];
    let chosen: Vec<Who> =
        all.into_iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, who)| who).collect();
    if chosen.is_empty() { vec![Who::Manager] } else { chosen }
}

fn timeouts(bits: u8, verdict: bool) -> Vec<Timeout> {
    let then = match bits % 4 {
        0 => TimeoutMove::Remind,
        1 => TimeoutMove::Approve,
        2 if verdict => TimeoutMove::Reject,
        _ => TimeoutMove::Escalate,
    };
    vec![Timeout { after: Span { ms: HOUR }, then, to: Vec::new() }]
}

/// A few numbers, which become a move that has a good chance to be legal now.
pub type Seed = (u8, u8, u8, u8);

pub fn command(order: &Order, seed: Seed) -> Command {
    let (kind, who, what, more) = seed;
    let everybody = [ZHANG, FU, JIA, WU, LI, ROOT];
    let tasks: Vec<_> = order.open_tasks().collect();
    let task = tasks.get(what as usize % tasks.len().max(1));
    let id = task.map(|task| task.id).filter(|_| !more.is_multiple_of(8));
    let owner =
        task.and_then(|task| task.claimed_by.or(task.people.get(more as usize % task.people.len().max(1)).copied()));
    let person = owner.filter(|_| !who.is_multiple_of(4)).unwrap_or(everybody[who as usize % everybody.len()]);
    let other = everybody[more as usize % everybody.len()];
    let reason = if more % 16 == 1 { String::new() } else { "because".to_owned() };
    let runs: Vec<_> = order.runs.iter().filter(|(node, _)| order.tokens.contains_key(*node)).collect();
    let run = runs.get(what as usize % runs.len().max(1));
    let (node, attempt) = run.map_or(("none".to_owned(), 0), |(node, run)| ((*node).clone(), run.attempt));
    let visited: Vec<_> = order.nodes.keys().collect();
    let form = (more.is_multiple_of(3)).then(|| values(serde_json::json!({"days": more})));
    let action = match kind % 32 {
        0..=7 => Action::Approve { task: id, comment: None, form: form.filter(|_| more.is_multiple_of(2)) },
        8 | 9 => Action::Reject { task: id, reason },
        10 => {
            let to = visited.get(more as usize % visited.len().max(1)).map(|node| (*node).clone());
            Action::Return { task: id, to: to.filter(|_| more.is_multiple_of(2)), reason }
        }
        11 | 12 => Action::Resubmit { form, task: None },
        13 => Action::Transfer { task: id, to: other, reason },
        14 => Action::AddSigner {
            task: id,
            people: vec![other],
            when: if more.is_multiple_of(2) { SignerPlace::Before } else { SignerPlace::After },
            reason,
        },
        15 => Action::Claim { task: id },
        16 => Action::Unclaim { task: id },
        17 | 18 => Action::Handle { task: id, comment: None, form: None },
        19 => Action::Nudge { task: None },
        20 if more.is_multiple_of(4) => return Command::person(ZHANG, Action::Withdraw { reason }),
        20 if more % 4 == 1 => return Command::person(ROOT, Action::ForceClose { reason }),
        20 => return Command::person(ROOT, Action::ForceTransfer { task: id.unwrap_or(1), to: other, reason }),
        21 => return Command::system(Action::PeopleChanged {}),
        22 | 23 => {
            let timer = order.next_timer().map(|(timer, _)| timer.clone()).unwrap_or_default();
            return Command::system(Action::Fire { timer });
        }
        24..=28 => return Command::system(run_news(run.map(|(_, run)| run.state), node, attempt, more)),
        29 if more.is_multiple_of(3) => return Command::person(JIA, Action::PauseRun { node, reason: None }),
        29 if more % 3 == 1 => return Command::person(JIA, Action::ContinueRun { node }),
        29 => return Command::person(JIA, Action::RetryFailed { node }),
        30 => {
            return Command::person(
                JIA,
                Action::Skip { node, host: (more.is_multiple_of(2)).then(|| "web-1".to_owned()), reason },
            );
        }
        _ if more.is_multiple_of(2) => {
            return Command::person(JIA, Action::RetryFrom { node: order.runs.keys().next().cloned().unwrap_or(node) });
        }
        _ => return Command::person(JIA, Action::CancelRun { node: Some(node), reason }),
    };
    Command { by: Actor::Person(person), action }
}

fn run_news(state: Option<RunState>, node: String, attempt: u32, more: u8) -> Action {
    match (state, more % 6) {
        (Some(RunState::Requested), 0..=4) => {
            Action::RunStarted { node, attempt, hosts: vec!["web-1".to_owned(), "web-2".to_owned()] }
        }
        (Some(RunState::Cancelling), 0..=3) => Action::CancelledVerified { node, attempt },
        (Some(RunState::Cancelling), 4) => Action::CancelUnverified { node, attempt, hosts: vec!["web-1".to_owned()] },
        (_, 0) => Action::HostChanged {
            node,
            attempt,
            host: "web-1".to_owned(),
            state: HostState::Failed,
            exit: Some(1),
            note: None,
        },
        (_, 1 | 2) => Action::RunEnded { node, attempt, outcome: RunOutcome::Succeeded, note: None },
        (_, 3) => Action::RunEnded { node, attempt, outcome: RunOutcome::Failed, note: None },
        (_, 4) => Action::RunEnded { node, attempt, outcome: RunOutcome::Interrupted, note: None },
        _ => {
            Action::RunEnded { node, attempt: attempt + u32::from(more > 200), outcome: RunOutcome::Partly, note: None }
        }
    }
}
