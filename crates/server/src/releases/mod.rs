//! Releases: the scripts of run nodes, on this machine and on hosts.
//!
//! The order decides that something runs; a server takes the attempt for itself with a lease, runs it, and reports back
//! in decisions. Servers come and go: whoever takes an attempt over asks the machines first how far it came.

mod artifacts;
mod attempt;
mod cause;
mod claims;
mod error;
mod host;
mod journal;
mod lease;
mod output;
mod plan;
mod read;
mod retention;
mod rollback;
mod rollout;
mod rows;
mod slash;
mod stopping;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

pub use error::Refusal;
pub use journal::{OutputBody, ReleaseSignal};
pub use lease::{Free, Lease};
pub use read::{ArtifactView, Holder, HostView, OutputView, Rollback, RollbackTarget, RunView, RunsView, ScriptView};

use crate::db::Sql;
use crate::inventory::Inventory;
use crate::log::Log;
use crate::orders::Orders;
use crate::rooms::Rooms;
use crate::storage::Storage;
use crate::values;

/// Hosts on which one server runs scripts at the same time, at most.
const HOSTS: usize = 50;

/// Scripts that run on this machine at the same time, at most.
const LOCAL_RUNS: usize = 2;

/// Decisions of other servers are looked for this often.
const LOOK: Duration = Duration::from_secs(1);

/// How releases run on this server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of this server among those on one database. No two that run have the same.
    pub owner: String,
    /// How long an attempt is a server's that does not renew it.
    pub lease: Duration,
    /// Bytes of output that are kept of each script.
    pub max_output: u64,
    /// Releases of each flow to an environment whose artifacts are kept, so that they can be brought back.
    pub keep_releases: u32,
    /// How long the artifacts of other orders are kept after their end.
    pub keep_artifacts: Duration,
    /// A folder of this server for files that are on their way.
    pub temporary: PathBuf,
}

/// The releases service; clones share it.
#[derive(Debug, Clone)]
pub struct Releases {
    log: Log,
    rooms: Rooms,
    orders: Orders,
    inventory: Inventory,
    storage: Storage,
    settings: Arc<Settings>,
    owner: Arc<str>,
    hosts: Arc<Semaphore>,
    local_runs: Arc<Semaphore>,
}

impl Releases {
    pub fn new(
        log: Log,
        rooms: Rooms,
        orders: Orders,
        inventory: Inventory,
        storage: Storage,
        settings: Settings,
    ) -> Self {
        Self {
            log,
            rooms,
            orders,
            inventory,
            storage,
            owner: settings.owner.as_str().into(),
            settings: Arc::new(settings),
            hosts: Arc::new(Semaphore::new(HOSTS)),
            local_runs: Arc::new(Semaphore::new(LOCAL_RUNS)),
        }
    }

    /// How many runs are not over, by state.
    pub async fn count_live(&self) -> Result<Vec<(String, i64)>, sea_orm::DbErr> {
        #[derive(sea_orm::FromQueryResult)]
        struct Row {
            state: String,
            count: i64,
        }
        let sql = "SELECT state, COUNT(*) AS count FROM order_run WHERE live GROUP BY state";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![]).await?;
        Ok(rows.into_iter().map(|row| (row.state, row.count)).collect())
    }

    /// Returns after a decision, or when it is time to look for those of other servers.
    async fn next_decision(&self, decisions: &mut watch::Receiver<()>) {
        let _ = tokio::time::timeout(LOOK, decisions.changed()).await;
    }
}
