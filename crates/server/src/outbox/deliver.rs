//! Delivers what is due. Several nodes share the work.

use std::collections::HashMap;
use std::time::Duration;

use flow::Note;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};
use tokio::task::{Id, JoinSet};

use super::cause::Cause;
use super::{Outbox, Refusal};
use crate::clock::now_ms;
use crate::db::{Sql, placeholders};
use crate::log::Tx;
use crate::stop::Stop;
use crate::values;

/// An attempt that takes longer has failed.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// Whoever takes a message has it for this long. An attempt ends before, so it is never renewed.
const LEASE_MS: i64 = 15_000;

/// How often a node looks for what is due.
const POLL: Duration = Duration::from_millis(500);

/// Attempts of this node at the same time, at most.
const TOGETHER: usize = 16;

/// Messages that are taken at once; and from so many attempts to one target on, it gets no further ones, so that one
/// that does not answer leaves room for the others.
const AT_ONCE: usize = 4;

/// The first repeat comes after about this time, each further one after twice the time before.
const FIRST_DELAY_MS: i64 = 1000;
const LONGEST_DELAY_MS: i64 = 3_600_000;

/// A message that this node has taken, for one attempt.
#[derive(Debug, FromQueryResult)]
pub(super) struct Attempt {
    pub id: i64,
    pub webhook_id: Option<i64>,
    pub person_id: Option<i64>,
    pub message_id: String,
    pub body: String,
    attempts: i64,
    epoch: i64,
    give_up_at: i64,
}

/// What became of an attempt.
#[derive(Debug)]
pub(super) struct Outcome {
    status: Option<u16>,
    error: Option<Note>,
    /// It can not succeed later, either.
    hopeless: bool,
}

impl Outcome {
    pub fn delivered(status: Option<u16>) -> Self {
        Self { status, error: None, hopeless: false }
    }

    pub fn failed(cause: Cause) -> Self {
        Self { status: None, error: Some(cause.into()), hopeless: false }
    }

    pub fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    pub fn hopeless(cause: Cause) -> Self {
        Self { hopeless: true, ..Self::failed(cause) }
    }
}

/// A target: an endpoint, or the mail server.
type Target = Option<i64>;

impl Outbox {
    /// Delivers until `stop`. What is on its way then has its time; what this node can not finish, another one repeats.
    pub async fn deliver(self, mut stop: Stop) {
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut attempts = JoinSet::new();
        let mut targets: HashMap<Id, Target> = HashMap::new();
        loop {
            tokio::select! {
                () = stop.wait() => break,
                _ = ticks.tick() => {}
                Some(ended) = attempts.join_next_with_id() => {
                    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    targets.remove(&id);
                }
            }
            while attempts.len() + AT_ONCE <= TOGETHER {
                let taken = match self.take(busy(&targets)).await {
                    Ok(taken) => taken,
                    Err(error) => {
                        tracing::warn!(%error, "could not look for messages to deliver");
                        break;
                    }
                };
                if taken.is_empty() {
                    break;
                }
                for attempt in taken {
                    let target = attempt.webhook_id;
                    let task = attempts.spawn(self.clone().try_once(attempt));
                    targets.insert(task.id(), target);
                }
            }
        }
        let rest = async { while attempts.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(TIMEOUT / 4, rest).await;
    }

    /// Takes some of what is due, except for targets that are busy.
    async fn take(&self, busy: Vec<Target>) -> Result<Vec<Attempt>, Refusal> {
        let mails = self.sends_mail() && !busy.contains(&None);
        let endpoints: Vec<i64> = busy.into_iter().flatten().collect();
        // Looking costs no transaction.
        let due = format!("due_at <= $1 AND {}", condition(3, mails, endpoints.len()));
        let sql = format!("SELECT id FROM outbox WHERE {due} AND $2 = $2 LIMIT 1");
        let values =
            || [now_ms().into(), LEASE_MS.into()].into_iter().chain(endpoints.iter().copied().map(Value::from));
        if self.log.db().reader.number(&sql, values()).await?.is_none() {
            return Ok(Vec::new());
        }
        let values: Vec<Value> = values().collect();
        self.log
            .work::<_, Refusal, _>(None, move |tx| {
                let (due, values) = (due.clone(), values.clone());
                Box::pin(async move { Ok(take(tx, &due, values).await?) })
            })
            .await
    }

    async fn try_once(self, attempt: Attempt) {
        let outcome = match (attempt.webhook_id, attempt.person_id) {
            (Some(webhook), _) => self.post(webhook, &attempt).await,
            (None, Some(person)) => self.mail(person, &attempt).await,
            (None, None) => Ok(Outcome::hopeless(Cause::ForNobody)),
        };
        let outcome = outcome.unwrap_or_else(|refusal| Outcome::failed(Cause::said(refusal)));
        let kind = if attempt.webhook_id.is_some() { "webhook" } else { "mail" };
        let result = if outcome.error.is_none() { "delivered" } else { "failed" };
        metrics::counter!("countersign_deliveries_total", "kind" => kind, "result" => result).increment(1);
        let id = attempt.id;
        if let Err(error) = self.confirm(attempt, outcome).await {
            tracing::warn!(outbox.id = id, %error, "what became of message {id} was not written; it is sent again");
        }
    }

    /// Writes what became of an attempt, unless a later one has begun.
    async fn confirm(&self, attempt: Attempt, outcome: Outcome) -> Result<(), Refusal> {
        let Attempt { id, epoch, attempts, give_up_at, .. } = attempt;
        let now = now_ms();
        let (state, due_at) = match &outcome.error {
            None => ("delivered", None),
            Some(_) if outcome.hopeless => ("given_up", None),
            Some(_) => match now + delay_ms(attempts) {
                due_at if due_at < give_up_at => ("waiting", Some(due_at)),
                _ => ("given_up", None),
            },
        };
        if let Some(error) = outcome.error.as_ref().map(Note::english) {
            tracing::info!(outbox.id = id, "attempt {attempts} of message {id} failed ({error}); it is {state}");
        }
        let ended_at = due_at.is_none().then_some(now);
        let sql = "UPDATE outbox SET state = $3, due_at = $4, ended_at = $5, status = $6, error = $7 WHERE id = $1 AND epoch = $2";
        let values = values![
            id,
            epoch,
            state,
            due_at,
            ended_at,
            outcome.status.map(i64::from),
            outcome.error.map(|note| note.kept())
        ];
        self.update(sql, values.to_vec()).await?;
        Ok(())
    }

    /// Gives up what nobody could send in its time, and forgets what ended long ago.
    pub async fn tidy(&self) -> Result<(), Refusal> {
        const KEPT_MS: i64 = 14 * 24 * 3_600_000;
        let now = now_ms();
        let sql = "UPDATE outbox SET state = 'given_up', due_at = NULL, ended_at = $1, error = COALESCE(error, $3) WHERE due_at <= $1 AND give_up_at <= $2";
        self.update(sql, values![now, now - LEASE_MS, Note::from(Cause::NoSender).kept()].to_vec()).await?;
        // Some at a time: others wait for the writer meanwhile.
        const AT_ONCE: u64 = 10_000;
        let sql = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE ended_at < $1 LIMIT $2)";
        while self.update(sql, values![now - KEPT_MS, AT_ONCE as i64].to_vec()).await? == AT_ONCE {}
        Ok(())
    }

    /// Messages that wait to be sent.
    pub async fn count_waiting(&self) -> Result<i64, Refusal> {
        let sql = "SELECT COUNT(*) FROM outbox WHERE due_at IS NOT NULL";
        Ok(self.log.db().reader.number(sql, values![]).await?.unwrap_or(0))
    }

    /// One statement as a unit of work; answers how many rows it changed.
    pub(super) fn update(&self, sql: &'static str, values: Vec<Value>) -> BoxFuture<'_, Result<u64, Refusal>> {
        self.log.work(None, move |tx| {
            let values = values.clone();
            Box::pin(async move { Ok(tx.sql().run(sql, values).await?.rows_affected()) })
        })
    }
}

async fn take(tx: &Tx<'_>, due: &str, values: Vec<Value>) -> Result<Vec<Attempt>, DbErr> {
    // Whoever comes at the same time takes others and does not wait.
    let lock = if tx.sql().get_database_backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE {due} ORDER BY due_at, id LIMIT {AT_ONCE} {lock}) UPDATE outbox SET due_at = $1 + $2, epoch = epoch + 1, attempts = attempts + 1 WHERE id IN (SELECT id FROM due) RETURNING id, webhook_id, person_id, message_id, body, attempts, epoch, give_up_at"
    );
    tx.sql().all(&sql, values).await
}

/// Which targets are asked for, with parameters from number `first` on.
fn condition(first: usize, mails: bool, endpoints: usize) -> String {
    let others = match endpoints {
        0 => "webhook_id IS NOT NULL".to_owned(),
        count => format!("webhook_id NOT IN ({})", placeholders(first, count)),
    };
    if mails { format!("(webhook_id IS NULL OR {others})") } else { others }
}

/// The targets that get no further message now.
fn busy(targets: &HashMap<Id, Target>) -> Vec<Target> {
    let mut counts: HashMap<Target, usize> = HashMap::new();
    for target in targets.values() {
        *counts.entry(*target).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count >= AT_ONCE).map(|(target, _)| target).collect()
}

/// How long to wait after this many attempts; a little by chance, so that what failed together does not come together.
fn delay_ms(attempts: i64) -> i64 {
    let doubled = FIRST_DELAY_MS.saturating_mul(1 << (attempts - 1).clamp(0, 20));
    let delay = doubled.min(LONGEST_DELAY_MS);
    delay - rand::random_range(0..=delay / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_come_after_a_second_and_at_last_once_an_hour() {
        let about = |attempts, ms| assert!((ms * 9 / 10..=ms).contains(&delay_ms(attempts)), "{attempts}");
        about(1, 1000);
        about(2, 2000);
        about(12, 2_048_000);
        about(13, 3_600_000);
        about(1000, 3_600_000);
    }

    #[test]
    fn busy_targets_are_left_out() {
        assert_eq!(condition(3, true, 0), "(webhook_id IS NULL OR webhook_id IS NOT NULL)");
        assert_eq!(condition(3, false, 2), "webhook_id NOT IN ($3,$4)");
    }
}
