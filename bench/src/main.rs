//! The figures of docs/performance.md: each subcommand starts the real server, puts load on it and prints rows of a
//! Markdown table.
//!
//! Client and server share the machine. So a figure is a ratio of two runs that alternate, a bound that has to hold
//! all the same, or the server's own CPU time and memory as the kernel counts them.

mod live;
mod long_poll;
mod memory;
mod posts;
mod report;
mod room;
mod server;
mod start;
mod team;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use report::Row;
use server::Launcher;

#[derive(Parser)]
#[command(about = "Measures a Countersign server that it starts itself")]
struct Cli {
    /// The server's program; without it, the `countersign` next to this one.
    #[arg(long, global = true)]
    server: Option<PathBuf>,

    /// Where the temporary data folders go. Their disk is part of what is measured; without it, next to this program.
    #[arg(long, global = true)]
    folder: Option<PathBuf>,

    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Durable messages per second, against a transaction for each.
    Posts(posts::Options),
    /// A busy room: what a delivery costs, and how long it takes.
    Room(room::Options),
    /// What an idle connection takes.
    Memory(memory::Options),
    /// How soon the server answers, and what it takes at rest.
    Start(start::Options),
    /// Many long polls that wait for one message.
    Longpoll(long_poll::Options),
    /// Everything, as one table.
    All,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    let launcher = Launcher::new(cli.server, cli.folder)?;
    server::raise_file_limit();
    let rows = match cli.what {
        What::Posts(options) => posts::measure(&launcher, &options).await?,
        What::Room(options) => room::measure(&launcher, &options).await?,
        What::Memory(options) => memory::measure(&launcher, &options).await?,
        What::Start(options) => start::measure(&launcher, &options).await?,
        What::Longpoll(options) => long_poll::measure(&launcher, &options).await?,
        What::All => everything(&launcher).await?,
    };
    report::print(&rows);
    Ok(())
}

async fn everything(launcher: &Launcher) -> Result<Vec<Row>> {
    let mut rows = start::measure(launcher, &report::defaults()?).await?;
    rows.extend(posts::measure(launcher, &report::defaults()?).await?);
    rows.extend(room::measure(launcher, &report::defaults()?).await?);
    rows.extend(long_poll::measure(launcher, &report::defaults()?).await?);
    rows.extend(memory::measure(launcher, &report::defaults()?).await?);
    Ok(rows)
}
