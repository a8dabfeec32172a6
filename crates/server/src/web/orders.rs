use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use flow::gojs::{GraphModel, TreeModel, graph_model, tree_model};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::entries::wait_for_entry;
use super::extract::{Json, Path, Query};
use super::live_http::MAX_WAIT_S;
use super::problem::{Problem, accepted_language};
use crate::accounts::{Caller, Language};
use crate::log::LogId;
use crate::orders::{
    Chosen, Cursor, DiagramChange, Draft, Filter, OrderBox, OrderCounts, OrderDiagram, OrderStatus, OrderSummary,
    OrderView,
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrdersQuery {
    #[serde(rename = "box")]
    #[param(inline)]
    which: OrderBox,
    #[serde(default)]
    #[param(inline)]
    status: Option<OrderStatus>,
    #[serde(default)]
    flow: Option<String>,
    #[serde(default)]
    requester: Option<i64>,
    /// Made at this time or later.
    #[serde(default)]
    from: Option<i64>,
    /// Made before this time.
    #[serde(default)]
    to: Option<i64>,
    /// Words of the title, the form, the flow's name or the requester's, or the number.
    #[serde(default)]
    q: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<String>,
    #[serde(default = "fifty")]
    limit: i64,
}

fn fifty() -> i64 {
    50
}

impl OrdersQuery {
    fn filter(&self) -> Filter {
        Filter {
            status: self.status,
            flow: self.flow.clone().filter(|flow| !flow.is_empty()),
            requester: self.requester,
            from: self.from,
            to: self.to,
            query: self.q.clone().filter(|words| !words.trim().is_empty()),
        }
    }

    fn cursor(&self) -> Result<Option<Cursor>, Problem> {
        let Some(before) = &self.before else { return Ok(None) };
        let wrong = || Problem::new(StatusCode::BAD_REQUEST, "wrong_query").detail("before is not from a page's next");
        let (at, id) = before.split_once('_').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
        Ok(Some(Cursor { at: number(at)?, id: number(id)? }))
    }
}

#[derive(Serialize, ToSchema)]
pub struct OrderPage {
    orders: Vec<OrderSummary>,
    next: Option<String>,
    /// Follow the feed from here on to miss nothing.
    feed_seq: i64,
}

/// Orders of a box, newest first.
#[utoipa::path(get, path = "/api/orders", tag = "orders", params(OrdersQuery), responses((status = 200, body = OrderPage)))]
pub async fn orders(
    State(web): State<Web>,
    caller: Caller,
    Query(query): Query<OrdersQuery>,
) -> Result<Answer<OrderPage>, Problem> {
    let feed_seq = web.orders.feed_seq(&caller).await?;
    let (orders, next) = web.orders.orders(&caller, query.which, query.filter(), query.cursor()?, query.limit).await?;
    let next = next.map(|Cursor { at, id }| format!("{at}_{id}"));
    Ok(Answer(OrderPage { orders, next, feed_seq }))
}

/// How many orders wait.
#[utoipa::path(get, path = "/api/orders/counts", tag = "orders", responses((status = 200, body = OrderCounts)))]
pub async fn counts(State(web): State<Web>, caller: Caller) -> Result<Answer<OrderCounts>, Problem> {
    Ok(Answer(web.orders.counts(&caller).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDraft {
    command: String,
    flow: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    form: flow::form::Values,
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<i64>>)]
    chosen: Chosen,
}

/// Begins an order: a draft that only I see.
#[utoipa::path(post, path = "/api/orders", tag = "orders", request_body = CreateDraft, responses((status = 201, body = OrderSummary)))]
pub async fn create_draft(
    State(web): State<Web>,
    caller: Caller,
    Json(CreateDraft { command, flow, form, chosen }): Json<CreateDraft>,
) -> Result<(StatusCode, Answer<OrderSummary>), Problem> {
    web.count(caller.id())?;
    let order = web.orders.create_draft(&caller, command, &flow, Draft { form, chosen }).await?;
    Ok((StatusCode::CREATED, Answer(order)))
}

#[derive(Serialize, ToSchema)]
pub struct Saved {
    saved_at: i64,
}

/// Keeps what is being written; it may still be wrong.
#[utoipa::path(put, path = "/api/orders/{id}/draft", tag = "orders", params(("id" = i64, Path)), request_body = Draft, responses((status = 200, body = Saved)))]
pub async fn save_draft(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(draft): Json<Draft>,
) -> Result<Answer<Saved>, Problem> {
    web.count(caller.id())?;
    Ok(Answer(Saved { saved_at: web.orders.save_draft(&caller, id, draft).await? }))
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/api/orders/{id}/draft", tag = "orders", params(("id" = i64, Path)), responses((status = 204, description = "gone")))]
pub async fn discard_draft(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    web.orders.discard_draft(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub struct OrderPreview {
    steps: Vec<flow::PreviewStep>,
    /// Why it could not be submitted like this, if so.
    problem: Option<super::problem::ProblemBody>,
}

/// Who will be asked, as far as it can be said from this form.
#[utoipa::path(post, path = "/api/orders/{id}/preview", tag = "orders", params(("id" = i64, Path)), request_body = Draft, responses((status = 200, body = OrderPreview)))]
pub async fn preview(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Json(draft): Json<Draft>,
) -> Result<Answer<OrderPreview>, Problem> {
    web.count(caller.id())?;
    let language = caller.person.language.unwrap_or_else(|| accepted_language(&headers));
    let (steps, problem) = web.orders.preview(&caller, id, draft).await?;
    let problem = problem.map(|refusal| Problem::from(refusal).body(language, None));
    Ok(Answer(OrderPreview { steps, problem }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    command: String,
    #[schema(value_type = Object)]
    form: flow::form::Values,
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<i64>>)]
    chosen: Chosen,
}

/// Submits a draft.
#[utoipa::path(post, path = "/api/orders/{id}/submit", tag = "orders", params(("id" = i64, Path)), request_body = Submit, responses((status = 200, body = OrderSummary)))]
pub async fn submit(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(Submit { command, form, chosen }): Json<Submit>,
) -> Result<Answer<OrderSummary>, Problem> {
    web.count(caller.id())?;
    Ok(Answer(web.orders.submit(&caller, id, command, Draft { form, chosen }).await?))
}

/// Everything that the page of an order shows.
#[utoipa::path(get, path = "/api/orders/{id}", tag = "orders", params(("id" = i64, Path)), responses((status = 200, body = OrderView)))]
pub async fn order(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Answer<OrderView>, Problem> {
    let view = web.orders.view(&caller, id).await?;
    web.orders.looked(&caller, id).await?;
    Ok(Answer(view))
}

#[derive(Serialize, ToSchema)]
pub struct FormVersion {
    #[schema(value_type = Object)]
    form: flow::form::Values,
    by: Option<i64>,
    at: i64,
}

/// An earlier version of the form.
#[utoipa::path(get, path = "/api/orders/{id}/forms/{version}", tag = "orders", params(("id" = i64, Path), ("version" = i64, Path)), responses((status = 200, body = FormVersion)))]
pub async fn form(
    State(web): State<Web>,
    caller: Caller,
    Path((id, version)): Path<(i64, i64)>,
) -> Result<Answer<FormVersion>, Problem> {
    let (form, by, at) = web.orders.form_version(&caller, id, version).await?;
    Ok(Answer(FormVersion { form, by, at }))
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DiagramFormat {
    /// A GoJS GraphLinksModel.
    GojsGraph,
    /// A GoJS TreeModel.
    GojsTree,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiagramQuery {
    #[serde(default)]
    #[param(inline)]
    format: Option<DiagramFormat>,
    /// `zh-CN` or `en`; mine when left out.
    #[serde(default)]
    #[param(inline)]
    language: Option<Language>,
}

impl DiagramQuery {
    fn language(&self, caller: &Caller, headers: &HeaderMap) -> &'static str {
        let own = || caller.person.language.unwrap_or_else(|| accepted_language(headers));
        match self.language.unwrap_or_else(own) {
            Language::Chinese => "zh",
            Language::English => "en",
        }
    }
}

/// A diagram, as the format says.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum AnyDiagram {
    Own(OrderDiagram),
    Graph(GraphModel),
    Tree(TreeModel),
}

/// The diagram as it is now, of our own or for pages that use GoJS.
#[utoipa::path(get, path = "/api/orders/{id}/diagram", tag = "orders", params(("id" = i64, Path), DiagramQuery), responses((status = 200, body = AnyDiagram)))]
pub async fn diagram(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Query(query): Query<DiagramQuery>,
) -> Result<Answer<AnyDiagram>, Problem> {
    let diagram = web.orders.diagram(&caller, id).await?;
    let language = query.language(&caller, &headers);
    Ok(Answer(match query.format {
        None => AnyDiagram::Own(diagram),
        Some(DiagramFormat::GojsGraph) => AnyDiagram::Graph(graph_model(&diagram.diagram, language)),
        Some(DiagramFormat::GojsTree) => {
            AnyDiagram::Tree(tree_model(&diagram.diagram, language).map_err(crate::orders::Refusal::Diagram)?)
        }
    }))
}

/// The diagram as a picture, for mails and wikis.
#[utoipa::path(get, path = "/api/orders/{id}/diagram.svg", tag = "orders", params(("id" = i64, Path), DiagramQuery), responses((status = 200, description = "the picture", content_type = "image/svg+xml")))]
pub async fn picture(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Query(query): Query<DiagramQuery>,
) -> Result<Response, Problem> {
    let diagram = web.orders.diagram(&caller, id).await?;
    let svg = flow::drawing::svg(&diagram.diagram, query.language(&caller, &headers));
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, super::files::FILE_POLICY),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, svg).into_response())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    #[serde(default)]
    after: i64,
    /// Seconds to wait for a change when there is none, at most 25.
    #[serde(default)]
    wait: u64,
}

#[derive(Serialize, ToSchema)]
pub struct Changes {
    changes: Vec<DiagramChange>,
    has_more: bool,
    /// Ask after this number next.
    last_seq: i64,
}

/// What happened to the diagram after an entry, entry by entry.
#[utoipa::path(get, path = "/api/orders/{id}/diagram/changes", tag = "orders", params(("id" = i64, Path), ChangesQuery), responses((status = 200, body = Changes)))]
pub async fn changes(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(ChangesQuery { after, wait }): Query<ChangesQuery>,
) -> Result<Answer<Changes>, Problem> {
    let deadline = Instant::now() + Duration::from_secs(wait.min(MAX_WAIT_S));
    let mut from = after;
    loop {
        let (changes, page) = web.orders.diagram_changes(&caller, id, from).await?;
        let last_seq = page.entries.last().map_or(page.last_seq.min(from).max(from), |entry| entry.seq);
        let left = deadline.saturating_duration_since(Instant::now());
        if !changes.is_empty() || page.has_more || left < Duration::from_secs(1) {
            return Ok(Answer(Changes { changes, has_more: page.has_more, last_seq }));
        }
        // Talk moves the number on, but does not change the diagram.
        from = last_seq;
        wait_for_entry(&web, &caller, LogId::Room(id), from, left.as_secs()).await?;
    }
}

/// Orders of a box as a table for other programs (CSV, UTF-8 with a byte order mark, at most 100,000 lines).
#[utoipa::path(get, path = "/api/orders/export.csv", tag = "orders", params(OrdersQuery), responses((status = 200, description = "the table", content_type = "text/csv")))]
pub async fn export(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<OrdersQuery>,
) -> Result<Response, Problem> {
    let language = caller.person.language.unwrap_or_else(|| accepted_language(&headers));
    let table = super::order_table::stream(web, caller, language, query.which, query.filter(), query.cursor()?);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"countersign-orders.csv\""),
    ];
    Ok((headers, axum::body::Body::from_stream(table.await?)).into_response())
}
