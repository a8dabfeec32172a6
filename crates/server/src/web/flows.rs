use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{FlowJson, Json, Path, Query};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::orders::{FlowSummary, FlowVersion, Refusal};

#[derive(Serialize, ToSchema)]
pub struct Flows {
    flows: Vec<FlowSummary>,
}

/// The catalogue: flows of which an order can be started.
#[utoipa::path(get, path = "/api/flows", tag = "flows", responses((status = 200, body = Flows)))]
pub async fn flows(State(web): State<Web>, caller: Caller) -> Result<Answer<Flows>, Problem> {
    Ok(Answer(Flows { flows: web.orders.flows(&caller).await? }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    /// The newest when left out.
    #[serde(default)]
    version: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct FlowView {
    summary: FlowSummary,
    /// Newest first.
    versions: Vec<FlowVersion>,
    definition: flow::Definition,
    diagram: flow::diagram::Diagram,
}

/// A flow with its form, its diagram and its versions.
#[utoipa::path(get, path = "/api/flows/{flow}", tag = "flows", params(("flow" = String, Path), VersionQuery), responses((status = 200, body = FlowView)))]
pub async fn flow(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
    Query(VersionQuery { version }): Query<VersionQuery>,
) -> Result<Answer<FlowView>, Problem> {
    let (summary, versions, flow) = web.orders.flow(&caller, &name, version).await?;
    let diagram = flow::diagram(&flow, None, &|_| String::new());
    Ok(Answer(FlowView { summary, versions, definition: flow.definition().clone(), diagram }))
}

/// The same flow as text.
#[utoipa::path(get, path = "/api/flows/{flow}/yaml", tag = "flows", params(("flow" = String, Path), VersionQuery), responses((status = 200, description = "the text", content_type = "text/yaml")))]
pub async fn yaml(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
    Query(VersionQuery { version }): Query<VersionQuery>,
) -> Result<Response, Problem> {
    let yaml = web.orders.flow_yaml(&caller, &name, version).await?;
    Ok(([(header::CONTENT_TYPE, "text/yaml; charset=utf-8")], yaml).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishFlow {
    yaml: String,
    /// What is new.
    #[serde(default)]
    note: String,
}

/// Publishes a text as the next version of its flow. Orders that run stay on theirs.
#[utoipa::path(post, path = "/api/flows", tag = "flows", request_body = PublishFlow, responses((status = 201, body = FlowSummary)))]
pub async fn publish(
    State(web): State<Web>,
    caller: Caller,
    Json(PublishFlow { yaml, note }): FlowJson<PublishFlow>,
) -> Result<(StatusCode, Answer<FlowSummary>), Problem> {
    web.count(caller.id())?;
    Ok((StatusCode::CREATED, Answer(web.orders.publish_flow(&caller, yaml, &note).await?)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFlow {
    yaml: String,
}

/// Something that is wrong with a flow.
#[derive(Serialize, ToSchema)]
pub struct CheckedProblem {
    code: String,
    node: Option<String>,
    link: Option<usize>,
    field: Option<String>,
    /// Where in the text, when it can not be read at all; from 1.
    line: Option<u64>,
    column: Option<u64>,
    words: flow::EachLanguage,
}

#[derive(Serialize, ToSchema)]
pub struct Checked {
    problems: Vec<CheckedProblem>,
    /// Null when the text is no flow.
    diagram: Option<flow::diagram::Diagram>,
}

/// Says what is wrong with a text. Nothing is kept.
#[utoipa::path(post, path = "/api/flows/check", tag = "flows", request_body = CheckFlow, responses((status = 200, body = Checked)))]
pub async fn check(
    State(web): State<Web>,
    caller: Caller,
    Json(CheckFlow { yaml }): FlowJson<CheckFlow>,
) -> Result<Answer<Checked>, Problem> {
    web.count(caller.id())?;
    match web.orders.check_flow(&caller, &yaml).await {
        Ok((problems, flow)) => {
            let diagram = flow.map(|flow| flow::diagram(&flow, None, &|_| String::new()));
            Ok(Answer(Checked { problems: problems.into_iter().map(CheckedProblem::from).collect(), diagram }))
        }
        Err(Refusal::Yaml(problem)) => {
            let problem = CheckedProblem {
                code: "yaml".into(),
                node: None,
                link: None,
                field: None,
                line: Some(problem.line),
                column: Some(problem.column),
                words: problem.words,
            };
            Ok(Answer(Checked { problems: vec![problem], diagram: None }))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

impl From<flow::Problem> for CheckedProblem {
    fn from(problem: flow::Problem) -> Self {
        let flow::Problem { code, node, link, field, words } = problem;
        let words = words.each();
        Self { code: code.to_string(), node, link, field, line: None, column: None, words }
    }
}
