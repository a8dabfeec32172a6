//! The figures of docs/performance.md: each subcommand starts the real server, puts load on it and prints rows of a
//! Markdown table. `fanout`, `idle` and `slow` compare the library below it with other libraries.
//!
//! Client and server share the machine. So a figure is a ratio of two runs that alternate, a bound that has to hold
//! all the same, or the server's own CPU time and memory as the kernel counts them.

mod fanout;
mod live;
mod long_poll;
mod memory;
mod orders;
mod peers;
mod posts;
mod releases;
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
    #[command(flatten)]
    Product(Product),
    /// What a delivery to one of many costs the library and its peers, and how long it takes.
    Fanout(fanout::Options),
    /// What an idle connection takes of the library and its peers.
    Idle(fanout::idle::Options),
    /// One who reads nothing among many who read, in the library and its peers.
    Slow(fanout::slow::Options),
    /// One of the peers, as a server.
    #[command(hide = true)]
    Peer(peers::Options),
}

#[derive(Subcommand)]
enum Product {
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
    /// Durable, audited decisions per second, against a transaction for each.
    Decisions(orders::decisions::Options),
    /// From a decision to the repaint in another browser (needs Node.js, Chromium and web/node_modules).
    Repaint(orders::repaint::Options),
    /// Inboxes, lists and search of a million orders.
    Lists(orders::lists::Options),
    /// A command on many hosts at once, against Ansible (needs Debian's openssh-server).
    Releases(releases::Options),
    /// Everything above but what the last four show, as one table.
    All,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    server::raise_file_limit();
    // Built together with the server, the HTTP client gets its https, too, which brings no cryptography with it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli.what {
        What::Fanout(options) => fanout::measure(&options),
        What::Idle(options) => fanout::idle::measure(&options),
        What::Slow(options) => fanout::slow::measure(&options),
        What::Peer(options) => peers::serve(&options),
        What::Product(what) => measure_product(&Launcher::new(cli.server, cli.folder)?, &what),
    }
}

#[tokio::main]
async fn measure_product(launcher: &Launcher, what: &Product) -> Result<()> {
    let rows = match what {
        Product::Posts(options) => posts::measure(launcher, options).await?,
        Product::Room(options) => room::measure(launcher, options).await?,
        Product::Memory(options) => memory::measure(launcher, options).await?,
        Product::Start(options) => start::measure(launcher, options).await?,
        Product::Longpoll(options) => long_poll::measure(launcher, options).await?,
        Product::Decisions(options) => orders::decisions::measure(launcher, options).await?,
        Product::Repaint(options) => orders::repaint::measure(launcher, options).await?,
        Product::Lists(options) => orders::lists::measure(launcher, options).await?,
        Product::Releases(options) => releases::measure(launcher, options).await?,
        Product::All => everything(launcher).await?,
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
