//! A room that many listen to: what a delivery costs the server, and how long the last one takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::live::{Live, last_seq_of};
use crate::posts::TEXT;
use crate::report::{Row, median, milliseconds, percentile, row};
use crate::server::{Launcher, Server};
use crate::team::Team;

#[derive(Args)]
pub struct Options {
    /// Connections that follow the room.
    #[arg(long, default_value_t = 1000)]
    listeners: usize,

    /// People to whom the connections belong.
    #[arg(long, default_value_t = 50)]
    people: usize,

    /// Messages at the same time in the second part; the first part has one.
    #[arg(long, default_value_t = 64)]
    writers: usize,

    /// Seconds of each part.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// When each message was acknowledged and when the last listener had it; by distance from the first.
struct Progress {
    first: i64,
    /// Listeners that do not have the message yet.
    missing: Vec<AtomicU32>,
    times: Mutex<Vec<Times>>,
    complete: Notify,
}

#[derive(Clone, Copy, Default)]
struct Times {
    acknowledged: Option<Instant>,
    complete: Option<Instant>,
}

impl Progress {
    /// More messages than a run can have.
    const MESSAGES: usize = 1_000_000;

    fn new(first: i64, listeners: usize) -> Self {
        Self {
            first,
            missing: (0..Self::MESSAGES).map(|_| AtomicU32::new(listeners as u32)).collect(),
            times: Mutex::new(vec![Times::default(); Self::MESSAGES]),
            complete: Notify::new(),
        }
    }

    fn note(&self, seq: i64, change: impl Fn(&mut Times)) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut times[(seq - self.first) as usize]);
    }

    /// A listener has everything after `from` up to `to`.
    fn received(&self, from: i64, to: i64) {
        for seq in from + 1..=to {
            if self.missing[(seq - self.first) as usize].fetch_sub(1, Ordering::Relaxed) == 1 {
                let now = Instant::now();
                self.note(seq, |times| times.complete = Some(now));
                self.complete.notify_one();
            }
        }
    }

    fn is_complete(&self, seq: i64) -> bool {
        self.missing[(seq - self.first) as usize].load(Ordering::Relaxed) == 0
    }

    /// From acknowledgement to last delivery, for the messages after `from` that all have. A delivery that overtakes
    /// the acknowledgement counts as none.
    fn delays(&self, from: i64) -> Vec<Duration> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let delay = |times: &Times| Some(times.complete?.saturating_duration_since(times.acknowledged?));
        times[(from + 1 - self.first) as usize..].iter().filter_map(delay).collect()
    }
}

struct Part {
    deliveries_per_second: f64,
    cpu_per_delivery: Duration,
    delays: Vec<Duration>,
}

impl Part {
    fn rows(mut self, name: &str) -> [Row; 3] {
        let microseconds = self.cpu_per_delivery.as_nanos() as f64 / 1000.0;
        let (p50, p99) = (median(&mut self.delays), percentile(&mut self.delays, 0.99));
        [
            row(format!("{name}: deliveries a second"), format!("{:.0}", self.deliveries_per_second), ""),
            row(format!("{name}: server CPU per delivery"), format!("{microseconds:.2} µs"), ""),
            row(
                format!("{name}: acknowledgement to last delivery, p50 / p99"),
                format!("{} / {}", milliseconds(p50), milliseconds(p99)),
                "",
            ),
        ]
    }
}

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    let data = launcher.data()?;
    let server = launcher.start(data.path(), &[]).await?;
    let team = Team::gather(&server, options.people).await?;
    let seq = team.last_seq(&server).await?;
    let progress = Arc::new(Progress::new(seq, options.listeners));
    let mut listeners = JoinSet::new();
    for number in 0..options.listeners {
        let person = team.person(number);
        let mut live = Live::open(&server, person).await?;
        live.follow(person, team.room, seq).await?;
        listeners.spawn(listen(live, team.room, seq, progress.clone()));
    }
    let mut rows = Vec::new();
    for writers in [1, options.writers] {
        let part = part(&server, &team, options, writers, &progress).await?;
        rows.extend(part.rows(&format!("{} listeners, {writers} in flight", options.listeners)));
    }
    server.stop().await?;
    // The server's end is the listeners' end.
    listeners.abort_all();
    Ok(rows)
}

async fn listen(mut live: Live, room: i64, mut seq: i64, progress: Arc<Progress>) -> Result<()> {
    loop {
        let text = live.next().await?;
        if let Some(last) = last_seq_of(&text, room) {
            progress.received(seq, last);
            seq = last;
        }
    }
}

/// One part of the run: `writers` messages in flight.
async fn part(
    server: &Server,
    team: &Team,
    options: &Options,
    writers: usize,
    progress: &Arc<Progress>,
) -> Result<Part> {
    let from = team.last_seq(server).await?;
    let over = Arc::new(AtomicBool::new(false));
    let (cpu, start) = (server.cpu()?, Instant::now());
    let mut tasks = JoinSet::new();
    for number in 0..writers {
        let live = Live::open(server, team.person(number)).await?;
        let patience = writers == 1;
        tasks.spawn(write(live, team.room, format!("{writers}-{number}"), patience, progress.clone(), over.clone()));
    }
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    over.store(true, Ordering::Relaxed);
    let mut last = from;
    while let Some(task) = tasks.join_next().await {
        last = last.max(task??);
    }
    wait_for(progress, last).await?;
    let (elapsed, cpu) = (start.elapsed(), server.cpu()? - cpu);
    let deliveries = (last - from) as f64 * options.listeners as f64;
    Ok(Part {
        deliveries_per_second: deliveries / elapsed.as_secs_f64(),
        cpu_per_delivery: cpu.div_f64(deliveries.max(1.0)),
        delays: progress.delays(from),
    })
}

/// Says things until it is over; with `patience`, one only when all have the one before.
async fn write(
    mut live: Live,
    room: i64,
    name: String,
    patience: bool,
    progress: Arc<Progress>,
    over: Arc<AtomicBool>,
) -> Result<i64> {
    let mut last = progress.first;
    for number in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        last = live.say(room, format!("{name}-{number}"), TEXT).await?;
        let now = Instant::now();
        progress.note(last, |times| times.acknowledged = Some(now));
        if patience {
            wait_for(&progress, last).await?;
        }
    }
    Ok(last)
}

async fn wait_for(progress: &Progress, seq: i64) -> Result<()> {
    let complete = async {
        while !progress.is_complete(seq) {
            progress.complete.notified().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), complete).await;
    ensure!(waited.is_ok(), "message {seq} did not reach all listeners within 30 s");
    Ok(())
}
