use sea_orm::{DbErr, SqlErr};

use crate::accounts;
use crate::log;
use crate::text::{FieldError, Rule};
use crate::vault;

/// Why something about hosts or secrets was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such host")]
    HostNotFound,
    #[error("there is no host {host}")]
    NoSuchHost { host: String },
    #[error("there is no group of hosts {group}")]
    NoSuchGroup { group: String },
    #[error("no host is in the group {group}")]
    GroupEmpty { group: String },
    #[error("scripts may not run on this machine: the server was started without --local-runner")]
    LocalRunnerOff,
    #[error("the permission for this is missing")]
    NotPermitted,
    #[error("the host shows no key: {note}")]
    NoHostKey { note: String },
    #[error("the host shows another key now: {found}")]
    OtherHostKey { found: String },
    #[error("there is no secret {name}")]
    SecretNotFound { name: String },
    #[error("the secret {name} is not given to {application} in {environment}")]
    SecretNotGranted { name: String, application: String, environment: String },
    #[error(transparent)]
    Vault(#[from] vault::Failure),
    #[error("the key pair of this site can not be used: {0}")]
    Identity(machines::KeyError),
    #[error(transparent)]
    Account(#[from] accounts::Refusal),
    #[error("a field is wrong")]
    Field(#[from] FieldError),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl log::Refusal for Refusal {}

/// A name that somebody else has is a wrong field.
pub(super) fn taken(error: DbErr) -> Refusal {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => FieldError::new("name", Rule::Taken).into(),
        _ => error.into(),
    }
}
