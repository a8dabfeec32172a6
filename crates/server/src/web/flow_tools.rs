use std::collections::BTreeMap;
use std::ops::Range;

use axum::Json as Answer;
use axum::extract::State;
use flow::diagram::Diagram;
use flow::difference::{Change, JoinedDiagram};
use flow::expression::{ExpressionProblem, Fault, type_name};
use flow::form::{Field, Values};
use flow::rehearsal::{RehearsalAnswer, RehearsalReport};
use flow::{EachLanguage, NodeId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::extract::{FlowJson, Json};
use super::problem::{Problem, ProblemBody};
use crate::accounts::{Caller, Language};
use crate::orders::{DifferentOrder, FlowText, Refusal, Trial, Tried};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareFlows {
    from: FlowText,
    to: FlowText,
}

#[derive(Serialize, ToSchema)]
pub struct FlowComparison {
    /// None when the two are equal.
    changes: Vec<Change>,
    /// Both versions in one.
    diagram: JoinedDiagram,
    /// The changes as text, a line or more for each.
    text: EachLanguage,
}

/// What has changed between two versions, published or written just now. They need not be sound, only readable.
#[utoipa::path(post, path = "/api/flows/diff", tag = "flows", request_body = CompareFlows, responses((status = 200, body = FlowComparison)))]
pub async fn compare_flows(
    State(web): State<Web>,
    caller: Caller,
    Json(CompareFlows { from, to }): FlowJson<CompareFlows>,
) -> Result<Answer<FlowComparison>, Problem> {
    web.count(caller.id())?;
    let difference = web.orders.flow_diff(&caller, &from, &to).await?;
    let text = EachLanguage { zh: difference.text("zh"), en: difference.text("en") };
    Ok(Answer(FlowComparison { changes: difference.changes, diagram: difference.diagram, text }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    yaml: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    form: Values,
    /// People that the requester chooses, by node.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<i64>>)]
    chosen: crate::orders::Chosen,
    /// Whose order it would be; mine when left out.
    #[serde(default)]
    requester: Option<i64>,
    /// What was answered so far, in order.
    #[serde(default)]
    answers: Vec<RehearsalAnswer>,
}

#[derive(Serialize, ToSchema)]
pub struct DryRunResult {
    #[serde(flatten)]
    report: RehearsalReport,
    diagram: Diagram,
    /// By node, the hosts that its script would run on now, batch by batch. No batch: its group has no host.
    hosts: BTreeMap<NodeId, Vec<Vec<String>>>,
    /// The first answer that can not be given there. Those after it were not given.
    refused: Option<RefusedAnswer>,
}

#[derive(Serialize, ToSchema)]
pub struct RefusedAnswer {
    /// Which one, from 0.
    answer: usize,
    problem: ProblemBody,
}

/// Tries a flow out, step by step: all answers so far are given anew. Nothing is kept, and nobody is told.
#[utoipa::path(post, path = "/api/flows/dry-run", tag = "flows", request_body = DryRun, responses((status = 200, body = DryRunResult)))]
pub async fn dry_run(
    State(web): State<Web>,
    caller: Caller,
    Json(DryRun { yaml, form, chosen, requester, answers }): FlowJson<DryRun>,
) -> Result<Answer<DryRunResult>, Problem> {
    web.count(caller.id())?;
    let requester = requester.unwrap_or(caller.id());
    let tried = web.orders.dry_run(&caller, Trial { yaml, form, chosen, requester, answers }).await?;
    let refused = tried.refused.map(|(answer, refusal)| RefusedAnswer { answer, problem: body(&caller, refusal) });
    let Tried { report, diagram, hosts, .. } = tried;
    Ok(Answer(DryRunResult { report, diagram, hosts, refused }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckHistory {
    yaml: String,
    /// How many of the latest orders are looked at, from 1 to 200.
    #[serde(default = "usual_limit")]
    limit: i64,
}

fn usual_limit() -> i64 {
    50
}

#[derive(Serialize, ToSchema)]
pub struct FlowHistory {
    looked_at: usize,
    /// Orders whose own way can not be gone again, because somebody has left since.
    not_comparable: usize,
    different: Vec<OtherWay>,
}

/// An order that would take another way.
#[derive(Serialize, ToSchema)]
pub struct OtherWay {
    order: i64,
    number: i64,
    /// The version that it has.
    version: i64,
    /// Null for who may not read the order.
    title: Option<EachLanguage>,
    /// The nodes where people decide or scripts run, if everybody agrees.
    before: Vec<NodeId>,
    /// The same in the text that was sent.
    after: Vec<NodeId>,
    /// Why there is no way through that text.
    problem: Option<ProblemBody>,
}

/// Which of the latest orders of a flow would take another way through a text, for those who design or publish flows.
#[utoipa::path(post, path = "/api/flows/history-check", tag = "flows", request_body = CheckHistory, responses((status = 200, body = FlowHistory)))]
pub async fn check_history(
    State(web): State<Web>,
    caller: Caller,
    Json(CheckHistory { yaml, limit }): FlowJson<CheckHistory>,
) -> Result<Answer<FlowHistory>, Problem> {
    web.count(caller.id())?;
    let history = web.orders.history_check(&caller, &yaml, limit).await?;
    let other_way = |order: DifferentOrder| {
        let DifferentOrder { order, number, version, title, detour } = order;
        let (after, problem) = match detour.after {
            Ok(after) => (after, None),
            Err(refusal) => (Vec::new(), Some(body(&caller, refusal))),
        };
        OtherWay { order, number, version, title, before: detour.before, after, problem }
    };
    Ok(Answer(FlowHistory {
        looked_at: history.looked_at,
        not_comparable: history.not_comparable,
        different: history.different.into_iter().map(other_way).collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    expression: String,
    /// The form's fields, which say what type its names have.
    #[serde(default)]
    fields: Vec<Field>,
    /// Sample values.
    #[serde(default)]
    #[schema(value_type = Object)]
    form: Values,
}

#[derive(Serialize, ToSchema)]
pub struct Evaluated {
    /// Null when there is a problem.
    value: Option<serde_json::Value>,
    /// `bool`, `number`, `text`, `list` or `map`.
    value_type: Option<String>,
    /// The names that the expression reads.
    names: Vec<String>,
    problem: Option<EvaluationProblem>,
}

/// What is wrong with an expression.
#[derive(Serialize, ToSchema)]
pub struct EvaluationProblem {
    fault: Fault,
    words: EachLanguage,
    /// The characters that it is about, as far as that can be said: from the first, counted from 0 …
    start: Option<usize>,
    /// … up to the one before this.
    end: Option<usize>,
}

/// Evaluates an expression on sample values, as while it is written.
#[utoipa::path(post, path = "/api/flows/evaluate", tag = "flows", request_body = Evaluate, responses((status = 200, body = Evaluated)))]
pub async fn evaluate(
    State(web): State<Web>,
    caller: Caller,
    Json(Evaluate { expression, fields, form }): FlowJson<Evaluate>,
) -> Result<Answer<Evaluated>, Problem> {
    web.count(caller.id())?;
    let evaluation = web.orders.evaluate(&caller, &expression, fields, &form).await?;
    let names = evaluation.names;
    Ok(Answer(match evaluation.result {
        Ok(value) => Evaluated { value_type: Some(type_name(&value).into()), value: Some(value), names, problem: None },
        Err(problem) => {
            Evaluated { value: None, value_type: None, names, problem: Some(marked(&problem, &expression)) }
        }
    }))
}

fn marked(problem: &ExpressionProblem, expression: &str) -> EvaluationProblem {
    let (start, end) = problem.place_in(expression).map(|Range { start, end }| (start, end)).unzip();
    EvaluationProblem { fault: problem.fault, words: problem.words().each(), start, end }
}

/// What is said about a move that the engine refused.
fn body(caller: &Caller, refusal: flow::Refusal) -> ProblemBody {
    let language = caller.person.language.unwrap_or(Language::English);
    Problem::from(Refusal::from(refusal)).body(language, None)
}
