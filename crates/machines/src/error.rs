use thiserror::Error;

use crate::HostKey;

/// Why there is no connection. Nothing was started.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConnectError {
    #[error("the name {0} does not resolve")]
    Resolve(String),
    #[error("the machine refuses connections on this port")]
    Refused,
    #[error("the machine did not answer in time")]
    TimedOut,
    #[error("the machine can not be reached: {0}")]
    Unreachable(String),
    /// Nobody has confirmed a key of this host yet. Nothing was sent to it.
    #[error("the host shows the key {}, which nobody has confirmed", found.fingerprint())]
    HostKeyUnknown { found: HostKey },
    /// The host shows another key than the confirmed one. Nothing was sent to it.
    #[error("the host shows the key {}, which is not the confirmed one", found.fingerprint())]
    HostKeyChanged { found: HostKey },
    #[error("the host does not accept this user with this key")]
    UserRejected,
    #[error("the host does not speak SSH as expected: {0}")]
    Protocol(String),
    #[error("this machine can not run scripts: {0}")]
    Local(String),
}

impl ConnectError {
    /// A stable name for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resolve(_) => "resolve",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Unreachable(_) => "unreachable",
            Self::HostKeyUnknown { .. } => "host_key_unknown",
            Self::HostKeyChanged { .. } => "host_key_changed",
            Self::UserRejected => "user_rejected",
            Self::Protocol(_) => "protocol",
            Self::Local(_) => "local",
        }
    }
}

/// Why a machine did not do what it was asked. Only [`RunError::Lost`] leaves open what happened there: ask for the
/// run's status over a new connection.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RunError {
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// A connection of its own was needed, because another follower uses the first one, and could not be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Somebody with a higher epoch has spoken to this machine about this run. Nothing was done.
    #[error("a later owner (epoch {stored}) has taken this run over")]
    Stale { stored: u64 },
    /// Another run holds the place's lock, or has left processes there. Nothing was started.
    #[error("the run {run} is still at work in this place")]
    Busy { run: String },
    /// No space, or no right to write.
    #[error("the machine can not write: {0}")]
    Disk(String),
    /// A program that the wrapper needs is missing.
    #[error("the machine lacks a program: {0}")]
    Tools(String),
    /// What was asked is not possible or not allowed; nothing was done.
    #[error("{0}")]
    Refused(String),
    #[error("the run is not known on this machine")]
    Unknown,
    /// A file is missing, too large, or not what it should be.
    #[error("{0}")]
    Artifact(String),
    #[error("the machine answered something unexpected: {0}")]
    Protocol(String),
}

impl RunError {
    /// A stable name for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lost(_) => "lost",
            Self::Connect(error) => error.code(),
            Self::Stale { .. } => "stale",
            Self::Busy { .. } => "busy",
            Self::Disk(_) => "disk",
            Self::Tools(_) => "tools",
            Self::Refused(_) => "refused",
            Self::Unknown => "unknown",
            Self::Artifact(_) => "artifact",
            Self::Protocol(_) => "protocol",
        }
    }
}
