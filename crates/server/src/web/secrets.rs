use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::extract::{Json, Path};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::inventory::{NewSecret, Place, Secret, SecretChanges, SecretGrant};

#[derive(Serialize, ToSchema)]
pub struct Secrets {
    secrets: Vec<Secret>,
}

/// All secrets by name, never their values (administrators).
#[utoipa::path(get, path = "/api/secrets", tag = "secrets", responses((status = 200, body = Secrets)))]
pub async fn secrets(State(web): State<Web>, caller: Caller) -> Result<Answer<Secrets>, Problem> {
    Ok(Answer(Secrets { secrets: web.inventory.secrets(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSecret {
    /// The environment variable that scripts find it in: `A-Z 0-9 _`.
    name: String,
    /// 4 bytes to 64 KiB. No request answers it.
    #[serde(deserialize_with = "hidden")]
    value: String,
    #[serde(default)]
    note: String,
    /// Which releases get it; none when left out.
    #[serde(default)]
    grants: Vec<SecretGrant>,
}

/// Text, where a mistake is not told with what was sent.
fn hidden<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    hidden_or_none(deserializer)?.ok_or_else(|| D::Error::custom("the value is missing"))
}

fn hidden_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(value) => Ok(Some(value)),
        _ => Err(D::Error::custom("the value has to be text")),
    }
}

/// Keeps a secret (administrators).
#[utoipa::path(post, path = "/api/secrets", tag = "secrets", request_body = CreateSecret, responses((status = 201, body = Secret)))]
pub async fn create_secret(
    State(web): State<Web>,
    caller: Caller,
    Json(CreateSecret { name, value, note, grants }): Json<CreateSecret>,
) -> Result<(StatusCode, Answer<Secret>), Problem> {
    let new = NewSecret { name, value, note, grants };
    Ok((StatusCode::CREATED, Answer(web.inventory.create_secret(&caller, new).await?)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSecret {
    #[serde(default, deserialize_with = "hidden_or_none")]
    value: Option<String>,
    #[serde(default)]
    note: Option<String>,
    /// Replaces all of them.
    #[serde(default)]
    grants: Option<Vec<SecretGrant>>,
}

/// Replaces the value of a secret, its note or its grants (administrators).
#[utoipa::path(patch, path = "/api/secrets/{id}", tag = "secrets", params(("id" = i64, Path)), request_body = ChangeSecret, responses((status = 200, body = Secret)))]
pub async fn change_secret(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(ChangeSecret { value, note, grants }): Json<ChangeSecret>,
) -> Result<Answer<Secret>, Problem> {
    Ok(Answer(web.inventory.change_secret(&caller, id, SecretChanges { value, note, grants }).await?))
}

/// Forgets a secret (administrators).
#[utoipa::path(delete, path = "/api/secrets/{id}", tag = "secrets", params(("id" = i64, Path)), responses((status = 204, description = "forgotten")))]
pub async fn delete_secret(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    web.inventory.delete_secret(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Applications {
    applications: Vec<Place>,
}

/// What can be released.
#[utoipa::path(get, path = "/api/applications", tag = "hosts", responses((status = 200, body = Applications)))]
pub async fn applications(State(web): State<Web>, caller: Caller) -> Result<Answer<Applications>, Problem> {
    Ok(Answer(Applications { applications: web.inventory.applications(&caller).await? }))
}

/// Replaces the list (administrators).
#[utoipa::path(put, path = "/api/applications", tag = "hosts", request_body = Applications, responses((status = 200, body = Applications)))]
pub async fn set_applications(
    State(web): State<Web>,
    caller: Caller,
    Json(Applications { applications }): Json<Applications>,
) -> Result<Answer<Applications>, Problem> {
    let applications = web.inventory.set_applications(&caller, applications).await?;
    Ok(Answer(Applications { applications }))
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Environments {
    environments: Vec<Place>,
}

/// Where it can be released to.
#[utoipa::path(get, path = "/api/environments", tag = "hosts", responses((status = 200, body = Environments)))]
pub async fn environments(State(web): State<Web>, caller: Caller) -> Result<Answer<Environments>, Problem> {
    Ok(Answer(Environments { environments: web.inventory.environments(&caller).await? }))
}

/// Replaces the list (administrators).
#[utoipa::path(put, path = "/api/environments", tag = "hosts", request_body = Environments, responses((status = 200, body = Environments)))]
pub async fn set_environments(
    State(web): State<Web>,
    caller: Caller,
    Json(Environments { environments }): Json<Environments>,
) -> Result<Answer<Environments>, Problem> {
    let environments = web.inventory.set_environments(&caller, environments).await?;
    Ok(Answer(Environments { environments }))
}
