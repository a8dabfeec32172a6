//! Lists and searches among a million orders, over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;

use super::filling::{Filled, Plan, fill};
use super::questions::{Ground, Question};
use super::seeds::Standing;
use super::staff::{Colleague, colleagues};
use super::words::FLOWS;
use crate::report::{Row, median, milliseconds, percentile, row};
use crate::server::Launcher;
use crate::team::Team;

/// How many can sign in: the administrator, somebody with much to do, and the others.
const COLLEAGUES: usize = 10;

/// Requests at the same time in the second part; the first part has one.
const AT_ONCE: usize = 8;

const GOAL: &str = "p99 50 ms or less";

#[derive(Args)]
pub struct Options {
    /// Orders in the database.
    #[arg(long, default_value_t = 1_000_000)]
    orders: i64,

    /// People whose orders they are.
    #[arg(long, default_value_t = 5000)]
    people: i64,

    /// Requests of each kind, in each part.
    #[arg(long, default_value_t = 400)]
    requests: usize,

    /// Says the slowest request of each kind, too.
    #[arg(long)]
    slowest: bool,
}

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    ensure!(options.people >= COLLEAGUES as i64, "there are at least {COLLEAGUES} people");
    ensure!(options.orders >= 1000, "there are at least 1000 orders");
    let data = launcher.data()?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
    let (team, filled) = prepare(launcher, data.path(), options, now_ms).await?;
    let server = launcher.start(data.path(), &[]).await?;
    let staff = Arc::new(colleagues(&server, &team).await?);
    let ground = Ground {
        requests: options.requests,
        colleagues: COLLEAGUES,
        first_id: filled.first_id,
        orders: options.orders,
        people: options.people,
        now_ms,
    };
    let size = format!("{:.1} GB", filled.bytes as f64 / 1e9);
    let mut rows = vec![row(format!("database with {} orders of {} people", options.orders, options.people), size, "")];
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    for question in ground.questions() {
        let question = Arc::new(question);
        let (mut one, mut eight) = (ask(&staff, &question, 1).await?, ask(&staff, &question, AT_ONCE).await?);
        if options.slowest {
            say_slowest(&question, &one);
        }
        rows.push(row(&question.name, format!("{}; {}", times(&mut one), times(&mut eight)), GOAL));
        alone.append(&mut one);
        together.append(&mut eight);
    }
    rows.push(row("all of these", format!("{}; {}", times(&mut alone), times(&mut together)), GOAL));
    server.stop().await?;
    Ok(rows)
}

/// Lets the server make what has a shape of its own (people, flows, an order of each standing), then the rest.
async fn prepare(launcher: &Launcher, folder: &Path, options: &Options, now_ms: i64) -> Result<(Team, Filled)> {
    let server = launcher.start(folder, &[]).await?;
    let team = Team::gather(&server, COLLEAGUES).await?;
    let staff = colleagues(&server, &team).await?;
    for (flow, _, _) in FLOWS {
        staff[0].publish(flow, 2).await?;
    }
    let mut patterns = Vec::new();
    for standing in Standing::ALL {
        patterns.push((standing, pattern(&staff[2], &staff[3], standing).await?));
    }
    server.stop().await?;
    let Options { orders, people, .. } = *options;
    let filled = fill(folder, &Plan { orders, people, busy: staff[1].id, patterns, now_ms }).await?;
    Ok((team, filled))
}

/// An order that stands like this.
async fn pattern(requester: &Colleague, decider: &Colleague, standing: Standing) -> Result<i64> {
    let flow = FLOWS[0].0;
    if standing == Standing::Draft {
        return requester.begin(flow).await;
    }
    let order = requester.submit(flow, decider.id).await?;
    let approve = json!({"move": "approve"});
    let moves = match standing {
        Standing::Draft | Standing::WaitsForFirst => vec![],
        Standing::WaitsForSecond => vec![approve],
        Standing::Approved => vec![approve.clone(), approve],
        Standing::Rejected => vec![approve, json!({"move": "reject", "reason": "too much"})],
        Standing::Returned => vec![approve, json!({"move": "return", "reason": "which colour?"})],
        Standing::Withdrawn => vec![],
    };
    for action in moves {
        decider.decide(order, action).await?;
    }
    if standing == Standing::Withdrawn {
        requester.decide(order, json!({"move": "withdraw"})).await?;
    }
    Ok(order)
}

/// Asks everything, so many at a time, and answers how long each took, in the order of the requests when it is one.
async fn ask(staff: &Arc<Vec<Colleague>>, question: &Arc<Question>, at_once: usize) -> Result<Vec<Duration>> {
    let mut tasks = JoinSet::new();
    for task in 0..at_once {
        let (staff, question) = (staff.clone(), question.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            for (asker, path) in question.requests.iter().skip(task).step_by(at_once) {
                let start = Instant::now();
                let answer = staff[*asker].text(path).await?;
                times.push((start.elapsed(), answer.contains(r#""orders":[{"#) || answer.contains("waiting\":")));
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(asked) = tasks.join_next().await {
        times.extend(asked??);
    }
    let found = times.iter().any(|(_, found)| *found);
    ensure!(found || question.is_narrow(), "{}: none of the requests found an order", question.name);
    Ok(times.into_iter().map(|(time, _)| time).collect())
}

fn times(times: &mut [Duration]) -> String {
    format!("{} / {}", milliseconds(median(times)), milliseconds(percentile(times, 0.99)))
}

fn say_slowest(question: &Question, times: &[Duration]) {
    let slowest = times.iter().zip(&question.requests).max_by_key(|(time, _)| **time);
    if let Some((time, (_, path))) = slowest {
        eprintln!("slowest: {} {path}", milliseconds(*time));
    }
}
