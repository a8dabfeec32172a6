//! One decision in the making: events are applied to a copy as they come, so that each step sees the ones before.

use std::collections::VecDeque;

use crate::command::Context;
use crate::definition::{Node, NodeId, NodeKind, Outcome};
use crate::directory::PersonId;
use crate::event::{Event, Happening};
use crate::form::{Values, date_ms};
use crate::graph::Flow;
use crate::order::{Actor, Automatic, Due, Order, Passed, Status, Task, TaskKind, TaskState, Timer};
use crate::refusal::Refusal;

/// The most nodes that one decision enters: a bound for cycles that pass by themselves.
const STEPS: usize = 5_000;
/// The most tasks of one order.
const TASKS: usize = 20_000;

pub(crate) struct Turn<'a> {
    pub flow: &'a Flow,
    pub context: &'a Context<'a>,
    pub by: Actor,
    pub order: Order,
    pub events: Vec<Event>,
    pending: VecDeque<Step>,
    steps: usize,
}

/// A token that is on its way to a node.
struct Step {
    node: NodeId,
    link: Option<usize>,
    signed_by: Vec<PersonId>,
}

impl<'a> Turn<'a> {
    pub fn new(flow: &'a Flow, order: Order, by: Actor, context: &'a Context<'a>) -> Self {
        Turn { flow, context, by, order, events: Vec::new(), pending: VecDeque::new(), steps: 0 }
    }

    /// Records what the actor does.
    pub fn act(&mut self, what: Happening) {
        self.record(self.by, what);
    }

    /// Records what follows by itself.
    pub fn follow(&mut self, what: Happening) {
        self.record(Actor::System, what);
    }

    /// Records what somebody did.
    pub fn record(&mut self, by: Actor, what: Happening) {
        let event = Event { at_ms: self.context.now_ms, by, what };
        self.order.apply(self.flow, &event);
        self.events.push(event);
    }

    /// The node with this identifier. Tokens and tasks only name nodes of the order's own flow.
    pub fn node(&self, id: &str) -> Option<&'a Node> {
        self.flow.node(id)
    }

    /// Sends a token to a node. It arrives in [`Turn::settle`].
    pub fn send(&mut self, node: &str, link: Option<usize>, signed_by: Vec<PersonId>) {
        self.pending.push_back(Step { node: node.to_owned(), link, signed_by });
    }

    /// Moves tokens on until each of them waits for somebody or something.
    pub fn settle(&mut self) -> Result<(), Refusal> {
        while let Some(step) = self.pending.pop_front() {
            self.steps += 1;
            let visits = self.order.nodes.get(&step.node).map_or(0, |record| record.visits);
            let too_often = visits >= self.flow.definition().rules.loop_cap || self.steps > STEPS;
            if too_often && self.by != Actor::System {
                return Err(Refusal::LoopCap { node: step.node, times: visits });
            }
            let token = self.order.last_token + 1;
            let (node, signed_by) = (step.node.clone(), step.signed_by);
            self.follow(Happening::Entered { node, token, link: step.link, signed_by });
            match too_often {
                true => self.ask_administrators(&step.node, "loop_cap"),
                false => self.arrive(&step.node)?,
            }
        }
        Ok(())
    }

    /// Does what a node does when a token has come to it.
    pub fn arrive(&mut self, id: &str) -> Result<(), Refusal> {
        let Some(node) = self.node(id) else { return Ok(()) };
        let result = match &node.kind {
            NodeKind::Start(_) | NodeKind::Join(_) => self.pass(id, Passed::Done, None),
            NodeKind::End(_) => self.reach_end(id),
            NodeKind::Approve(approve) => self.ask_approvers(node, approve),
            NodeKind::Handle(handle) => self.ask_handlers(node, handle),
            NodeKind::Condition(_) => self.choose_link(id),
            NodeKind::Fork(_) => self.split(id),
            NodeKind::Run(run) => self.request_run(id, run, Vec::new(), 0),
            NodeKind::Cc(cc) => self.notify(id, cc),
            NodeKind::Wait(wait) => {
                let until_ms = match (&wait.duration, &wait.until) {
                    (Some(duration), _) => Some(self.context.now_ms.saturating_add(duration.ms)),
                    (None, Some(field)) => {
                        let offset = self.flow.definition().rules.utc_offset;
                        self.order.form.get(field).and_then(|value| date_ms(value.as_str()?, offset))
                    }
                    (None, None) => None,
                };
                self.wait_until(id, until_ms)
            }
        };
        match result {
            Err(refusal) if self.by == Actor::System => {
                // Nobody is there to hear a refusal, and a timer would try for ever.
                self.ask_administrators(id, &refusal.slug());
                Ok(())
            }
            result => result,
        }
    }

    fn wait_until(&mut self, id: &str, until_ms: Option<i64>) -> Result<(), Refusal> {
        match until_ms.filter(|until_ms| *until_ms > self.context.now_ms) {
            Some(at_ms) => {
                let timer = format!("wait-{id}-{}", self.order.last_token);
                self.follow(Happening::TimerSet {
                    timer,
                    set: Timer { at_ms, what: Due::Wait { node: id.to_owned() } },
                });
                Ok(())
            }
            None => self.pass(id, Passed::Done, None),
        }
    }

    fn reach_end(&mut self, id: &str) -> Result<(), Refusal> {
        self.follow(Happening::Left { node: id.to_owned(), outcome: Passed::Done, automatic: None });
        if self.order.tokens.is_empty() && self.pending.is_empty() {
            let worked = self.order.nodes.keys().filter_map(|id| self.flow.node(id));
            let status =
                match worked.into_iter().any(|node| matches!(node.kind, NodeKind::Handle(_) | NodeKind::Run(_))) {
                    true => Status::Done,
                    false => Status::Approved,
                };
            self.follow(Happening::Ended { status, reason: None });
        }
        Ok(())
    }

    fn split(&mut self, id: &str) -> Result<(), Refusal> {
        let signed_by = self.signers(id);
        self.follow(Happening::Left { node: id.to_owned(), outcome: Passed::Done, automatic: None });
        for link in self.flow.outgoing(id).to_vec() {
            self.take(link, signed_by.clone());
        }
        Ok(())
    }

    /// Evaluates the links of a condition on the values of this moment.
    fn choose_link(&mut self, id: &str) -> Result<(), Refusal> {
        let variables = self.variables();
        let mut inputs = Values::new();
        let mut chosen = None;
        for link in self.flow.outgoing(id) {
            let Some(expression) = self.flow.condition(*link) else { continue };
            let read =
                expression.names().into_iter().filter_map(|name| Some((name.to_owned(), variables.get(name)?.clone())));
            inputs.extend(read);
            let holds = expression.holds(&variables).map_err(|problem| Refusal::Expression {
                node: id.to_owned(),
                link: Some(*link),
                expression: expression.source().to_owned(),
                problem,
            })?;
            if holds {
                chosen = Some((*link, Some(expression.source().to_owned())));
                break;
            }
        }
        let Some((link, when)) = chosen.or_else(|| Some((self.flow.otherwise(id)?, None))) else { return Ok(()) };
        self.follow(Happening::ConditionEvaluated { node: id.to_owned(), inputs, link, when });
        let signed_by = self.signers(id);
        self.follow(Happening::Left { node: id.to_owned(), outcome: Passed::Done, automatic: None });
        self.take(link, signed_by);
        Ok(())
    }

    /// Leaves a node along its link for this outcome, or the link that has no `on`.
    pub fn pass(&mut self, id: &str, outcome: Passed, automatic: Option<Automatic>) -> Result<(), Refusal> {
        let signed_by = self.signers(id);
        let direct = self.order.direct.as_ref().filter(|direct| direct.from == id).map(|direct| direct.to.clone());
        self.follow(Happening::Left { node: id.to_owned(), outcome, automatic });
        let wanted = match outcome {
            Passed::Rejected => Some(Outcome::Rejected),
            Passed::Failed => Some(Outcome::Failed),
            _ => None,
        };
        match (direct, self.flow.link_on(id, wanted)) {
            (Some(node), _) if wanted.is_none() => self.send(&node, None, signed_by),
            (_, Some(link)) => self.take(link, signed_by),
            (_, None) => {}
        }
        Ok(())
    }

    /// Sends a token along a link. Joins count branches, and only the last of them goes on.
    fn take(&mut self, link: usize, signed_by: Vec<PersonId>) {
        let Some(target) = self.flow.link(link).map(|link| link.to.clone()) else { return };
        match self.flow.branch_at_join(link) {
            None => self.send(&target, Some(link), signed_by),
            Some((branch, branches)) => {
                self.follow(Happening::Arrived { node: target.clone(), branch, link });
                if self.order.arrived.get(&target).is_some_and(|arrived| arrived.len() >= branches) {
                    self.send(&target, None, Vec::new());
                }
            }
        }
    }

    /// Who approved the last approval step on the way to where this token goes next.
    fn signers(&self, id: &str) -> Vec<PersonId> {
        let approved = self.order.tasks_at(id).filter(|task| task.state == TaskState::Approved);
        let signers: Vec<PersonId> = approved
            .filter_map(|task| match (task.decided_by, task.automatic) {
                (Some(Actor::Person(person)), _) => Some(person),
                (_, Some(Automatic::SamePerson)) => task.people.first().copied(),
                _ => None,
            })
            .collect();
        match signers.is_empty() {
            true => {
                self.order.tokens.get(id).map(|token| token.signed_by.iter().copied().collect()).unwrap_or_default()
            }
            false => signers,
        }
    }

    /// What expressions see: the form, and who asks.
    pub fn variables(&self) -> Values {
        self.flow.variables(&self.order.form, self.order.requester, self.context.directory)
    }

    /// A new task at a node, with nobody to do it yet.
    pub fn new_task(&self, node: &str, kind: TaskKind) -> Task {
        let id = self.order.next_task();
        Task {
            id,
            node: node.to_owned(),
            kind,
            generation: self.order.generation,
            token: self.order.tokens.get(node).map_or(0, |token| token.id),
            people: Vec::new(),
            group: None,
            administrators: false,
            claimed_by: None,
            seat: id,
            waits_for: Default::default(),
            opened_ms: Some(self.context.now_ms),
            state: TaskState::Open,
            why: None,
            decided_by: None,
            at_ms: None,
            comment: None,
            automatic: None,
            delegated_from: None,
            added_by: None,
            nudged_ms: None,
            problem: None,
        }
    }

    /// Asks the administrators for help at a node.
    pub fn ask_administrators(&mut self, node: &str, problem: &str) {
        let people = self.context.directory.administrators();
        let task = self.new_task(node, TaskKind::Administer);
        let task = Task { people, administrators: true, problem: Some(problem.to_owned()), ..task };
        self.follow(Happening::TaskOpened { task });
    }

    /// Refuses before an order has more tasks than it can hold.
    pub fn room_for_tasks(&self, more: usize) -> Result<(), Refusal> {
        match self.order.tasks.len() + more <= TASKS {
            true => Ok(()),
            false => Err(Refusal::TooMany { what: "tasks", most: TASKS }),
        }
    }
}
