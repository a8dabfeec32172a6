//! What somebody wants to happen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::definition::NodeId;
use crate::directory::{Directory, PersonId};
use crate::form::Values;
use crate::note::Note;
use crate::order::{Actor, HostState, RunOutcome, TaskId, TimerId};

/// A move and who makes it. [`crate::decide`] answers with events or a refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Who makes the move; the caller has made sure of it.
    pub by: Actor,
    /// The move.
    pub action: Action,
}

impl Command {
    /// A person's move.
    pub fn person(person: PersonId, action: Action) -> Self {
        Command { by: Actor::Person(person), action }
    }

    /// A move of the server itself: a timer, or news of a run.
    pub fn system(action: Action) -> Self {
        Command { by: Actor::System, action }
    }
}

/// What a decision may look at besides the order: nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The time in milliseconds since 1970.
    pub now_ms: i64,
    /// The people and groups as they are now.
    pub directory: &'a Directory,
}

/// A new order, not yet checked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Whose order it is.
    pub requester: PersonId,
    /// What they filled in.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub form: Values,
    /// The approvers that they chose, for each node that lets them.
    #[serde(default)]
    pub chosen: BTreeMap<NodeId, Vec<PersonId>>,
}

/// Every move. In JSON the key `move` names it: `{"move": "reject", "task": 3, "reason": "…"}`.
///
/// Where `task` may be left out, it means the only open task of the person who makes the move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "move", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// 同意. `form` changes fields that the node may write.
    Approve {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// A remark.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
        /// New values of fields that the node may write.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
        form: Option<Values>,
    },
    /// 驳回.
    Reject {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
    /// 退回 to a node that was visited, or to the requester when `to` is left out or `requester`.
    Return {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// The node, or `requester`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<NodeId>,
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
    /// Sends a returned order on its way again, with a form that replaces the old one.
    Resubmit {
        /// The whole form; the old one when it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
        form: Option<Values>,
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },
    /// 转交: somebody else decides in my place.
    Transfer {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// To whom.
        to: PersonId,
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
    /// 加签: other people sign, too, before or after me.
    AddSigner {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// Who signs, from 1 to 20 people.
        people: Vec<PersonId>,
        /// Before or after.
        when: SignerPlace,
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
    /// 认领: one of several people takes a task.
    Claim {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },
    /// Gives a claimed task back.
    Unclaim {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },
    /// 办理: the work is done. On an administrator's task: what it asks for is done, go on.
    Handle {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// A remark.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
        /// New values of fields that the node may write.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
        form: Option<Values>,
    },
    /// 催办: reminds the people of one task, or of all open ones; once an hour a task.
    Nudge {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },
    /// 撤回 by the requester.
    Withdraw {
        /// Why; may be empty.
        #[serde(default)]
        reason: String,
    },
    /// An administrator ends the order.
    ForceClose {
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
    /// An administrator gives a task to somebody else.
    ForceTransfer {
        /// The task.
        task: TaskId,
        /// To whom.
        to: PersonId,
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
    /// The server: a timer is due.
    Fire {
        /// Which.
        timer: TimerId,
    },
    /// The server: people were disabled or changed, look again at open tasks that nobody can take.
    PeopleChanged {},
    /// The server: an attempt has begun on these hosts.
    RunStarted {
        /// The run node.
        node: NodeId,
        /// The attempt's number.
        attempt: u32,
        /// All hosts, in the order of their batches; empty for a local run.
        #[serde(default)]
        hosts: Vec<String>,
    },
    /// The server: one host has news.
    HostChanged {
        /// The run node.
        node: NodeId,
        /// The attempt's number.
        attempt: u32,
        /// The host.
        host: String,
        /// Its state now.
        state: HostState,
        /// The exit status, when it has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i32>,
        /// A short remark on how it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note>,
    },
    /// The server: an attempt has ended.
    RunEnded {
        /// The run node.
        node: NodeId,
        /// The attempt's number.
        attempt: u32,
        /// How.
        outcome: RunOutcome,
        /// A short remark.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Note>,
    },
    /// The server: an attempt that was to be cancelled is verified gone everywhere.
    CancelledVerified {
        /// The run node.
        node: NodeId,
        /// The attempt's number.
        attempt: u32,
    },
    /// The server: these hosts can not be reached, so that nobody knows whether their attempt is gone.
    CancelUnverified {
        /// The run node.
        node: NodeId,
        /// The attempt's number.
        attempt: u32,
        /// The hosts.
        hosts: Vec<String>,
    },
    /// A releaser: the hosts that failed run again.
    RetryFailed {
        /// The run node.
        node: NodeId,
    },
    /// A releaser: everything from this earlier run node on runs again.
    RetryFrom {
        /// The run node to begin at.
        node: NodeId,
    },
    /// A releaser: a failed run, or one failed host of it, is left as it is.
    Skip {
        /// The run node.
        node: NodeId,
        /// One host; the whole node when it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
    /// A releaser: no further host begins until `continue_run`; hosts that run already end.
    PauseRun {
        /// The run node.
        node: NodeId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A releaser: a run that was paused goes on.
    ContinueRun {
        /// The run node.
        node: NodeId,
    },
    /// A releaser: stops a run that goes on; or gives up on one that failed, which closes the order.
    CancelRun {
        /// The run node; the only run that can be cancelled when it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<NodeId>,
        /// Why, never empty.
        #[serde(default)]
        reason: String,
    },
}

/// Where added signers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignerPlace {
    /// They sign first.
    Before,
    /// They sign after me.
    After,
}

impl Action {
    /// The move's name, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Approve { .. } => "approve",
            Action::Reject { .. } => "reject",
            Action::Return { .. } => "return",
            Action::Resubmit { .. } => "resubmit",
            Action::Transfer { .. } => "transfer",
            Action::AddSigner { .. } => "add_signer",
            Action::Claim { .. } => "claim",
            Action::Unclaim { .. } => "unclaim",
            Action::Handle { .. } => "handle",
            Action::Nudge { .. } => "nudge",
            Action::Withdraw { .. } => "withdraw",
            Action::ForceClose { .. } => "force_close",
            Action::ForceTransfer { .. } => "force_transfer",
            Action::Fire { .. } => "fire",
            Action::PeopleChanged {} => "people_changed",
            Action::RunStarted { .. } => "run_started",
            Action::HostChanged { .. } => "host_changed",
            Action::RunEnded { .. } => "run_ended",
            Action::CancelledVerified { .. } => "cancelled_verified",
            Action::CancelUnverified { .. } => "cancel_unverified",
            Action::RetryFailed { .. } => "retry_failed",
            Action::RetryFrom { .. } => "retry_from",
            Action::Skip { .. } => "skip",
            Action::PauseRun { .. } => "pause_run",
            Action::ContinueRun { .. } => "continue_run",
            Action::CancelRun { .. } => "cancel_run",
        }
    }
}
