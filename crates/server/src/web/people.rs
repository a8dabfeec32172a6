use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{Json, Path, Query, present};
use super::files::FILE_POLICY;
use super::problem::Problem;
use crate::accounts::{Caller, Grant, Language, NewPerson, Person, PersonChanges, Role};
use crate::log::Topic;

/// A page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Part of a name.
    #[serde(default)]
    pub query: String,
    /// Begin after this id.
    #[serde(default)]
    pub after: i64,
    #[serde(default = "fifty")]
    pub limit: i64,
}

fn fifty() -> i64 {
    50
}

#[derive(Serialize, ToSchema)]
pub struct People {
    people: Vec<Person>,
    has_more: bool,
}

/// People by id. Guests see those who share a room with them.
#[utoipa::path(get, path = "/api/people", tag = "people", params(ListQuery), responses((status = 200, body = People)))]
pub async fn people(
    State(web): State<Web>,
    caller: Caller,
    Query(page): Query<ListQuery>,
) -> Result<Answer<People>, Problem> {
    let (people, has_more) = web.accounts.people(&caller, &page.query, page.after, page.limit).await?;
    Ok(Answer(People { people, has_more }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePerson {
    username: String,
    name: String,
    password: String,
    role: Role,
    #[serde(default)]
    language: Option<Language>,
}

/// Makes an account (administrators).
#[utoipa::path(post, path = "/api/people", tag = "people", request_body = CreatePerson, responses((status = 201, body = Person)))]
pub async fn create_person(
    State(web): State<Web>,
    caller: Caller,
    Json(new): Json<CreatePerson>,
) -> Result<(StatusCode, Answer<Person>), Problem> {
    let CreatePerson { username, name, password, role, language } = new;
    let person = web.accounts.create_person(&caller, NewPerson { username, name, password, role, language }).await?;
    Ok((StatusCode::CREATED, Answer(person)))
}

/// Somebody.
#[utoipa::path(get, path = "/api/people/{id}", tag = "people", params(("id" = i64, Path)), responses((status = 200, body = Person)))]
pub async fn person(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Answer<Person>, Problem> {
    Ok(Answer(web.accounts.visible_person(&caller, id).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePerson {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    active: Option<bool>,
    /// Null: nobody leads them.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    manager: Option<Option<i64>>,
    /// Null: no mails.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct Email {
    /// Null: they get no mails.
    email: Option<String>,
}

/// Where mails to somebody go (not for guests).
#[utoipa::path(get, path = "/api/people/{id}/email", tag = "people", params(("id" = i64, Path)), responses((status = 200, body = Email)))]
pub async fn email(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Answer<Email>, Problem> {
    Ok(Answer(Email { email: web.accounts.email(&caller, id).await? }))
}

/// Changes an account (administrators). Closing it ends all its sessions and tokens.
#[utoipa::path(patch, path = "/api/people/{id}", tag = "people", params(("id" = i64, Path)), request_body = ChangePerson, responses((status = 200, body = Person)))]
pub async fn change_person(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(ChangePerson { name, role, active, manager, email }): Json<ChangePerson>,
) -> Result<Answer<Person>, Problem> {
    let changes = PersonChanges { name, role, active, manager, email };
    let person = web.accounts.change_person(&caller, id, changes).await?;
    if active == Some(false) {
        web.log.close(Topic::Person(id));
        web.orders.look_after_closed_accounts().await?;
    }
    Ok(Answer(person))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Version {
    /// Changes with the picture, so that it can be kept by browsers.
    #[allow(dead_code, reason = "only part of the address")]
    v: Option<String>,
}

/// A person's picture.
#[utoipa::path(get, path = "/api/people/{id}/avatar", tag = "people", params(("id" = i64, Path), Version), responses((status = 200, description = "the image", content_type = "image/*")))]
pub async fn avatar(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Response, Problem> {
    web.accounts.visible_person(&caller, id).await?;
    let avatar = web.accounts.avatar(id).await?.ok_or_else(Problem::not_found)?;
    let media_type = match avatar.rsplit_once('.') {
        Some((_, "png")) => "image/png",
        Some((_, "webp")) => "image/webp",
        Some((_, "gif")) => "image/gif",
        _ => "image/jpeg",
    };
    let bytes = web.rooms.read_avatar(&avatar).await?;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "private, max-age=86400"),
        (HeaderName::from_static("content-security-policy"), FILE_POLICY),
    ];
    Ok((headers, Body::from_stream(bytes)).into_response())
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    permissions: Vec<Grant>,
}

/// What a person may do beside their role (administrators).
#[utoipa::path(get, path = "/api/people/{id}/permissions", tag = "people", params(("id" = i64, Path)), responses((status = 200, body = Permissions)))]
pub async fn permissions(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Answer<Permissions>, Problem> {
    if !caller.is_administrator() {
        return Err(crate::accounts::Refusal::AdministratorsOnly.into());
    }
    web.accounts.person(id).await?;
    Ok(Answer(Permissions { permissions: web.accounts.permissions(id).await? }))
}

/// Replaces them (administrators).
#[utoipa::path(put, path = "/api/people/{id}/permissions", tag = "people", params(("id" = i64, Path)), request_body = Permissions, responses((status = 200, body = Permissions)))]
pub async fn set_permissions(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(Permissions { permissions }): Json<Permissions>,
) -> Result<Answer<Permissions>, Problem> {
    Ok(Answer(Permissions { permissions: web.accounts.set_permissions(&caller, id, permissions).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    new: String,
}

/// Gives somebody a new password and ends their sessions (administrators).
#[utoipa::path(put, path = "/api/people/{id}/password", tag = "people", params(("id" = i64, Path)), request_body = ResetPassword, responses((status = 204, description = "changed")))]
pub async fn reset_password(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(ResetPassword { new }): Json<ResetPassword>,
) -> Result<StatusCode, Problem> {
    web.accounts.reset_password(&caller, id, new).await?;
    Ok(StatusCode::NO_CONTENT)
}
