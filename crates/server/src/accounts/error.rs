use sea_orm::DbErr;

use crate::log;
use crate::text::FieldError;

/// Why something about accounts was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("nobody is signed in")]
    NotSignedIn,
    #[error("the user name or the password is wrong")]
    WrongPassword,
    #[error("too many attempts: wait {seconds} s")]
    TooManyAttempts { seconds: u64 },
    #[error("only administrators may do this")]
    AdministratorsOnly,
    #[error("guests may not do this")]
    NotForGuests,
    #[error("there is no such person")]
    PersonNotFound,
    #[error("there is no such session")]
    SessionNotFound,
    #[error("there is no such token")]
    TokenNotFound,
    #[error("the invitation is used up, expired or was never made")]
    InvitationNotFound,
    #[error("there is no such group")]
    GroupNotFound,
    #[error("there is no such absence")]
    AbsenceNotFound,
    #[error("the last active administrator has to stay one")]
    LastAdministrator,
    #[error("an API token may not do this")]
    NotWithToken,
    #[error("a field is wrong")]
    Field(#[from] FieldError),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl log::Refusal for Refusal {}
