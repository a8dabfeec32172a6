use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{Json, Path, Query};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::outbox::{Delivery, Event, NewWebhook, Notice, Notifications, Webhook, WebhookChanges};

/// What I am told of by mail.
#[utoipa::path(get, path = "/api/me/notifications", tag = "me", responses((status = 200, body = Notifications)))]
pub async fn notifications(State(web): State<Web>, caller: Caller) -> Result<Answer<Notifications>, Problem> {
    Ok(Answer(web.outbox.notifications(&caller).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseNotifications {
    mails: Vec<Notice>,
}

/// Chooses what I am told of by mail.
#[utoipa::path(put, path = "/api/me/notifications", tag = "me", request_body = ChooseNotifications, responses((status = 200, body = Notifications)))]
pub async fn choose_notifications(
    State(web): State<Web>,
    caller: Caller,
    Json(ChooseNotifications { mails }): Json<ChooseNotifications>,
) -> Result<Answer<Notifications>, Problem> {
    Ok(Answer(web.outbox.choose_notifications(&caller, &mails).await?))
}

#[derive(Serialize, ToSchema)]
pub struct Webhooks {
    webhooks: Vec<Webhook>,
}

/// The endpoints that are told of events (administrators).
#[utoipa::path(get, path = "/api/webhooks", tag = "webhooks", responses((status = 200, body = Webhooks)))]
pub async fn webhooks(State(web): State<Web>, caller: Caller) -> Result<Answer<Webhooks>, Problem> {
    Ok(Answer(Webhooks { webhooks: web.outbox.webhooks(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhook {
    name: String,
    url: String,
    events: Vec<Event>,
}

#[derive(Serialize, ToSchema)]
pub struct SavedWebhook {
    webhook: Webhook,
    /// What messages are signed with, when it is new. Shown now and never again.
    secret: Option<String>,
}

/// Makes an endpoint (administrators).
#[utoipa::path(post, path = "/api/webhooks", tag = "webhooks", request_body = CreateWebhook, responses((status = 201, body = SavedWebhook)))]
pub async fn create_webhook(
    State(web): State<Web>,
    caller: Caller,
    Json(CreateWebhook { name, url, events }): Json<CreateWebhook>,
) -> Result<(StatusCode, Answer<SavedWebhook>), Problem> {
    let (webhook, secret) = web.outbox.create_webhook(&caller, NewWebhook { name, url, events }).await?;
    Ok((StatusCode::CREATED, Answer(SavedWebhook { webhook, secret: Some(secret) })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeWebhook {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    events: Option<Vec<Event>>,
    /// An endpoint that is switched off is told nothing, and what waits for it is given up.
    #[serde(default)]
    active: Option<bool>,
    /// Makes a new secret; the one before is worth nothing from then on.
    #[serde(default)]
    new_secret: bool,
}

/// Changes an endpoint (administrators).
#[utoipa::path(patch, path = "/api/webhooks/{id}", tag = "webhooks", params(("id" = i64, Path)), request_body = ChangeWebhook, responses((status = 200, body = SavedWebhook)))]
pub async fn change_webhook(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(ChangeWebhook { name, url, events, active, new_secret }): Json<ChangeWebhook>,
) -> Result<Answer<SavedWebhook>, Problem> {
    let changes = WebhookChanges { name, url, events, active, new_secret };
    let (webhook, secret) = web.outbox.change_webhook(&caller, id, changes).await?;
    Ok(Answer(SavedWebhook { webhook, secret }))
}

/// Deletes an endpoint with its deliveries (administrators).
#[utoipa::path(delete, path = "/api/webhooks/{id}", tag = "webhooks", params(("id" = i64, Path)), responses((status = 204, description = "deleted")))]
pub async fn delete_webhook(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    web.outbox.delete_webhook(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends an endpoint the event `test` (administrators).
#[utoipa::path(post, path = "/api/webhooks/{id}/test", tag = "webhooks", params(("id" = i64, Path)), responses((status = 202, body = Delivery)))]
pub async fn test_webhook(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Answer<Delivery>), Problem> {
    Ok((StatusCode::ACCEPTED, Answer(web.outbox.test_webhook(&caller, id).await?)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    /// Begin before this id.
    #[serde(default)]
    before: Option<i64>,
    #[serde(default)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveries)]
pub struct Deliveries {
    deliveries: Vec<Delivery>,
    has_more: bool,
}

/// Messages to an endpoint, the newest first (administrators). They are kept for two weeks after they ended.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = i64, Path), DeliveriesQuery), responses((status = 200, body = Deliveries)))]
pub async fn deliveries(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Query(page): Query<DeliveriesQuery>,
) -> Result<Answer<Deliveries>, Problem> {
    let (before, limit) = (page.before.unwrap_or(i64::MAX), page.limit.unwrap_or(50));
    let (deliveries, has_more) = web.outbox.deliveries(&caller, id, before, limit).await?;
    Ok(Answer(Deliveries { deliveries, has_more }))
}

/// Sends a message once more that has ended (administrators).
#[utoipa::path(post, path = "/api/webhook-deliveries/{id}/retry", tag = "webhooks", params(("id" = i64, Path)), responses((status = 200, body = Delivery)))]
pub async fn retry_delivery(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Answer<Delivery>, Problem> {
    Ok(Answer(web.outbox.retry_delivery(&caller, id).await?))
}
