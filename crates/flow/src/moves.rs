//! What somebody could do now.

use serde::{Deserialize, Serialize};

use crate::command::Context;
use crate::definition::NodeId;
use crate::directory::PersonId;
use crate::graph::Flow;
use crate::order::{Order, TaskId};

/// A move that [`crate::decide`] would take now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegalMove {
    /// The name, as in [`crate::command::Action`].
    #[serde(rename = "move")]
    pub name: String,
    /// The task that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The node that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// Whether a reason must come with it.
    pub reason_required: bool,
    /// For `return`: the nodes that the order can go back to, besides the requester. For `retry_from`: the run nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<NodeId>,
    /// For `skip`: the hosts that can be left as they are, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// For `approve`, `handle` and `resubmit`: the fields that can be changed with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// Every move that this person could make now.
pub fn moves(flow: &Flow, order: &Order, person: PersonId, context: &Context) -> Vec<LegalMove> {
    let _ = (flow, order, person, context);
    unimplemented!("the body follows")
}
