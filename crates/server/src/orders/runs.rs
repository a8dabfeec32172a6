//! What the servers need to know of run nodes: which attempts there are, what they may run, and who may start them.
//! Written in the decision's transaction, so that no attempt is started that the order does not ask for.

use flow::definition::{NameOrField, Run as RunNode};
use flow::form::Values;
use flow::{Flow, Order};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deciding::{Kept, json, sha256};
use super::{Orders, Refusal};
use crate::accounts::Caller;
use crate::db::Sql;
use crate::log::Tx;
use crate::values;

/// The script of a run node, as it was when the order was submitted. No other one is run for the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PinnedScript {
    pub node: String,
    /// In hexadecimal.
    pub sha256: String,
    /// The flow's version.
    pub version: i64,
    /// Who published it; null when it came with the product or over the command line.
    pub published_by: Option<i64>,
}

/// An order as whoever runs its scripts sees it.
#[derive(Debug, Clone)]
pub struct Releasing {
    pub order: i64,
    pub number: i64,
    pub flow: std::sync::Arc<Flow>,
    pub state: Order,
}

/// The run nodes of a flow.
pub fn run_nodes(flow: &Flow) -> impl Iterator<Item = (&str, &RunNode)> {
    flow.definition().nodes.iter().filter_map(|node| Some((node.id.as_str(), flow.run(&node.id)?)))
}

/// Keeps what the run nodes of an order that is being submitted will run.
pub(super) async fn pin(tx: &Tx<'_>, kept: &Kept, flow: &Flow) -> Result<Vec<PinnedScript>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        published_by: Option<i64>,
    }
    if run_nodes(flow).next().is_none() {
        return Ok(Vec::new());
    }
    let sql = "SELECT published_by FROM flow_version WHERE flow = $1 AND version = $2";
    let row: Option<Row> = tx.sql().one(sql, values![kept.flow.clone(), kept.version]).await?;
    let published_by = row.and_then(|row| row.published_by);
    let mut pinned = Vec::new();
    for (node, run) in run_nodes(flow) {
        let script =
            PinnedScript { node: node.to_owned(), sha256: sha256(&run.script), version: kept.version, published_by };
        let sql =
            "INSERT INTO order_script (order_id, node, sha256, version, published_by) VALUES ($1, $2, $3, $4, $5)";
        tx.sql().run(sql, values![kept.id, node, script.sha256.clone(), kept.version, published_by]).await?;
        pinned.push(script);
    }
    Ok(pinned)
}

/// Makes the table of attempts say what the order says, and gives locks back that it needs no more.
pub(super) async fn project(
    tx: &Tx<'_>,
    order: i64,
    flow: &Flow,
    before: Option<&Order>,
    after: &Order,
) -> Result<(), DbErr> {
    let changed = after.runs.iter().filter(|(node, run)| before.and_then(|before| before.runs.get(*node)) != Some(run));
    for (node, run) in changed {
        let sql = "INSERT INTO order_run (order_id, node, attempt, state, live, paused, only_hosts, application, environment, requested_at, started_at, ended_at, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (order_id, node, attempt) DO UPDATE SET state = EXCLUDED.state, live = EXCLUDED.live, paused = EXCLUDED.paused, started_at = EXCLUDED.started_at, ended_at = EXCLUDED.ended_at, note = EXCLUDED.note";
        let values = values![
            order,
            node.clone(),
            i64::from(run.attempt),
            serde_json::json!(run.state).as_str().unwrap_or_default(),
            run.state.is_live(),
            run.paused,
            json(&run.only_hosts)?,
            run.application.clone(),
            run.environment.clone(),
            run.requested_ms,
            run.started_ms,
            run.ended_ms,
            run.note.as_ref().map(flow::Note::kept)
        ];
        tx.sql().run(sql, values).await?;
    }
    if after.runs.is_empty() { Ok(()) } else { give_locks_back(tx, order, flow, after).await }
}

async fn give_locks_back(tx: &Tx<'_>, order: i64, flow: &Flow, after: &Order) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        application: String,
        environment: String,
    }
    let sql = "SELECT application, environment FROM release_lock WHERE order_id = $1";
    let held: Vec<Row> = tx.sql().all(sql, values![order]).await?;
    for Row { application, environment } in held {
        let named = Some(environment.as_str()).filter(|name| !name.is_empty());
        if !after.still_releases(flow, &application, named) {
            let sql = "DELETE FROM release_lock WHERE application = $1 AND environment = $2 AND order_id = $3";
            tx.sql().run(sql, values![application, environment, order]).await?;
        }
    }
    Ok(())
}

/// A release for which the requester has no permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForbiddenRelease {
    pub application: String,
    /// Empty when the form does not say it.
    pub environment: String,
    /// The field of the form that names the environment.
    pub field: Option<String>,
}

/// The first release of an order with this form that its requester may not start.
pub(super) async fn forbidden_release(
    sql: &impl ConnectionTrait,
    flow: &Flow,
    form: &Values,
    requester: i64,
) -> Result<Option<ForbiddenRelease>, DbErr> {
    let text = "SELECT p.id FROM person p WHERE p.id = $1 AND (p.role = 'administrator' OR EXISTS (SELECT 1 FROM permission g WHERE g.person_id = p.id AND g.permission = 'start_release' AND g.application IN ('*', $2) AND g.environment IN ('*', $3)))";
    let mut asked = std::collections::BTreeSet::new();
    for (_, run) in run_nodes(flow) {
        let Some(application) = run.application.as_deref() else { continue };
        let environment = flow.environment(run, form).unwrap_or_default();
        if !asked.insert((application, environment)) {
            continue;
        }
        if sql.number(text, values![requester, application, environment]).await?.is_none() {
            let field = match &run.environment {
                Some(NameOrField::Field(named)) => Some(named.field.clone()),
                Some(NameOrField::Name(_)) | None => None,
            };
            let (application, environment) = (application.to_owned(), environment.to_owned());
            return Ok(Some(ForbiddenRelease { application, environment, field }));
        }
    }
    Ok(None)
}

impl Orders {
    /// Makes sure that the caller may look at an order.
    pub async fn may_read(&self, caller: &Caller, order: i64) -> Result<(), Refusal> {
        super::deciding::has_part(&self.log.db().reader, order, caller.id()).await
    }

    /// A submitted order for whoever runs its scripts.
    pub async fn releasing(&self, order: i64) -> Result<Releasing, Refusal> {
        let reader = &self.log.db().reader;
        let kept = Kept::load(reader, order).await?;
        let flow = self.flows.load(reader, &kept.flow, kept.version).await?;
        let state = kept.state.ok_or(Refusal::IsDraft)?;
        Ok(Releasing { order, number: kept.number.unwrap_or(0), flow, state })
    }

    /// What the caller may do with an order now.
    pub async fn moves(&self, caller: &Caller, releasing: &Releasing) -> Result<Vec<flow::LegalMove>, Refusal> {
        let everybody = self.directories.refresh(&self.log.db().reader).await?;
        let context = flow::Context { now_ms: crate::clock::now_ms(), directory: &everybody.directory };
        Ok(flow::moves(&releasing.flow, &releasing.state, caller.id(), &context))
    }
}
