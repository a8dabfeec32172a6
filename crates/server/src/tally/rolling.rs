//! Adds up what was noted, and tells clients.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};

use super::measure::{DAY_MS, MINUTE_MS};
use super::{Tally, TallySignal};
use crate::clock::now_ms;
use crate::db::{Rows, Sql};
use crate::log::{Log, Refusal, Topic, Tx};
use crate::stop::Stop;
use crate::values;

const INTERVAL: Duration = Duration::from_secs(1);

/// Rows that are added up at once.
const BATCH: i64 = 5000;

/// Counts are kept for this long; those of minutes only as long as they are shown.
const KEPT_MS: i64 = 400 * DAY_MS;
const MINUTES_KEPT_MS: i64 = 120 * MINUTE_MS;

#[derive(FromQueryResult)]
struct Measured {
    what: String,
    at: i64,
    flow: String,
    node: String,
    label: String,
    count: i64,
}

impl Tally {
    /// Adds up and tells, until `stop`. Several nodes may do so at once.
    pub async fn roll(self, mut stop: Stop) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = None;
        loop {
            tokio::select! {
                () = stop.wait() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.roll_once(&mut told).await {
                tracing::warn!(%error, "could not add up what was counted");
            }
        }
    }

    async fn roll_once(&self, told: &mut Option<i64>) -> Result<(), DbErr> {
        while self.add_up().await? {}
        let sql = "SELECT value FROM counter WHERE name = 'tally'";
        let version = self.log.db().reader.number(sql, values![]).await?;
        // Each node tells its own clients, whichever node added up, so that they hear of it once a second at most.
        if *told != version && told.replace(version.unwrap_or(0)).is_some() {
            self.log.signal_here(Topic::Everybody, &TallySignal::Dashboard);
        }
        Ok(())
    }

    /// Adds up some of what was noted; answers whether there may be more.
    pub async fn add_up(&self) -> Result<bool, DbErr> {
        // Looking costs no transaction.
        let noted = self.log.db().reader.number("SELECT id FROM measure LIMIT 1", values![]).await?;
        if noted.is_none() {
            return Ok(false);
        }
        let count = self.log.work::<_, Failed, _>(None, |tx| Box::pin(async move { Ok(add_up(tx).await?) })).await;
        Ok(count.map_err(|failed| failed.0)? as i64 == BATCH)
    }

    /// Forgets what nobody looks at any more.
    pub async fn tidy(&self) -> Result<(), DbErr> {
        forget(&self.log).await.map_err(|failed| failed.0)
    }
}

async fn forget(log: &Log) -> Result<(), Failed> {
    log.work(None, |tx| {
        Box::pin(async move {
            let sql = "DELETE FROM tally WHERE at < $1 OR (what = 'messages' AND at < $2)";
            let now = now_ms();
            tx.sql().run(sql, values![now - KEPT_MS, now - MINUTES_KEPT_MS]).await?;
            Ok(())
        })
    })
    .await
}

/// Only the database can refuse.
#[derive(Debug, thiserror::Error)]
#[error("the database failed: {0}")]
struct Failed(#[from] DbErr);

impl Refusal for Failed {}

async fn add_up(tx: &mut Tx<'_>) -> Result<usize, DbErr> {
    // Another node at the same time takes other rows.
    let lock = if tx.sql().get_database_backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "WITH some AS MATERIALIZED (SELECT id FROM measure ORDER BY id LIMIT {BATCH} {lock}) DELETE FROM measure WHERE id IN (SELECT id FROM some) RETURNING what, at, flow, node, label, count"
    );
    let measured: Vec<Measured> = tx.sql().all(&sql, values![]).await?;
    if measured.is_empty() {
        return Ok(0);
    }
    let count = measured.len();
    // In the order of the keys, so that two nodes do not wait for each other.
    let mut sums = BTreeMap::new();
    for Measured { what, at, flow, node, label, count } in measured {
        *sums.entry((what, at, flow, node, label)).or_insert(0) += count;
    }
    let row = |((what, at, flow, node, label), count)| values![what, at, flow, node, label, count];
    let sql = "INSERT INTO tally (what, at, flow, node, label, count) VALUES {rows} ON CONFLICT (what, at, flow, node, label) DO UPDATE SET count = tally.count + EXCLUDED.count";
    Rows(sums.into_iter().map(row).collect::<Vec<[_; 6]>>()).run(tx.sql(), sql).await?;
    tx.sql().run("UPDATE counter SET value = value + 1 WHERE name = 'tally'", values![]).await?;
    Ok(count)
}
