//! Decisions per second: each on disk, in the audit trail, and in the lists and inboxes of everybody whom it concerns,
//! before it is acknowledged. The peer is the same server with a transaction for each command.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::staff::{Colleague, colleagues, command};
use crate::live::Live;
use crate::report::{Row, median, milliseconds, percentile, row};
use crate::server::{Launcher, Server};
use crate::team::Team;

/// Decisions that an order takes: the first brings the second, which ends the order.
const STEPS: usize = 2;

#[derive(Args)]
pub struct Options {
    /// People who each decide, wait for the acknowledgement, and go on, with orders of their own.
    #[arg(long, default_value_t = 64)]
    deciders: usize,

    /// Orders of each of them, submitted before; each takes two decisions.
    #[arg(long, default_value_t = 40)]
    orders: usize,

    /// Runs of each kind, in turn. The fastest of each counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

struct Run {
    per_second: f64,
    latency_p50: Duration,
    latency_p99: Duration,
    cpu_per_decision: Duration,
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
    let deciders = options.deciders;
    Ok(vec![
        row(
            format!("durable, audited decisions a second, {deciders} deciders"),
            format!("{:.0}", together.per_second),
            "",
        ),
        row("the same with a transaction for each", format!("{:.0}", alone.per_second), ""),
        row(
            "ratio of the two; median of the rounds",
            format!("{:.1}; {:.1}", together.per_second / alone.per_second, median(&mut ratios)),
            "",
        ),
        row(
            "decision to acknowledgement, p50 / p99",
            format!("{} / {}", milliseconds(together.latency_p50), milliseconds(together.latency_p99)),
            "",
        ),
        row(
            "the same with a transaction for each",
            format!("{} / {}", milliseconds(alone.latency_p50), milliseconds(alone.latency_p99)),
            "",
        ),
        row("server CPU per decision", format!("{} µs", together.cpu_per_decision.as_micros()), ""),
    ])
}

/// What else the machine does only slows a run, so the fastest tells most.
fn fastest(runs: Vec<Run>) -> Result<Run> {
    let speeds: Vec<String> = runs.iter().map(|run| format!("{:.0}", run.per_second)).collect();
    eprintln!("decisions a second: {}", speeds.join(", "));
    runs.into_iter().max_by(|a, b| a.per_second.total_cmp(&b.per_second)).context("there is at least one round")
}

async fn run(launcher: &Launcher, options: &Options, server_options: &[&str]) -> Result<Run> {
    let data = launcher.data()?;
    let server = launcher.start(data.path(), server_options).await?;
    let team = Team::gather(&server, options.deciders + 1).await?;
    let mut people = colleagues(&server, &team).await?;
    let administrator = people.remove(0);
    administrator.publish("bench", STEPS).await?;
    let orders = submit(&people, options.orders).await?;
    let count = Arc::new(Count::default());
    let mut deciders = JoinSet::new();
    for (decider, orders) in people.iter().zip(orders) {
        let live = Live::open(&server, &decider.person).await?;
        deciders.spawn(decide(live, orders, count.clone()));
    }
    let (decisions, elapsed, cpu, mut latencies) = watch(&server, &count, options.deciders, &mut deciders).await?;
    while let Some(decider) = deciders.join_next().await {
        latencies.extend(decider??);
    }
    server.stop().await?;
    Ok(Run {
        per_second: decisions as f64 / elapsed.as_secs_f64(),
        latency_p50: median(&mut latencies),
        latency_p99: percentile(&mut latencies, 0.99),
        cpu_per_decision: cpu / decisions.max(1) as u32,
    })
}

/// Everybody's orders, which their neighbour asks for: nobody approves their own.
async fn submit(people: &[Colleague], count: usize) -> Result<Vec<Vec<i64>>> {
    let mut submissions = JoinSet::new();
    for (place, decider) in people.iter().enumerate() {
        let requester = people[(place + 1) % people.len()].clone();
        let decider = decider.id;
        submissions.spawn(async move {
            let mut orders = Vec::with_capacity(count);
            for _ in 0..count {
                orders.push(requester.submit("bench", decider).await?);
            }
            anyhow::Ok((place, orders))
        });
    }
    let mut orders = vec![Vec::new(); people.len()];
    while let Some(submitted) = submissions.join_next().await {
        let (place, submitted) = submitted??;
        orders[place] = submitted;
    }
    Ok(orders)
}

#[derive(Default)]
struct Count {
    decisions: AtomicUsize,
    grown: Notify,
}

/// Decides all orders, one decision after the other.
async fn decide(mut live: Live, orders: Vec<i64>, count: Arc<Count>) -> Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(orders.len() * STEPS);
    for order in orders {
        for _ in 0..STEPS {
            let start = Instant::now();
            live.approve(order, command()).await?;
            latencies.push(start.elapsed());
            count.decisions.fetch_add(1, Ordering::Relaxed);
            count.grown.notify_one();
        }
    }
    Ok(latencies)
}

/// Decisions, time and server CPU while everybody is busy: from when there is a decision for each (statements are
/// prepared then) until the first one has none left. Brings the latencies of that one, too.
async fn watch(
    server: &Server,
    count: &Count,
    deciders: usize,
    tasks: &mut JoinSet<Result<Vec<Duration>>>,
) -> Result<(usize, Duration, Duration, Vec<Duration>)> {
    while count.decisions.load(Ordering::Relaxed) < deciders {
        tokio::select! {
            () = count.grown.notified() => {}
            Some(ended) = tasks.join_next() => {
                ended??;
                bail!("somebody had no orders left before everybody had begun; give them more with --orders");
            }
        }
    }
    let (decisions, cpu, start) = (count.decisions.load(Ordering::Relaxed), server.cpu()?, Instant::now());
    let first = tasks.join_next().await.context("there is a decider")??;
    let decisions = count.decisions.load(Ordering::Relaxed) - decisions;
    Ok((decisions, start.elapsed(), server.cpu()? - cpu, first?))
}
