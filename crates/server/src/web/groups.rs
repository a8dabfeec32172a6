use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::{Json, Path, Query};
use super::problem::Problem;
use crate::accounts::{self, Absence, Caller, Group, GroupChanges, NewAbsence};

#[derive(Serialize, ToSchema)]
pub struct Groups {
    groups: Vec<Group>,
}

/// The groups that flows can ask.
#[utoipa::path(get, path = "/api/groups", tag = "people", responses((status = 200, body = Groups)))]
pub async fn groups(State(web): State<Web>, caller: Caller) -> Result<Answer<Groups>, Problem> {
    if caller.is_guest() {
        return Err(accounts::Refusal::NotForGuests.into());
    }
    Ok(Answer(Groups { groups: web.accounts.groups().await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGroup {
    /// What flows call it: letters, digits, `.`, `_`, `-`.
    name: String,
    title: String,
    #[serde(default)]
    people: Vec<i64>,
}

/// Makes a group (administrators).
#[utoipa::path(post, path = "/api/groups", tag = "people", request_body = CreateGroup, responses((status = 201, body = Group)))]
pub async fn create_group(
    State(web): State<Web>,
    caller: Caller,
    Json(CreateGroup { name, title, people }): Json<CreateGroup>,
) -> Result<(StatusCode, Answer<Group>), Problem> {
    Ok((StatusCode::CREATED, Answer(web.accounts.create_group(&caller, &name, &title, people).await?)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeGroup {
    #[serde(default)]
    title: Option<String>,
    /// Replaces all people of the group.
    #[serde(default)]
    people: Option<Vec<i64>>,
}

/// Changes a group (administrators).
#[utoipa::path(patch, path = "/api/groups/{id}", tag = "people", params(("id" = i64, Path)), request_body = ChangeGroup, responses((status = 200, body = Group)))]
pub async fn change_group(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(ChangeGroup { title, people }): Json<ChangeGroup>,
) -> Result<Answer<Group>, Problem> {
    Ok(Answer(web.accounts.change_group(&caller, id, GroupChanges { title, people }).await?))
}

/// Deletes a group (administrators). A flow that asks it then asks an administrator.
#[utoipa::path(delete, path = "/api/groups/{id}", tag = "people", params(("id" = i64, Path)), responses((status = 204, description = "deleted")))]
pub async fn delete_group(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    web.accounts.delete_group(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AbsenceQuery {
    /// Whose; an administrator may ask for anybody's. Mine when left out.
    #[serde(default)]
    person: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Absences {
    absences: Vec<Absence>,
}

/// Absences that are not over: somebody else decides meanwhile.
#[utoipa::path(get, path = "/api/absences", tag = "people", params(AbsenceQuery), responses((status = 200, body = Absences)))]
pub async fn absences(
    State(web): State<Web>,
    caller: Caller,
    Query(AbsenceQuery { person }): Query<AbsenceQuery>,
) -> Result<Answer<Absences>, Problem> {
    let absences = web.accounts.absences(&caller, person.unwrap_or(caller.id())).await?;
    Ok(Answer(Absences { absences }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAbsence {
    /// Who decides meanwhile.
    to: i64,
    /// Only for orders of this flow; for all when left out.
    #[serde(default)]
    flow: Option<String>,
    from_at: i64,
    until_at: i64,
    #[serde(default)]
    reason: String,
    /// Who is away; an administrator may enter anybody's. Me when left out.
    #[serde(default)]
    person: Option<i64>,
}

/// Lets somebody else decide for a time.
#[utoipa::path(post, path = "/api/absences", tag = "people", request_body = CreateAbsence, responses((status = 201, body = Absence)))]
pub async fn create_absence(
    State(web): State<Web>,
    caller: Caller,
    Json(CreateAbsence { to, flow, from_at, until_at, reason, person }): Json<CreateAbsence>,
) -> Result<(StatusCode, Answer<Absence>), Problem> {
    let person = person.unwrap_or(caller.id());
    let new = NewAbsence { person, to, flow, from_at, until_at, reason };
    Ok((StatusCode::CREATED, Answer(web.accounts.create_absence(&caller, new).await?)))
}

/// Ends an absence.
#[utoipa::path(delete, path = "/api/absences/{id}", tag = "people", params(("id" = i64, Path)), responses((status = 204, description = "ended")))]
pub async fn end_absence(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    web.accounts.end_absence(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
