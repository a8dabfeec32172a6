//! An order (工单): one run of one published version of a flow, as the fold of its events.

mod ahead;
mod apply;
mod read;
mod run;
mod task;

pub use run::{HostRun, HostState, Run, RunOutcome, RunState};
pub use task::{Automatic, Task, TaskId, TaskKind, TaskState, Why};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::definition::NodeId;
use crate::directory::PersonId;
use crate::form::Values;

/// The identifier of a timer, unique for each task and generation, such as `task-3-g1-0` or `wait-window-7`.
pub type TimerId = String;

/// The state of an order. Only [`crate::event::Event`]s change it.
///
/// It can be stored as JSON beside the log as a projection; replaying the log gives the same value.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Where it stands.
    pub status: Status,
    /// How many events made it. A writer compares it to see that nobody was faster.
    pub revision: u64,
    /// Whose order it is.
    pub requester: PersonId,
    /// The form as it is now.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub form: Values,
    /// The approvers that the requester chose.
    pub chosen: BTreeMap<NodeId, Vec<PersonId>>,
    /// It begins at 1, and each return begins the next one.
    pub generation: u32,
    /// Where the order is now: at most one token on a node.
    pub tokens: BTreeMap<NodeId, Token>,
    /// Every task that there ever was, numbered from 1.
    pub tasks: BTreeMap<TaskId, Task>,
    /// What happens by itself, and when.
    pub timers: BTreeMap<TimerId, Timer>,
    /// The latest run of each run node.
    pub runs: BTreeMap<NodeId, Run>,
    /// The branches that have reached each join, by the index of the link at which they began.
    pub arrived: BTreeMap<NodeId, BTreeSet<usize>>,
    /// What became of each node so far.
    pub nodes: BTreeMap<NodeId, NodeRecord>,
    /// The links of the way so far by index, with the number of the token that took them last. A return forgets those
    /// after its target.
    pub links: BTreeMap<usize, u64>,
    /// What waits for scripts to stop, while the status is `cancelling`.
    pub cancelling: Option<Cancelling>,
    /// A return under the rule `direct` that is not back yet.
    pub direct: Option<Direct>,
    /// Who was told by `cc` nodes.
    pub copied: BTreeSet<PersonId>,
    /// When it was submitted, in milliseconds since 1970.
    pub submitted_ms: i64,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: Option<i64>,
    /// The reason that came with its end.
    pub reason: Option<String>,
    /// The number of the last token.
    pub last_token: u64,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// On its way.
    #[default]
    Running,
    /// Back with the requester.
    Returned,
    /// Scripts are being stopped; then the move takes effect.
    Cancelling,
    /// It reached the end, and people only decided.
    Approved,
    /// It reached the end, and work was done or a script ran.
    Done,
    /// Somebody rejected it.
    Rejected,
    /// The requester took it back.
    Withdrawn,
    /// An administrator, or a releaser who gave up, ended it.
    Closed,
}

impl Status {
    /// Whether nothing can happen any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Running | Status::Returned | Status::Cancelling)
    }
}

/// One place where the order is now. An order that has not ended has at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// Its number, new at every node. Votes count for one token only.
    pub id: u64,
    /// The generation that it belongs to.
    pub generation: u32,
    /// Who approved the approval step before, for the rule `same_person_twice`.
    pub signed_by: BTreeSet<PersonId>,
}

/// Something that happens by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Timer {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What.
    pub what: Due,
}

/// What a timer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "due", rename_all = "snake_case")]
pub enum Due {
    /// A timeout of a task.
    Timeout {
        /// The task.
        task: TaskId,
        /// Which of its node's timeouts.
        index: usize,
    },
    /// A `wait` node goes on.
    Wait {
        /// The node.
        node: NodeId,
    },
}

/// What became of a node so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeRecord {
    /// How often it was entered.
    pub visits: u32,
    /// The number of the token that entered it last.
    pub token: u64,
    /// When it was entered last, in milliseconds since 1970.
    pub entered_ms: i64,
    /// When it was left last, in milliseconds since 1970.
    pub left_ms: Option<i64>,
    /// How it was left last; absent while a token is on it.
    pub outcome: Option<Passed>,
    /// Whether a return made the last visit void, so that it may come again.
    pub void: bool,
}

/// How a token left a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// As intended.
    Done,
    /// Rejected.
    Rejected,
    /// A run failed.
    Failed,
    /// A run succeeded within its threshold of failures.
    Partly,
    /// Nobody was asked, or the run was left as it is.
    Skipped,
    /// It was sent back.
    Returned,
    /// Something else ended it.
    Cancelled,
}

/// A move that waits until scripts have stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cancelling {
    /// The move.
    pub then: Then,
    /// Who made it.
    pub by: Actor,
    /// Its reason.
    pub reason: String,
}

/// What takes effect after cancelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum Then {
    /// The order ends.
    End {
        /// With this status.
        status: Status,
    },
    /// The order is returned.
    Return {
        /// The node that returns it.
        from: NodeId,
        /// To a node; to the requester when it is absent.
        to: Option<NodeId>,
    },
}

/// A return under the rule `direct`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Direct {
    /// The node that it was returned to; the start when that is the requester.
    pub from: NodeId,
    /// Where it goes from there.
    pub to: NodeId,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person.
    Person(PersonId),
    /// The server by itself.
    System,
}

impl Actor {
    /// The person, if it is one.
    pub fn as_person(self) -> Option<PersonId> {
        match self {
            Actor::Person(person) => Some(person),
            Actor::System => None,
        }
    }
}
