//! `countersign audit`: what people and machines read.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use sea_orm::DatabaseConnection;
use serde::Serialize;

use super::finding::{Finding, Report, Time};
use super::key::PublicKey;
use super::{keeper, verify};
use crate::db::Database;

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Say whether rooms hold what was written to them. Changes nothing, and may run beside a server.
    Verify(Verify),
    /// Print the public key that verifies this server's checkpoints.
    Key {
        /// The server's data folder.
        #[arg(long, env = "COUNTERSIGN_DATA", default_value = "./data")]
        data: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct Verify {
    /// The server's data folder, with its SQLite database.
    #[arg(long, env = "COUNTERSIGN_DATA", default_value = "./data")]
    pub data: PathBuf,

    /// PostgreSQL database in place of SQLite.
    #[arg(long, env = "COUNTERSIGN_DATABASE", hide_env_values = true)]
    pub database: Option<String>,

    /// File of signed checkpoints. May be given several times, for the files of several nodes.
    #[arg(long)]
    pub anchors: Vec<PathBuf>,

    /// Public key that has to have signed the checkpoints. May be given several times.
    #[arg(long)]
    pub key: Vec<String>,

    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Everything fits.
const CLEAN: u8 = 0;

/// Something was changed.
const TAMPERED: u8 = 1;

/// Nothing is known: it could not be verified.
const FAILED: u8 = 2;

/// Verifies the audit trail, prints what was found, and answers 0 (everything fits), 1 (something does not) or 2 (it
/// could not be verified).
///
/// `others` checks what stands on the log and answers sentences on what does not fit.
pub async fn print_verification<E: Into<anyhow::Error>>(
    options: Verify,
    others: impl AsyncFnOnce(&DatabaseConnection) -> Result<Vec<String>, E>,
) -> ExitCode {
    let (report, others) = match run(&options, others).await {
        Ok(checked) => checked,
        Err(error) => {
            eprintln!("countersign: {error:#}");
            return FAILED.into();
        }
    };
    let not_proven = not_proven(&options, &report);
    if options.json {
        print_json(&report, &others, &not_proven);
    } else {
        print_sentences(&report, &others, &not_proven);
    }
    if report.is_clean() && others.is_empty() { CLEAN.into() } else { TAMPERED.into() }
}

/// Prints the public key of a data folder.
pub fn print_key(data: &Path) -> ExitCode {
    match keeper::public_key(data) {
        Ok(key) => {
            println!("{key}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("countersign: {error}");
            FAILED.into()
        }
    }
}

async fn run<E: Into<anyhow::Error>>(
    options: &Verify,
    others: impl AsyncFnOnce(&DatabaseConnection) -> Result<Vec<String>, E>,
) -> Result<(Report, Vec<String>)> {
    let parse = |key: &String| key.parse().map_err(|problem| anyhow!("--key {key}: {problem}"));
    let keys: Vec<PublicKey> = options.key.iter().map(parse).collect::<Result<_>>()?;
    let db = match &options.database {
        Some(url) => Database::read_postgres(url).await.context("can not open the PostgreSQL database")?,
        None => Database::read_sqlite(&options.data).await.context("can not open the SQLite database")?,
    };
    let report = verify(&db, &options.anchors, &keys).await?;
    Ok((report, others(&db).await.map_err(Into::into)?))
}

/// What stays open although everything fits, in sentences.
fn not_proven(options: &Verify, report: &Report) -> Vec<String> {
    let mut sentences = Vec::new();
    match report.last_checkpoint_at {
        None => sentences.push(
            "Without checkpoints this can not prove that no room was cut at its end, removed, or written anew from some \
             entry on: whoever can write to the database can make a chain that fits. Give the file of signed \
             checkpoints with --anchors, best a copy that is kept elsewhere."
                .into(),
        ),
        Some(at) => sentences.push(format!(
            "Nothing is signed yet of what was written after the last checkpoint of {}. If that is long ago, \
             checkpoints may be missing at the end of the file; a copy that is kept elsewhere shows it.",
            Time(at)
        )),
    }
    if !options.anchors.is_empty() && options.key.is_empty() {
        sentences.push(
            "The checkpoints were verified with the key that their own file names, and whoever can write to the file \
             can choose another: give the server's key with --key, as `countersign audit key` prints it."
                .into(),
        );
    }
    sentences
}

fn print_sentences(report: &Report, others: &[String], not_proven: &[String]) {
    let Report { rooms, entries, checkpoints, findings, .. } = report;
    println!("Read {entries} entries of {rooms} rooms, and {checkpoints} checkpoints.");
    for finding in findings {
        println!("{finding}");
    }
    if report.has_more {
        println!("There is more that does not fit.");
    }
    for sentence in others {
        println!("{sentence}");
    }
    if report.is_clean() && others.is_empty() {
        println!("Everything fits: no entry was changed, added, removed or moved.");
    }
    for sentence in not_proven {
        println!("{sentence}");
    }
}

fn print_json(report: &Report, others: &[String], not_proven: &[String]) {
    #[derive(Serialize)]
    struct Output<'a> {
        clean: bool,
        #[serde(flatten)]
        report: &'a Report,
        /// The findings as sentences.
        sentences: Vec<String>,
        not_proven: &'a [String],
    }
    let sentences = report.findings.iter().map(Finding::to_string).chain(others.iter().cloned()).collect();
    let output = Output { clean: report.is_clean() && others.is_empty(), report, sentences, not_proven };
    println!("{}", serde_json::to_string(&output).expect("a report has string keys and no failing parts"));
}
