//! Several servers on one PostgreSQL and one Redis.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use sea_orm::{ConnectionTrait, Database};

use super::{Server, in_time};

/// A database and a Redis that servers share.
#[derive(Debug)]
pub struct Site {
    pub database: String,
    redis: Redis,
}

impl Site {
    pub async fn new() -> Self {
        let server = std::env::var("COUNTERSIGN_TEST_POSTGRES")
            .expect("COUNTERSIGN_TEST_POSTGRES names no PostgreSQL; ./test starts one");
        let name = format!("nodes_{:016x}", rand::random::<u64>());
        let connection = Database::connect(&server).await.unwrap();
        connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let database = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        Self { database, redis: Redis::start().await }
    }

    pub fn server(&self) -> Server {
        let layer = format!("redis://127.0.0.1:{}", self.redis.port);
        Server::start(&["--database", &self.database, "--layer", &layer, "--commands-per-second", "100000"])
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
