//! The real server as a child, and what the kernel says about it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub const PASSWORD: &str = "a password for measuring";

/// Lets this process and the server that it starts open as many files as the system allows.
pub fn raise_file_limit() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    // Without it, a measurement with many connections fails and says why.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Starts servers.
pub struct Launcher {
    program: PathBuf,
    folder: PathBuf,
}

impl Launcher {
    pub fn new(program: Option<PathBuf>, folder: Option<PathBuf>) -> Result<Self> {
        let own = std::env::current_exe()?;
        let beside = own.parent().context("a program is in a folder")?;
        let program = program.unwrap_or_else(|| beside.join("countersign"));
        ensure!(program.is_file(), "{} is not there: cargo build --release", program.display());
        let folder = folder.unwrap_or_else(|| beside.to_owned());
        Ok(Self { program, folder })
    }

    /// A folder for the data of one measurement, deleted when it is dropped.
    pub fn data(&self) -> Result<TempDir> {
        Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(&self.folder)?)
    }

    /// Starts a server without a sample team and waits until it listens.
    pub async fn start(&self, data: &Path, options: &[&str]) -> Result<Server> {
        self.start_with_sample(data, &[&["--bare"], options].concat()).await
    }

    pub async fn start_with_sample(&self, data: &Path, options: &[&str]) -> Result<Server> {
        let started = Instant::now();
        let mut child = Command::new(&self.program)
            .args(["serve", "--listen", "127.0.0.1:0", "--commands-per-second", "1000000"])
            .arg("--data")
            .arg(data)
            .args(options)
            .env("COUNTERSIGN_ADMIN_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("can not start {}", self.program.display()))?;
        let stdout = child.stdout.take().context("stdout is a pipe")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, address)) = line.split_once("listening on http://") {
                return Ok(Server {
                    address: address.trim().parse()?,
                    pid: child.id().context("the server runs")?,
                    started,
                    child,
                });
            }
        }
        bail!("the server ended before it listened");
    }
}

/// A server that runs; it is killed when this is dropped.
pub struct Server {
    pub address: SocketAddr,
    pub started: Instant,
    pid: u32,
    child: Child,
}

impl Server {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends the server as an operator would and waits for it.
    pub async fn stop(mut self) -> Result<()> {
        let pid = Pid::from_raw(self.pid as i32).context("the server has a process id")?;
        kill_process(pid, Signal::TERM)?;
        self.child.wait().await?;
        Ok(())
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// CPU time of all its threads, in user and system mode. Exact to a tick of the kernel (10 ms).
    pub fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field after it.
        let (_, fields) = stat.rsplit_once(')').context("the name is in parentheses")?;
        let ticks: Vec<u64> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        let per_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_secs_f64(ticks.iter().sum::<u64>() as f64 / per_second as f64))
    }

    /// Memory that it has in RAM, in bytes: what it took itself and the pages of its program.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line.and_then(|line| line.split_whitespace().next()).context("VmRSS is there")?.parse()?;
        Ok(kib * 1024)
    }
}
