use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Web;
use super::extract::{Json, Path};
use super::problem::Problem;
use crate::accounts::Caller;
use crate::inventory::{Host, HostChanges, HostGroup, HostGroupChanges, NewHost};

#[derive(Serialize, ToSchema)]
pub struct Hosts {
    hosts: Vec<Host>,
}

/// All hosts by name (who manages hosts).
#[utoipa::path(get, path = "/api/hosts", tag = "hosts", responses((status = 200, body = Hosts)))]
pub async fn hosts(State(web): State<Web>, caller: Caller) -> Result<Answer<Hosts>, Problem> {
    Ok(Answer(Hosts { hosts: web.inventory.hosts(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateHost {
    /// 1 to 64 of `a-z 0-9 . _ -`.
    name: String,
    /// A name or an IP address; `local` (administrators) is the machine that the server runs on.
    address: String,
    #[serde(default = "ssh_port")]
    port: u16,
    /// Whom to sign in as.
    username: String,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    note: String,
    /// Names of groups of hosts.
    #[serde(default)]
    groups: Vec<String>,
}

fn ssh_port() -> u16 {
    22
}

/// Adds a host (who manages hosts).
#[utoipa::path(post, path = "/api/hosts", tag = "hosts", request_body = CreateHost, responses((status = 201, body = Host)))]
pub async fn create_host(
    State(web): State<Web>,
    caller: Caller,
    Json(new): Json<CreateHost>,
) -> Result<(StatusCode, Answer<Host>), Problem> {
    let CreateHost { name, address, port, username, labels, note, groups } = new;
    let new = NewHost { name, address, port, username, labels, note, groups };
    Ok((StatusCode::CREATED, Answer(web.inventory.create_host(&caller, new).await?)))
}

/// One host (who manages hosts).
#[utoipa::path(get, path = "/api/hosts/{id}", tag = "hosts", params(("id" = i64, Path)), responses((status = 200, body = Host)))]
pub async fn host(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Answer<Host>, Problem> {
    Ok(Answer(web.inventory.host(&caller, id).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeHost {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    port: Option<u16>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    labels: Option<Vec<String>>,
    #[serde(default)]
    note: Option<String>,
    /// Replaces all groups of the host.
    #[serde(default)]
    groups: Option<Vec<String>>,
}

/// Changes a host; what is left out stays (who manages hosts). A key that was confirmed stays, too.
#[utoipa::path(patch, path = "/api/hosts/{id}", tag = "hosts", params(("id" = i64, Path)), request_body = ChangeHost, responses((status = 200, body = Host)))]
pub async fn change_host(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(changes): Json<ChangeHost>,
) -> Result<Answer<Host>, Problem> {
    let ChangeHost { name, address, port, username, labels, note, groups } = changes;
    let changes = HostChanges { name, address, port, username, labels, note, groups };
    Ok(Answer(web.inventory.change_host(&caller, id, changes).await?))
}

/// Removes a host (who manages hosts).
#[utoipa::path(delete, path = "/api/hosts/{id}", tag = "hosts", params(("id" = i64, Path)), responses((status = 204, description = "removed")))]
pub async fn delete_host(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    web.inventory.delete_host(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tests the connection and answers the host with what was found (who manages hosts).
#[utoipa::path(post, path = "/api/hosts/{id}/test", tag = "hosts", params(("id" = i64, Path)), responses((status = 200, body = Host)))]
pub async fn test_host(State(web): State<Web>, caller: Caller, Path(id): Path<i64>) -> Result<Answer<Host>, Problem> {
    web.count(caller.id())?;
    Ok(Answer(web.inventory.test_host(&caller, id).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinHost {
    /// What a test of the connection has shown, as in `SHA256:…`.
    fingerprint: String,
}

/// Confirms the key that a host shows, when it is still this one (administrators).
#[utoipa::path(post, path = "/api/hosts/{id}/pin", tag = "hosts", params(("id" = i64, Path)), request_body = PinHost, responses((status = 200, body = Host)))]
pub async fn pin_host(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<i64>,
    Json(PinHost { fingerprint }): Json<PinHost>,
) -> Result<Answer<Host>, Problem> {
    web.count(caller.id())?;
    Ok(Answer(web.inventory.pin_host(&caller, id, &fingerprint).await?))
}

#[derive(Serialize, ToSchema)]
pub struct HostGroups {
    groups: Vec<HostGroup>,
}

/// The groups of hosts that flows can name.
#[utoipa::path(get, path = "/api/host-groups", tag = "hosts", responses((status = 200, body = HostGroups)))]
pub async fn host_groups(State(web): State<Web>, caller: Caller) -> Result<Answer<HostGroups>, Problem> {
    Ok(Answer(HostGroups { groups: web.inventory.host_groups(&caller).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateHostGroup {
    /// What flows call it: 1 to 64 of `a-z 0-9 . _ -`.
    name: String,
    title: String,
    /// Names of hosts.
    #[serde(default)]
    hosts: Vec<String>,
}

/// Makes a group of hosts (who manages hosts).
#[utoipa::path(post, path = "/api/host-groups", tag = "hosts", request_body = CreateHostGroup, responses((status = 201, body = HostGroup)))]
pub async fn create_host_group(
    State(web): State<Web>,
    caller: Caller,
    Json(CreateHostGroup { name, title, hosts }): Json<CreateHostGroup>,
) -> Result<(StatusCode, Answer<HostGroup>), Problem> {
    Ok((StatusCode::CREATED, Answer(web.inventory.create_host_group(&caller, &name, &title, hosts).await?)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeHostGroup {
    #[serde(default)]
    title: Option<String>,
    /// Replaces all hosts of the group.
    #[serde(default)]
    hosts: Option<Vec<String>>,
}

/// Changes a group of hosts (who manages hosts).
#[utoipa::path(patch, path = "/api/host-groups/{name}", tag = "hosts", params(("name" = String, Path)), request_body = ChangeHostGroup, responses((status = 200, body = HostGroup)))]
pub async fn change_host_group(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
    Json(ChangeHostGroup { title, hosts }): Json<ChangeHostGroup>,
) -> Result<Answer<HostGroup>, Problem> {
    Ok(Answer(web.inventory.change_host_group(&caller, &name, HostGroupChanges { title, hosts }).await?))
}

/// Deletes a group of hosts (who manages hosts). Its hosts stay.
#[utoipa::path(delete, path = "/api/host-groups/{name}", tag = "hosts", params(("name" = String, Path)), responses((status = 204, description = "deleted")))]
pub async fn delete_host_group(
    State(web): State<Web>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    web.inventory.delete_host_group(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub struct SiteIdentity {
    /// The line for `authorized_keys`.
    public_key: String,
}

/// What this site signs in on hosts with (who manages hosts).
#[utoipa::path(get, path = "/api/inventory/identity", tag = "hosts", responses((status = 200, body = SiteIdentity)))]
pub async fn identity(State(web): State<Web>, caller: Caller) -> Result<Answer<SiteIdentity>, Problem> {
    Ok(Answer(SiteIdentity { public_key: web.inventory.public_line(&caller).await? }))
}
