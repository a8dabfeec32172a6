//! One wrapper at work, here or there, and the bytes that it says.

use bytes::Bytes;
use tokio::sync::watch;

use crate::RunError;
use crate::local::LocalProcess;
use crate::machine::Lease;
use crate::ssh::RemoteProcess;

pub(crate) enum Piece {
    Output(Bytes),
    Control(Bytes),
}

pub(crate) struct Exec {
    process: Process,
    /// Becomes true when the machine is closed.
    closed: watch::Receiver<bool>,
}

pub(crate) enum Process {
    Local(Box<LocalProcess>),
    /// The lease is given back when the stream is dropped.
    Remote {
        process: RemoteProcess,
        _lease: Lease,
    },
}

impl Exec {
    pub(crate) fn new(process: Process, closed: watch::Receiver<bool>) -> Self {
        Self { process, closed }
    }

    /// Cancel-safe. `None` when the wrapper has ended or the connection has.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>, RunError> {
        let piece = async {
            match &mut self.process {
                Process::Local(process) => process.next().await,
                Process::Remote { process, .. } => Ok(process.next().await),
            }
        };
        tokio::select! {
            piece = piece => piece,
            // The sender goes with the machine; then the stream may live on.
            Ok(_) = self.closed.wait_for(|closed| *closed) => Err(RunError::Lost("the connection was closed".into())),
        }
    }
}
