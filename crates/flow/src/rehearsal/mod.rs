//! A dry run, step by step: an order that nobody but the designer sees.
//!
//! It is decided by [`crate::start`] and [`crate::decide`] like any order, so that what it shows is what will happen. Its
//! clock stands still but for timers: whoever lets one fire moves it to when that one is due.

mod answer;
mod reason;
mod step;
mod waiting;

pub use answer::{RehearsalAnswer, Verdict};
pub use step::{Asked, RehearsalStep, RunPlan, Tried, WayChoice};
pub use waiting::Waiting;

use serde::{Deserialize, Serialize};

use crate::command::{Command, Context, Submission};
use crate::directory::Directory;
use crate::event::Event;
use crate::graph::Flow;
use crate::order::{Order, Status};
use crate::refusal::Refusal;

/// The most answers that one dry run takes.
pub const ANSWERS: usize = 500;

/// A dry run.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    flow: &'a Flow,
    directory: &'a Directory,
    now_ms: i64,
    order: Order,
    events: Vec<Event>,
}

/// How far a dry run has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RehearsalReport {
    /// Every node that was entered, in order; one that was entered again is there again.
    pub steps: Vec<RehearsalStep>,
    /// What the order waits for, and which answers it takes there.
    pub waiting: Vec<Waiting>,
    /// How it ended.
    pub ended: Option<Status>,
    /// The time of the dry run in milliseconds since 1970.
    pub now_ms: i64,
}

impl<'a> Rehearsal<'a> {
    /// Begins an order that is not kept.
    pub fn begin(flow: &'a Flow, submission: &Submission, context: &Context<'a>) -> Result<Self, Refusal> {
        let events = crate::start(flow, submission, context)?;
        let order = Order::replay(flow, &events);
        Ok(Rehearsal { flow, directory: context.directory, now_ms: context.now_ms, order, events })
    }

    /// Takes an answer. One that is refused changes nothing.
    pub fn answer(&mut self, answer: &RehearsalAnswer) -> Result<(), Refusal> {
        let (order, events, now_ms) = (self.order.clone(), self.events.len(), self.now_ms);
        let made = self.make(answer::commands(&self.order, answer)?);
        if made.is_err() {
            (self.order, self.now_ms) = (order, now_ms);
            self.events.truncate(events);
        }
        made
    }

    fn make(&mut self, steps: Vec<Step>) -> Result<(), Refusal> {
        for step in steps {
            let now_ms = self.now_ms.max(step.not_before_ms);
            let context = Context { now_ms, directory: self.directory };
            let events = crate::decide(self.flow, &self.order, &step.command, &context)?;
            self.now_ms = now_ms;
            events.iter().for_each(|event| self.order.apply(self.flow, event));
            self.events.extend(events);
        }
        Ok(())
    }

    /// The order as it is now.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Everything that has happened to it.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How far it has come.
    pub fn report(&self) -> RehearsalReport {
        RehearsalReport {
            steps: step::steps(self.flow, self.directory, &self.order, &self.events),
            waiting: waiting::waiting(self.flow, &self.order),
            ended: self.order.status.is_final().then_some(self.order.status),
            now_ms: self.now_ms,
        }
    }
}

/// A move of a dry run, and when it can be made.
struct Step {
    command: Command,
    not_before_ms: i64,
}
