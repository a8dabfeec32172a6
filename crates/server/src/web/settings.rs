//! What administrators look up: how this server runs, and what was changed.

use axum::Json as Answer;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Web;
use super::extract::Query;
use super::problem::Problem;
use crate::accounts::{self, AdminEvent, AdminEventFilter, Caller};

/// What a server runs with. Nothing of it is a secret: addresses with passwords are only said to be there.
#[derive(Serialize, ToSchema)]
pub struct ServerSettings {
    version: &'static str,
    database: DatabaseKind,
    /// Whether nodes tell each other over Redis what is new.
    redis: bool,
    public_url: Option<String>,
    https: bool,
    /// Whether people reach it over the network without https, so that passwords can be read on the way.
    insecure: bool,
    max_file_mib: u64,
    max_database_mib: Option<u32>,
    commands_per_second: u32,
    /// Whether checkpoints of the audit trail are given to a witness.
    audit_webhook: bool,
    /// Whether this server sends mail.
    mail: bool,
    /// Bytes of output that are kept of each script, in MiB.
    max_output_mib: u64,
    /// Releases of each flow to an environment whose artifacts are kept.
    keep_releases: u32,
    /// Days after the end of an order for which its artifacts are kept anyhow.
    keep_artifacts_days: u32,
    local_runner: LocalRunner,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// Whether scripts may run on the server's own machine.
#[derive(Serialize, ToSchema)]
pub struct LocalRunner {
    enabled: bool,
    /// The name of the system user who runs them; null when there is none of their own.
    user: Option<String>,
    /// The number of the system user who runs them; null when there is none of their own: they then may do all that the
    /// server may.
    uid: Option<u32>,
}

/// How this server runs (administrators).
#[utoipa::path(get, path = "/api/settings", tag = "admin", responses((status = 200, body = ServerSettings)))]
pub async fn settings(State(web): State<Web>, caller: Caller) -> Result<Answer<ServerSettings>, Problem> {
    if !caller.is_administrator() {
        return Err(accounts::Refusal::AdministratorsOnly.into());
    }
    let (config, local) = (&web.config, web.inventory.local_machine());
    let user = local.and_then(|local| local.user);
    Ok(Answer(ServerSettings {
        version: env!("CARGO_PKG_VERSION"),
        database: if config.database.is_some() { DatabaseKind::Postgres } else { DatabaseKind::Sqlite },
        redis: !config.layer.is_empty(),
        public_url: config.public_url.clone(),
        https: config.is_https(),
        insecure: config.is_insecure(),
        max_file_mib: config.max_file_mib,
        max_database_mib: config.max_database_mib,
        commands_per_second: config.commands_per_second,
        audit_webhook: config.audit_webhook.is_some(),
        mail: config.smtp_url.is_some(),
        max_output_mib: config.max_output_mib,
        keep_releases: config.keep_releases,
        keep_artifacts_days: config.keep_artifacts_days,
        local_runner: LocalRunner {
            enabled: local.is_some(),
            user: user.map(|_| config.local_user.clone()),
            uid: user.map(|user| user.uid),
        },
    }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AdminEventQuery {
    /// Older than this event.
    #[serde(default)]
    before: Option<i64>,
    /// Who did it: a person's id.
    #[serde(default)]
    who: Option<i64>,
    /// One kind as in `host.created`, or all of a thing, as in `host`.
    #[serde(default)]
    what: Option<String>,
    /// The name of what was changed.
    #[serde(default)]
    subject: Option<String>,
    /// From this time on, in milliseconds.
    #[serde(default)]
    from: Option<i64>,
    /// Before this time.
    #[serde(default)]
    until: Option<i64>,
    #[serde(default)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct AdminEvents {
    events: Vec<AdminEvent>,
    has_more: bool,
}

/// What was changed, newest first: people, permissions, flows, hosts, secrets, hooks (administrators).
#[utoipa::path(get, path = "/api/admin-events", tag = "admin", params(AdminEventQuery), responses((status = 200, body = AdminEvents)))]
pub async fn admin_events(
    State(web): State<Web>,
    caller: Caller,
    Query(query): Query<AdminEventQuery>,
) -> Result<Answer<AdminEvents>, Problem> {
    let AdminEventQuery { before, who, what, subject, from, until, limit } = query;
    let filter = AdminEventFilter { before, who, what, subject, from, until, limit };
    let (events, has_more) = web.accounts.admin_events(&caller, filter).await?;
    Ok(Answer(AdminEvents { events, has_more }))
}
