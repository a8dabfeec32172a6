//! Everything that can be set. Each option has an environment variable; `countersign serve --help` explains them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use crate::outgoing::Allowed;

#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Address and port to listen on. Port 0 takes a free one.
    #[arg(long, env = "COUNTERSIGN_LISTEN", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Folder for the database, files and keys. It is made when it is not there.
    #[arg(long, env = "COUNTERSIGN_DATA", default_value = "./data")]
    pub data: PathBuf,

    /// Folder for uploaded files, in place of one in the data folder. Nodes on one database need the same.
    #[arg(long, env = "COUNTERSIGN_FILES")]
    pub files: Option<PathBuf>,

    /// PostgreSQL database (postgres://user:password@host/name) in place of SQLite in the data folder.
    #[arg(long, env = "COUNTERSIGN_DATABASE", hide_env_values = true)]
    pub database: Option<String>,

    /// Redis (redis://user:password@host:port/0) over which nodes on one PostgreSQL tell each other at once what is new.
    /// Several, with commas between, share the work.
    #[arg(long, env = "COUNTERSIGN_LAYER", hide_env_values = true, value_delimiter = ',', requires = "database")]
    pub layer: Vec<String>,

    /// What the names in Redis begin with. Nodes of one site have the same, two sites on one Redis have not.
    #[arg(long, env = "COUNTERSIGN_LAYER_PREFIX", default_value = "countersign")]
    pub layer_prefix: String,

    /// Writers on PostgreSQL; rooms are shared out between them. SQLite always has one.
    #[arg(long, env = "COUNTERSIGN_WRITERS", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub writers: u32,

    /// Commands that share a transaction, at most. One makes each durable by itself, which is slower.
    #[arg(long, env = "COUNTERSIGN_BATCH", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub batch: u32,

    /// Address at which people reach this server (https://chat.example.com). It fixes origin, links and cookies.
    #[arg(long, env = "COUNTERSIGN_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Network (10.0.0.0/8) of a proxy whose X-Forwarded-For counts. May be given several times.
    #[arg(long, env = "COUNTERSIGN_TRUSTED_PROXY", value_delimiter = ',')]
    pub trusted_proxy: Vec<IpNet>,

    /// Certificate chain (PEM) to serve https without a proxy.
    #[arg(long, env = "COUNTERSIGN_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Private key (PEM) of the certificate.
    #[arg(long, env = "COUNTERSIGN_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Start an empty database without the sample team and its room.
    #[arg(long, env = "COUNTERSIGN_BARE")]
    pub bare: bool,

    /// Password of the first administrator, in place of one that is made and printed once.
    #[arg(long, env = "COUNTERSIGN_ADMIN_PASSWORD", hide_env_values = true)]
    pub admin_password: Option<String>,

    /// Largest file that can be uploaded, in MiB.
    #[arg(long, env = "COUNTERSIGN_MAX_FILE_MIB", default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub max_file_mib: u64,

    /// Largest SQLite database, in MiB; beyond it, writing is refused and reading goes on. No limit when not given.
    #[arg(long, env = "COUNTERSIGN_MAX_DATABASE_MIB", value_parser = clap::value_parser!(u32).range(1..=16_000_000))]
    pub max_database_mib: Option<u32>,

    /// Commands that one person may give in a second, with four times as many at once.
    #[arg(long, env = "COUNTERSIGN_COMMANDS_PER_SECOND", default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub commands_per_second: u32,

    /// File for the signed checkpoints of the audit trail, in place of one in the data folder.
    #[arg(long, env = "COUNTERSIGN_AUDIT_FILE")]
    pub audit_file: Option<PathBuf>,

    /// Address (https, or http on this machine) to which each checkpoint is posted, too.
    #[arg(long, env = "COUNTERSIGN_AUDIT_WEBHOOK", hide_env_values = true, value_parser = webhook_url)]
    pub audit_webhook: Option<String>,

    /// File of the key that secrets in the database are sealed with, in place of one in the data folder. Nodes on one
    /// database need the same.
    #[arg(long, env = "COUNTERSIGN_VAULT_KEY")]
    pub vault_key: Option<PathBuf>,

    /// Let scripts of flows run on this machine, and not only on hosts.
    #[arg(long, env = "COUNTERSIGN_LOCAL_RUNNER")]
    pub local_runner: bool,

    /// System user who runs scripts on this machine, when the server is started by root. Otherwise they run as the
    /// server does, and may do all that it may.
    #[arg(long, env = "COUNTERSIGN_LOCAL_USER", default_value = "nobody")]
    pub local_user: String,

    /// Folder for scripts that run on this machine. By default it is in the data folder; for another user, who does not
    /// get in there, below /var/lib/countersign.
    #[arg(long, env = "COUNTERSIGN_LOCAL_FOLDER")]
    pub local_folder: Option<PathBuf>,

    /// Output that is kept of each script, in MiB. Of what comes after, the last 64 KiB are kept.
    #[arg(long, env = "COUNTERSIGN_MAX_OUTPUT_MIB", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub max_output_mib: u64,

    /// Releases of each flow to an environment whose artifacts are kept, so that they can be brought back.
    #[arg(long, env = "COUNTERSIGN_KEEP_RELEASES", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub keep_releases: u32,

    /// Days after the end of an order for which its artifacts are kept anyhow.
    #[arg(long, env = "COUNTERSIGN_KEEP_ARTIFACTS_DAYS", default_value_t = 14, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub keep_artifacts_days: u32,

    /// Milliseconds after which another server takes over what one that is gone was running.
    #[arg(long, env = "COUNTERSIGN_LEASE_MS", default_value_t = 15_000, hide = true, value_parser = clap::value_parser!(u64).range(500..=600_000))]
    pub lease_ms: u64,

    /// Mail server (smtp://user:password@host:port, smtps://…, or smtp://…?tls=required for STARTTLS). Without it no
    /// mail is sent.
    #[arg(long, env = "COUNTERSIGN_SMTP_URL", hide_env_values = true, requires = "mail_from", value_parser = smtp_url)]
    pub smtp_url: Option<String>,

    /// Sender of mails, as in `Countersign <countersign@example.com>`.
    #[arg(long, env = "COUNTERSIGN_MAIL_FROM", requires = "smtp_url")]
    pub mail_from: Option<Mailbox>,

    /// Network (10.1.0.0/16), address or host name inside that outgoing webhooks may go to. May be given several times.
    #[arg(long, env = "COUNTERSIGN_WEBHOOK_ALLOW", value_delimiter = ',')]
    pub webhook_allow: Vec<Allowed>,

    /// Token (Authorization: Bearer …) with which /metrics answers others than this machine.
    #[arg(long, env = "COUNTERSIGN_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,

    /// How to write the server's own log.
    #[arg(long, env = "COUNTERSIGN_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// What to write to the server's own log, as in `info` or `countersign=debug,warn`.
    #[arg(long, env = "COUNTERSIGN_LOG", default_value = "info,sqlx=warn,sea_orm_migration=warn,memory_serve=warn")]
    pub log: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Whether browsers reach this server by https.
    pub fn is_https(&self) -> bool {
        match &self.public_url {
            Some(url) => url.starts_with("https://"),
            None => self.tls_cert.is_some(),
        }
    }

    /// Whether somebody on the network could listen in.
    pub fn is_insecure(&self) -> bool {
        !self.listen.ip().is_loopback() && !self.is_https()
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err("give scheme and host, as in https://chat.example.com".into());
    };
    if !matches!(scheme, "http" | "https") || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err("give http or https and a host, without a path".into());
    }
    Ok(format!("{scheme}://{authority}"))
}

fn smtp_url(text: &str) -> Result<String, String> {
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(text);
    transport.map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// An address whose traffic nobody else on the network can read or change.
fn webhook_url(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    let host = uri.host().ok_or("give scheme and host, as in https://witness.example.com/countersign")?;
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(text.to_owned()),
        Some("http") if is_here => Ok(text.to_owned()),
        _ => Err("give an address with https, or with http on this machine".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        assert_eq!(public_url("https://chat.example.com/"), Ok("https://chat.example.com".into()));
        assert!(public_url("chat.example.com").is_err());
        assert!(public_url("https://example.com/chat").is_err());
    }

    #[test]
    fn a_webhook_is_private() {
        for url in ["https://example.com/a?b=c", "http://localhost:1/a", "http://127.0.0.2/", "http://[::1]:8080/"] {
            assert_eq!(webhook_url(url), Ok(url.to_owned()));
        }
        for url in ["http://example.com/", "http://localhost.example.com/", "ftp://example.com/", "/a", ""] {
            assert!(webhook_url(url).is_err(), "{url}");
        }
    }
}
