//! What others are told of: webhooks of programs, and mails to people.
//!
//! A message is written in the transaction of what happened ([`queue`], [`queue_letters`]), so that none is lost and
//! none tells what never was. Any node delivers what is due: taking a message puts its next attempt off, and only the
//! attempt that took it last writes what became of it. A server that is killed in between leaves the message to be
//! sent once more, with the same id.

mod cause;
mod deliver;
mod error;
mod letter;
mod mail;
mod model;
mod notifications;
mod queue;
mod webhook;
mod webhooks;

use std::sync::Arc;

use lettre::message::Mailbox;

pub use error::Refusal;
pub use letter::{Letter, OrderLine, Title};
pub use model::{
    Delivery, DeliveryState, Event, NewWebhook, Notice, Notifications, OrderNote, PersonNote, TestNote, Webhook,
    WebhookChanges,
};
pub use queue::{queue, queue_letters};
pub use webhook::sign;

use crate::log::Log;
use crate::outgoing::Targets;
use crate::vault::Vault;

/// How messages leave.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The mail server and the sender; nothing when no mail is sent.
    pub mail: Option<(String, Mailbox)>,
    /// What links in mails begin with.
    pub public_url: Option<String>,
    pub targets: Targets,
}

/// The outbox service; clones share it.
#[derive(Debug, Clone)]
pub struct Outbox {
    log: Log,
    vault: Vault,
    targets: Targets,
    client: reqwest::Client,
    mailer: Option<Arc<mail::Mailer>>,
}

impl Outbox {
    pub fn new(log: Log, vault: Vault, options: Options) -> Result<Self, Refusal> {
        let client = options.targets.client(deliver::TIMEOUT)?;
        let mailer = match options.mail {
            Some((url, from)) => Some(Arc::new(mail::Mailer::new(&url, from, options.public_url)?)),
            None => None,
        };
        Ok(Self { log, vault, targets: options.targets, client, mailer })
    }

    /// Whether this server sends mail.
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_some()
    }
}
