use axum::Json as Answer;
use axum::body::Bytes;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::extract::{ClientAddress, Json, Path, present};
use super::problem::Problem;
use crate::accounts::{Caller, Grant, Language, Person, ProfileChanges, Session, Settings, Token};
use crate::log::SessionKey;
use crate::rooms::INLINE;

/// Bytes of a profile picture, at most.
pub const MAX_AVATAR: usize = 1024 * 1024;

#[derive(Serialize, ToSchema)]
pub struct Me {
    person: Person,
    /// Id of this session; null with an API token.
    session: Option<i64>,
    permissions: Vec<Grant>,
    settings: Settings,
    /// Where mails to me go.
    email: Option<String>,
    max_file_bytes: u64,
}

impl Me {
    pub async fn of(web: &Web, caller: &Caller) -> Result<Self, Problem> {
        Ok(Self {
            person: caller.person.clone(),
            session: match caller.session {
                SessionKey::Session(id) => Some(id),
                SessionKey::Token(_) => None,
            },
            permissions: web.accounts.permissions(caller.id()).await?,
            settings: caller.settings,
            email: web.accounts.email(caller, caller.id()).await?,
            max_file_bytes: web.rooms.max_file_bytes(),
        })
    }
}

/// Who I am.
#[utoipa::path(get, path = "/api/me", tag = "me", responses((status = 200, body = Me)))]
pub async fn me(State(web): State<Web>, caller: Caller) -> Result<Answer<Me>, Problem> {
    Ok(Answer(Me::of(&web, &caller).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    #[serde(default)]
    name: Option<String>,
    /// Null: as the browser says.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Language>)]
    language: Option<Option<Language>>,
    #[serde(default)]
    settings: Option<Settings>,
    /// Null: no mails.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
}

/// Changes my profile.
#[utoipa::path(patch, path = "/api/me", tag = "me", request_body = ChangeMe, responses((status = 200, body = Me)))]
pub async fn change_me(
    State(web): State<Web>,
    caller: Caller,
    Json(change): Json<ChangeMe>,
) -> Result<Answer<Me>, Problem> {
    let ChangeMe { name, language, settings, email } = change;
    let person = web.accounts.change_profile(&caller, ProfileChanges { name, language, settings, email }).await?;
    let settings = settings.unwrap_or(caller.settings);
    Ok(Answer(Me::of(&web, &Caller { person, settings, ..caller }).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    current: String,
    new: String,
}

/// Changes my password; all my other sessions end.
#[utoipa::path(put, path = "/api/me/password", tag = "me", request_body = ChangePassword, responses((status = 204, description = "changed")))]
pub async fn change_password(
    State(web): State<Web>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    Json(ChangePassword { current, new }): Json<ChangePassword>,
) -> Result<StatusCode, Problem> {
    web.accounts.change_password(&caller, current, new, address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets my picture: PNG, JPEG, WebP or GIF, at most 1 MiB.
#[utoipa::path(put, path = "/api/me/avatar", tag = "me", request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = Person)))]
pub async fn set_avatar(State(web): State<Web>, caller: Caller, bytes: Bytes) -> Result<Answer<Person>, Problem> {
    if bytes.len() > MAX_AVATAR {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large").detail(format!("{MAX_AVATAR} B")));
    }
    let kind = infer::get(&bytes).filter(|kind| INLINE.contains(&kind.mime_type()));
    let kind = kind.ok_or_else(|| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "image_not_supported"))?;
    let avatar = web.rooms.store_avatar(kind.extension(), bytes).await?;
    replace_avatar(&web, &caller, Some(avatar)).await
}

/// Takes my picture away.
#[utoipa::path(delete, path = "/api/me/avatar", tag = "me", responses((status = 200, body = Person)))]
pub async fn remove_avatar(State(web): State<Web>, caller: Caller) -> Result<Answer<Person>, Problem> {
    replace_avatar(&web, &caller, None).await
}

async fn replace_avatar(web: &Web, caller: &Caller, avatar: Option<String>) -> Result<Answer<Person>, Problem> {
    let old = web.accounts.avatar(caller.id()).await?;
    let person = web.accounts.set_avatar(caller, avatar).await?;
    if let Some(old) = old {
        web.rooms.delete_avatar(&old).await?;
    }
    Ok(Answer(person))
}

#[derive(Serialize, ToSchema)]
pub struct Sessions {
    sessions: Vec<Session>,
}

/// Where I am signed in.
#[utoipa::path(get, path = "/api/me/sessions", tag = "me", responses((status = 200, body = Sessions)))]
pub async fn sessions(State(web): State<Web>, caller: Caller) -> Result<Answer<Sessions>, Problem> {
    Ok(Answer(Sessions { sessions: web.accounts.sessions(&caller).await? }))
}

/// Ends one of my sessions and everything that is open on it.
#[utoipa::path(delete, path = "/api/me/sessions/{id}", tag = "me", params(("id" = i64, Path)), responses((status = 204, description = "ended")))]
pub async fn end_session(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    web.accounts.end_session(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all my sessions but this one.
#[utoipa::path(delete, path = "/api/me/sessions", tag = "me", responses((status = 204, description = "ended")))]
pub async fn end_other_sessions(State(web): State<Web>, caller: Caller) -> Result<StatusCode, Problem> {
    web.accounts.end_sessions(caller.id(), Some(caller.session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    tokens: Vec<Token>,
}

/// My API tokens.
#[utoipa::path(get, path = "/api/me/tokens", tag = "me", responses((status = 200, body = Tokens)))]
pub async fn tokens(State(web): State<Web>, caller: Caller) -> Result<Answer<Tokens>, Problem> {
    Ok(Answer(Tokens { tokens: web.accounts.tokens(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    name: String,
    /// Days until it expires; never when not given.
    #[serde(default)]
    days: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedToken {
    token: Token,
    /// Shown now and never again.
    secret: String,
}

/// Makes an API token.
#[utoipa::path(post, path = "/api/me/tokens", tag = "me", request_body = CreateToken, responses((status = 201, body = CreatedToken)))]
pub async fn create_token(
    State(web): State<Web>,
    caller: Caller,
    Json(CreateToken { name, days }): Json<CreateToken>,
) -> Result<(StatusCode, Answer<CreatedToken>), Problem> {
    let (token, secret) = web.accounts.create_token(&caller, &name, days).await?;
    Ok((StatusCode::CREATED, Answer(CreatedToken { token, secret })))
}

/// Revokes a token and ends everything that is open on it.
#[utoipa::path(delete, path = "/api/me/tokens/{id}", tag = "me", params(("id" = i64, Path)), responses((status = 204, description = "revoked")))]
pub async fn revoke_token(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    web.accounts.revoke_token(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
