//! From a decision to the repaint in another browser. The browser is Chromium; `bench/browser/repaint.ts` drives it and
//! decides over `/live`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use super::staff::{colleagues, step};
use crate::report::{Row, median, milliseconds, percentile, row};
use crate::server::Launcher;
use crate::team::Team;

#[derive(Args)]
pub struct Options {
    /// Orders whose page is opened, one after the other.
    #[arg(long, default_value_t = 10)]
    orders: usize,

    /// Decisions on each order, one per step.
    #[arg(long, default_value_t = 20)]
    steps: usize,
}

/// What the browser's program found out, in milliseconds.
#[derive(Deserialize)]
struct Figures {
    /// From just before the decision is sent until the page with the changed node is drawn.
    repaint_ms: Vec<f64>,
    /// … until it is acknowledged to whoever decided.
    acknowledgement_ms: Vec<f64>,
}

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    let data = launcher.data()?;
    let server = launcher.start(data.path(), &[]).await?;
    let team = Team::gather(&server, 3).await?;
    let staff = colleagues(&server, &team).await?;
    let [administrator, watcher, decider] = &staff[..] else { anyhow::bail!("three people were gathered") };
    administrator.publish("bench", options.steps).await?;
    let mut orders = Vec::new();
    for _ in 0..options.orders {
        orders.push(watcher.submit("bench", decider.id).await?);
    }
    let steps: Vec<String> = (1..=options.steps).map(step).collect();
    let task = json!({
        "origin": server.url(""),
        "watcher": watcher.person.cookie,
        "decider": decider.person.cookie,
        "orders": orders,
        "steps": steps,
    });
    let Figures { repaint_ms, acknowledgement_ms } = drive(&task.to_string()).await?;
    server.stop().await?;
    let expected = options.orders * options.steps;
    ensure!(repaint_ms.len() == expected, "{} of {expected} decisions were seen", repaint_ms.len());
    let times = |milliseconds: Vec<f64>| milliseconds.into_iter().map(|ms| Duration::from_secs_f64(ms / 1000.0));
    let mut repaint: Vec<Duration> = times(repaint_ms).collect();
    let mut acknowledgement: Vec<Duration> = times(acknowledgement_ms).collect();
    Ok(vec![
        row(
            format!("decision to repaint in another browser, p50 / p99 of {expected}"),
            format!("{} / {}", milliseconds(median(&mut repaint)), milliseconds(percentile(&mut repaint, 0.99))),
            "p99 100 ms or less",
        ),
        row(
            "the same decisions to their acknowledgement, p50 / p99",
            format!(
                "{} / {}",
                milliseconds(median(&mut acknowledgement)),
                milliseconds(percentile(&mut acknowledgement, 0.99))
            ),
            "",
        ),
    ])
}

/// Lets Node.js do the task and reads what it prints.
async fn drive(task: &str) -> Result<Figures> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web");
    ensure!(web.join("node_modules").is_dir(), "npm --prefix web ci comes first");
    let program = "import('vite').then((vite) => vite.runnerImport('../bench/browser/repaint.ts'))";
    let output = Command::new("node")
        .args(["-e", program])
        .env("REPAINT", task)
        .current_dir(web)
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .context("can not start node")?;
    ensure!(output.status.success(), "the browser's program ended with {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().context("the browser's program says what it found out")?;
    serde_json::from_str(line).with_context(|| format!("not what was found out: {line}"))
}
