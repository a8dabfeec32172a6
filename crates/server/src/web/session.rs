use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::accounts::Me;
use super::extract::{ClientAddress, Json, UserAgent, session_cookie};
use super::problem::Problem;
use crate::accounts::{Caller, SESSION_LIFETIME_MS};
use crate::log::SessionKey;

#[derive(Serialize, ToSchema)]
pub struct Site {
    name: &'static str,
    version: &'static str,
    /// Reachable from the network without https.
    insecure: bool,
}

/// What this server is; for everybody.
#[utoipa::path(get, path = "/api/site", tag = "session", responses((status = 200, body = Site)))]
pub async fn site(State(web): State<Web>) -> Answer<Site> {
    Answer(Site { name: "Countersign", version: env!("CARGO_PKG_VERSION"), insecure: web.config.is_insecure() })
}

/// Whether the database answers.
#[utoipa::path(get, path = "/healthz", tag = "session", responses((status = 200, description = "healthy")))]
pub async fn healthz(State(web): State<Web>) -> Result<&'static str, Problem> {
    if web.log.is_healthy().await {
        Ok("ok\n")
    } else {
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(2))
    }
}

/// Whether this node can do its work: the database answers, the writers write, and the other nodes are heard. The
/// problem names what is missing.
#[utoipa::path(get, path = "/readyz", tag = "session", responses((status = 200, description = "ready")))]
pub async fn readyz(State(web): State<Web>) -> Result<&'static str, Problem> {
    let missing = web.log.missing().await;
    if missing.is_empty() {
        return Ok("ready\n");
    }
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready").detail(missing.join(", ")).retry_after(2))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    username: String,
    password: String,
}

/// Signs in and sets the session cookie.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn, responses((status = 200, body = Me)))]
pub async fn sign_in(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    UserAgent(user_agent): UserAgent,
    Json(SignIn { username, password }): Json<SignIn>,
) -> Result<Response, Problem> {
    let signed_in = web.accounts.sign_in(&username, password, address, &user_agent).await?;
    with_cookie(&web, &signed_in.secret, Me::of(&web, &signed_in.caller).await?)
}

/// Ends this session.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = 204, description = "signed out")))]
pub async fn sign_out(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Problem> {
    let caller: Option<Caller> = match session_cookie(&headers, web.cookie_name()) {
        Some(secret) => web.accounts.caller_of_session(secret).await?,
        None => None,
    };
    if let Some(caller) = caller
        && let SessionKey::Session(id) = caller.session
    {
        web.accounts.end_session(&caller, id).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie(&web, "", 0)?);
    Ok(response)
}

/// An answer that also signs in.
pub fn with_cookie(web: &Web, secret: &str, me: Me) -> Result<Response, Problem> {
    let mut response = Answer(me).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie(web, secret, SESSION_LIFETIME_MS / 1000)?);
    Ok(response)
}

fn cookie(web: &Web, secret: &str, max_age_s: i64) -> Result<HeaderValue, Problem> {
    let secure = if web.config.is_https() { "; Secure" } else { "" };
    let name = web.cookie_name();
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}");
    HeaderValue::from_str(&text).map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal"))
}
