//! One command on many hosts at once: by a run node of an order, with everything that the server keeps of it, and by
//! Ansible on the same hosts. Both open a new connection to each host and check its key.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use machines::Identity;
use machines::testing::Sshd;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::fanout::packages;
use crate::orders::staff::{Colleague, colleagues, command};
use crate::report::{Row, median, row};
use crate::server::{Launcher, Server};
use crate::team::Team;

/// What runs on every host.
const SCRIPT: &str = "cat /proc/loadavg";

/// How often the memory of a run is looked at.
const SAMPLE: Duration = Duration::from_millis(50);

#[derive(Args)]
pub struct Options {
    /// Real sshd processes on this machine.
    #[arg(long, default_value_t = 50)]
    hosts: usize,

    /// Runs of each kind, in turn; the figures are medians.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

struct Run {
    seconds: f64,
    /// The most memory at a time, pages that several processes share counted once.
    bytes: u64,
}

pub async fn measure(launcher: &Launcher, options: &Options) -> Result<Vec<Row>> {
    let ansible = packages::ansible()?;
    let hosts: Vec<Sshd> = (0..options.hosts).map(|_| Sshd::start()).collect();
    let data = launcher.data()?;
    let server = launcher.start(data.path(), &[]).await?;
    let team = Team::gather(&server, 1).await?;
    let administrator = colleagues(&server, &team).await?.remove(0);
    register(&administrator, &hosts).await?;
    administrator.post("/api/flows", json!({"yaml": yaml()})).await?;
    let inventory = Inventory::write(&hosts)?;
    let (mut own, mut peer, mut raw) = (Vec::new(), Vec::new(), Vec::new());
    // The first of each is not counted: programs and modules are read from the disk then.
    for round in 0..=options.rounds {
        let runs = [
            release(&server, &administrator).await?,
            play(&ansible, &inventory, "ansible.builtin.command", options.hosts).await?,
            play(&ansible, &inventory, "ansible.builtin.raw", options.hosts).await?,
        ];
        if round > 0 {
            for (all, run) in [&mut own, &mut peer, &mut raw].into_iter().zip(runs) {
                all.push(run);
            }
        }
    }
    server.stop().await?;
    Ok(rows(options.hosts, &own, &peer, &raw))
}

fn rows(hosts: usize, own: &[Run], peer: &[Run], raw: &[Run]) -> Vec<Row> {
    let seconds = |runs: &[Run]| median(&mut runs.iter().map(|run| run.seconds).collect::<Vec<_>>());
    let megabytes = |runs: &[Run]| median(&mut runs.iter().map(|run| run.bytes).collect::<Vec<_>>()) as f64 / 1e6;
    let mut ratios: Vec<f64> = own.iter().zip(peer).map(|(own, peer)| own.seconds / peer.seconds).collect();
    let line = |runs: &[Run]| format!("{:.2} s, {:.0} MB", seconds(runs), megabytes(runs));
    vec![
        row(format!("a command on {hosts} hosts at once, from the submission to the end of the order"), line(own), ""),
        row("the same by Ansible, module `command`, pipelining, no facts", line(peer), ""),
        row("the same by Ansible, module `raw`, without Python on the hosts", line(raw), ""),
        row(
            "part of Ansible's time, `command`; median of the rounds",
            format!("{:.2}", median(&mut ratios)),
            "0.33 or less",
        ),
    ]
}

/// Makes the hosts known to the server, with the keys that they show.
async fn register(administrator: &Colleague, hosts: &[Sshd]) -> Result<()> {
    let identity = administrator.get("/api/inventory/identity").await?;
    let line = identity["public_key"].as_str().context("the server has a key")?;
    administrator.post("/api/host-groups", json!({"name": "bench", "title": "Bench"})).await?;
    for (number, host) in hosts.iter().enumerate() {
        host.authorize(line);
        let target = host.target();
        let new = json!({"name": format!("bench-{number:03}"), "address": target.address, "port": target.port, "username": target.user, "groups": ["bench"]});
        let made = administrator.post("/api/hosts", new).await?;
        let id = made["id"].as_i64().context("a host has an id")?;
        let tested = administrator.post(&format!("/api/hosts/{id}/test"), json!({})).await?;
        let fingerprint = tested["check"]["fingerprint"].clone();
        administrator.post(&format!("/api/hosts/{id}/pin"), json!({"fingerprint": fingerprint})).await?;
    }
    Ok(())
}

fn yaml() -> String {
    format!(
        "flow: bench
name: Bench
nodes:
  - {{id: start, name: Start, kind: start}}
  - {{id: run, name: Run, kind: run, on: {{group: bench}}, script: {SCRIPT}}}
  - {{id: end, name: End, kind: end}}
links:
  - {{from: start, to: run}}
  - {{from: run, to: end}}
"
    )
}

/// Submits an order and waits until it has ended.
async fn release(server: &Server, administrator: &Colleague) -> Result<Run> {
    let order = administrator.begin("bench").await?;
    let watch = Watch::start(server.pid());
    let started = Instant::now();
    administrator.post(&format!("/api/orders/{order}/submit"), json!({"command": command(), "form": {}})).await?;
    let mut seq = 0;
    loop {
        let page = administrator.get(&format!("/api/rooms/{order}/entries?after={seq}&wait=25")).await?;
        for entry in page["entries"].as_array().context("entries are a list")? {
            seq = entry["seq"].as_i64().context("an entry has a number")?;
            match entry["body"]["status"].as_str() {
                Some("done" | "approved") => {
                    return Ok(Run { seconds: started.elapsed().as_secs_f64(), bytes: watch.stop().await? });
                }
                Some("running") | None => {}
                Some(status) => bail!("the order is {status}"),
            }
            let failed = entry["body"]["waiting_for"].as_array().is_some_and(|people| !people.is_empty());
            ensure!(!failed, "the run failed: {entry}");
        }
    }
}

/// What Ansible needs to know of the hosts.
struct Inventory {
    folder: TempDir,
}

impl Inventory {
    fn write(hosts: &[Sshd]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let identity = Identity::generate();
        let key = folder.path().join("key");
        std::fs::write(&key, identity.to_openssh())?;
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let (mut inventory, mut known) = ("[all]\n".to_owned(), String::new());
        for (number, host) in hosts.iter().enumerate() {
            host.authorize(&identity.public_line());
            let target = host.target();
            let (port, user) = (target.port, &target.user);
            inventory.push_str(&format!(
                "bench-{number:03} ansible_host={} ansible_port={port} ansible_user={user} ansible_ssh_private_key_file={} ansible_python_interpreter=/usr/bin/python3\n",
                target.address,
                key.display()
            ));
            known.push_str(&format!("[{}]:{port} {}\n", target.address, host.host_key()));
        }
        std::fs::write(folder.path().join("hosts.ini"), inventory)?;
        std::fs::write(folder.path().join("known_hosts"), known)?;
        Ok(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Runs the command by Ansible. `ansible` gathers no facts unless it is asked to.
async fn play(ansible: &Path, inventory: &Inventory, module: &str, forks: usize) -> Result<Run> {
    let arguments = format!(
        "-o ControlMaster=no -o ControlPersist=no -o UserKnownHostsFile={}",
        inventory.path("known_hosts").display()
    );
    let started = Instant::now();
    let child = Command::new(ansible)
        .args(["all", "--inventory"])
        .arg(inventory.path("hosts.ini"))
        .args(["--forks", &forks.to_string(), "--module-name", module, "--args", SCRIPT])
        .env("ANSIBLE_PIPELINING", "True")
        .env("ANSIBLE_HOST_KEY_CHECKING", "True")
        .env("ANSIBLE_SSH_ARGS", arguments)
        .env("ANSIBLE_HOME", inventory.path("home"))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("can not start ansible")?;
    let watch = Watch::start(child.id().context("ansible runs")?);
    let output = child.wait_with_output().await?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(output.status.success(), "ansible failed: {}", output.status);
    Ok(Run { seconds, bytes: watch.stop().await? })
}

/// Looks at the memory of a process and of all below it.
struct Watch {
    stop: tokio::sync::oneshot::Sender<()>,
    most: tokio::task::JoinHandle<u64>,
}

impl Watch {
    fn start(pid: u32) -> Self {
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let most = tokio::spawn(async move {
            let mut most = 0;
            loop {
                most = most.max(tree(pid).into_iter().map(proportional_bytes).sum());
                tokio::select! {
                    _ = &mut stopped => return most,
                    () = tokio::time::sleep(SAMPLE) => {}
                }
            }
        });
        Self { stop, most }
    }

    async fn stop(self) -> Result<u64> {
        let _ = self.stop.send(());
        Ok(self.most.await?)
    }
}

/// A process and those that it started, and those that they started.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while next < all.len() {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", all[next])).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        next += 1;
    }
    all
}

/// Its memory, with its part of what it shares.
fn proportional_bytes(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}
