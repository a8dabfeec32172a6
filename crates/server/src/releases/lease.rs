//! Who runs an attempt, and until when. Whatever the owner writes is written in a transaction that first asks whether
//! it still is the owner, under the lock of the order: an owner that has lost its lease writes nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{DbErr, FromQueryResult, Value};
use tokio::time::Instant;

use super::Releases;
use crate::clock::now_ms;
use crate::db::Sql;
use crate::log::{Log, Tx};
use crate::orders::{Guard, Refusal};
use crate::values;

/// An attempt that this server runs.
#[derive(Debug, Clone)]
pub struct Lease {
    pub order: i64,
    pub node: String,
    pub attempt: u32,
    pub epoch: u64,
    owner: Arc<str>,
    /// The lease holds at least until then.
    until: Instant,
}

/// A row that is written together with something else.
pub type Write = (&'static str, Vec<Value>);

/// An attempt that nobody runs.
#[derive(Debug, FromQueryResult)]
pub struct Free {
    pub order_id: i64,
    pub node: String,
    pub attempt: i64,
}

impl Releases {
    /// Attempts that nobody runs, the longest waiting first. Those whose lock is taken, or that are held back before
    /// they have begun, are left out.
    pub async fn free_attempts(&self, most: i64) -> Result<Vec<Free>, DbErr> {
        let sql = "SELECT r.order_id, r.node, r.attempt FROM order_run r WHERE r.live AND r.lease_until <= $1 AND NOT (r.state = 'requested' AND (r.paused OR (r.waits_for IS NOT NULL AND EXISTS (SELECT 1 FROM release_lock l WHERE l.application = r.application AND l.environment = COALESCE(r.environment, '') AND l.order_id <> r.order_id)))) ORDER BY r.requested_at, r.order_id, r.node LIMIT $2";
        self.log.db().reader.all(sql, values![now_ms(), most]).await
    }

    /// Takes an attempt that nobody runs; nothing when another server was faster.
    pub async fn claim(&self, free: &Free) -> Result<Option<Lease>, Refusal> {
        let (order, node, attempt) = (free.order_id, free.node.clone(), free.attempt);
        let (owner, lease_ms) = (self.owner.clone(), self.settings.lease.as_millis() as i64);
        let until = Instant::now() + self.settings.lease;
        let claimed = self
            .log
            .work::<Option<i64>, Refusal, _>(Some(order), move |tx| {
                let (node, owner) = (node.clone(), owner.to_string());
                Box::pin(async move {
                    let sql = "UPDATE order_run SET owner = $4, lease_until = $5, epoch = epoch + 1 WHERE order_id = $1 AND node = $2 AND attempt = $3 AND live AND lease_until <= $6 RETURNING epoch";
                    Ok(tx.sql().number(sql, values![order, node, attempt, owner, tx.now + lease_ms, tx.now]).await?)
                })
            })
            .await?;
        let lease = |epoch: i64| Lease {
            order,
            node: free.node.clone(),
            attempt: attempt as u32,
            epoch: epoch as u64,
            owner: self.owner.clone(),
            until,
        };
        Ok(claimed.map(lease))
    }

    /// Gives up what this server held when it was here last: nobody else has its name, and it is not running.
    pub async fn forget_old_leases(&self) -> Result<(), Refusal> {
        let owner = self.owner.to_string();
        self.log
            .work::<(), Refusal, _>(None, move |tx| {
                let owner = owner.clone();
                Box::pin(async move {
                    let sql = "UPDATE order_run SET lease_until = 0 WHERE live AND owner = $1";
                    tx.sql().run(sql, values![owner]).await?;
                    Ok(())
                })
            })
            .await
    }
}

impl Lease {
    /// Refuses whoever is not the owner any more.
    async fn ask(&self, tx: &Tx<'_>) -> Result<(), Refusal> {
        let sql = "SELECT epoch FROM order_run WHERE order_id = $1 AND node = $2 AND attempt = $3 AND live AND owner = $4 AND epoch = $5";
        let key =
            values![self.order, self.node.clone(), i64::from(self.attempt), self.owner.to_string(), self.epoch as i64];
        tx.sql().number(sql, key).await?.map(|_| ()).ok_or(Refusal::NotTheOwner)
    }

    /// For a decision about this attempt, with which these rows are written.
    pub fn guard(&self, writes: Vec<Write>) -> Guard {
        let lease = self.clone();
        guard(move |tx| {
            let (lease, writes) = (lease.clone(), writes.clone());
            Box::pin(async move {
                lease.ask(tx).await?;
                for (sql, values) in writes {
                    tx.sql().run(sql, values).await?;
                }
                Ok(())
            })
        })
    }

    /// Something that the owner writes beside decisions.
    pub async fn work<A, F>(&self, log: &Log, work: F) -> Result<A, Refusal>
    where
        A: Send + 'static,
        F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<A, Refusal>> + Clone + Send + Sync + 'static,
    {
        let lease = self.clone();
        log.work::<A, Refusal, _>(Some(self.order), move |tx| {
            let (lease, work) = (lease.clone(), work.clone());
            Box::pin(async move {
                lease.ask(tx).await?;
                work(tx).await
            })
        })
        .await
    }

    pub async fn write(&self, log: &Log, writes: Vec<Write>) -> Result<(), Refusal> {
        let guard = self.guard(writes);
        log.work::<(), Refusal, _>(Some(self.order), move |tx| {
            let guard = guard.clone();
            Box::pin(async move { guard(tx).await })
        })
        .await
    }

    /// Renews the lease for as long as it can be renewed. Returns before it ends, so that whoever holds it stops first.
    pub async fn keep(mut self, log: &Log, lease: Duration) {
        let margin = lease / 5;
        loop {
            let end = self.until - margin;
            tokio::time::sleep_until((Instant::now() + lease / 3).min(end)).await;
            let until = Instant::now() + lease;
            match tokio::time::timeout_at(end, self.renew(log, lease)).await {
                Ok(Ok(())) => self.until = until,
                Ok(Err(Refusal::NotTheOwner)) => return,
                Ok(Err(error)) if Instant::now() < end => {
                    tracing::warn!(%error, "could not renew the lease of order {}", self.order);
                }
                Ok(Err(_)) | Err(_) => return,
            }
        }
    }

    async fn renew(&self, log: &Log, lease: Duration) -> Result<(), Refusal> {
        self.expire(log, now_ms() + lease.as_millis() as i64).await
    }

    /// Lets the lease end then; at 0, anybody may take the attempt at once.
    pub async fn expire(&self, log: &Log, at: i64) -> Result<(), Refusal> {
        let sql = "UPDATE order_run SET lease_until = $4 WHERE order_id = $1 AND node = $2 AND attempt = $3";
        let key = values![self.order, self.node.clone(), i64::from(self.attempt), at];
        self.write(log, vec![(sql, key.into())]).await
    }
}

/// Tells the compiler what lifetimes the closure is for.
fn guard<F>(guard: F) -> Guard
where
    F: for<'t, 'c> Fn(&'t mut Tx<'c>) -> BoxFuture<'t, Result<(), Refusal>> + Send + Sync + 'static,
{
    Arc::new(guard)
}
