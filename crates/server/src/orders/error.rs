use flow::Problem;
use flow::gojs::NotATree;
use flow::yaml::YamlProblem;
use sea_orm::DbErr;

use super::ChangedDraft;
use super::runs::ForbiddenRelease;
use crate::accounts;
use crate::log;
use crate::rooms;
use crate::text::FieldError;

/// Why something about orders was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such order, or it is not yours")]
    OrderNotFound,
    #[error("there is no such flow")]
    FlowNotFound,
    #[error("there is no draft of the flow")]
    FlowDraftNotFound,
    #[error("the draft is another one by now: {0:?}")]
    DraftChanged(ChangedDraft),
    #[error("there is no such version of the form")]
    FormNotFound,
    #[error("the order is a draft and not submitted yet")]
    IsDraft,
    #[error("the order was submitted already")]
    NotADraft,
    #[error("the permission for this is missing")]
    NotPermitted,
    #[error("the text is no flow: {0:?}")]
    Yaml(YamlProblem),
    #[error("the flow has {} problems", .0.len())]
    FlowProblems(Vec<Problem>),
    #[error("the diagram can not be shown in this way: {0:?}")]
    Diagram(NotATree),
    #[error("the message begins with a slash and is no command that the order knows")]
    UnknownSlash,
    #[error("{} may not be released to {:?} by the requester", .0.application, .0.environment)]
    MayNotRelease(ForbiddenRelease),
    #[error("another server runs this attempt now")]
    NotTheOwner,
    #[error("order {order} releases the same application to the same environment now")]
    Locked { order: i64 },
    #[error("{name} was faster: {refusal}")]
    Decided { name: String, refusal: Box<flow::Refusal> },
    #[error(transparent)]
    Flow(Box<flow::Refusal>),
    #[error(transparent)]
    Room(#[from] rooms::Refusal),
    #[error(transparent)]
    Account(#[from] accounts::Refusal),
    #[error("a field is wrong")]
    Field(#[from] FieldError),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl From<flow::Refusal> for Refusal {
    fn from(refusal: flow::Refusal) -> Self {
        Refusal::Flow(Box::new(refusal))
    }
}

impl log::Refusal for Refusal {}
