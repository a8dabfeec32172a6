//! Where other programs start orders: signed deliveries, each of which counts once.

mod cause;
mod deliver;
mod error;
mod manage;
mod model;
mod payload;
mod signature;

pub use error::Refusal;
pub use model::{Answer, Delivery, DeliveryResult, Hook, HookChanges, HookKind, NewHook};
pub use signature::{Envelope, LARGEST};

use crate::accounts::Accounts;
use crate::log::Log;
use crate::orders::Orders;
use crate::vault::Vault;

/// The service of incoming hooks; clones share it.
#[derive(Debug, Clone)]
pub struct Hooks {
    log: Log,
    accounts: Accounts,
    orders: Orders,
    vault: Vault,
}

impl Hooks {
    pub fn new(log: Log, accounts: Accounts, orders: Orders, vault: Vault) -> Self {
        Self { log, accounts, orders, vault }
    }
}
