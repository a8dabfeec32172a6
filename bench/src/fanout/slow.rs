//! One who reads nothing among many who read: does the server's memory stay bounded, and do the others notice?

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::client::{Client, Run};
use super::peer::Peer;
use super::{Peers, SETTLE, WARM_UP, reported};
use crate::report::{median, milliseconds, percentile};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    peers: Peers,

    /// Connections that read.
    #[arg(long, default_value_t = 1000)]
    receivers: usize,

    /// Bytes of a message. The kernel's own buffers, about 3 MB a connection, have to fill before the server notices.
    #[arg(long, default_value_t = 16 * 1024)]
    bytes: usize,

    /// Seconds of each part: without the slow reader, and with it.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

/// Django is too slow to fill the kernel's buffers; it can be named.
const PEERS: [Peer; 6] =
    [Peer::RawBatched, Peer::Own, Peer::OwnConsumer, Peer::Node, Peer::NodeCorked, Peer::Socketioxide];
const IN_FLIGHT: usize = 8;

struct Figures {
    peer: Peer,
    without: Run,
    with: Run,
    /// By how much the server grew at most while there was a slow reader, in KiB.
    grown_kib: f64,
}

pub fn measure(options: &Options) -> Result<()> {
    let peers = options.peers.or(&PEERS).iter();
    let mut rows: Vec<Figures> = peers.filter_map(|&peer| reported(peer, run(peer, options))).collect();
    println!(
        "| one of {} reads nothing | to the last of the others, p50 / p99 | the same without a slow reader \
         | sent to each | most that the server grew |\n|---|---|---|---|---|",
        options.receivers + 1
    );
    for Figures { peer, without, with, grown_kib } in &mut rows {
        let written = (with.messages * options.bytes) as f64 / 1e6;
        let (title, with, without) = (peer.title(), delays(with), delays(without));
        println!("| {title} | {with} | {without} | {written:.1} MB | {:.1} MB |", *grown_kib * 1024.0 / 1e6);
    }
    Ok(())
}

fn run(peer: Peer, options: &Options) -> Result<Figures> {
    let process = peer.start()?;
    let mut client = Client::new(process.address, peer.dialect())?;
    client.open(options.receivers)?;
    client.rest(SETTLE)?;
    client.run(IN_FLIGHT, options.bytes, WARM_UP)?;
    let without = part(&mut client, options)?;
    let slow = client.open_slow()?;
    client.rest(SETTLE)?;
    process.forget_peak()?;
    let before = process.peak_kib()?;
    let with = part(&mut client, options)?;
    let grown_kib = process.peak_kib()? - before;
    drop(slow);
    Ok(Figures { peer, without, with, grown_kib })
}

fn part(client: &mut Client, options: &Options) -> Result<Run> {
    client.run(IN_FLIGHT, options.bytes, Duration::from_secs_f64(options.seconds))
}

fn delays(run: &mut Run) -> String {
    format!("{} / {}", milliseconds(median(&mut run.delays)), milliseconds(percentile(&mut run.delays, 0.99)))
}
