//! One room, many receivers: what a delivery costs each server, all in one run.
//!
//! The server has a core for itself and so has the load. The server's CPU time per delivery is the figure that holds on
//! a noisy machine, and the ratio of two servers in one run says more than either.

pub mod client;
mod cores;
pub mod idle;
pub mod packages;
pub mod peer;
pub mod slow;
mod table;
pub mod wire;

use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::report::{median, percentile};
use client::Client;
use peer::{Peer, Process};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    peers: Peers,

    /// Connections in the room; each number is a pair of columns.
    #[arg(long, value_delimiter = ',', default_values_t = [20, 1000, 5000])]
    receivers: Vec<usize>,

    /// Seconds of each part. A server that needs longer for one message gets the time for that one.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,

    /// Runs of each server, in turn. The median counts.
    #[arg(long, default_value_t = 1)]
    rounds: usize,

    /// Parts of half a second: does everything work?
    #[arg(long)]
    quick: bool,
}

#[derive(Args)]
pub struct Peers {
    /// The servers to compare; without it, all.
    #[arg(long = "peers", value_delimiter = ',')]
    named: Vec<Peer>,
}

impl Peers {
    fn or<'a>(&'a self, default: &'a [Peer]) -> &'a [Peer] {
        if self.named.is_empty() { default } else { &self.named }
    }

    fn or_all(&self) -> &[Peer] {
        self.or(Peer::value_variants())
    }
}

/// The text of a message, in bytes.
const BYTES: usize = 100;
/// Messages on their way at the same time in the second part; the first has one.
const IN_FLIGHT: usize = 64;
const WARM_UP: Duration = Duration::from_millis(300);
/// After this, a server that joins people to the room in the background has done so.
const SETTLE: Duration = Duration::from_millis(500);
/// A server that needs longer for `IN_FLIGHT` messages is not put under load.
const SLOWEST_LOAD: Duration = Duration::from_secs(60);

/// One server with one number of receivers.
struct Figures {
    peer: Peer,
    receivers: usize,
    one_at_a_time: Part,
    in_flight: Option<Part>,
    kib_per_connection: f64,
}

#[derive(Clone)]
struct Part {
    /// Server CPU per delivery, in microseconds.
    cpu_us: f64,
    deliveries_per_second: f64,
    /// From sending a message to its last delivery.
    delay_p50: Duration,
    delay_p99: Duration,
}

pub fn measure(options: &Options) -> Result<()> {
    let mut figures = Vec::new();
    for &receivers in &options.receivers {
        let mut runs = Vec::new();
        for _ in 0..options.rounds {
            for &peer in options.peers.or_all() {
                runs.extend(reported(peer, run(peer, receivers, options)));
            }
        }
        figures.extend(options.peers.or_all().iter().filter_map(|&peer| typical(peer, &runs)));
    }
    table::print(&figures);
    Ok(())
}

/// A server that fails is missing in the table, and the others go on.
fn reported<T>(peer: Peer, result: Result<T>) -> Option<T> {
    result.inspect_err(|error| eprintln!("{}: {error:#}", peer.title())).ok()
}

fn run(peer: Peer, receivers: usize, options: &Options) -> Result<Figures> {
    let seconds = if options.quick { 0.5 } else { options.seconds };
    let period = Duration::from_secs_f64(seconds);
    let process = peer.start()?;
    let mut client = Client::new(process.address, peer.dialect())?;
    // What the first connection costs once is not the others'.
    client.open(1)?;
    let before = process.memory_kib()?;
    client.open(receivers)?;
    client.rest(SETTLE)?;
    let kib_per_connection = (process.memory_kib()? - before) / receivers as f64;
    let warm_up = client.run(1, BYTES, WARM_UP)?;
    let one_at_a_time = part(&process, &mut client, 1, period)?;
    let estimate = warm_up.elapsed.div_f64(warm_up.messages as f64) * IN_FLIGHT as u32;
    let in_flight = if estimate < SLOWEST_LOAD {
        client.run(IN_FLIGHT, BYTES, WARM_UP)?;
        Some(part(&process, &mut client, IN_FLIGHT, period)?)
    } else {
        None
    };
    let loaded = in_flight.as_ref().map_or("–".to_owned(), |part| format!("{:.2}", part.cpu_us));
    eprintln!("{}, {receivers} receivers: {:.2} / {loaded} µs", peer.title(), one_at_a_time.cpu_us);
    Ok(Figures { peer, receivers, one_at_a_time, in_flight, kib_per_connection })
}

fn part(process: &Process, client: &mut Client, in_flight: usize, period: Duration) -> Result<Part> {
    let before = process.cpu()?;
    let mut run = client.run(in_flight, BYTES, period)?;
    let cpu = process.cpu()? - before;
    let deliveries = (run.messages * client.receivers()) as f64;
    Ok(Part {
        cpu_us: cpu.as_secs_f64() * 1e6 / deliveries,
        deliveries_per_second: deliveries / run.elapsed.as_secs_f64(),
        delay_p50: median(&mut run.delays),
        delay_p99: percentile(&mut run.delays, 0.99),
    })
}

/// The median of the server's runs; nothing when all failed.
fn typical(peer: Peer, runs: &[Figures]) -> Option<Figures> {
    let runs: Vec<&Figures> = runs.iter().filter(|run| run.peer == peer).collect();
    let mut memory: Vec<f64> = runs.iter().map(|run| run.kib_per_connection).collect();
    Some(Figures {
        peer,
        receivers: runs.first()?.receivers,
        one_at_a_time: typical_part(runs.iter().map(|run| &run.one_at_a_time))?,
        in_flight: typical_part(runs.iter().filter_map(|run| run.in_flight.as_ref())),
        kib_per_connection: median(&mut memory),
    })
}

fn typical_part<'a>(parts: impl Iterator<Item = &'a Part>) -> Option<Part> {
    let mut parts: Vec<&Part> = parts.collect();
    parts.sort_by(|a, b| a.cpu_us.total_cmp(&b.cpu_us));
    parts.get(parts.len() / 2).map(|&part| part.clone())
}
