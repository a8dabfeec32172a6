use sea_orm::DbErr;

use crate::log;
use crate::outgoing;
use crate::text::FieldError;
use crate::vault;

/// Why something about webhooks and mails was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("only administrators may do this")]
    AdministratorsOnly,
    #[error("there is no such webhook")]
    WebhookNotFound,
    #[error("there is no such delivery")]
    DeliveryNotFound,
    #[error("the delivery has not ended")]
    DeliveryWaits,
    #[error("{0}")]
    Target(outgoing::Refused),
    #[error("a secret can not be read: {0}")]
    Vault(#[from] vault::Failure),
    #[error("requests can not be sent: {0}")]
    Client(#[from] reqwest::Error),
    #[error("the mail server's address is wrong: {0}")]
    MailServer(#[from] lettre::transport::smtp::Error),
    #[error("a field is wrong")]
    Field(#[from] FieldError),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl log::Refusal for Refusal {}
