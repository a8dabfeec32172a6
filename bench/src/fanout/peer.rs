//! The servers that are compared. Each is a process with one contract: it listens on a port of 127.0.0.1, and what any
//! connection at `/room/bench/` says goes to all connections there, the sender's too.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use super::client::Dialect;
use super::cores::{self, Core};
use super::packages;

/// A server that needs longer does not come any more. Python takes a second.
const START: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    Raw,
    RawBatched,
    Own,
    OwnConsumer,
    Node,
    NodeCorked,
    Socketioxide,
    DjangoMemory,
    DjangoRedis,
    DjangoPubsub,
}

impl Peer {
    pub fn title(self) -> &'static str {
        match self {
            Self::Raw => "raw, a write per frame",
            Self::RawBatched => "raw, queued frames in one write",
            Self::Own => "channels, broadcast straight to the sockets",
            Self::OwnConsumer => "channels, a consumer a connection, memory layer",
            Self::Node => "Node ws",
            Self::NodeCorked => "Node ws, corked",
            Self::Socketioxide => "socketioxide",
            Self::DjangoMemory => "Django Channels in memory",
            Self::DjangoRedis => "Django Channels, Redis",
            Self::DjangoPubsub => "Django Channels, Redis pub/sub",
        }
    }

    pub fn dialect(self) -> Dialect {
        match self {
            Self::Socketioxide => Dialect::SocketIo,
            _ => Dialect::Plain,
        }
    }

    pub fn is_django(self) -> bool {
        matches!(self, Self::DjangoMemory | Self::DjangoRedis | Self::DjangoPubsub)
    }

    /// Starts it on the servers' core and waits until it listens.
    pub fn start(self) -> Result<Process> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        match self {
            Self::Raw | Self::RawBatched | Self::Own | Self::OwnConsumer | Self::Socketioxide => {
                let mut command = program(std::env::current_exe()?);
                command.arg("peer").arg(self.to_possible_value().context("every peer has a name")?.get_name());
                Process::start(command.arg(address.port().to_string()), address)
            }
            Self::Node => Process::start(node(address)?.arg("plain"), address),
            Self::NodeCorked => Process::start(node(address)?.arg("corked"), address),
            Self::DjangoMemory => Process::start(&mut django(address, "memory")?, address),
            Self::DjangoRedis => django_with_redis(address, "redis"),
            Self::DjangoPubsub => django_with_redis(address, "pubsub"),
        }
    }
}

fn node(address: SocketAddr) -> Result<Command> {
    let folder = packages::node()?;
    let mut command = program("node");
    command.arg(folder.join("server.mjs")).arg(address.port().to_string());
    Ok(command)
}

/// uvicorn with uvloop, the faster of the usual servers; without an access log, which would be measured too.
fn django(address: SocketAddr, layer: &str) -> Result<Command> {
    let (python, folder) = packages::python()?;
    let mut command = program(python);
    command.args(["-m", "uvicorn", "room:application", "--log-level", "error", "--lifespan", "off"]);
    // No pings: with thousands of receivers it is busy for so long that it would miss the answers.
    command.args(["--ws-ping-interval", "3600", "--port"]);
    command.arg(address.port().to_string()).arg("--app-dir").arg(folder).env("BENCH_LAYER", layer);
    Ok(command)
}

/// Redis runs beside it and is not counted, in Django's favour.
fn django_with_redis(address: SocketAddr, layer: &str) -> Result<Process> {
    let redis_address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let mut command = program("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]);
    let redis = Process::start(command.arg(redis_address.port().to_string()).stdout(Stdio::null()), redis_address)?;
    let mut command = django(address, layer)?;
    let mut process = Process::start(command.env("BENCH_REDIS", format!("redis://{redis_address}")), address)?;
    process.beside = Some(Box::new(redis));
    Ok(process)
}

/// A program that ends when this one does, even when this one is killed.
fn program(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).arg(program);
    command
}

/// Nobody listens there now. It is taken from the range of outgoing connections, so it is not for long.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A server that runs; it is killed when this is dropped.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
    /// What it needs.
    beside: Option<Box<Process>>,
}

impl Process {
    fn start(command: &mut Command, address: SocketAddr) -> Result<Self> {
        cores::pin(Core::Server)?;
        let child = command.stdin(Stdio::null()).spawn();
        cores::pin(Core::Client)?;
        let child = child.with_context(|| format!("can not start {}", command.get_program().display()))?;
        let mut process = Self { address, child, beside: None };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            ensure!(start.elapsed() < START, "it did not listen within {} s", START.as_secs());
            if let Some(status) = process.child.try_wait()? {
                bail!("it ended before it listened: {status}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(process)
    }

    /// CPU time of all its threads, in user and system mode, to the nanosecond. No peer starts another process.
    pub fn cpu(&self) -> Result<Duration> {
        let mut total = Duration::ZERO;
        for thread in std::fs::read_dir(self.proc("task"))? {
            let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let running = times.split_whitespace().next().context("schedstat begins with the time on a CPU")?;
            total += Duration::from_nanos(running.parse()?);
        }
        Ok(total)
    }

    /// Its memory in RAM, in KiB; a page that other processes have too counts in part (PSS).
    pub fn memory_kib(&self) -> Result<f64> {
        field(&std::fs::read_to_string(self.proc("smaps_rollup"))?, "Pss:")
    }

    /// The most that it had in RAM since `forget_peak`, in KiB.
    pub fn peak_kib(&self) -> Result<f64> {
        field(&std::fs::read_to_string(self.proc("status"))?, "VmHWM:")
    }

    pub fn forget_peak(&self) -> Result<()> {
        // The kernel's number for this; see proc(5).
        Ok(std::fs::write(self.proc("clear_refs"), "5")?)
    }

    fn proc(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(file)
    }
}

/// The number behind a name in a file of the kernel.
fn field(file: &str, name: &str) -> Result<f64> {
    let rest = file.lines().find_map(|line| line.strip_prefix(name));
    let number = rest.and_then(|rest| rest.split_whitespace().next());
    Ok(number.with_context(|| format!("{name} is missing"))?.parse()?)
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
