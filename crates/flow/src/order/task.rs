//! Tasks: what the order waits for people to do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Actor;
use crate::definition::NodeId;
use crate::directory::PersonId;

/// The number of a task within its order, from 1.
pub type TaskId = i64;

/// Something that somebody is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// Its number.
    pub id: TaskId,
    /// The node that asks.
    pub node: NodeId,
    /// What is asked.
    pub kind: TaskKind,
    /// The generation that it belongs to.
    pub generation: u32,
    /// The token for which it counts.
    pub token: u64,
    /// Who may do it.
    pub people: Vec<PersonId>,
    /// The group whose members they are, if they are one.
    pub group: Option<String>,
    /// Whether every administrator may do it, those of the future included.
    pub administrators: bool,
    /// Who has taken it of several.
    pub claimed_by: Option<PersonId>,
    /// The task whose vote this one is part of: itself, or the task that it was added to as a signer.
    pub seat: TaskId,
    /// The tasks that must be approved before this one opens.
    pub waits_for: BTreeSet<TaskId>,
    /// When it was opened, in milliseconds since 1970; absent while it waits.
    pub opened_ms: Option<i64>,
    /// Where it stands.
    pub state: TaskState,
    /// Why it was cancelled.
    pub why: Option<Why>,
    /// Who decided it.
    pub decided_by: Option<Actor>,
    /// When it was decided or cancelled, in milliseconds since 1970.
    pub at_ms: Option<i64>,
    /// The remark or reason of the decision.
    pub comment: Option<String>,
    /// Why it was decided by itself, if it was.
    pub automatic: Option<Automatic>,
    /// Whose task it was before it went to a delegate, a manager or somebody else.
    pub delegated_from: Option<PersonId>,
    /// Who added it as a signer.
    pub added_by: Option<PersonId>,
    /// When its people were last nudged, in milliseconds since 1970.
    pub nudged_ms: Option<i64>,
    /// For tasks of administrators: what is to be looked at, as a stable word such as `division_by_zero`.
    pub problem: Option<String>,
}

impl Task {
    /// Whether it can be decided now.
    pub fn is_open(&self) -> bool {
        self.state == TaskState::Open
    }

    /// Whether it is open, or waits to be opened.
    pub fn is_live(&self) -> bool {
        matches!(self.state, TaskState::Open | TaskState::Waiting)
    }
}

/// What a task asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A verdict.
    Approve,
    /// Work.
    Handle,
    /// A way on after a run that failed: retry, skip, cancel.
    RunFailed,
    /// An administrator's help: a condition that fails, or hosts that can not be reached.
    Administer,
    /// A changed form from the requester.
    Resubmit,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Others come first.
    Waiting,
    /// It can be decided now.
    #[default]
    Open,
    /// 同意.
    Approved,
    /// 驳回.
    Rejected,
    /// 退回.
    Returned,
    /// 办理.
    Handled,
    /// The requester sent the order on its way again.
    Resubmitted,
    /// It need not be decided any more.
    Cancelled,
}

/// Why a task was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The node's result was certain without it.
    Decided,
    /// The order was rejected.
    Rejected,
    /// The order was returned.
    Returned,
    /// The order was withdrawn.
    Withdrawn,
    /// The order was closed.
    Closed,
    /// The run that it was about goes on.
    RunGoesOn,
}

/// Why something happened by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    /// A time limit was over.
    Timeout,
    /// The same person approved the step before.
    SamePerson,
    /// Nobody was found.
    Nobody,
    /// A dry run assumes it.
    Preview,
}
