//! The server on one core, the load on another, so that neither takes the other's time.

use std::sync::OnceLock;

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

#[derive(Clone, Copy)]
pub enum Core {
    Client,
    Server,
}

/// The cores that this program may use, from before the first pin.
static CORES: OnceLock<Vec<usize>> = OnceLock::new();

/// Keeps this thread, and every process that it starts from now on, on the core.
pub fn pin(core: Core) -> Result<()> {
    let allowed = sched_getaffinity(None)?;
    let cores = CORES.get_or_init(|| (0..CpuSet::MAX_CPU).filter(|&number| allowed.is_set(number)).collect());
    let index = match core {
        Core::Client => 0,
        Core::Server => 1,
    };
    let mut one = CpuSet::new();
    one.set(*cores.get(index).context("server and load need a core each")?);
    Ok(sched_setaffinity(None, &one)?)
}
