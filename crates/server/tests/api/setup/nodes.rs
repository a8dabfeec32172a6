//! Several servers on one PostgreSQL and one Redis.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;

use super::{Server, in_time};

/// A database and a Redis that servers share.
#[derive(Debug)]
pub struct Site {
    pub database: String,
    redis: Redis,
    /// Holds the key of the vault.
    keys: TempDir,
}

impl Site {
    pub async fn new() -> Self {
        let server = std::env::var("COUNTERSIGN_TEST_POSTGRES")
            .expect("COUNTERSIGN_TEST_POSTGRES names no PostgreSQL; ./test starts one");
        let name = format!("nodes_{:016x}", rand::random::<u64>());
        let connection = Database::connect(&server).await.unwrap();
        connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let database = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        Self { database, redis: Redis::start().await, keys: TempDir::new().unwrap() }
    }

    /// What a server of this site is started with.
    pub fn options(&self) -> Vec<String> {
        let layer = format!("redis://127.0.0.1:{}", self.redis.port);
        let key = self.keys.path().join("vault.key").to_str().unwrap().to_owned();
        ["--database", &self.database, "--layer", &layer, "--vault-key", &key].map(str::to_owned).into()
    }

    pub fn server(&self) -> Server {
        let options = self.options();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        Server::start(&[&options[..], &["--commands-per-second", "100000"]].concat())
    }

    /// Ends Redis as a power cut would.
    pub fn loses_redis(&mut self) {
        self.redis.end();
    }

    pub async fn gets_redis_back(&mut self) {
        self.redis.start_again().await;
    }
}

#[derive(Debug)]
struct Redis {
    port: u16,
    process: Option<Child>,
}

impl Redis {
    async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut redis = Self { port, process: None };
        redis.start_again().await;
        redis
    }

    async fn start_again(&mut self) {
        let process = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is there; scripts/setup.sh test installs it");
        self.process = Some(process);
        let answers = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        in_time(answers).await;
    }

    fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.end();
    }
}
