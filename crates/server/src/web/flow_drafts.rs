use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{FlowJson, Json, Path, Query};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::orders::{FlowDraft, FlowDraftSummary};

#[derive(Serialize, ToSchema)]
pub struct FlowDrafts {
    drafts: Vec<FlowDraftSummary>,
}

/// Texts of flows that are being written, for those who design or publish flows.
#[utoipa::path(get, path = "/api/flow-drafts", tag = "flows", responses((status = 200, body = FlowDrafts)))]
pub async fn flow_drafts(State(web): State<Web>, caller: Caller) -> Result<Answer<FlowDrafts>, Problem> {
    Ok(Answer(FlowDrafts { drafts: web.orders.flow_drafts(&caller).await? }))
}

/// The draft of a flow, published or not.
#[utoipa::path(get, path = "/api/flows/{flow}/draft", tag = "flows", params(("flow" = String, Path)), responses((status = 200, body = FlowDraft)))]
pub async fn flow_draft(
    State(web): State<Web>,
    caller: Caller,
    Path(flow): Path<String>,
) -> Result<Answer<FlowDraft>, Problem> {
    Ok(Answer(web.orders.flow_draft(&caller, &flow).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveFlowDraft {
    yaml: String,
    /// The revision that was changed; null or left out for the first text.
    #[serde(default)]
    base: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct SavedFlowDraft {
    /// The base of the next save.
    revision: i64,
}

/// Keeps a text, which need be no flow yet. Refused with `draft_changed` when the draft is not the one that was
/// changed. The text that is there already changes nothing.
#[utoipa::path(put, path = "/api/flows/{flow}/draft", tag = "flows", params(("flow" = String, Path)), request_body = SaveFlowDraft, responses((status = 200, body = SavedFlowDraft)))]
pub async fn save_flow_draft(
    State(web): State<Web>,
    caller: Caller,
    Path(flow): Path<String>,
    Json(SaveFlowDraft { yaml, base }): FlowJson<SaveFlowDraft>,
) -> Result<Answer<SavedFlowDraft>, Problem> {
    web.count(caller.id())?;
    Ok(Answer(SavedFlowDraft { revision: web.orders.save_flow_draft(&caller, &flow, yaml, base).await? }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiscardQuery {
    /// Only if it is still this revision; whatever it is when left out.
    #[serde(default)]
    base: Option<i64>,
}

/// Throws a draft away. Publishing its text does so by itself.
#[utoipa::path(delete, path = "/api/flows/{flow}/draft", tag = "flows", params(("flow" = String, Path), DiscardQuery), responses((status = 204, description = "it is gone")))]
pub async fn discard_flow_draft(
    State(web): State<Web>,
    caller: Caller,
    Path(flow): Path<String>,
    Query(DiscardQuery { base }): Query<DiscardQuery>,
) -> Result<StatusCode, Problem> {
    web.count(caller.id())?;
    web.orders.discard_flow_draft(&caller, &flow, base).await?;
    Ok(StatusCode::NO_CONTENT)
}
