use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;

use crate::{Place, RunId};

/// Everything that a machine has to know about one run.
#[derive(Clone, Debug)]
pub struct RunSpec {
    pub run: RunId,
    /// Grows with every new owner of the run. The machine refuses whoever comes with a smaller one than it has seen.
    pub epoch: u64,
    pub place: Place,
    pub folder: WorkingFolder,
    /// Run by `sh`, or by the interpreter that its first line names (`#!/usr/bin/env python3`). At most 1 MiB.
    pub script: String,
    /// Environment variables: names `[A-Z][A-Z0-9_]*`, values of at most 120 KiB without NUL, together at most 1 MiB.
    /// What decides how programs are found and loaded (`PATH`, `HOME`, `IFS`, `ENV`, `BASH_ENV`, `LD_…`) and
    /// what the wrapper marks its processes with (`COUNTERSIGN_RUN…`, `COUNTERSIGN_SUPERVISOR`) are refused. The script
    /// itself sees `COUNTERSIGN_RUN`, the name of its run.
    pub variables: Vec<(String, String)>,
    /// Kept by the machine itself, also when nobody is connected: TERM, and 10 s later KILL. At least a second.
    pub time_limit: Duration,
    /// So many bytes of output are kept (rounded up to whole KiB), and the last 64 KiB of what comes after.
    pub max_output: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkingFolder {
    /// The place's own folder, which stays from run to run; one run at a time.
    Shared,
    /// An empty folder that goes with the run. Takes no lock.
    Own,
}

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// As shells say it: 128 + the signal when a signal ended it.
    pub status: i32,
    pub timed_out: bool,
    /// The signal, read from the status: a script that itself exits with 143 looks the same.
    pub signal: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It never began here. From now on only this epoch, or a higher one, can start it.
    Unknown,
    Running,
    Ended(Exit),
    /// It began, its processes are not there any more, and nobody wrote down how it ended: the machine was restarted, or
    /// its supervisor was killed.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// No process of the run is left.
    Gone,
    /// Processes that even KILL did not end (they hang in the kernel).
    StillThere,
}

/// What a follower is told, in this order: output, perhaps one cut, and one end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The next bytes of the raw output, never more than 64 KiB at once.
    Output(Bytes),
    /// The bound of the output was reached (or the disk was full) after `kept` bytes of `total`; `end` holds the last
    /// ones, at most 64 KiB. `total` is 0 when nobody counted.
    Cut {
        kept: u64,
        total: u64,
        end: Bytes,
    },
    Ended(Exit),
    /// As [`Status::Gone`].
    Gone,
}

/// A file or folder that [`crate::Machine::send_artifacts`] takes to a machine.
#[derive(Clone, Debug)]
pub struct ArtifactFile {
    /// `[A-Za-z0-9._-]`, 1 to 200 characters: its name there.
    pub name: String,
    /// Where it stands here. A folder is one tar file here.
    pub path: PathBuf,
    /// Of the file at `path`, in lowercase hex.
    pub sha256: String,
    /// Is it a tar that becomes a folder there?
    pub folder: bool,
}

/// What [`crate::Machine::collect`] brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// As it was asked for.
    pub name: String,
    /// Where it stands now. A folder is one tar file.
    pub path: PathBuf,
    pub sha256: String,
    pub size: u64,
    pub folder: bool,
}
