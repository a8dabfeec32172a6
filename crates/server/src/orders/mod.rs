//! Orders: a request, its approval and its talk. An order is a room whose log also holds decisions; what it is now is
//! the fold of its events, which the engine in `flow` decides.

mod chat;
mod deciding;
mod directory;
mod drafts;
mod error;
mod flow_drafts;
mod flow_tools;
mod flows;
mod lists;
mod model;
mod projection;
mod rebuild;
mod replay;
mod runs;
mod sample;
mod search;
mod statuses;
mod telling;
mod timers;
mod view;

use std::sync::Arc;

use tokio::sync::{Notify, watch};

pub use deciding::Guard;
pub use drafts::Prepared;
pub use error::Refusal;
pub use flow_drafts::{ChangedDraft, FlowDraft, FlowDraftSummary, FlowSignal};
pub use flow_tools::{DifferentOrder, Evaluation, FlowText, History, PublishedFlow, Trial, Tried, WrittenFlow};
pub use flows::{FlowSummary, FlowVersion, compile, yaml_definition};
pub use lists::Cursor;
pub use model::{
    Chosen, Draft, EntryBody, Filter, NewsKind, OrderBody, OrderBox, OrderCommand, OrderCounts, OrderDiagram,
    OrderNews, OrderNode, OrderStatus, OrderSummary, TaskBody, TaskChange,
};
pub use rebuild::rebuild_search;
pub use replay::{Mismatch, mismatches};
pub use runs::{ForbiddenRelease, PinnedScript, Releasing, run_nodes};
pub use sample::SampleTeam;
pub use statuses::StatusCount;
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
    /// Something was decided: a script may have to run, to stop, or to go on.
    decided: Arc<watch::Sender<()>>,
}

impl Orders {
    pub fn new(log: Log, accounts: Accounts) -> Self {
        Self {
            log,
            accounts,
            flows: flows::Flows::default(),
            directories: directory::Directories::default(),
            timers_changed: Arc::default(),
            decided: Arc::new(watch::Sender::new(())),
        }
    }

    /// Tells of every decision that this node writes.
    pub fn decisions(&self) -> watch::Receiver<()> {
        self.decided.subscribe()
    }
}
