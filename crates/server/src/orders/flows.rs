//! Published flows. A version never changes, so that one that was compiled is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use flow::definition::NodeKind;
use flow::{Definition, Flow, Problem};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Orders, Refusal, flow_drafts};
use crate::accounts::{self, Caller, Permission};
use crate::db::Sql;
use crate::log::Tx;
use crate::text;
use crate::values;

/// Compiled flows that are kept, at most.
const COMPILED: usize = 500;

/// Flows, at most.
const FLOWS: i64 = 1000;

/// A flow in the catalogue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowSummary {
    pub flow: String,
    pub name: flow::Words,
    pub description: flow::Words,
    pub version: i64,
    pub published_at: i64,
    pub published_by: Option<i64>,
    /// Whether I may start an order of it.
    pub may_start: bool,
}

/// A published version.
#[derive(Debug, Clone, Serialize, FromQueryResult, ToSchema)]
pub struct FlowVersion {
    pub version: i64,
    pub published_at: i64,
    pub published_by: Option<i64>,
    pub note: String,
}

/// Compiled flows by name and version.
#[derive(Debug, Clone, Default)]
pub struct Flows {
    compiled: Arc<Mutex<Compiled>>,
}

type Compiled = HashMap<(String, i64), Arc<Flow>>;

impl Flows {
    /// A published version.
    pub async fn load(&self, sql: &impl ConnectionTrait, flow: &str, version: i64) -> Result<Arc<Flow>, Refusal> {
        let key = (flow.to_owned(), version);
        if let Some(flow) = self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(flow.clone());
        }
        let yaml = yaml(sql, flow, version).await?;
        let compiled = Arc::new(compile(&yaml)?);
        let mut known = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= COMPILED {
            known.clear();
        }
        known.insert(key, compiled.clone());
        Ok(compiled)
    }

    /// The newest version.
    pub async fn newest(&self, sql: &impl ConnectionTrait, flow: &str) -> Result<(i64, Arc<Flow>), Refusal> {
        let version = sql.number("SELECT version FROM flow WHERE flow = $1", values![flow]).await?;
        let version = version.ok_or(Refusal::FlowNotFound)?;
        Ok((version, self.load(sql, flow, version).await?))
    }
}

/// The text of a published version.
pub async fn yaml(sql: &impl ConnectionTrait, flow: &str, version: i64) -> Result<String, Refusal> {
    #[derive(FromQueryResult)]
    struct Row {
        yaml: String,
    }
    let text = "SELECT yaml FROM flow_version WHERE flow = $1 AND version = $2";
    let row: Option<Row> = sql.one(text, values![flow, version]).await?;
    Ok(row.ok_or(Refusal::FlowNotFound)?.yaml)
}

/// What the text means, or what is wrong with it.
pub fn compile(yaml: &str) -> Result<Flow, Refusal> {
    Flow::new(yaml_definition(yaml)?).map_err(Refusal::FlowProblems)
}

/// What the text says, sound or not.
pub fn yaml_definition(yaml: &str) -> Result<Definition, Refusal> {
    Definition::from_yaml(yaml).map_err(Refusal::Yaml)
}

impl Orders {
    /// The catalogue, by name.
    pub async fn flows(&self, caller: &Caller) -> Result<Vec<FlowSummary>, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            flow: String,
            version: i64,
            published_at: i64,
            published_by: Option<i64>,
        }
        let reader = &self.log.db().reader;
        let sql = "SELECT f.flow, f.version, v.published_at, v.published_by FROM flow f JOIN flow_version v ON v.flow = f.flow AND v.version = f.version ORDER BY f.flow LIMIT $1";
        let rows: Vec<Row> = reader.all(sql, values![FLOWS]).await?;
        let mut summaries = Vec::with_capacity(rows.len());
        for Row { flow, version, published_at, published_by } in rows {
            let compiled = self.flows.load(reader, &flow, version).await?;
            let definition = compiled.definition();
            summaries.push(FlowSummary {
                flow,
                name: definition.name.clone(),
                description: definition.description.clone(),
                version,
                published_at,
                published_by,
                may_start: !caller.is_guest(),
            });
        }
        Ok(summaries)
    }

    /// One flow at a version, the newest when none is named, and all its versions, newest first.
    pub async fn flow(
        &self,
        caller: &Caller,
        flow: &str,
        version: Option<i64>,
    ) -> Result<(FlowSummary, Vec<FlowVersion>, Arc<Flow>), Refusal> {
        if caller.is_guest() {
            return Err(accounts::Refusal::NotForGuests.into());
        }
        let reader = &self.log.db().reader;
        let sql = "SELECT version, published_at, published_by, note FROM flow_version WHERE flow = $1 ORDER BY version DESC LIMIT 1000";
        let versions: Vec<FlowVersion> = reader.all(sql, values![flow]).await?;
        let wanted = |known: &&FlowVersion| version.is_none_or(|version| known.version == version);
        let shown = versions.iter().find(wanted).ok_or(Refusal::FlowNotFound)?;
        let compiled = self.flows.load(reader, flow, shown.version).await?;
        let definition = compiled.definition();
        let summary = FlowSummary {
            flow: flow.to_owned(),
            name: definition.name.clone(),
            description: definition.description.clone(),
            version: shown.version,
            published_at: shown.published_at,
            published_by: shown.published_by,
            may_start: true,
        };
        Ok((summary, versions, compiled))
    }

    /// The text of a version, the newest when none is named.
    pub async fn flow_yaml(&self, caller: &Caller, flow: &str, version: Option<i64>) -> Result<String, Refusal> {
        let (summary, _, _) = self.flow(caller, flow, version).await?;
        yaml(&self.log.db().reader, flow, summary.version).await
    }

    /// What is wrong with a text, people and groups included; nothing is kept.
    pub async fn check_flow(&self, caller: &Caller, yaml: &str) -> Result<(Vec<Problem>, Option<Flow>), Refusal> {
        if caller.is_guest() {
            return Err(accounts::Refusal::NotForGuests.into());
        }
        let flow = match compile(yaml) {
            Ok(flow) => flow,
            Err(Refusal::FlowProblems(problems)) => return Ok((problems, None)),
            Err(refusal) => return Err(refusal),
        };
        let everybody = self.directories.refresh(&self.log.db().reader).await?;
        Ok((flow.check_people(&everybody.directory), Some(flow)))
    }

    /// Publishes a text as the next version of its flow. The same text again changes nothing.
    pub async fn publish_flow(&self, caller: &Caller, yaml: String, note: &str) -> Result<FlowSummary, Refusal> {
        let note = text::line("note", note, 0, 200)?;
        let flow = compile(&yaml)?;
        let runs = flow.definition().nodes.iter().any(|node| matches!(node.kind, NodeKind::Run(_)));
        let permission = if runs { Permission::PublishRunningFlows } else { Permission::PublishFlows };
        self.permitted(caller, &[permission]).await?;
        let everybody = self.directories.refresh(&self.log.db().reader).await?;
        let problems = flow.check_people(&everybody.directory);
        if !problems.is_empty() {
            return Err(Refusal::FlowProblems(problems));
        }
        self.write_flow(Some(caller.id()), flow.definition().flow.clone(), yaml, note).await?;
        let (summary, _, _) = self.flow(caller, &flow.definition().flow, None).await?;
        Ok(summary)
    }

    /// Publishes a text for whoever can reach the database; answers the flow and its version.
    pub async fn import_flow(&self, yaml: String, note: &str) -> Result<(String, i64), Refusal> {
        let note = text::line("note", note, 0, 200)?;
        let compiled = compile(&yaml)?;
        let everybody = self.directories.refresh(&self.log.db().reader).await?;
        let problems = compiled.check_people(&everybody.directory);
        if !problems.is_empty() {
            return Err(Refusal::FlowProblems(problems));
        }
        let flow = compiled.definition().flow.clone();
        let version = self.write_flow(None, flow.clone(), yaml, note).await?;
        Ok((flow, version))
    }

    /// The text of a version, the newest when none is named, for whoever can reach the database.
    pub async fn export_flow(&self, flow: &str, version: Option<i64>) -> Result<String, Refusal> {
        let reader = &self.log.db().reader;
        let version = match version {
            Some(version) => version,
            None => self.flows.newest(reader, flow).await?.0,
        };
        yaml(reader, flow, version).await
    }

    /// Refuses whoever has none of these permissions. Administrators may do everything that can be permitted.
    pub(super) async fn permitted(&self, caller: &Caller, permissions: &[Permission]) -> Result<(), Refusal> {
        if caller.is_administrator() {
            return Ok(());
        }
        let grants = self.accounts.permissions(caller.id()).await?;
        let permitted = grants.iter().any(|grant| permissions.contains(&grant.permission));
        if permitted { Ok(()) } else { Err(Refusal::NotPermitted) }
    }

    /// Publishes a text that was checked, unless it is the newest version already.
    pub(super) async fn write_flow(
        &self,
        by: Option<i64>,
        flow: String,
        yaml: String,
        note: String,
    ) -> Result<i64, Refusal> {
        self.log
            .work::<i64, Refusal, _>(None, move |tx| {
                let (flow, yaml, note) = (flow.clone(), yaml.clone(), note.clone());
                Box::pin(async move { publish(tx, by, flow, yaml, note).await })
            })
            .await
    }
}

async fn publish(tx: &mut Tx<'_>, by: Option<i64>, flow: String, yaml: String, note: String) -> Result<i64, Refusal> {
    #[derive(FromQueryResult)]
    struct Row {
        version: i64,
        yaml: String,
    }
    flow_drafts::published(tx, &flow, &yaml, by).await?;
    let sql = "SELECT v.version, v.yaml FROM flow f JOIN flow_version v ON v.flow = f.flow AND v.version = f.version WHERE f.flow = $1";
    let newest: Option<Row> = tx.sql().one(sql, values![flow.clone()]).await?;
    if let Some(Row { version, .. }) = newest.as_ref().filter(|row| row.yaml == yaml) {
        return Ok(*version);
    }
    if newest.is_none() {
        let count = tx.sql().number("SELECT COUNT(*) FROM flow", values![]).await?.unwrap_or(0);
        if count >= FLOWS {
            return Err(text::FieldError::new("flow", text::Rule::TooMany(FLOWS as usize)).into());
        }
    }
    // Two who publish at once get two versions.
    let sql = "INSERT INTO flow (flow, version) VALUES ($1, 1) ON CONFLICT (flow) DO UPDATE SET version = flow.version + 1 RETURNING version";
    let version = tx.sql().number(sql, values![flow.clone()]).await?.ok_or(DbErr::RecordNotInserted)?;
    let sql = "INSERT INTO flow_version (flow, version, yaml, published_by, published_at, note) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.sql().run(sql, values![flow.clone(), version, yaml, by, tx.now, note.clone()]).await?;
    let published = serde_json::json!({ "version": version, "note": note });
    accounts::note(tx, by, "flow.published", &flow, &published).await?;
    Ok(version)
}
