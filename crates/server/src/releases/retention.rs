//! How long artifacts are kept: for as long as their order is under way, some time after its end, and for as long as it
//! is one of the last releases, which can be brought back.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt};
use sea_orm::{FromQueryResult, Value};

use super::artifacts::FOLDER;
use super::{Refusal, Releases};
use crate::db::{Sql, placeholders};
use crate::values;

/// Bytes are deleted this long after the last artifact that has them was let go of, or after they were stored for one
/// that never came to be. Whoever found an artifact just before has said by then that another order has it, too; and a
/// backup has copied what its rows name.
const GRACE_MS: i64 = 24 * 3_600_000;

/// Orders, or files, that are looked at together.
const AT_ONCE: usize = 100;

/// Orders whose artifacts may go: they ended before $1, are none of the last $2 releases of their flow to an
/// environment, and no order that is under way brings them back.
const ORDERS: &str = "WITH kept AS (SELECT DISTINCT order_id FROM artifact WHERE swept_at IS NULL), \
    released AS (SELECT DISTINCT o.id, o.flow, o.closed_at, r.application, COALESCE(r.environment, '') AS environment FROM kept k JOIN orders o ON o.id = k.order_id JOIN order_run r ON r.order_id = o.id WHERE o.status = 'done' AND r.application IS NOT NULL AND r.state IN ('succeeded', 'partly')), \
    ranked AS (SELECT id, ROW_NUMBER() OVER (PARTITION BY flow, application, environment ORDER BY closed_at DESC, id DESC) AS place FROM released) \
    SELECT o.id FROM kept k JOIN orders o ON o.id = k.order_id WHERE o.closed_at < $1 AND o.id NOT IN (SELECT id FROM ranked WHERE place <= $2) AND NOT EXISTS (SELECT 1 FROM rollback b JOIN orders n ON n.id = b.order_id WHERE b.to_order = o.id AND n.closed_at IS NULL) ORDER BY o.id";

impl Releases {
    /// Lets go of artifacts that nobody needs any more, and deletes bytes that belong to none. All servers may do so at
    /// the same time.
    pub async fn sweep_artifacts(&self, now: i64) -> Result<(), Refusal> {
        self.let_go(now).await?;
        self.delete_bytes(now - GRACE_MS).await
    }

    async fn let_go(&self, now: i64) -> Result<(), Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
        }
        let before = now.saturating_sub(self.settings.keep_artifacts.as_millis() as i64);
        let keep = values![before, i64::from(self.settings.keep_releases)];
        let orders: Vec<Row> = self.log.db().reader.all(ORDERS, keep).await?;
        for orders in orders.chunks(AT_ONCE) {
            let orders: Vec<Value> = orders.iter().map(|order| order.id.into()).collect();
            self.log
                .work::<(), Refusal, _>(None, move |tx| {
                    let orders = orders.clone();
                    Box::pin(async move {
                        // Somebody may bring it back since it was looked for.
                        let sql = format!(
                            "UPDATE artifact SET swept_at = $1 WHERE swept_at IS NULL AND order_id IN ({}) AND NOT EXISTS (SELECT 1 FROM rollback b JOIN orders n ON n.id = b.order_id WHERE b.to_order = artifact.order_id AND n.closed_at IS NULL)",
                            placeholders(2, orders.len())
                        );
                        tx.sql().run(&sql, [now.into()].into_iter().chain(orders)).await?;
                        Ok(())
                    })
                })
                .await?;
        }
        Ok(())
    }

    /// Deletes what was stored before then, and belongs to nothing since.
    async fn delete_bytes(&self, before: i64) -> Result<(), Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            stored: String,
        }
        let files = self.storage.list(FOLDER).try_filter(|file| std::future::ready(file.modified_ms < before));
        let mut files = files.try_chunks(AT_ONCE);
        while let Some(files) = files.next().await {
            let files = files.map_err(|error| error.1)?;
            let names = files.iter().map(|file| Value::from(file.name()));
            let sql = format!(
                "SELECT stored FROM artifact WHERE (swept_at IS NULL OR swept_at >= $1) AND stored IN ({})",
                placeholders(2, files.len())
            );
            let needed: Vec<Row> = self.log.db().reader.all(&sql, [before.into()].into_iter().chain(names)).await?;
            let needed: HashSet<String> = needed.into_iter().map(|row| row.stored).collect();
            for file in files.iter().filter(|file| !needed.contains(file.name())) {
                self.storage.delete(&file.key).await?;
            }
        }
        Ok(())
    }
}
