//! Looks for attempts that nobody runs, and runs them.

use std::time::Duration;

use tokio::task::JoinSet;

use super::Releases;
use super::attempt::{Attempt, Done};
use super::lease::Lease;
use crate::clock::now_ms;
use crate::orders::Refusal;
use crate::stop::Stop;

/// Attempts of one server at the same time, at most.
const ATTEMPTS: usize = 100;

/// After a failure of the database.
const PAUSE: Duration = Duration::from_secs(2);

/// When hosts that could not be asked are asked again.
const ASK_AGAIN: Duration = Duration::from_secs(60);

impl Releases {
    /// Runs attempts until `stop`. What runs on machines then goes on there, and whoever starts next follows it.
    pub async fn run(self, mut stop: Stop) {
        // What a killed server was about to send lies in a folder of its own.
        let _ = std::fs::remove_dir_all(&self.settings.temporary);
        if let Err(error) = self.forget_old_leases().await {
            tracing::warn!(%error, "attempts of the time before this start begin only when their leases end");
        }
        let mut attempts = JoinSet::new();
        let mut decisions = self.orders.decisions();
        loop {
            decisions.borrow_and_update();
            if let Err(error) = self.claim_free(&mut attempts).await {
                tracing::warn!(%error, "could not look for scripts to run");
                tokio::time::sleep(PAUSE).await;
            }
            tokio::select! {
                () = stop.wait() => break,
                () = self.next_decision(&mut decisions) => {}
                Some(_) = attempts.join_next() => {}
            }
        }
        attempts.shutdown().await;
        if let Err(error) = self.forget_old_leases().await {
            tracing::info!(%error, "other servers take over when the leases end");
        }
    }

    async fn claim_free(&self, attempts: &mut JoinSet<()>) -> Result<(), Refusal> {
        while attempts.try_join_next().is_some() {}
        let room = ATTEMPTS.saturating_sub(attempts.len()) as i64;
        if room == 0 {
            return Ok(());
        }
        for free in self.free_attempts(room).await? {
            if let Some(lease) = self.claim(&free).await? {
                attempts.spawn(self.clone().own(lease));
            }
        }
        Ok(())
    }

    /// Drives an attempt for as long as it is ours. Losing it drops every connection.
    async fn own(self, lease: Lease) {
        let (order, node, number) = (lease.order, lease.node.clone(), lease.attempt);
        let attempt = Attempt { releases: self.clone(), lease: lease.clone() };
        tracing::info!(order.id = order, "attempt {number} of {node} in order {order} is ours");
        let done = tokio::select! {
            done = attempt.drive() => done,
            () = lease.clone().keep(&self.log, self.settings.lease) => Err(Refusal::NotTheOwner),
        };
        let again = match done {
            Ok(Done::Over) | Err(Refusal::NotTheOwner) => return,
            Ok(Done::Waits) => 0,
            Ok(Done::Unverified) => now_ms() + ASK_AGAIN.as_millis() as i64,
            Err(refusal) => {
                // A decision that came in between, or the database: whoever takes it next looks again.
                tracing::info!(order.id = order, "attempt {number} of {node} in order {order} is left: {refusal}");
                now_ms() + PAUSE.as_millis() as i64
            }
        };
        if let Err(error) = lease.expire(&self.log, again).await {
            tracing::info!(%error, "the lease of an attempt of order {order} ends by itself");
        }
    }
}
