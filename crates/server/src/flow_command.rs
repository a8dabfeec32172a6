//! `countersign flow`: flows as text, without a browser.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use crate::accounts::Accounts;
use crate::db::Database;
use crate::log::Log;
use crate::orders::{Orders, Refusal, compile, yaml_definition};

#[derive(Debug, Subcommand)]
pub enum FlowCommand {
    /// Say what is wrong with a flow. Nothing is kept, and no database is needed.
    Check {
        /// YAML files; `-` is the standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Say what has changed between two texts of a flow. Nothing is kept, and no database is needed. As with diff, the
    /// status is 1 when they differ.
    Diff {
        /// The older YAML file; `-` is the standard input.
        from: PathBuf,
        /// The newer one.
        to: PathBuf,
        /// The language of what is printed: `en` or `zh`.
        #[arg(long, default_value = "en", value_parser = ["en", "zh"])]
        language: String,
    },
    /// Publish flows. One that is published already with the same text stays as it is.
    Import {
        #[command(flatten)]
        place: Place,
        /// What is new, for the list of versions.
        #[arg(long, default_value = "")]
        note: String,
        /// YAML files; `-` is the standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print a published flow.
    Export {
        #[command(flatten)]
        place: Place,
        /// Its name, as in `leave`.
        flow: String,
        /// The newest when left out.
        #[arg(long)]
        version: Option<i64>,
    },
}

/// Which database.
#[derive(Debug, Args)]
pub struct Place {
    /// Folder of the SQLite database.
    #[arg(long, env = "COUNTERSIGN_DATA", default_value = "./data")]
    data: PathBuf,
    /// PostgreSQL database in place of SQLite.
    #[arg(long, env = "COUNTERSIGN_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl Place {
    async fn open(&self) -> Result<Orders> {
        let db = match &self.database {
            Some(url) => Database::open_postgres(url, 1).await.context("can not open the PostgreSQL database")?,
            None if !self.data.join("countersign.db").exists() => {
                bail!("there is no database in {}; start the server once", self.data.display())
            }
            None => Database::open_sqlite(&self.data, None).await.context("can not open the SQLite database")?,
        };
        let (log, _) = Log::start(db, 1);
        Ok(Orders::new(log.clone(), Accounts::new(log)))
    }
}

/// Does what was asked; false when a flow has problems, or two differ.
pub async fn run(command: FlowCommand) -> Result<bool> {
    match command {
        FlowCommand::Check { files } => {
            let mut good = true;
            for file in files {
                let flow = compile(&read(&file)?);
                good &= report(&file, flow.map(|flow| format!("{} is a flow", flow.definition().flow)))?;
            }
            Ok(good)
        }
        FlowCommand::Diff { from, to, language } => {
            let difference = flow::diff(&definition(&from)?, &definition(&to)?);
            print!("{}", difference.text(&language));
            Ok(difference.changes.is_empty())
        }
        FlowCommand::Import { place, note, files } => {
            let orders = place.open().await?;
            let mut good = true;
            for file in files {
                let version = orders.import_flow(read(&file)?, &note).await;
                good &= report(&file, version.map(|(flow, version)| format!("{flow} is at version {version}")))?;
            }
            Ok(good)
        }
        FlowCommand::Export { place, flow, version } => {
            print!("{}", place.open().await?.export_flow(&flow, version).await?);
            Ok(true)
        }
    }
}

/// What a file says. One that can not be read is trouble, and no difference.
fn definition(file: &Path) -> Result<flow::Definition> {
    match yaml_definition(&read(file)?) {
        Err(Refusal::Yaml(problem)) => {
            bail!("{}:{}:{}: {}", file.display(), problem.line, problem.column, problem.message)
        }
        definition => Ok(definition?),
    }
}

fn read(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("can not read {}", file.display()))
}

/// Prints what came of a file. Problems of the flow are no failure of the program.
fn report(file: &Path, result: Result<String, Refusal>) -> Result<bool> {
    let file = file.display();
    match result {
        Ok(said) => println!("{file}: {said}"),
        Err(Refusal::Yaml(problem)) => {
            eprintln!("{file}:{}:{}: {}", problem.line, problem.column, problem.message);
            return Ok(false);
        }
        Err(Refusal::FlowProblems(problems)) => {
            for problem in problems {
                let place = problem.node.or(problem.field).unwrap_or_else(|| "flow".into());
                eprintln!("{file}: {place}: {} [{}]", problem.words.in_language("en"), problem.code);
            }
            return Ok(false);
        }
        Err(refusal) => return Err(refusal.into()),
    }
    Ok(true)
}
