use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The address that stands for the machine that the server runs on.
pub(super) const LOCAL: &str = "local";

/// A machine that releases run on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Host {
    pub id: i64,
    pub name: String,
    /// A name or an IP address; `local` is the machine that the server runs on.
    pub address: String,
    pub port: u16,
    /// Whom to sign in as.
    pub username: String,
    pub labels: Vec<String>,
    pub note: String,
    /// The names of the groups that it is in.
    pub groups: Vec<String>,
    /// The fingerprint of the key that an administrator has confirmed, as in `SHA256:…`.
    pub fingerprint: Option<String>,
    pub created_at: i64,
    /// When the connection was last tested, and what came of it.
    pub checked_at: Option<i64>,
    pub check: Option<HostCheck>,
}

/// What a test of the connection found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HostCheck {
    pub ok: bool,
    /// What was tried, in this order, up to the first that failed.
    pub steps: Vec<CheckStep>,
    /// The fingerprint of the key that the host showed.
    pub fingerprint: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CheckStep {
    /// `resolve`, `connect`, `host_key`, `sign_in`, `tools`, `folder`, `disk`, `sftp`, or `local`.
    pub name: String,
    pub ok: bool,
    /// Why it failed, as a stable name: `refused`, `timed_out`, `host_key_unknown`, `user_rejected` …
    pub code: Option<String>,
    /// More about it, in English.
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct NewHost {
    pub name: String,
    pub address: String,
    pub port: u16,
    pub username: String,
    pub labels: Vec<String>,
    pub note: String,
    pub groups: Vec<String>,
}

/// What is not named stays.
#[derive(Debug, Clone, Default)]
pub struct HostChanges {
    pub name: Option<String>,
    pub address: Option<String>,
    pub port: Option<u16>,
    pub username: Option<String>,
    pub labels: Option<Vec<String>>,
    pub note: Option<String>,
    pub groups: Option<Vec<String>>,
}

/// Where a script runs: a host by its name, and how to reach it.
#[derive(Debug, Clone)]
pub struct HostTarget {
    pub name: String,
    pub target: machines::Target,
}

/// Hosts that flows run scripts on under one name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HostGroup {
    pub name: String,
    pub title: String,
    /// The names of its hosts.
    pub hosts: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub struct HostGroupChanges {
    pub title: Option<String>,
    /// Replaces all hosts of the group.
    pub hosts: Option<Vec<String>>,
}

/// An application, or an environment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, sea_orm::FromQueryResult)]
#[serde(deny_unknown_fields)]
#[schema(as = ReleasePlace)]
pub struct Place {
    /// What flows and permissions call it.
    pub name: String,
    pub title: String,
}

/// A secret, without its value: that never leaves the server but to the scripts that it is given to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Secret {
    pub id: i64,
    /// The environment variable that scripts find it in.
    pub name: String,
    pub note: String,
    pub grants: Vec<SecretGrant>,
    pub created_at: i64,
    /// When its value was last replaced, and by whom.
    pub changed_at: i64,
    pub changed_by: i64,
}

/// The releases that a secret is given to; `*` is any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretGrant {
    pub application: String,
    pub environment: String,
}

pub struct NewSecret {
    pub name: String,
    pub value: String,
    pub note: String,
    pub grants: Vec<SecretGrant>,
}

/// What is not named stays.
#[derive(Default)]
pub struct SecretChanges {
    pub value: Option<String>,
    pub note: Option<String>,
    pub grants: Option<Vec<SecretGrant>>,
}
