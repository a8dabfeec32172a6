use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::{Request, State};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{ClientAddress, Json, Path, Query};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::hooks::{self, Delivery, Envelope, Hook, HookChanges, HookKind, NewHook};

#[derive(Serialize, ToSchema)]
pub struct HookList {
    hooks: Vec<Hook>,
}

/// Where other programs start orders (administrators).
#[utoipa::path(get, path = "/api/hooks", tag = "hooks", responses((status = 200, body = HookList)))]
pub async fn hooks(State(web): State<Web>, caller: Caller) -> Result<Answer<HookList>, Problem> {
    Ok(Answer(HookList { hooks: web.hooks.hooks(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateHook {
    /// 1 to 64 of `a-z 0-9 . _ -`; it is part of the address.
    name: String,
    kind: HookKind,
    flow: String,
    /// A person's id: whose orders they are.
    account: i64,
    /// A condition over `payload`, `event`, `branch`, `tag` and `commit`.
    #[serde(default)]
    filter: String,
    /// Expressions over the same, by field of the form.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedHook {
    hook: Hook,
    /// What the sender signs with. Shown now and never again.
    secret: String,
}

/// Makes a hook (administrators).
#[utoipa::path(post, path = "/api/hooks", tag = "hooks", request_body = CreateHook, responses((status = 201, body = CreatedHook)))]
pub async fn create_hook(
    State(web): State<Web>,
    caller: Caller,
    Json(new): Json<CreateHook>,
) -> Result<(StatusCode, Answer<CreatedHook>), Problem> {
    let CreateHook { name, kind, flow, account, filter, fields } = new;
    let new = NewHook { name, kind, flow, account, filter, fields };
    let (hook, secret) = web.hooks.create_hook(&caller, new).await?;
    Ok((StatusCode::CREATED, Answer(CreatedHook { hook, secret })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeHook {
    #[serde(default)]
    flow: Option<String>,
    #[serde(default)]
    account: Option<i64>,
    #[serde(default)]
    filter: Option<String>,
    /// Replaces all of them.
    #[serde(default)]
    fields: Option<BTreeMap<String, String>>,
    #[serde(default)]
    active: Option<bool>,
}

/// Changes a hook; what is left out stays (administrators).
#[utoipa::path(patch, path = "/api/hooks/{name}", tag = "hooks", params(("name" = String, Path)), request_body = ChangeHook, responses((status = 200, body = Hook)))]
pub async fn change_hook(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
    Json(changes): Json<ChangeHook>,
) -> Result<Answer<Hook>, Problem> {
    let ChangeHook { flow, account, filter, fields, active } = changes;
    let changes = HookChanges { flow, account, filter, fields, active };
    Ok(Answer(web.hooks.change_hook(&caller, &name, changes).await?))
}

/// Removes a hook (administrators). The orders that it started stay.
#[utoipa::path(delete, path = "/api/hooks/{name}", tag = "hooks", params(("name" = String, Path)), responses((status = 204, description = "removed")))]
pub async fn delete_hook(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    web.hooks.delete_hook(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub struct HookSecret {
    /// What the sender signs with. Shown now and never again.
    secret: String,
}

/// Replaces the secret of a hook; the old one ends at once (administrators).
#[utoipa::path(post, path = "/api/hooks/{name}/secret", tag = "hooks", params(("name" = String, Path)), responses((status = 200, body = HookSecret)))]
pub async fn renew_secret(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Answer<HookSecret>, Problem> {
    Ok(Answer(HookSecret { secret: web.hooks.renew_secret(&caller, &name).await? }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Older than this time, in milliseconds.
    #[serde(default)]
    before: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct HookDeliveries {
    deliveries: Vec<Delivery>,
}

/// What came in and was signed rightly, newest first, up to 200 (administrators).
#[utoipa::path(get, path = "/api/hooks/{name}/deliveries", tag = "hooks", params(("name" = String, Path), DeliveryQuery), responses((status = 200, body = HookDeliveries)))]
pub async fn deliveries(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
    Query(DeliveryQuery { before }): Query<DeliveryQuery>,
) -> Result<Answer<HookDeliveries>, Problem> {
    Ok(Answer(HookDeliveries { deliveries: web.hooks.deliveries(&caller, &name, before).await? }))
}

/// Takes a delivery of another program, which signs it: in the headers `webhook-id`, `webhook-timestamp` and
/// `webhook-signature`, or `X-GitHub-Delivery`, `X-GitHub-Event` and `X-Hub-Signature-256`, as the hook's kind is. The
/// same delivery gets the first answer.
#[utoipa::path(post, path = "/api/hooks/{name}/deliver", tag = "hooks", params(("name" = String, Path)), request_body(content = String, content_type = "application/json"), responses((status = 200, body = hooks::Answer)), security(()))]
pub async fn deliver(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    Path(name): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Answer<hooks::Answer>, Problem> {
    web.count_delivery(address)?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let envelope = Envelope {
        webhook_id: text("webhook-id"),
        webhook_timestamp: text("webhook-timestamp"),
        webhook_signature: text("webhook-signature"),
        github_delivery: text("x-github-delivery"),
        github_event: text("x-github-event"),
        github_signature: text("x-hub-signature-256"),
    };
    let too_large = |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large");
    let body = axum::body::to_bytes(request.into_body(), hooks::LARGEST).await.map_err(too_large)?;
    Ok(Answer(web.hooks.deliver(&name, envelope, &body).await?))
}
