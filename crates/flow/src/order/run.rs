//! Runs: what the order waits for machines to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::directory::PersonId;
use crate::note::Note;

/// The latest run of a run node. The server owns leases, output and processes; this is what the order knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = OrderRun))]
pub struct Run {
    /// The token that waits for it.
    pub token: u64,
    /// The attempt's number, from 1, counted over all visits of the node. News of another attempt are refused.
    pub attempt: u32,
    /// How many attempts the engine began by itself after interruptions, one after the other.
    pub restarts: u32,
    /// Where it stands.
    pub state: RunState,
    /// A releaser holds it back: no further host begins.
    #[serde(default)]
    pub paused: bool,
    /// The hosts of this attempt; all of the node's hosts when it is empty.
    pub only_hosts: Vec<String>,
    /// The name of the group whose hosts it runs on; this machine when it is absent.
    pub group: Option<String>,
    /// The application that it releases.
    pub application: Option<String>,
    /// The environment that it releases to.
    pub environment: Option<String>,
    /// The environment variables, from the form.
    pub parameters: BTreeMap<String, String>,
    /// Who is asked when it fails, and may cancel it.
    pub releasers: Vec<PersonId>,
    /// Every host so far.
    pub hosts: BTreeMap<String, HostRun>,
    /// When it was asked for, in milliseconds since 1970.
    pub requested_ms: i64,
    /// When it began, in milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: Option<i64>,
    /// A short remark on how it ended.
    pub note: Option<Note>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Asked for; the server has not begun.
    #[default]
    Requested,
    /// Begun.
    Running,
    /// It is being stopped.
    Cancelling,
    /// Everywhere well.
    Succeeded,
    /// Well within its threshold of failures.
    Partly,
    /// Failed.
    Failed,
    /// Nobody knows how far it came.
    Interrupted,
    /// Stopped, and verified gone.
    Cancelled,
    /// Left as it is.
    Skipped,
}

impl RunState {
    /// Whether something may be running on a machine.
    pub fn is_live(self) -> bool {
        matches!(self, RunState::Requested | RunState::Running | RunState::Cancelling)
    }
}

/// How an attempt ended, as the server reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everywhere well.
    Succeeded,
    /// Some hosts failed, within the threshold: counts as succeeded.
    Partly,
    /// Failed.
    Failed,
    /// Nobody knows how far it came.
    Interrupted,
}

/// One host of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostRun {
    /// Its place in the order of the batches.
    pub position: usize,
    /// The last attempt that touched it.
    pub attempt: u32,
    /// Where it stands.
    pub state: HostState,
    /// The exit status of the script.
    pub exit: Option<i32>,
    /// A short remark on how it ended.
    pub note: Option<Note>,
    /// When it began, in milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: Option<i64>,
}

/// Where a host stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    /// Its batch has not begun.
    #[default]
    Waiting,
    /// The script runs.
    Running,
    /// Well.
    Succeeded,
    /// The script or its health check failed.
    Failed,
    /// It can not be reached.
    Unreachable,
    /// Nobody knows how far it came.
    Interrupted,
    /// Stopped.
    Cancelled,
    /// Left as it is.
    Skipped,
}

impl HostState {
    /// Whether a retry takes this host.
    pub fn is_bad(self) -> bool {
        matches!(self, HostState::Failed | HostState::Unreachable | HostState::Interrupted | HostState::Cancelled)
    }

    /// Whether it has come to an end.
    pub fn is_over(self) -> bool {
        !matches!(self, HostState::Waiting | HostState::Running)
    }
}
