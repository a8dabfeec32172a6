//! The way of a dry run so far.

use serde::{Deserialize, Serialize};

use super::reason;
use crate::definition::{Node, NodeId};
use crate::diagram::{NodeState, state_after, state_now};
use crate::directory::{Directory, PersonId};
use crate::event::{Event, Happening};
use crate::form::Values;
use crate::graph::Flow;
use crate::order::{Automatic, Order, Task};
use crate::words::EachLanguage;

/// One node that the order came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RehearsalStep {
    /// The node.
    pub node: NodeId,
    /// Its kind, such as `approve`.
    pub kind: String,
    /// Its name.
    pub name: EachLanguage,
    /// The link that led to it; absent for the start, after a join and after a return.
    pub link: Option<usize>,
    /// Where it stands, or how it was left.
    pub state: NodeState,
    /// Who was asked or told, each once.
    pub people: Vec<PersonId>,
    /// Who was asked or told, and why.
    pub asked: Vec<Asked>,
    /// The links that were taken from here.
    pub took_links: Vec<usize>,
    /// Why a condition took its link.
    pub choice: Option<WayChoice>,
    /// What a script would be given.
    pub run: Option<RunPlan>,
    /// Why nobody had to decide, if so.
    pub automatic: Option<Automatic>,
}

/// Somebody who is asked or told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Asked {
    /// Who.
    pub person: PersonId,
    /// Why, such as `the requester's manager`.
    pub because: EachLanguage,
    /// Whom they stand in for.
    pub instead_of: Option<PersonId>,
}

/// How a condition was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WayChoice {
    /// The values that its expressions read.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub inputs: Values,
    /// The links that were tried, in order; the last one was taken.
    pub tried: Vec<Tried>,
}

/// A link of a condition that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tried {
    /// The link.
    pub link: usize,
    /// Its expression; absent for `otherwise`.
    pub when: Option<String>,
    /// What came of it.
    pub holds: bool,
}

/// What a script would be given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunPlan {
    /// The group of hosts; this machine when it is absent.
    pub group: Option<String>,
    /// The application that it releases.
    pub application: Option<String>,
    /// The environment that it releases to.
    pub environment: Option<String>,
    /// The environment variables, but for secrets.
    pub parameters: std::collections::BTreeMap<String, String>,
}

/// The way that these events are about.
pub(super) fn steps(flow: &Flow, directory: &Directory, order: &Order, events: &[Event]) -> Vec<RehearsalStep> {
    let mut way = Way { flow, directory, order, steps: Vec::new() };
    events.iter().for_each(|event| way.take_in(&event.what));
    for node in order.tokens.keys().filter_map(|id| flow.node(id)) {
        if let Some(step) = way.last(&node.id) {
            step.state = state_now(order, node);
        }
    }
    way.steps
}

struct Way<'a> {
    flow: &'a Flow,
    directory: &'a Directory,
    order: &'a Order,
    steps: Vec<RehearsalStep>,
}

impl Way<'_> {
    fn take_in(&mut self, what: &Happening) {
        match what {
            Happening::Entered { node, link, .. } => {
                self.took(*link);
                self.steps.extend(self.flow.node(node).map(|node| entered(node, *link)));
            }
            Happening::Arrived { link, .. } => self.took(Some(*link)),
            Happening::Left { node, outcome, automatic } => {
                if let Some(step) = self.last(node) {
                    step.state = state_after(*outcome);
                    step.automatic = automatic.or(step.automatic);
                }
            }
            Happening::ConditionEvaluated { node, inputs, link, .. } => {
                let choice = self.choice(node, inputs, *link);
                if let Some(step) = self.last(node) {
                    step.choice = Some(choice);
                }
            }
            Happening::TaskOpened { task } => self.ask(task, &task.people),
            Happening::TaskMoved { task, people, .. } => {
                if let Some(task) = self.order.tasks.get(task) {
                    self.ask(task, people);
                }
            }
            Happening::Notified { node, people } => {
                let Some(node) = self.flow.node(node) else { return };
                for person in people {
                    let because = reason::of_copy(self.flow, self.directory, self.order, node, *person);
                    let because = because.unwrap_or_default();
                    self.add(&node.id, Asked { person: *person, because, instead_of: None });
                }
            }
            Happening::Approved { task, automatic: Some(automatic), .. } => {
                let node = self.order.tasks.get(task).map(|task| task.node.clone());
                if let Some(step) = node.and_then(|node| self.last(&node)) {
                    step.automatic = Some(*automatic);
                }
            }
            Happening::RunRequested { node, run } => {
                if let Some(step) = self.last(node) {
                    step.run = Some(RunPlan {
                        group: run.group.clone(),
                        application: run.application.clone(),
                        environment: run.environment.clone(),
                        parameters: run.parameters.clone(),
                    });
                }
            }
            _ => {}
        }
    }

    /// The latest step at a node.
    fn last(&mut self, node: &str) -> Option<&mut RehearsalStep> {
        self.steps.iter_mut().rev().find(|step| step.node == node)
    }

    fn took(&mut self, link: Option<usize>) {
        let Some((index, link)) = link.and_then(|index| Some((index, self.flow.link(index)?))) else { return };
        if let Some(step) = self.last(&link.from) {
            step.took_links.push(index);
        }
    }

    fn ask(&mut self, task: &Task, people: &[PersonId]) {
        for person in people {
            let because = reason::of_task(self.flow, self.directory, self.order, task, *person);
            self.add(&task.node, Asked { person: *person, because, instead_of: task.delegated_from });
        }
    }

    fn add(&mut self, node: &str, asked: Asked) {
        if let Some(step) = self.last(node) {
            if !step.people.contains(&asked.person) {
                step.people.push(asked.person);
            }
            step.asked.push(asked);
        }
    }

    /// The links that a condition tried on these values, up to the one that it took.
    fn choice(&self, node: &str, inputs: &Values, taken: usize) -> WayChoice {
        let mut tried = Vec::new();
        for link in self.flow.outgoing(node).iter().copied() {
            let Some(expression) = self.flow.condition(link) else { continue };
            tried.push(Tried { link, when: Some(expression.source().to_owned()), holds: link == taken });
            if link == taken {
                break;
            }
        }
        if tried.last().is_none_or(|last| last.link != taken) {
            tried.push(Tried { link: taken, when: None, holds: true });
        }
        WayChoice { inputs: inputs.clone(), tried }
    }
}

fn entered(node: &Node, link: Option<usize>) -> RehearsalStep {
    RehearsalStep {
        node: node.id.clone(),
        kind: node.kind.name().to_owned(),
        name: node.name.each(),
        link,
        state: NodeState::Waiting,
        people: Vec::new(),
        asked: Vec::new(),
        took_links: Vec::new(),
        choice: None,
        run: None,
        automatic: None,
    }
}
