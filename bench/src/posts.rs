//! Durable messages per second. The peer is the same server with a transaction for each message.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use tokio::task::JoinSet;

use crate::live::Live;
use crate::report::{Row, median, milliseconds, percentile, row};
use crate::server::{Launcher, Server};
use crate::team::Team;

/// What people say: about a hundred bytes, Chinese and English.
pub const TEXT: &str = "v1.4.2 is on web-2 and healthy, 回滚方案已经确认, going on with web-3 in ten minutes.";

#[derive(Args)]
pub struct Options {
    /// Connections that each say something, wait for the acknowledgement, and go on.
    #[arg(long, default_value_t = 256)]
    writers: usize,

    /// Seconds of each run.
    #[arg(long, default_value_t = 5)]
    seconds: u64,

    /// Runs of each kind, in turn. The fastest of each counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

struct Run {
    per_second: f64,
    latency_p50: Duration,
    latency_p99: Duration,
    cpu_per_message: Duration,
}

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        together.push(run(launcher, options, &[]).await?);
        alone.push(run(launcher, options, &["--batch", "1"]).await?);
    }
    let pairs = together.iter().zip(&alone);
    let mut ratios: Vec<f64> = pairs.map(|(together, alone)| together.per_second / alone.per_second).collect();
    let (together, alone) = (fastest(together)?, fastest(alone)?);
    let sync = sync_time(launcher.data()?.path())?;
    Ok(vec![
        row("durable messages a second", format!("{:.0}", together.per_second), ""),
        row("the same with a transaction for each", format!("{:.0}", alone.per_second), ""),
        row(
            "ratio of the two; median of the rounds",
            format!("{:.1}; {:.1}", together.per_second / alone.per_second, median(&mut ratios)),
            "8 or more",
        ),
        row(
            "message to acknowledgement, p50 / p99",
            format!("{} / {}", milliseconds(together.latency_p50), milliseconds(together.latency_p99)),
            "",
        ),
        row("server CPU per message", format!("{} µs", together.cpu_per_message.as_micros()), ""),
        row("4 KiB written and synced on this disk, p50", milliseconds(sync), ""),
    ])
}

/// What else the machine does only slows a run, so the fastest tells most.
fn fastest(runs: Vec<Run>) -> Result<Run> {
    let speeds: Vec<String> = runs.iter().map(|run| format!("{:.0}", run.per_second)).collect();
    eprintln!("messages a second: {}", speeds.join(", "));
    runs.into_iter().max_by(|a, b| a.per_second.total_cmp(&b.per_second)).context("there is at least one round")
}

async fn run(launcher: &Launcher, options: &Options, server_options: &[&str]) -> Result<Run> {
    let data = launcher.data()?;
    let server = launcher.start(data.path(), server_options).await?;
    let team = Arc::new(Team::gather(&server, 8).await?);
    let count = Arc::new(AtomicUsize::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for number in 0..options.writers {
        let live = Live::open(&server, team.person(number)).await?;
        writers.spawn(write(live, team.room, number, count.clone(), over.clone()));
    }
    // What the first moments do once (statements are prepared, files grow) is not measured.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let figures = watch(&server, &count, Duration::from_secs(options.seconds)).await?;
    over.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    while let Some(writer) = writers.join_next().await {
        latencies.extend(writer??);
    }
    server.stop().await?;
    let (messages, elapsed, cpu) = figures;
    Ok(Run {
        per_second: messages as f64 / elapsed.as_secs_f64(),
        latency_p50: median(&mut latencies),
        latency_p99: percentile(&mut latencies, 0.99),
        cpu_per_message: cpu / messages.max(1) as u32,
    })
}

/// Messages, time and server CPU from now until `period` is over.
async fn watch(server: &Server, count: &AtomicUsize, period: Duration) -> Result<(usize, Duration, Duration)> {
    let (messages, cpu, start) = (count.load(Ordering::Relaxed), server.cpu()?, Instant::now());
    tokio::time::sleep(period).await;
    Ok((count.load(Ordering::Relaxed) - messages, start.elapsed(), server.cpu()? - cpu))
}

async fn write(
    mut live: Live,
    room: i64,
    number: usize,
    count: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        live.say(room, format!("w{number}-{}", latencies.len()), TEXT).await?;
        latencies.push(start.elapsed());
        count.fetch_add(1, Ordering::Relaxed);
    }
    Ok(latencies)
}

/// How long the disk takes to make 4 KiB durable: what a transaction costs at least.
fn sync_time(folder: &Path) -> Result<Duration> {
    const WRITES: usize = 200;
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&vec![0; 4096 * WRITES])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let mut times = Vec::new();
    for _ in 0..WRITES {
        let start = Instant::now();
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    Ok(median(&mut times))
}
