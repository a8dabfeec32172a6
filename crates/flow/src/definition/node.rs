//! The nodes of a flow, kind by kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Run, Span, is_default};
use crate::words::Words;

/// The identifier of a node within its flow: small letters, digits, `_` and `-`, beginning with a letter.
pub type NodeId = String;

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    /// Its identifier, unique in the flow.
    pub id: NodeId,
    /// What the diagram shows.
    pub name: Words,
    /// What it does; its keys stand beside `id` and `name`, and `kind` names it.
    #[serde(flatten)]
    pub kind: NodeKind,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NodeKind {
    /// Where every order begins.
    Start(Start),
    /// Where an order ends well.
    End(End),
    /// People decide (审批).
    Approve(Approve),
    /// Somebody does the work (办理): no verdict.
    Handle(Handle),
    /// Exactly one outgoing link is taken (条件分支).
    Condition(Condition),
    /// All outgoing links at once (并行网关).
    Fork(Fork),
    /// Waits for every branch of its fork.
    Join(Join),
    /// A script runs (执行).
    Run(Run),
    /// People are told; nobody is waited for (抄送).
    Cc(Cc),
    /// Until a time, or for a duration.
    Wait(Wait),
}

impl NodeKind {
    /// The kind's name, as in YAML.
    pub fn name(&self) -> &'static str {
        match self {
            NodeKind::Start(_) => "start",
            NodeKind::End(_) => "end",
            NodeKind::Approve(_) => "approve",
            NodeKind::Handle(_) => "handle",
            NodeKind::Condition(_) => "condition",
            NodeKind::Fork(_) => "fork",
            NodeKind::Join(_) => "join",
            NodeKind::Run(_) => "run",
            NodeKind::Cc(_) => "cc",
            NodeKind::Wait(_) => "wait",
        }
    }
}

/// Where every order begins.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What the requester may do with single fields; `write` when a field is not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Access>,
}

/// Where an order ends well.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct End {}

/// All outgoing links at once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Fork {}

/// Waits for every branch of its fork.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = JoinNode))]
#[serde(deny_unknown_fields)]
pub struct Join {}

/// Exactly one outgoing link is taken: the first whose `when` holds, else the one with `otherwise`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {}

/// People decide.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Who is asked. They are looked up when the node is entered.
    pub who: Vec<Who>,
    /// How their votes become a result.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rule: VoteRule,
    /// Whether the requester may approve their own order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub own: bool,
    /// What happens when nobody is found.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nobody: Nobody,
    /// What its people may do with single fields; `read` when a field is not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Access>,
    /// What happens as time passes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeouts: Vec<Timeout>,
    /// The earlier nodes that it may return to; any that was visited when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_to: Option<Vec<NodeId>>,
}

/// Somebody does the work and marks it done. Several people, or a group, share one task that one of them claims.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Handle {
    /// Who may do it.
    pub who: Vec<Who>,
    /// What happens when nobody is found.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nobody: Nobody,
    /// What its people may do with single fields; `read` when a field is not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Access>,
    /// What happens as time passes. `approve` marks the work as done; `reject` is refused here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeouts: Vec<Timeout>,
    /// The earlier nodes that it may return to; any that was visited when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_to: Option<Vec<NodeId>>,
}

/// People are told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Cc {
    /// Who is told.
    pub who: Vec<Who>,
}

/// A pause: exactly one of the two keys is given.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How long.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
    /// The date field that says until when. A time that has passed, or an empty field, does not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Who is asked, told or responsible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The requester's manager.
    Manager,
    /// The people whom the requester chose for this node.
    Chosen,
    /// All administrators.
    Administrators,
    /// The requester.
    Requester,
    /// One person by username.
    Person(String),
    /// The members of a group.
    Group(String),
    /// The people or group in a field of the form.
    Field(String),
}

/// How votes become a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoteRule {
    /// The first verdict decides (或签). A group shares one task, which somebody claims.
    Any,
    /// Everybody approves; one reject decides (会签).
    #[default]
    All,
    /// One after the other, in the order of `who` (依次审批).
    Sequence,
    /// At least so many approve (票签); everybody when fewer are asked.
    Quorum(u32),
    /// At least so many percent approve (票签), rounded up.
    Percent(u32),
}

/// What happens when nobody is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Nobody {
    /// The administrators are asked.
    #[default]
    Administrator,
    /// The node is passed, marked as automatic.
    Skip,
}

/// What somebody may do with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// It is not shown.
    Hidden,
    /// It can be read.
    Read,
    /// It can be changed.
    Write,
}

/// What happens to a task that is still open after a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Timeout {
    /// Counted from when the task was opened.
    pub after: Span,
    /// What happens.
    pub then: TimeoutMove,
    /// Whom `escalate` asks instead; the administrators when it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Who>,
}

/// What a timeout does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeoutMove {
    /// Reminds its people.
    Remind,
    /// Approves by itself, or marks the work as done.
    Approve,
    /// Rejects by itself.
    Reject,
    /// Asks somebody else instead.
    Escalate,
}
