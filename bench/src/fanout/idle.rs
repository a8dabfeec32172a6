//! What a connection that only waits takes of the server's memory.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::client::Client;
use super::peer::Peer;
use super::{Peers, reported};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    peers: Peers,

    /// Numbers of connections, rising. A process may open 20,000 files where the goals were set.
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 15_000])]
    connections: Vec<usize>,
}

/// After this, the server has thrown away what it needed for the handshakes, as far as it does.
const SETTLE: Duration = Duration::from_secs(3);

pub fn measure(options: &Options) -> Result<()> {
    let peers = options.peers.or_all().iter();
    let rows: Vec<_> = peers.filter_map(|&peer| Some((peer, reported(peer, run(peer, options))?))).collect();
    print!("| KiB per idle connection |");
    options.connections.iter().for_each(|count| print!(" {count} connections |"));
    println!(" slope |");
    println!("{}", "|---".repeat(options.connections.len() + 2) + "|");
    for (peer, sizes) in rows {
        print!("| {} |", peer.title());
        sizes.iter().for_each(|(count, kib)| print!(" {:.2} |", kib / *count as f64));
        println!(" {} |", slope(&sizes).map_or("–".to_owned(), |slope| format!("{slope:.2}")));
    }
    Ok(())
}

/// What the server has grown by, in KiB, with each number of connections.
fn run(peer: Peer, options: &Options) -> Result<Vec<(usize, f64)>> {
    let process = peer.start()?;
    let mut client = Client::new(process.address, peer.dialect())?;
    // What the first connection costs once is not the others'.
    client.open(1)?;
    let before = process.memory_kib()?;
    let mut sizes = Vec::new();
    for &count in &options.connections {
        client.open(count)?;
        client.rest(SETTLE)?;
        let grown = process.memory_kib()? - before;
        eprintln!("{}, {count} connections: {:.2} KiB each", peer.title(), grown / count as f64);
        sizes.push((count, grown));
    }
    Ok(sizes)
}

/// What one more connection takes, between the least and the most.
fn slope(sizes: &[(usize, f64)]) -> Option<f64> {
    let ((least, small), (most, large)) = (sizes.first()?, sizes.last()?);
    (most > least).then(|| (large - small) / (most - least) as f64)
}
