//! Who will be asked: a dry run.

use serde::{Deserialize, Serialize};

use crate::command::{Context, Submission};
use crate::definition::{NodeId, VoteRule};
use crate::directory::PersonId;
use crate::graph::Flow;
use crate::order::Automatic;
use crate::refusal::Refusal;

/// One step of the way that an order with these values would take if everybody approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewStep {
    /// The node.
    pub node: NodeId,
    /// Its kind, such as `approve`.
    pub kind: String,
    /// The link that leads to it; absent for the start.
    pub link: Option<usize>,
    /// Who is asked or told.
    pub people: Vec<PersonId>,
    /// The groups that share a task.
    pub groups: Vec<String>,
    /// Whether the administrators are asked.
    pub administrators: bool,
    /// How votes become a result, for `approve`.
    pub rule: Option<VoteRule>,
    /// Why nobody has to decide, if so.
    pub automatic: Option<Automatic>,
    /// Whether the requester has to choose people, and has not.
    pub choose: bool,
}

/// Goes through the flow as if everybody approved and every script succeeded.
pub fn preview(flow: &Flow, submission: &Submission, context: &Context) -> Result<Vec<PreviewStep>, Refusal> {
    let _ = (flow, submission, context);
    unimplemented!("the body follows")
}
