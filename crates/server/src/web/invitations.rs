use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::accounts::Me;
use super::extract::{ClientAddress, Json, Path, UserAgent};
use super::problem::Problem;
use super::rooms::Summary;
use super::session::with_cookie;
use crate::accounts::{Caller, Invitation, Language, Role};
use crate::rooms::Joining;

#[derive(Serialize, ToSchema)]
pub struct Invitations {
    invitations: Vec<Invitation>,
}

/// Open invitations: mine; for an administrator everybody's.
#[utoipa::path(get, path = "/api/invitations", tag = "invitations", responses((status = 200, body = Invitations)))]
pub async fn invitations(State(web): State<Web>, caller: Caller) -> Result<Answer<Invitations>, Problem> {
    Ok(Answer(Invitations { invitations: web.accounts.invitations(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    /// `member`, or `guest` with a room.
    role: Role,
    /// A room that I am in, and that they enter.
    #[serde(default)]
    room: Option<i64>,
    /// How many people may use it.
    #[serde(default = "one")]
    uses: i64,
    /// How long it works.
    #[serde(default = "seven")]
    days: i64,
}

fn one() -> i64 {
    1
}

fn seven() -> i64 {
    7
}

#[derive(Serialize, ToSchema)]
pub struct CreatedInvitation {
    invitation: Invitation,
    /// The link to pass on. Shown now and never again.
    url: String,
}

/// Makes an invitation link.
#[utoipa::path(post, path = "/api/invitations", tag = "invitations", request_body = CreateInvitation, responses((status = 201, body = CreatedInvitation)))]
pub async fn create_invitation(
    State(web): State<Web>,
    caller: Caller,
    headers: HeaderMap,
    Json(new): Json<CreateInvitation>,
) -> Result<(StatusCode, Answer<CreatedInvitation>), Problem> {
    let CreateInvitation { role, room, uses, days } = new;
    if let Some(room) = room {
        web.rooms.may_invite(&caller, room).await?;
    }
    let (invitation, secret) = web.accounts.create_invitation(&caller, role, room, uses, days).await?;
    let origin = match &web.config.public_url {
        Some(url) => url.clone(),
        None => {
            let scheme = if web.config.is_https() { "https" } else { "http" };
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
            format!("{scheme}://{}", host.unwrap_or("127.0.0.1:8000"))
        }
    };
    let url = format!("{origin}/join/{secret}");
    Ok((StatusCode::CREATED, Answer(CreatedInvitation { invitation, url })))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/invitations/{id}", tag = "invitations", params(("id" = i64, Path)), responses((status = 204, description = "revoked")))]
pub async fn revoke_invitation(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    web.accounts.revoke_invitation(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub struct Preview {
    invited_by: String,
    role: Role,
    /// Name of the room that is entered.
    room: Option<String>,
    expires_at: i64,
}

/// What an invitation says; for everybody who has the link.
#[utoipa::path(get, path = "/api/join/{secret}", tag = "invitations", params(("secret" = String, Path)), responses((status = 200, body = Preview)))]
pub async fn preview(State(web): State<Web>, Path(secret): Path<String>) -> Result<Answer<Preview>, Problem> {
    let (preview, room) = web.rooms.preview_invitation(&secret).await?;
    let crate::accounts::InvitationPreview { invited_by, role, expires_at, .. } = preview;
    Ok(Answer(Preview { invited_by, role, room, expires_at }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    username: String,
    name: String,
    password: String,
    #[serde(default)]
    language: Option<Language>,
}

/// Makes an account by an invitation and signs in.
#[utoipa::path(post, path = "/api/join/{secret}", tag = "invitations", params(("secret" = String, Path)), request_body = Join, responses((status = 200, body = Me)))]
pub async fn join(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    UserAgent(user_agent): UserAgent,
    Path(secret): Path<String>,
    Json(Join { username, name, password, language }): Json<Join>,
) -> Result<Response, Problem> {
    let joining = Joining { username, name, password, language };
    let signed_in = web.rooms.join_by_invitation(secret, joining, address, &user_agent).await?;
    with_cookie(&web, &signed_in.secret, Me::of(&web, &signed_in.caller).await?)
}

/// Enters the invitation's room with the account that I have.
#[utoipa::path(post, path = "/api/join/{secret}/accept", tag = "invitations", params(("secret" = String, Path)), responses((status = 200, body = Summary)))]
pub async fn accept(
    State(web): State<Web>,
    caller: Caller,
    Path(secret): Path<String>,
) -> Result<Answer<Summary>, Problem> {
    Ok(Answer(web.rooms.accept_invitation(&caller, secret).await?))
}
