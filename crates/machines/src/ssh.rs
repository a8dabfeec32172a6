//! A connection to a machine behind sshd. The order is fixed: resolve, connect, check the host's key, sign in; and
//! nothing of ours is sent before the key was checked.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use russh::client::{self, AuthResult, Handle, Msg};
use russh::keys::{Algorithm, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Disconnect, Preferred};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::exec::Piece;
use crate::request::Request;
use crate::{ConnectError, HostKey, RemoteTarget, RunError, wrapper};

/// With the queue below, so much of an output waits in memory for a slow reader. russh stops reading the connection when
/// the queue is full, so that the host's sshd, and then the wrapper, wait; this is why a stream has a connection for
/// itself.
const WINDOW: u32 = 256 * 1024;
const QUEUED_MESSAGES: usize = 8;

pub(crate) struct Connection {
    handle: Handle<Guard>,
}

impl Connection {
    pub(crate) async fn open(target: &RemoteTarget) -> Result<Self, ConnectError> {
        let steps = async {
            let addresses = resolve(target).await?;
            let stream = connect(&addresses).await?;
            let mut connection = Self::meet(target, stream).await?;
            connection.sign_in(target).await?;
            Ok(connection)
        };
        timeout(target.timeouts.connect, steps).await.unwrap_or(Err(ConnectError::TimedOut))
    }

    /// Exchanges keys and checks the host's.
    pub(crate) async fn meet(target: &RemoteTarget, stream: TcpStream) -> Result<Self, ConnectError> {
        let config = client::Config {
            window_size: WINDOW,
            channel_buffer_size: QUEUED_MESSAGES,
            preferred: preferring(target.host_key.as_ref()),
            keepalive_interval: Some(target.timeouts.keepalive),
            keepalive_max: 3,
            nodelay: true,
            ..client::Config::default()
        };
        let guard = Guard { expected: target.host_key.clone() };
        match client::connect_stream(Arc::new(config), stream, guard).await {
            Ok(handle) => Ok(Self { handle }),
            Err(GuardError::Key(error)) => Err(error),
            Err(GuardError::Ssh(error)) => Err(ConnectError::Protocol(error.to_string())),
        }
    }

    pub(crate) async fn sign_in(&mut self, target: &RemoteTarget) -> Result<(), ConnectError> {
        let key = PrivateKeyWithHashAlg::new(target.identity.key.clone(), None);
        match self.handle.authenticate_publickey(target.user.clone(), key).await {
            Ok(AuthResult::Success) => Ok(()),
            // russh calls it a failure, too, when the connection ended before the answer came.
            Ok(AuthResult::Failure { remaining_methods, .. })
                if remaining_methods.is_empty() && self.handle.is_closed() =>
            {
                Err(ConnectError::Protocol("the host closed the connection while we signed in".into()))
            }
            Ok(AuthResult::Failure { .. }) => Err(ConnectError::UserRejected),
            Err(error) => Err(ConnectError::Protocol(error.to_string())),
        }
    }

    pub(crate) async fn run(&self, request: Request) -> Result<RemoteProcess, RunError> {
        let mut channel = self.channel().await?;
        channel.exec(true, wrapper::command()).await.map_err(lost)?;
        accepted(&mut channel, "commands").await?;
        // When the wrapper stops reading, it has said why, and its words are read next.
        if channel.data_bytes(request.bytes).await.is_ok() {
            let _ = channel.eof().await;
        }
        let (read, write) = channel.split();
        Ok(RemoteProcess { read, write: Some(write) })
    }

    pub(crate) async fn subsystem(&self, name: &str) -> Result<Channel<Msg>, RunError> {
        let mut channel = self.channel().await?;
        channel.request_subsystem(true, name).await.map_err(lost)?;
        accepted(&mut channel, name).await?;
        Ok(channel)
    }

    async fn channel(&self) -> Result<Channel<Msg>, RunError> {
        self.handle.channel_open_session().await.map_err(lost)
    }

    /// Says good-bye. What streams over it ends in [`RunError::Lost`].
    pub(crate) async fn disconnect(&self) {
        let _ = self.handle.disconnect(Disconnect::ByApplication, "", "").await;
    }
}

async fn accepted(channel: &mut Channel<Msg>, what: &str) -> Result<(), RunError> {
    loop {
        match channel.wait().await {
            Some(ChannelMsg::Success) => return Ok(()),
            Some(ChannelMsg::Failure | ChannelMsg::Close) => {
                return Err(RunError::Refused(format!("the host offers this user no {what}")));
            }
            // It says in between how much it takes.
            Some(_) => {}
            None => return Err(RunError::Lost("the host closed the connection".into())),
        }
    }
}

/// One wrapper on a host.
pub(crate) struct RemoteProcess {
    read: ChannelReadHalf,
    write: Option<ChannelWriteHalf<Msg>>,
}

/// Tells the host, too, that nobody listens any more: otherwise it would go on sending over a connection that has other
/// users. Sending waits, and dropping can not: hence a task, which ends with the connection at the latest.
impl Drop for RemoteProcess {
    fn drop(&mut self) {
        if let (Some(write), Ok(runtime)) = (self.write.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move { write.close().await });
        }
    }
}

impl RemoteProcess {
    /// Cancel-safe. `None` = it ended, or the connection did; only its last words tell which.
    pub(crate) async fn next(&mut self) -> Option<Piece> {
        loop {
            match self.read.wait().await? {
                ChannelMsg::Data { data } => return Some(Piece::Output(data)),
                ChannelMsg::ExtendedData { data, .. } => return Some(Piece::Control(data)),
                _ => {}
            }
        }
    }
}

pub(crate) async fn resolve(target: &RemoteTarget) -> Result<Vec<SocketAddr>, ConnectError> {
    let found = tokio::net::lookup_host((target.address.as_str(), target.port)).await;
    let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
    if addresses.is_empty() { Err(ConnectError::Resolve(target.address.clone())) } else { Ok(addresses) }
}

/// The first address that takes the connection; otherwise what the last one said.
pub(crate) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut error = ConnectError::TimedOut;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(found) => {
                error = match found.kind() {
                    ErrorKind::ConnectionRefused => ConnectError::Refused,
                    ErrorKind::TimedOut => ConnectError::TimedOut,
                    _ => ConnectError::Unreachable(found.to_string()),
                }
            }
        }
    }
    Err(error)
}

/// A host has keys of several kinds and shows the one that we ask for first: without this, a host whose RSA key was
/// confirmed would show its Ed25519 key and seem to have changed.
fn preferring(expected: Option<&HostKey>) -> Preferred {
    let mut preferred = Preferred::default();
    if let Some(expected) = expected {
        let wanted = expected.algorithm();
        let is_rsa = |algorithm: &Algorithm| matches!(algorithm, Algorithm::Rsa { .. });
        let is_wanted = |algorithm: &Algorithm| algorithm == &wanted || (is_rsa(algorithm) && is_rsa(&wanted));
        let (mut first, rest): (Vec<_>, Vec<_>) = preferred.key.iter().cloned().partition(is_wanted);
        first.extend(rest);
        preferred.key = first.into();
    }
    preferred
}

pub(crate) fn lost(error: russh::Error) -> RunError {
    RunError::Lost(error.to_string())
}

/// Lets the key exchange go on only with the confirmed host.
struct Guard {
    expected: Option<HostKey>,
}

enum GuardError {
    Key(ConnectError),
    Ssh(russh::Error),
}

impl std::fmt::Debug for GuardError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(error) => error.fmt(formatter),
            Self::Ssh(error) => error.fmt(formatter),
        }
    }
}

impl From<russh::Error> for GuardError {
    fn from(error: russh::Error) -> Self {
        Self::Ssh(error)
    }
}

impl client::Handler for Guard {
    type Error = GuardError;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, GuardError> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else {
            return Err(GuardError::Key(ConnectError::Protocol("a certificate in place of a key".into())));
        };
        let found = HostKey::from_key(key);
        match &self.expected {
            Some(expected) if *expected == found => Ok(true),
            Some(_) => Err(GuardError::Key(ConnectError::HostKeyChanged { found })),
            None => Err(GuardError::Key(ConnectError::HostKeyUnknown { found })),
        }
    }
}
