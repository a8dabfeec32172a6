use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{Totals, make, passphrase, restore};

/// Where a site is kept, as `serve` knows it.
#[derive(Debug, Clone, Args)]
pub struct Site {
    /// The server's data folder.
    #[arg(long, env = "COUNTERSIGN_DATA", default_value = "./data")]
    pub data: PathBuf,

    /// Folder for uploaded files, in place of one in the data folder.
    #[arg(long, env = "COUNTERSIGN_FILES")]
    pub files: Option<PathBuf>,

    /// PostgreSQL database in place of SQLite.
    #[arg(long, env = "COUNTERSIGN_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
}

impl Site {
    pub fn files(&self) -> PathBuf {
        self.files.clone().unwrap_or_else(|| self.data.join("files"))
    }
}

/// Put the whole site into one encrypted file. The server may be running.
#[derive(Debug, Clone, Args)]
pub struct Backup {
    /// The file to make.
    pub file: PathBuf,

    #[command(flatten)]
    pub site: Site,

    /// File of the key that secrets are sealed with, in place of one in the data folder. It becomes part of the backup.
    #[arg(long, env = "COUNTERSIGN_VAULT_KEY")]
    pub vault_key: Option<PathBuf>,

    /// File whose first line is the passphrase. Without it, COUNTERSIGN_PASSPHRASE counts, or it is asked for.
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
}

/// Make the site of a backup, where there is none yet: in SQLite or in PostgreSQL, wherever it came from.
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// The file that `backup` made.
    pub file: PathBuf,

    #[command(flatten)]
    pub site: Site,

    /// File whose first line is the passphrase. Without it, COUNTERSIGN_PASSPHRASE counts, or it is asked for.
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
}

impl Backup {
    pub async fn run(self) -> Result<()> {
        let passphrase = passphrase::read(self.passphrase_file.as_deref(), passphrase::Asking::Twice)?;
        let Totals { rows, files } = make(&self, passphrase).await?;
        println!("{rows} rows and {files} files are in {}", self.file.display());
        Ok(())
    }
}

impl Restore {
    pub async fn run(self) -> Result<()> {
        let passphrase = passphrase::read(self.passphrase_file.as_deref(), passphrase::Asking::Once)?;
        let Totals { rows, files } = restore(&self, passphrase).await?;
        println!("{rows} rows and {files} files are restored; `countersign audit verify` tells whether they fit");
        Ok(())
    }
}
