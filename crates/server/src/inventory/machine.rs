//! Where `machines` begins: who this site is on hosts, and how each host is reached.

use std::path::PathBuf;
use std::sync::Arc;

use machines::{HostKey, Identity, Limits, LocalTarget, LocalUser, RemoteTarget, Target, Timeouts};

use super::hosts::Row;
use super::model::LOCAL;
use super::{HostTarget, Inventory, Refusal};
use crate::log::Log;
use crate::vault::Vault;

/// How scripts run on the machine that the server runs on.
#[derive(Debug, Clone)]
pub struct LocalMachine {
    /// Holds everything that scripts work with.
    pub folder: PathBuf,
    /// Who runs them; none is whoever runs the server.
    pub user: Option<LocalUser>,
    pub limits: Limits,
}

impl LocalMachine {
    /// A host that is this machine has a folder of its own there, so that several can stand for a fleet.
    fn host(&self, name: &str) -> LocalTarget {
        let folder = self.folder.join("hosts").join(name);
        LocalTarget { folder, user: self.user, limits: self.limits }
    }
}

impl Inventory {
    /// How a host is reached.
    pub(super) fn target(&self, host: &Row) -> Result<HostTarget, Refusal> {
        let target = match host.address.as_str() {
            LOCAL => Target::Local(self.local.as_ref().ok_or(Refusal::LocalRunnerOff)?.host(&host.name)),
            _ => Target::Remote(self.remote(host)),
        };
        Ok(HostTarget { name: host.name.clone(), target })
    }

    /// A host behind sshd.
    pub(super) fn remote(&self, host: &Row) -> RemoteTarget {
        RemoteTarget {
            address: host.address.clone(),
            port: u16::try_from(host.port).unwrap_or(22),
            user: host.username.clone(),
            host_key: host.host_key.as_deref().and_then(|line| HostKey::parse(line).ok()),
            identity: Arc::clone(&self.identity),
            timeouts: Timeouts::default(),
        }
    }
}

/// The key pair of this site, which the first node makes.
pub(super) async fn identity(log: &Log, vault: &Vault) -> Result<Identity, Refusal> {
    let kept = vault.keep_one(log, "ssh_identity", &Identity::generate().to_openssh()).await?;
    Identity::from_openssh(&kept).map_err(Refusal::Identity)
}

/// What people compare of a kept key.
pub(super) fn fingerprint(line: &str) -> Option<String> {
    HostKey::parse(line).ok().map(|key| key.fingerprint())
}
