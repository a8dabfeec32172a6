//! What the page of an order shows of its releases.

use flow::Note;
use flow::order::{HostState, RunState};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use super::rows::{self, HostRow};
use super::{Refusal, Releases, artifacts};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::log::{LogId, Page, Range};
use crate::orders::{Releasing, run_nodes};
use crate::values;

/// Older releases that are offered, at most.
const TARGETS: i64 = 20;

/// Earlier attempts that can be looked at, at most.
const ATTEMPTS: i64 = 50;

#[derive(Debug, Serialize, ToSchema)]
pub struct RunsView {
    pub runs: Vec<RunView>,
    pub rollback: Rollback,
}

/// The latest attempt of a run node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReleaseRun)]
pub struct RunView {
    pub node: String,
    pub attempt: u32,
    pub state: RunState,
    pub paused: bool,
    pub only_hosts: Vec<String>,
    pub application: Option<String>,
    pub environment: Option<String>,
    /// Who has the lock that it waits for.
    pub waits_for: Option<Holder>,
    pub script: Option<ScriptView>,
    pub requested_ms: i64,
    pub started_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    pub note: Option<Note>,
    /// The hosts of this attempt, batch by batch.
    pub batches: Vec<Vec<String>>,
    /// All hosts of the node; of those that are not in this attempt, how they ended before.
    pub hosts: Vec<HostView>,
    pub artifacts: Vec<ArtifactView>,
    /// What I may do with it now.
    pub moves: Vec<String>,
}

/// An order that releases to the same environment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Holder {
    pub order: i64,
    pub number: i64,
    pub title: flow::EachLanguage,
}

#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct ScriptView {
    pub sha256: String,
    pub version: i64,
    pub published_by: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReleaseHost)]
pub struct HostView {
    /// Null: this machine.
    pub host: Option<String>,
    pub attempt: u32,
    pub state: HostState,
    pub exit: Option<i64>,
    pub note: Option<Note>,
    pub started_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    /// In percent, as the script says.
    pub progress: Option<i64>,
    pub output: Option<OutputView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OutputView {
    /// The name of its log.
    pub log: String,
    pub last_seq: i64,
    /// Whether a part of it is missing.
    pub cut: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ArtifactView {
    pub name: String,
    pub sha256: String,
    pub size: i64,
    /// The source that it was made from, as its script says.
    pub commit: Option<String>,
    /// The order that made it, when it was another one.
    pub from_order: Option<i64>,
    /// Null: it is not kept any more.
    pub url: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Rollback {
    pub may: bool,
    /// Earlier releases of the same, newest first.
    pub targets: Vec<RollbackTarget>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RollbackTarget {
    pub order: i64,
    pub number: i64,
    pub title: flow::EachLanguage,
    pub ended_at: i64,
}

impl Releases {
    pub async fn runs(&self, caller: &Caller, order: i64) -> Result<RunsView, Refusal> {
        #[derive(FromQueryResult)]
        struct Waits {
            waits_for: Option<i64>,
        }
        self.orders.may_read(caller, order).await?;
        let releasing = match self.orders.releasing(order).await {
            Ok(releasing) => releasing,
            Err(crate::orders::Refusal::IsDraft) => {
                return Ok(RunsView { runs: Vec::new(), rollback: Rollback { may: false, targets: Vec::new() } });
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let reader = &self.log.db().reader;
        let moves = self.orders.moves(caller, &releasing).await?;
        let artifacts = self.artifacts(order).await?;
        let mut runs = Vec::new();
        for (node, _) in run_nodes(&releasing.flow) {
            let Some(run) = releasing.state.runs.get(node) else { continue };
            let rows = rows::of_attempt(reader, order, node, run.attempt).await?;
            let sql = "SELECT waits_for FROM order_run WHERE order_id = $1 AND node = $2 AND attempt = $3";
            let waits: Option<Waits> = reader.one(sql, values![order, node, i64::from(run.attempt)]).await?;
            let holder = waits.and_then(|row| row.waits_for).filter(|_| run.state == RunState::Requested);
            let sql = "SELECT sha256, version, published_by FROM order_script WHERE order_id = $1 AND node = $2";
            runs.push(RunView {
                node: node.to_owned(),
                attempt: run.attempt,
                state: run.state,
                paused: run.paused,
                only_hosts: run.only_hosts.clone(),
                application: run.application.clone(),
                environment: run.environment.clone(),
                waits_for: match holder {
                    Some(holder) => Some(self.holder(holder).await?),
                    None => None,
                },
                script: reader.one(sql, values![order, node]).await?,
                requested_ms: run.requested_ms,
                started_ms: run.started_ms,
                ended_ms: run.ended_ms,
                note: run.note.clone(),
                batches: batches(&rows),
                hosts: self.hosts(&releasing, node, rows).await?,
                artifacts: artifacts.iter().filter(|kept| kept.node == node).map(|kept| view(order, kept)).collect(),
                moves: moves
                    .iter()
                    .filter(|legal| legal.node.as_deref() == Some(node) || legal.targets.iter().any(|to| to == node))
                    .map(|legal| legal.name.clone())
                    .collect(),
            });
        }
        let targets = self.rollback_targets(caller, &releasing).await?;
        let may = !targets.is_empty() && !caller.is_guest();
        Ok(RunsView { runs, rollback: Rollback { may, targets } })
    }

    async fn holder(&self, order: i64) -> Result<Holder, Refusal> {
        let Releasing { order, number, flow, state } = self.orders.releasing(order).await?;
        Ok(Holder { order, number, title: state.title(&flow) })
    }

    /// Every host of a node, with what its own last attempt left.
    async fn hosts(&self, releasing: &Releasing, node: &str, rows: Vec<HostRow>) -> Result<Vec<HostView>, Refusal> {
        let Some(run) = releasing.state.runs.get(node) else { return Ok(Vec::new()) };
        let mut views = Vec::new();
        if run.group.is_none() {
            for row in rows {
                views.push(self.host(None, run.attempt, row.state(), &row).await?);
            }
            return Ok(views);
        }
        let mut hosts: Vec<_> = run.hosts.iter().collect();
        hosts.sort_by_key(|(_, host)| host.position);
        let mut earlier = std::collections::BTreeMap::from([(run.attempt, rows)]);
        for (name, host) in hosts {
            if let std::collections::btree_map::Entry::Vacant(vacant) = earlier.entry(host.attempt) {
                let reader = &self.log.db().reader;
                vacant.insert(rows::of_attempt(reader, releasing.order, node, host.attempt).await?);
            }
            if let Some(row) = earlier[&host.attempt].iter().find(|row| row.host == *name) {
                views.push(self.host(Some(name.clone()), host.attempt, host.state, row).await?);
            }
        }
        Ok(views)
    }

    /// What a node left on one host, or on this machine, in each of its attempts, newest first.
    pub async fn attempts(
        &self,
        caller: &Caller,
        order: i64,
        node: &str,
        host: Option<String>,
    ) -> Result<Vec<HostView>, Refusal> {
        self.orders.may_read(caller, order).await?;
        let rows = rows::of_host(&self.log.db().reader, order, node, host.as_deref(), ATTEMPTS).await?;
        let mut views = Vec::new();
        for (attempt, row) in rows {
            views.push(self.host(host.clone(), attempt, row.state(), &row).await?);
        }
        Ok(views)
    }

    async fn host(
        &self,
        host: Option<String>,
        attempt: u32,
        state: HostState,
        row: &HostRow,
    ) -> Result<HostView, Refusal> {
        let output = match row.output {
            Some(id) => {
                let sql = "SELECT last_seq FROM log WHERE id = $1";
                let last_seq = self.log.db().reader.number(sql, values![id]).await?.unwrap_or(0);
                Some(OutputView { log: LogId::Output(id).name().into_owned(), last_seq, cut: row.cut })
            }
            None => None,
        };
        let (started_ms, ended_ms) = (row.started_at, row.ended_at);
        let (exit, note, progress) = (row.exit, row.note(), row.progress);
        Ok(HostView { host, attempt, state, exit, note, started_ms, ended_ms, progress, output })
    }

    /// Earlier orders that released the same to the same environment, that the caller can read, and of which everything
    /// that they built is kept.
    pub(super) async fn rollback_targets(
        &self,
        caller: &Caller,
        releasing: &Releasing,
    ) -> Result<Vec<RollbackTarget>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            number: i64,
            title: String,
            closed_at: i64,
        }
        let run = releasing.state.runs.values().find(|run| run.application.is_some());
        let Some(run) = run else { return Ok(Vec::new()) };
        let sql = "SELECT o.id, o.number, o.title, o.closed_at FROM orders o WHERE o.flow = $1 AND o.status = 'done' AND o.id <> $2 AND o.number IS NOT NULL AND o.closed_at IS NOT NULL AND EXISTS (SELECT 1 FROM order_run r WHERE r.order_id = o.id AND r.application = $3 AND COALESCE(r.environment, '') = $4 AND r.state IN ('succeeded', 'partly')) AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.order_id = o.id AND a.swept_at IS NOT NULL) AND (EXISTS (SELECT 1 FROM member m WHERE m.log_id = o.id AND m.person_id = $5) OR EXISTS (SELECT 1 FROM person p WHERE p.id = $5 AND p.role = 'administrator')) ORDER BY o.closed_at DESC, o.id DESC LIMIT $6";
        let key = values![
            releasing.flow.definition().flow.clone(),
            releasing.order,
            run.application.clone(),
            run.environment.clone().unwrap_or_default(),
            caller.id(),
            TARGETS
        ];
        let rows: Vec<Row> = self.log.db().reader.all(sql, key).await?;
        let target = |Row { id: order, number, title, closed_at: ended_at }| {
            let title = serde_json::from_str(&title).unwrap_or_default();
            RollbackTarget { order, number, title, ended_at }
        };
        Ok(rows.into_iter().map(target).collect())
    }

    /// A page of an output, for people of its order.
    pub async fn output(&self, caller: &Caller, output: i64, range: Range, limit: i64) -> Result<Page, Refusal> {
        let page = self.log.page(output, range, limit).await?;
        // Asked after the read: who may read now may read everything that was there before.
        let order =
            self.log.db().reader.number("SELECT parent FROM log WHERE id = $1 AND parent IS NOT NULL", values![output]);
        let order = order.await?.ok_or(Refusal::OutputNotFound)?;
        self.orders.may_read(caller, order).await.map_err(|refusal| match refusal {
            crate::orders::Refusal::OrderNotFound => Refusal::OutputNotFound,
            refusal => refusal.into(),
        })?;
        Ok(page)
    }
}

fn batches(rows: &[HostRow]) -> Vec<Vec<String>> {
    let of_group = rows.iter().filter(|row| !row.is_local()).collect::<Vec<_>>();
    of_group
        .chunk_by(|a, b| a.batch == b.batch)
        .map(|batch| batch.iter().map(|row| row.host.clone()).collect())
        .collect()
}

fn view(order: i64, kept: &artifacts::Kept) -> ArtifactView {
    let artifacts::Kept { name, sha256, size, commit_hash, from_order, swept_at, .. } = kept.clone();
    let url = swept_at.is_none().then(|| format!("/api/orders/{order}/artifacts/{sha256}"));
    ArtifactView { name, sha256, size, commit: commit_hash, from_order, url }
}
