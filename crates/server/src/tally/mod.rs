//! Counts for the dashboard. Commands note what they did in their own transaction and add nothing up, so that none
//! waits for another; once a second, one node adds up what was noted, and every node tells its clients.

mod measure;
mod report;
mod rolling;

use serde::Serialize;
use utoipa::ToSchema;

pub use measure::{Ended, Measure, Verdict, note};
pub use report::{Day, MessageCount, Report, Wait, Zone};

use crate::log::Log;

/// Told once a second at most, when something that the dashboard shows was counted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TallySignal {
    /// The figures of the dashboard changed.
    Dashboard,
}

/// The counts; clones share them.
#[derive(Debug, Clone)]
pub struct Tally {
    log: Log,
}

impl Tally {
    pub fn new(log: Log) -> Self {
        Self { log }
    }
}
