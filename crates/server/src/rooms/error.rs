use sea_orm::DbErr;

use crate::accounts;
use crate::log;
use crate::text::FieldError;

/// Why something in a room was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such room, or it is not yours")]
    RoomNotFound,
    #[error("only members of the room may do this")]
    NotAMember,
    #[error("only an owner of the room may do this")]
    OwnersOnly,
    #[error("only the author may do this")]
    AuthorsOnly,
    #[error("this can not be done in a direct room")]
    DirectRoom,
    #[error("this can not be done in the room of an order")]
    OrderRoom,
    #[error("there is no such message")]
    MessageNotFound,
    #[error("the message was recalled")]
    MessageRecalled,
    #[error("there is no such file")]
    FileNotFound,
    #[error("the file is larger than {max_bytes} bytes")]
    FileTooLarge { max_bytes: u64 },
    #[error("the file could not be stored")]
    Storage(#[from] object_store::Error),
    #[error("the file did not arrive whole")]
    BrokenUpload,
    #[error(transparent)]
    Account(#[from] accounts::Refusal),
    #[error("a field is wrong")]
    Field(#[from] FieldError),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl log::Refusal for Refusal {}
