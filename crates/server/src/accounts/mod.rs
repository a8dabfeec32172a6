//! People, how they sign in, and what they may do.

mod absences;
mod admin_events;
mod error;
mod first_boot;
mod groups;
mod invitations;
mod model;
mod people;
mod permissions;
mod secret;
mod sessions;
mod throttle;
mod tokens;

use std::sync::Arc;

pub use absences::{Absence, NewAbsence};
pub(crate) use admin_events::note;
pub use admin_events::{AdminEvent, AdminEventFilter};
pub use error::Refusal;
pub use groups::{Group, GroupChanges};
pub use invitations::InvitationPreview;
pub(crate) use invitations::redeem;
pub use model::{
    Caller, Grant, Invitation, Language, Permission, Person, PersonSignal, Role, Session, Settings, Theme, Token,
    Transport,
};
pub(crate) use model::{PERSON, PersonRow};
pub(crate) use people::{Account, feed_of};
pub use people::{NewPerson, PersonChanges, ProfileChanges};
pub use sessions::{SESSION_LIFETIME_MS, SignedIn};

use crate::log::Log;

/// The accounts service; clones share it.
#[derive(Debug, Clone)]
pub struct Accounts {
    log: Log,
    throttle: Arc<throttle::Throttle>,
}

impl Accounts {
    pub fn new(log: Log) -> Self {
        Self { log, throttle: Arc::default() }
    }

    fn administrators_only(caller: &Caller) -> Result<(), Refusal> {
        if caller.is_administrator() { Ok(()) } else { Err(Refusal::AdministratorsOnly) }
    }
}
