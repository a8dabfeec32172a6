//! Orders: a request, its approval and its talk. An order is a room whose log also holds decisions; what it is now is
//! the fold of its events, which the engine in `flow` decides.

mod chat;
mod deciding;
mod directory;
mod drafts;
mod error;
mod flows;
mod lists;
mod model;
mod projection;
mod replay;
mod sample;
mod search;
mod timers;
mod view;

use std::sync::Arc;

use tokio::sync::Notify;

pub use error::Refusal;
pub use flows::{FlowSummary, FlowVersion, compile};
pub use lists::Cursor;
pub use model::{
    Chosen, Draft, EntryBody, Filter, NewsKind, OrderBody, OrderBox, OrderCommand, OrderCounts, OrderDiagram,
    OrderNews, OrderNode, OrderStatus, OrderSummary, TaskBody, TaskChange,
};
pub use replay::{Mismatch, mismatches};
pub use sample::SampleTeam;
pub use view::{DiagramChange, NodeName, OrderView, TimerView};

use crate::accounts::Accounts;
use crate::log::Log;

/// The orders service; clones share it.
#[derive(Debug, Clone)]
pub struct Orders {
    log: Log,
    accounts: Accounts,
    flows: flows::Flows,
    directories: directory::Directories,
    /// A timer may have been set.
    timers_changed: Arc<Notify>,
}

impl Orders {
    pub fn new(log: Log, accounts: Accounts) -> Self {
        Self {
            log,
            accounts,
            flows: flows::Flows::default(),
            directories: directory::Directories::default(),
            timers_changed: Arc::default(),
        }
    }
}
