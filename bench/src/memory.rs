//! Server memory per connection that waits: signed in, following its feed and one room.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::live::Live;
use crate::report::{Row, row};
use crate::server::Launcher;
use crate::team::Team;

#[derive(Args)]
pub struct Options {
    /// Connections that are measured.
    #[arg(long, default_value_t = 5000)]
    connections: usize,

    /// Connections that are open before: what the first ones cost once is not theirs.
    #[arg(long, default_value_t = 500)]
    warm_up: usize,

    /// People to whom the connections belong.
    #[arg(long, default_value_t = 50)]
    people: usize,
}

/// After this, presence has been told, and everything that was written has arrived.
const SETTLE: Duration = Duration::from_secs(4);

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    let data = launcher.data()?;
    let server = launcher.start(data.path(), &[]).await?;
    let team = Team::gather(&server, options.people).await?;
    // Started anew: hashing passwords takes memory that connections would get afterwards, and nothing would seem to grow.
    server.stop().await?;
    let server = launcher.start(data.path(), &[]).await?;
    let seq = team.last_seq(&server).await?;
    let mut open = Vec::new();
    let mut before = 0;
    for number in 0..options.warm_up + options.connections {
        if number == options.warm_up {
            tokio::time::sleep(SETTLE).await;
            before = server.resident_bytes()?;
        }
        let person = team.person(number);
        let mut live = Live::open(&server, person).await?;
        live.follow(person, team.room, seq).await?;
        open.push(live);
    }
    tokio::time::sleep(SETTLE).await;
    let grown = server.resident_bytes()?.saturating_sub(before) as f64;
    let kib = grown / options.connections as f64 / 1024.0;
    server.stop().await?;
    Ok(vec![row("memory per idle connection", format!("{kib:.1} KiB"), "10 KiB or less")])
}
