//! What helps to design a flow: comparing versions, trying one out, and what would become of earlier orders.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::definition::{Batches, Place};
use flow::expression::{Expression, ExpressionProblem, Fault};
use flow::form::{Field, Values};
use flow::rehearsal::{RehearsalAnswer, RehearsalReport, RehearsalStep};
use flow::{Context, Definition, Detour, Difference, EachLanguage, Flow, NodeId, Rehearsal, Submission};
use sea_orm::{DbErr, FromQueryResult};
use serde::Deserialize;
use utoipa::ToSchema;

use super::directory::Everybody;
use super::flows::{compile, yaml_definition};
use super::model::Chosen;
use super::runs::run_nodes;
use super::{Orders, Refusal};
use crate::accounts::{self, Caller};
use crate::db::Sql;
use crate::inventory::{HostGroup, host_groups};
use crate::text::{FieldError, Rule};
use crate::values;

/// Earlier orders that are looked at, at most.
const HISTORY: i64 = 200;

/// A version of a flow: a text, or what was published.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FlowText {
    Text(WrittenFlow),
    Published(PublishedFlow),
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenFlow {
    pub yaml: String,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishedFlow {
    pub flow: String,
    /// The newest when left out.
    #[serde(default)]
    pub version: Option<i64>,
}

/// An order to be tried out.
#[derive(Debug, Clone)]
pub struct Trial {
    pub yaml: String,
    pub form: Values,
    pub chosen: Chosen,
    /// Whose order it would be.
    pub requester: i64,
    pub answers: Vec<RehearsalAnswer>,
}

/// What came of a trial.
#[derive(Debug)]
pub struct Tried {
    pub report: RehearsalReport,
    pub diagram: flow::diagram::Diagram,
    /// By node, the hosts that its script would run on now, batch by batch. No batch: its group has no host.
    pub hosts: BTreeMap<NodeId, Vec<Vec<String>>>,
    /// The first answer that was refused, and why. Those after it were not given.
    pub refused: Option<(usize, flow::Refusal)>,
}

/// What would become of earlier orders.
#[derive(Debug, Default)]
pub struct History {
    pub looked_at: usize,
    /// Orders whose own way can not be gone again: somebody has left since.
    pub not_comparable: usize,
    pub different: Vec<DifferentOrder>,
}

/// An order that would take another way.
#[derive(Debug)]
pub struct DifferentOrder {
    pub order: i64,
    pub number: i64,
    pub version: i64,
    /// Only for those who may read the order.
    pub title: Option<EachLanguage>,
    pub detour: Detour,
}

/// The value of an expression, or what is wrong with it.
#[derive(Debug)]
pub struct Evaluation {
    /// The names that it reads.
    pub names: Vec<String>,
    pub result: Result<serde_json::Value, ExpressionProblem>,
}

impl Orders {
    /// What has changed between two versions.
    pub async fn flow_diff(&self, caller: &Caller, from: &FlowText, to: &FlowText) -> Result<Difference, Refusal> {
        no_guests(caller)?;
        let (from, to) = (self.definition(from).await?, self.definition(to).await?);
        Ok(flow::diff(&from, &to))
    }

    async fn definition(&self, text: &FlowText) -> Result<Definition, Refusal> {
        match text {
            FlowText::Text(WrittenFlow { yaml }) => yaml_definition(yaml),
            FlowText::Published(PublishedFlow { flow, version }) => {
                let reader = &self.log.db().reader;
                let compiled = match version {
                    Some(version) => self.flows.load(reader, flow, *version).await?,
                    None => self.flows.newest(reader, flow).await?.1,
                };
                Ok(compiled.definition().clone())
            }
        }
    }

    /// Goes through a flow step by step. Nothing is kept, and nobody is told.
    pub async fn dry_run(&self, caller: &Caller, trial: Trial) -> Result<Tried, Refusal> {
        no_guests(caller)?;
        let flow = compile(&trial.yaml)?;
        if trial.answers.len() > flow::rehearsal::ANSWERS {
            return Err(FieldError::new("answers", Rule::TooMany(flow::rehearsal::ANSWERS)).into());
        }
        let reader = &self.log.db().reader;
        let everybody = self.directories.refresh(reader).await?;
        let has_hosts = run_nodes(&flow).any(|(_, run)| !matches!(run.place, Place::Local));
        let groups = if has_hosts { host_groups(reader).await? } else { Vec::new() };
        Ok(aside(move || rehearse(&flow, trial, &everybody, &groups)).await??)
    }

    /// Which of the latest orders of a flow would take another way through this text, if everybody agreed.
    pub async fn history_check(&self, caller: &Caller, yaml: &str, limit: i64) -> Result<History, Refusal> {
        #[derive(FromQueryResult)]
        struct Row {
            id: i64,
            number: i64,
            title: String,
            version: i64,
            state: String,
            member: Option<i64>,
        }
        self.may_design(caller).await?;
        if !(1..=HISTORY).contains(&limit) {
            return Err(FieldError::new("limit", Rule::OutOfRange(1, HISTORY)).into());
        }
        let new = Arc::new(compile(yaml)?);
        let reader = &self.log.db().reader;
        let everybody = self.directories.refresh(reader).await?;
        let sql = "SELECT o.id, o.number, o.title, o.version, o.state, m.person_id AS member FROM orders o LEFT JOIN member m ON m.log_id = o.id AND m.person_id = $2 WHERE o.flow = $1 AND o.state IS NOT NULL AND o.number IS NOT NULL ORDER BY o.created_at DESC, o.id DESC LIMIT $3";
        let flow = new.definition().flow.clone();
        let rows: Vec<Row> = reader.all(sql, values![flow.clone(), caller.id(), limit]).await?;
        let mut history = History { looked_at: rows.len(), ..History::default() };
        for Row { id, number, title, version, state, member } in rows {
            let own = self.flows.load(reader, &flow, version).await?;
            let order: flow::Order = parsed(&state)?;
            let (new, everybody) = (new.clone(), everybody.clone());
            match aside(move || walk(&own, &new, &order, &everybody.directory)).await? {
                Err(_) => history.not_comparable += 1,
                Ok(None) => {}
                Ok(Some(detour)) => {
                    let readable = member.is_some() || caller.is_administrator();
                    let title = if readable { Some(parsed(&title)?) } else { None };
                    history.different.push(DifferentOrder { order: id, number, version, title, detour });
                }
            }
        }
        Ok(history)
    }

    /// Evaluates an expression on a sample of a form.
    pub async fn evaluate(
        &self,
        caller: &Caller,
        expression: &str,
        fields: Vec<Field>,
        form: &Values,
    ) -> Result<Evaluation, Refusal> {
        no_guests(caller)?;
        let everybody = self.directories.refresh(&self.log.db().reader).await?;
        let definition = Definition { form: fields, ..Definition::default() };
        let variables = definition.variables(form, caller.id(), &everybody.directory);
        Ok(match Expression::parse(expression) {
            Err(problem) => Evaluation { names: Vec::new(), result: Err(problem) },
            Ok(parsed) => {
                let names: Vec<String> = parsed.names().into_iter().map(str::to_owned).collect();
                // Of a name that nobody knows one hears also where the other side has decided already.
                let result = match names.iter().find(|name| !variables.contains_key(*name)) {
                    Some(name) => Err(ExpressionProblem { fault: Fault::UnknownName, detail: name.clone(), at: None }),
                    None => parsed.evaluate(&variables),
                };
                Evaluation { names, result }
            }
        })
    }
}

/// Does what is much work for a large flow on a thread on which nobody else waits.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DbErr> {
    tokio::task::spawn_blocking(work).await.map_err(|error| DbErr::Custom(error.to_string()))
}

fn rehearse(flow: &Flow, trial: Trial, everybody: &Everybody, groups: &[HostGroup]) -> Result<Tried, flow::Refusal> {
    let context = Context { now_ms: crate::clock::now_ms(), directory: &everybody.directory };
    let Trial { form, chosen, requester, answers, .. } = trial;
    let mut rehearsal = Rehearsal::begin(flow, &Submission { requester, form, chosen }, &context)?;
    let mut answered = answers.iter().enumerate().map(|(index, answer)| (index, rehearsal.answer(answer)));
    let refused = answered.find_map(|(index, answered)| Some((index, answered.err()?)));
    let diagram = flow::diagram(flow, Some(rehearsal.order()), &|person| everybody.name(person));
    let report = rehearsal.report();
    let batches = |step: &RehearsalStep| {
        let group = step.run.as_ref()?.group.as_deref()?;
        let hosts = groups.iter().find(|known| known.name == group).map_or(&[][..], |group| &group.hosts);
        Some((step.node.clone(), in_batches(&flow.run(&step.node)?.batches, hosts)))
    };
    let hosts = report.steps.iter().filter_map(batches).collect();
    Ok(Tried { report, diagram, hosts, refused })
}

fn in_batches(batches: &Batches, hosts: &[String]) -> Vec<Vec<String>> {
    let mut left = hosts.iter().cloned();
    batches.of(hosts.len()).into_iter().map(|size| left.by_ref().take(size).collect()).collect()
}

fn walk(
    own: &Flow,
    new: &Flow,
    order: &flow::Order,
    directory: &flow::Directory,
) -> Result<Option<Detour>, flow::Refusal> {
    let submission = Submission { requester: order.requester, form: order.form.clone(), chosen: order.chosen.clone() };
    // At the time of the order, so that whoever was away then is away.
    flow::detour(own, new, &submission, &Context { now_ms: order.submitted_ms, directory })
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

fn no_guests(caller: &Caller) -> Result<(), Refusal> {
    if caller.is_guest() { Err(accounts::Refusal::NotForGuests.into()) } else { Ok(()) }
}
