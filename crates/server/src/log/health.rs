use std::time::Duration;

use sea_orm::DbErr;

use super::{Log, Refusal};

/// Whoever answers later than this is as good as gone.
const PATIENCE: Duration = Duration::from_secs(3);

impl Log {
    /// What this node can not do its work without and misses now: `database`, `writers`, `layer`.
    pub async fn missing(&self) -> Vec<&'static str> {
        let (database, writers) = tokio::join!(self.database_answers(), self.writers_write());
        let parts = [("database", database), ("writers", writers), ("layer", self.announcer.is_connected())];
        parts.into_iter().filter(|(_, is_well)| !is_well).map(|(name, _)| name).collect()
    }

    async fn database_answers(&self) -> bool {
        tokio::time::timeout(PATIENCE, self.is_healthy()).await.unwrap_or(false)
    }

    /// Whether every writer commits a unit that does nothing.
    async fn writers_write(&self) -> bool {
        let nothing = |writer: i64| self.work::<(), Failed, _>(Some(-writer), |_| Box::pin(async { Ok(()) }));
        let writers = futures_util::future::join_all((0..self.writers.len() as i64).map(nothing));
        match tokio::time::timeout(PATIENCE, writers).await {
            Ok(answers) => answers.iter().all(Result::is_ok),
            Err(_) => false,
        }
    }
}

/// Only the database can refuse to do nothing.
#[derive(Debug, thiserror::Error)]
#[error("the database failed: {0}")]
struct Failed(#[from] DbErr);

impl Refusal for Failed {}
