//! The servers of the fan-out benchmark that are written in Rust; each runs as a process of its own.

mod own;
mod raw;
mod socketioxide;

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};
use clap::Args;

use crate::fanout::peer::Peer;
use raw::Writes;

#[derive(Args)]
pub struct Options {
    peer: Peer,

    /// Where it listens on 127.0.0.1.
    port: u16,
}

/// Serves until it is killed.
pub fn serve(options: &Options) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
    listener.set_nonblocking(true)?;
    match options.peer {
        Peer::Raw => raw::serve(&listener, Writes::EachFrame),
        Peer::RawBatched => raw::serve(&listener, Writes::QueuedFrames),
        peer => serve_async(peer, listener),
    }
}

/// The servers have one core, so one thread; more would only take turns on it.
#[tokio::main(flavor = "current_thread")]
async fn serve_async(peer: Peer, listener: TcpListener) -> Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    match peer {
        Peer::Own => own::serve(listener).await,
        Peer::OwnConsumer => own::serve_consumers(listener).await,
        Peer::Socketioxide => socketioxide::serve(listener).await,
        peer => bail!("{} is not a part of this program", peer.title()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fanout::client::{Client, Dialect};

    #[test]
    fn every_message_reaches_everybody_whatever_its_length() {
        for writes in [Writes::EachFrame, Writes::QueuedFrames] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            listener.set_nonblocking(true).unwrap();
            let address = listener.local_addr().unwrap();
            // It ends with the tests.
            std::thread::spawn(move || raw::serve(&listener, writes));
            let mut client = Client::new(address, Dialect::Plain).unwrap();
            client.open(40).unwrap();
            for bytes in [100, 1000, 100_000] {
                let run = client.run(4, bytes, Duration::from_millis(1)).unwrap();
                assert!(run.messages > 0);
                assert_eq!(run.delays.len(), run.messages);
            }
        }
    }
}
