//! A Redis of a test's own, which may be stopped.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Starting takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct OwnRedis {
    port: u16,
    arguments: Vec<String>,
    process: Child,
    folder: tempfile::TempDir,
}

impl OwnRedis {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With more arguments than address and folder.
    pub async fn start_with(arguments: &[&str]) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_string()).collect();
        let process = run(port, &arguments, folder.path()).await;
        Self { port, arguments, process, folder }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it without a chance to say goodbye.
    pub async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it again on the same port, with nothing in it.
    pub async fn start_again(&mut self) {
        self.process = run(self.port, &self.arguments, self.folder.path()).await;
    }

    /// Sends a signal, for example `STOP`: then it neither answers nor closes its connections.
    pub async fn signal(&self, signal: &str) {
        let pid = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").arg(format!("-{signal}")).arg(pid).status().await.unwrap().success());
    }

    pub async fn connection(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

async fn run(port: u16, arguments: &[String], folder: &std::path::Path) -> Child {
    let mut process = Command::new("redis-server")
        .args(arguments)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("redis-server can be started");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    timeout(PATIENCE, async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("Ready to accept connections") || line.contains("Sentinel ID is") {
                return;
            }
        }
        panic!("redis-server ended");
    })
    .await
    .expect("redis-server starts");
    // The rest of the log is read, so that the pipe never fills.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    process
}
