//! From exec to the first answer, and memory at rest.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::report::{Row, median, milliseconds, row};
use crate::server::{Launcher, Server};

#[derive(Args)]
pub struct Options {
    /// First and second boots; the figure is the median.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// Memory is read when the server has been at rest for this long.
const REST: Duration = Duration::from_secs(2);

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    let (mut first, mut second, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let data = launcher.data()?;
        let (server, time) = boot(launcher, data.path()).await?;
        first.push(time);
        server.stop().await?;
        let (server, time) = boot(launcher, data.path()).await?;
        second.push(time);
        tokio::time::sleep(REST).await;
        resident.push(server.resident_bytes()? as f64 / 1_000_000.0);
        server.stop().await?;
    }
    Ok(vec![
        row("start to first answer, first boot with the sample team", milliseconds(median(&mut first)), "2 s or less"),
        row("start to first answer, later boots", milliseconds(median(&mut second)), "200 ms or less"),
        row("memory at rest", format!("{:.0} MB", median(&mut resident)), "50 MB or less"),
    ])
}

async fn boot(launcher: &Launcher, data: &Path) -> Result<(Server, Duration)> {
    let server = launcher.start_with_sample(data, &[]).await?;
    reqwest::get(server.url("/healthz")).await?.error_for_status()?;
    let time = server.started.elapsed();
    Ok((server, time))
}
