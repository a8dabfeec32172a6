//! What releases need and people look after: hosts and their keys, what is released to where, and secrets.

mod error;
mod groups;
mod here;
mod hosts;
mod keys;
mod machine;
mod model;
mod places;
mod sample;
mod secrets;

use std::sync::Arc;

use tokio::sync::Semaphore;

pub use error::Refusal;
pub use groups::host_groups;
pub use machine::LocalMachine;
pub use model::{
    CheckStep, Host, HostChanges, HostCheck, HostGroup, HostGroupChanges, HostTarget, NewHost, NewSecret, Place,
    Secret, SecretChanges, SecretGrant,
};

use crate::accounts::{self, Accounts, Caller, Permission};
use crate::log::Log;
use crate::vault::Vault;

/// Tests of connections that run at the same time, at most; others wait.
const TESTS: usize = 8;

/// The inventory service; clones share it.
#[derive(Debug, Clone)]
pub struct Inventory {
    log: Log,
    accounts: Accounts,
    vault: Vault,
    /// What this site signs in on hosts with.
    identity: Arc<machines::Identity>,
    /// How scripts run on this machine; none when they may not.
    local: Option<LocalMachine>,
    tests: Arc<Semaphore>,
}

impl Inventory {
    /// The inventory of a database. At the first start it makes the key pair that the site signs in on hosts with.
    pub async fn open(
        log: Log,
        accounts: Accounts,
        vault: Vault,
        local: Option<LocalMachine>,
    ) -> Result<Self, Refusal> {
        let identity = Arc::new(machine::identity(&log, &vault).await?);
        Ok(Self { log, accounts, vault, identity, local, tests: Arc::new(Semaphore::new(TESTS)) })
    }

    /// The line that lets this site sign in on a host, for its `authorized_keys`.
    pub async fn public_line(&self, caller: &Caller) -> Result<String, Refusal> {
        self.may_manage_hosts(caller).await?;
        Ok(self.identity.public_line())
    }

    /// How scripts run on this machine; none when they may not.
    pub fn local_machine(&self) -> Option<&LocalMachine> {
        self.local.as_ref()
    }

    async fn may_manage_hosts(&self, caller: &Caller) -> Result<(), Refusal> {
        match self.accounts.is_permitted(caller, Permission::ManageHosts).await? {
            true => Ok(()),
            false => Err(Refusal::NotPermitted),
        }
    }
}

fn administrators_only(caller: &Caller) -> Result<(), Refusal> {
    if caller.is_administrator() { Ok(()) } else { Err(accounts::Refusal::AdministratorsOnly.into()) }
}

fn no_guests(caller: &Caller) -> Result<(), Refusal> {
    if caller.is_guest() { Err(accounts::Refusal::NotForGuests.into()) } else { Ok(()) }
}
