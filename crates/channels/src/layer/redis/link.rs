//! The way to one instance of Redis.

use std::time::Duration;

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::{AsyncConnectionConfig, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, ServerErrorKind};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::super::LayerError;
use super::options::Host;

/// A sender waits no longer than this for Redis to answer.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// One attempt to connect takes no longer than this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection that went away without a word is noticed this long, and the time to answer, after that.
const PING_EVERY: Duration = Duration::from_secs(1);

/// Asking Sentinels for the address and connecting to it takes no longer than this.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(3);

/// The connection for commands to one instance, which a supervisor keeps alive.
#[derive(Debug)]
pub(super) struct Link {
    host: Host,
    commands: watch::Sender<Commands>,
    /// A command failed in a way that asks for a look at the connection.
    doubt: Notify,
    /// A command failed in a way that needs another connection.
    broken: Notify,
}

#[derive(Clone)]
enum Commands {
    /// The first attempt still runs.
    Connecting,
    Up(MultiplexedConnection),
    Lost,
}

impl std::fmt::Debug for Commands {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Connecting => "Connecting",
            Self::Up(_) => "Up",
            Self::Lost => "Lost",
        })
    }
}

impl Link {
    pub(super) fn new(host: Host) -> Self {
        let commands = watch::Sender::new(Commands::Connecting);
        Self { host, commands, doubt: Notify::new(), broken: Notify::new() }
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// A new connection. Its commands time out.
    pub(super) async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        self.connect_with(config().set_response_timeout(Some(RESPONSE_TIMEOUT))).await
    }

    /// A new connection for commands that wait at the server. The caller limits how long.
    pub(super) async fn connect_blocking(&self) -> RedisResult<MultiplexedConnection> {
        self.connect_with(config().set_response_timeout(None)).await
    }

    /// A new connection for subscriptions.
    pub(super) async fn connect_subscriber(&self, sender: impl AsyncPushSender) -> RedisResult<MultiplexedConnection> {
        let config = config().set_response_timeout(Some(RESPONSE_TIMEOUT)).set_push_sender(sender);
        self.connect_with(config).await
    }

    async fn connect_with(&self, config: AsyncConnectionConfig) -> RedisResult<MultiplexedConnection> {
        let connect = async { self.host.client().await?.get_multiplexed_async_connection_with_config(&config).await };
        timeout(LOOKUP_TIMEOUT, connect).await.unwrap_or_else(|_| Err(timed_out()))
    }

    pub(super) fn set_up(&self, connection: MultiplexedConnection) {
        self.commands.send_replace(Commands::Up(connection));
    }

    pub(super) fn set_lost(&self) {
        self.commands.send_replace(Commands::Lost);
    }

    /// The connection for commands. Waits a moment for the first one, but not for one that was lost.
    pub(super) async fn commands(&self) -> Result<MultiplexedConnection, LayerError> {
        let mut commands = self.commands.subscribe();
        let connected = commands.wait_for(|commands| !matches!(commands, Commands::Connecting));
        if let Ok(Ok(commands)) = timeout(RESPONSE_TIMEOUT, connected).await
            && let Commands::Up(connection) = &*commands
        {
            return Ok(connection.clone());
        }
        Err(LayerError::Unreachable(format!("no connection to Redis at {}", self.host)))
    }

    /// Runs commands in one round trip.
    pub(super) async fn run<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, LayerError> {
        let mut connection = self.commands().await?;
        self.answer(pipeline.query_async(&mut connection)).await
    }

    /// The answer to commands, or why there is none. The supervisor learns what it has to know.
    pub(super) async fn answer<T>(&self, command: impl Future<Output = RedisResult<T>>) -> Result<T, LayerError> {
        let answer = timeout(RESPONSE_TIMEOUT, command).await.unwrap_or_else(|_| Err(timed_out()));
        answer.map_err(|error| {
            if needs_another_connection(&error) {
                self.broken.notify_one();
            } else if error.is_timeout() {
                self.doubt.notify_one();
            }
            LayerError::Unreachable(format!("Redis at {}: {error}", self.host))
        })
    }

    /// Asks every second, and when a command gives reason to, whether Redis still answers. Ends with the reason why
    /// another connection is needed.
    pub(super) async fn watch(&self, connection: &MultiplexedConnection) -> RedisError {
        loop {
            tokio::select! {
                () = self.broken.notified() => return closed(),
                () = self.doubt.notified() => {}
                () = tokio::time::sleep(PING_EVERY) => {}
            }
            if let Err(error) = ping(connection).await {
                return error;
            }
        }
    }

    /// Asks every second whether Redis still answers. Ends with the reason why another connection is needed.
    pub(super) async fn watch_idle(&self, connection: &MultiplexedConnection) -> RedisError {
        loop {
            tokio::time::sleep(PING_EVERY).await;
            if let Err(error) = ping(connection).await {
                return error;
            }
        }
    }

    /// Forgets what commands on the last connection reported.
    pub(super) async fn forget_reports(&self) {
        for report in [&self.broken, &self.doubt] {
            let _ = timeout(Duration::ZERO, report.notified()).await;
        }
    }
}

/// Whether Redis answers on this connection.
pub(super) async fn ping(connection: &MultiplexedConnection) -> RedisResult<()> {
    let mut connection = connection.clone();
    let ping = redis::cmd("PING");
    let answer = timeout(RESPONSE_TIMEOUT, ping.query_async::<()>(&mut connection)).await;
    answer.unwrap_or_else(|_| Err(timed_out()))
}

pub(super) fn timed_out() -> RedisError {
    RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

fn closed() -> RedisError {
    RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
}

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_TIMEOUT))
}

/// After a failover the old master answers that it may not write.
fn needs_another_connection(error: &RedisError) -> bool {
    let is_replica = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
    is_replica || error.is_connection_dropped() || error.is_unrecoverable_error()
}
