use flow::expression::ExpressionProblem;
use sea_orm::DbErr;

use crate::accounts;
use crate::log;
use crate::orders;
use crate::text::FieldError;
use crate::vault;

/// Why something about hooks was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such hook, or it is switched off")]
    HookNotFound,
    #[error("the delivery carries no id")]
    NoDeliveryId,
    #[error("the signature is not that of this hook's secret over this body")]
    WrongSignature,
    #[error("the delivery is signed for another time")]
    WrongTime,
    #[error("the body is no JSON: {0}")]
    NotJson(String),
    #[error("the account that the hook acts as is closed, or a guest")]
    AccountClosed,
    /// Of the filter when `field` is empty.
    #[error("the expression of {field:?} can not be used: {problem}")]
    Expression { field: String, problem: ExpressionProblem },
    #[error("the form of the flow has no field {0}")]
    NoSuchField(String),
    #[error(transparent)]
    Order(#[from] orders::Refusal),
    #[error(transparent)]
    Vault(#[from] vault::Failure),
    #[error(transparent)]
    Account(#[from] accounts::Refusal),
    #[error("a field is wrong")]
    Field(#[from] FieldError),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl log::Refusal for Refusal {}
