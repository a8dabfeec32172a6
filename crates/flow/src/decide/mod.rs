//! The decisions.

use crate::command::{Command, Context, Submission};
use crate::event::Event;
use crate::graph::Flow;
use crate::order::Order;
use crate::refusal::Refusal;

/// Begins an order: the events of its first steps, or why not.
pub fn start(flow: &Flow, submission: &Submission, context: &Context) -> Result<Vec<Event>, Refusal> {
    let _ = (flow, submission, context);
    unimplemented!("the body follows")
}

/// Decides a move: the events that it causes, or why it is refused.
pub fn decide(flow: &Flow, order: &Order, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
    let _ = (flow, order, command, context);
    unimplemented!("the body follows")
}
