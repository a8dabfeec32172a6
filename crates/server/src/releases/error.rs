use sea_orm::DbErr;

use crate::accounts;
use crate::inventory;
use crate::log;
use crate::orders;
use crate::rooms;
use crate::text::FieldError;

/// Why something about releases was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such output, or it is not yours")]
    OutputNotFound,
    #[error("there is no such artifact, or it is not yours")]
    ArtifactNotFound,
    #[error("there is no release that could be brought back like this")]
    NoRollback,
    #[error("write /release APPLICATION VERSION [ENVIRONMENT]")]
    HowToRelease,
    #[error("no flow releases {application}")]
    NothingReleases { application: String },
    #[error("several flows release {application}: {}", flows.join(", "))]
    Ambiguous { application: String, flows: Vec<String> },
    #[error("the form of the draft {draft} needs more")]
    NeedsMore { draft: i64, refusal: Box<orders::Refusal> },
    #[error("files could not be stored or read")]
    Storage(#[from] object_store::Error),
    #[error("files could not be written here")]
    File(#[from] std::io::Error),
    #[error(transparent)]
    Inventory(#[from] inventory::Refusal),
    #[error(transparent)]
    Order(#[from] orders::Refusal),
    #[error(transparent)]
    Room(#[from] rooms::Refusal),
    #[error(transparent)]
    Account(#[from] accounts::Refusal),
    #[error("a field is wrong")]
    Field(#[from] FieldError),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl log::Refusal for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Refusal as _;

    #[test]
    fn a_database_that_fails_is_seen_through_every_layer() {
        let fails = || DbErr::Custom("gone".into());
        let refusals = [
            Refusal::from(fails()),
            inventory::Refusal::from(crate::vault::Failure::from(fails())).into(),
            orders::Refusal::from(rooms::Refusal::from(accounts::Refusal::from(fails()))).into(),
        ];
        for refusal in refusals {
            assert_eq!(refusal.failure(), Some(&fails()), "{refusal:?}");
        }
        assert_eq!(Refusal::from(inventory::Refusal::LocalRunnerOff).failure(), None);
    }
}
