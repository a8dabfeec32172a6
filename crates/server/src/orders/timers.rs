//! Timers that fire by themselves, also those whose time came while no server ran.

use std::time::Duration;

use flow::Action;
use sea_orm::FromQueryResult;

use super::{Orders, Refusal};
use crate::clock::now_ms;
use crate::db::Sql;
use crate::stop::Stop;
use crate::values;

/// Timers that are fired in one go.
const BATCH: i64 = 100;

/// Another node, or a clock that was set, may bring a timer forward; so one looks at least this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// After a failure.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(FromQueryResult)]
struct DueRow {
    order_id: i64,
    name: String,
}

impl Orders {
    /// Looks for somebody else where only people are asked whose account is closed.
    pub async fn look_after_closed_accounts(&self) -> Result<(), Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            order_id: i64,
        }
        let sql = "SELECT DISTINCT t.order_id FROM order_task t JOIN person p ON p.id = t.person_id WHERE NOT p.active ORDER BY t.order_id";
        let rows: Vec<Row> = self.log.db().reader.all(sql, values![]).await?;
        for Row { order_id } in rows {
            match self.decide_as_system(order_id, Action::PeopleChanged {}).await {
                Err(refusal) if crate::log::Refusal::failure(&refusal).is_some() => return Err(refusal),
                _ => {}
            }
        }
        Ok(())
    }

    /// Fires timers until `stop`. Several nodes may do so at once: a timer that has fired is gone, and the second is
    /// refused.
    pub async fn fire_timers(self, mut stop: Stop) {
        // An account may have been closed just before the server went down.
        if let Err(error) = self.look_after_closed_accounts().await {
            tracing::warn!(%error, "could not look after the tasks of closed accounts");
        }
        loop {
            let sleep = match self.fire_due_timers().await {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::warn!(%error, "could not look for timers");
                    PAUSE
                }
            };
            tokio::select! {
                () = stop.wait() => return,
                () = self.timers_changed.notified() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    /// Fires what is due, and answers how long nothing else is.
    async fn fire_due_timers(&self) -> Result<Duration, Refusal> {
        let reader = &self.log.db().reader;
        loop {
            let sql = "SELECT order_id, name FROM order_timer WHERE at <= $1 ORDER BY at, order_id, name LIMIT $2";
            let due: Vec<DueRow> = reader.all(sql, values![now_ms(), BATCH]).await?;
            if due.is_empty() {
                break;
            }
            let mut fired = 0;
            for DueRow { order_id, name } in due {
                match self.decide_as_system(order_id, Action::Fire { timer: name.clone() }).await {
                    Ok(_) => fired += 1,
                    Err(refusal) if crate::log::Refusal::failure(&refusal).is_some() => return Err(refusal),
                    Err(refusal) => {
                        tracing::info!(
                            order.id = order_id,
                            "the timer {name} of order {order_id} did nothing: {refusal}"
                        );
                        fired += usize::from(self.drop_timer(order_id, name).await?);
                    }
                }
            }
            if fired == 0 {
                // Every one of them was another node's.
                break;
            }
        }
        let next = reader.number("SELECT MIN(at) FROM order_timer", values![]).await.unwrap_or(None);
        let wait = next.map_or(LONGEST_SLEEP, |at| Duration::from_millis(at.saturating_sub(now_ms()).max(0) as u64));
        Ok(wait.min(LONGEST_SLEEP))
    }

    /// Forgets a timer that the order does not know any more.
    async fn drop_timer(&self, order: i64, name: String) -> Result<bool, Refusal> {
        self.log
            .work::<bool, Refusal, _>(Some(order), move |tx| {
                let name = name.clone();
                Box::pin(async move {
                    let kept = super::deciding::Kept::load(tx.sql(), order).await?;
                    if kept.state.is_some_and(|state| state.timers.contains_key(&name)) {
                        return Ok(false);
                    }
                    let sql = "DELETE FROM order_timer WHERE order_id = $1 AND name = $2";
                    Ok(tx.sql().run(sql, values![order, name]).await?.rows_affected() > 0)
                })
            })
            .await
    }
}
