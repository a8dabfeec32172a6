//! The audit trail: proves that what rooms say today is what they said when it was written.
//!
//! The log chains every entry of a room to the one before it (`crate::chain`). Whoever can write to the database could
//! make a new chain, so a [`Keeper`] signs, from time to time, where all chains end, with a key that is not in the
//! database, and puts that into a file. [`verify`] reads chains and files and says what does not fit.

mod anchors;
mod chains;
mod checkpoint;
mod command;
mod file;
mod finding;
mod keeper;
mod key;
mod moved;
mod webhook;

pub use checkpoint::Checkpoint;
pub use command::{AuditCommand, Verify, print_key, print_verification};
pub use finding::{Finding, Place, Report, What};
pub use keeper::Keeper;
pub use key::PublicKey;

use std::path::PathBuf;

use sea_orm::{DatabaseConnection, DbErr};

/// Findings of a report, at most; the first are what one needs to know.
const MOST_FINDINGS: usize = 100;

/// Why something could not be checked, kept or signed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the database could not be read: {0}")]
    Database(#[from] DbErr),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("{} holds no key: it has to be 32 bytes in base64", .0.display())]
    NoKey(PathBuf),
    #[error("{} can not be continued, for its last line is no checkpoint; move it away to begin another", .0.display())]
    NoCheckpoint(PathBuf),
    #[error("the webhook can not be used: {0}")]
    Webhook(reqwest::Error),
}

impl Failure {
    fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Failure::File { path, error }
    }
}

/// Checks the chains of all rooms, and that they hold what the checkpoints in the files `anchors` say. Those have to
/// be signed by one of `keys`, or, when none is given, by the key that the file itself names first.
pub async fn verify(db: &DatabaseConnection, anchors: &[PathBuf], keys: &[PublicKey]) -> Result<Report, Failure> {
    let mut report = Report::default();
    for path in anchors {
        anchors::verify(db, path, keys, &mut report).await?;
    }
    chains::verify(db, &mut report).await?;
    Ok(report)
}
