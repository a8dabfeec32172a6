//! How a layer finds Redis and what it writes there.

use std::fmt;
use std::time::Duration;

use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisResult};

use super::super::{LayerError, Options, Serializer};

/// The longest prefix, in characters: a channel's name begins with it in the pub/sub format.
const MAX_PREFIX_LENGTH: usize = 50;

/// The most instances of Redis that share one layer.
const MAX_HOSTS: usize = 1_024;

/// Where Redis is and how messages stand in it. All processes of a deployment, in Rust and in Python, need the same
/// hosts in the same order, prefix, serializer and keys.
#[derive(Clone)]
pub struct RedisOptions {
    hosts: Vec<HostName>,
    pub(super) prefix: String,
    pub(super) serializer: Serializer,
    pub(super) encryption_keys: Vec<Vec<u8>>,
    pub(super) limits: Options,
}

#[derive(Debug, Clone)]
enum HostName {
    Url(String),
    Sentinel { sentinels: Vec<String>, service: String },
}

impl RedisOptions {
    /// One instance, or several that share the names among each other: `redis://[user:password@]host[:port][/db]` or
    /// `redis+unix:///path/to/socket[?db=0]`.
    pub fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            hosts: urls.into_iter().map(|url| HostName::Url(url.into())).collect(),
            prefix: "asgi".to_owned(),
            serializer: Serializer::Msgpack,
            encryption_keys: Vec::new(),
            limits: Options::default(),
        }
    }

    /// One more instance: the master that these Sentinels know under this service name. After a failover the new
    /// master is looked up. User, password and database of the master are those of the first Sentinel's URL.
    #[must_use]
    pub fn sentinel(
        mut self,
        sentinels: impl IntoIterator<Item = impl Into<String>>,
        service: impl Into<String>,
    ) -> Self {
        let sentinels = sentinels.into_iter().map(Into::into).collect();
        self.hosts.push(HostName::Sentinel { sentinels, service: service.into() });
        self
    }

    /// What every key and every pub/sub channel begins with, `asgi` by default. Letters, digits, `-`, `_`, `.` and
    /// `:`, at most 50 characters; the pub/sub format has no `:`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// msgpack by default.
    #[must_use]
    pub fn serializer(mut self, serializer: Serializer) -> Self {
        self.serializer = serializer;
        self
    }

    /// One more key: messages are encrypted with the first and may have been encrypted with any of them. It is a
    /// secret text of any length, as in `symmetric_encryption_keys` of `channels_redis`.
    #[must_use]
    pub fn encryption_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.encryption_keys.push(key.into());
        self
    }

    /// Capacity, expiry and the other limits.
    #[must_use]
    pub fn limits(mut self, limits: Options) -> Self {
        self.limits = limits;
        self
    }

    pub(super) fn check_prefix(&self, is_allowed: impl Fn(u8) -> bool) -> Result<(), LayerError> {
        if self.prefix.len() <= MAX_PREFIX_LENGTH && self.prefix.bytes().all(is_allowed) {
            return Ok(());
        }
        Err(LayerError::Configuration(format!("{:?} is no prefix", self.prefix)))
    }

    pub(super) fn hosts(&self) -> Result<Vec<Host>, LayerError> {
        if self.hosts.is_empty() || self.hosts.len() > MAX_HOSTS {
            return Err(LayerError::Configuration(format!("a layer has 1 to {MAX_HOSTS} instances of Redis")));
        }
        let hosts = self.hosts.iter().map(|host| match host {
            HostName::Url(url) => connection_info(url).map(Host::Fixed),
            HostName::Sentinel { sentinels, service } => {
                let sentinels = sentinels.iter().map(|url| connection_info(url)).collect::<Result<Vec<_>, _>>()?;
                if sentinels.is_empty() {
                    return Err(LayerError::Configuration("a service needs a Sentinel".to_owned()));
                }
                Ok(Host::Sentinel { sentinels, service: service.clone() })
            }
        });
        hosts.collect()
    }

    /// How long a message and its mailbox live in Redis, in whole seconds.
    pub(super) fn expiry_seconds(&self) -> u64 {
        whole_seconds(self.limits.expiry)
    }

    pub(super) fn group_expiry_seconds(&self) -> u64 {
        whole_seconds(self.limits.group_expiry)
    }
}

/// Keys and passwords are secrets.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .debug_struct("RedisOptions")
            .field("hosts", &self.hosts.len())
            .field("prefix", &self.prefix)
            .field("serializer", &self.serializer)
            .field("encryption_keys", &self.encryption_keys.len())
            .field("limits", &self.limits)
            .finish()
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// The URL may hold a password, so an error does not repeat it.
fn connection_info(url: &str) -> Result<ConnectionInfo, LayerError> {
    let info = url.into_connection_info();
    let info = info.map_err(|error| LayerError::Configuration(format!("an address of Redis is wrong: {error}")))?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(settings))
}

/// One instance of Redis, or the name under which it is found. It shows no password.
pub(super) enum Host {
    Fixed(ConnectionInfo),
    Sentinel { sentinels: Vec<ConnectionInfo>, service: String },
}

impl Host {
    /// Looks the instance up where it moves.
    pub(super) async fn client(&self) -> RedisResult<Client> {
        match self {
            Self::Fixed(info) => Client::open(info.clone()),
            Self::Sentinel { sentinels, service } => {
                let addresses = sentinels.iter().map(|info| info.addr().clone());
                let master = sentinels[0].redis_settings();
                let mut builder = SentinelClientBuilder::new(addresses, service, SentinelServerType::Master)?
                    .set_client_to_redis_protocol(ProtocolVersion::RESP3)
                    .set_client_to_redis_db(master.db());
                if let Some(username) = master.username() {
                    builder = builder.set_client_to_redis_username(username);
                }
                if let Some(password) = master.password() {
                    builder = builder.set_client_to_redis_password(password);
                }
                builder.build()?.async_get_client().await
            }
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Fixed(info) => write!(formatter, "{}", info.addr()),
            Self::Sentinel { service, .. } => write!(formatter, "Sentinel service {service}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_debug_output_show_no_password_and_no_key() {
        let options = RedisOptions::new(["redis://:secret-password@127.0.0.1"]).encryption_key("secret-key");
        let shown = format!("{options:?} {:?}", options.hosts().unwrap());
        assert!(!shown.contains("secret"), "{shown}");
        let refused = RedisOptions::new(["http://:secret-password@127.0.0.1"]).hosts().unwrap_err();
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }

    #[test]
    fn a_layer_without_hosts_is_refused() {
        assert!(matches!(RedisOptions::new([""; 0]).hosts(), Err(LayerError::Configuration(_))));
        assert!(RedisOptions::new([""; 0]).sentinel([""; 0], "main").hosts().is_err());
        assert!(RedisOptions::new([""; 0]).sentinel(["redis://127.0.0.1:26379"], "main").hosts().is_ok());
    }

    #[test]
    fn expiries_are_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(60)), 60);
    }
}
