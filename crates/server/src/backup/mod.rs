//! A whole site in one encrypted file, and back.
//!
//! The file is an age file (scrypt), and in it gzip, and in that lines of JSON: what it is, then every table with its
//! rows in a form that knows no database, then every file with its bytes, then how much there was. What comes from
//! SQLite can go to PostgreSQL, and back.

mod command;
mod file;
mod folders;
mod make;
mod passphrase;
mod restore;
mod rows;
mod tables;

pub use command::{Backup, Restore, Site};
pub use make::make;
pub use passphrase::SecretString;
pub use restore::restore;
pub use tables::{COPIED, LEFT_OUT, is_left_out, names};

/// How much a file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Totals {
    pub rows: u64,
    pub files: u64,
}
