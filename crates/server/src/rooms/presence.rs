//! Who is here now, at any node. Told to everybody in one message for what changed within a moment.

use std::collections::BTreeSet;
use std::time::Duration;

use channels::layer::SharedLayer;
pub use channels::presence::Present;
use channels::presence::{PresenceChange, PresenceError, PresenceOptions};

use super::model::RoomSignal;
use crate::log::{Log, Topic};
use crate::stop::Stop;

/// The one group of presence: all people.
const PEOPLE: &str = "people";

/// Changes are collected for this long, so that a page that is loaded anew does not flicker.
const COLLECT: Duration = Duration::from_secs(1);

/// People in one message, at most.
const NAMED: usize = 1000;

/// Counts the connections of each person at all nodes; clones share it.
#[derive(Debug, Clone)]
pub struct Presence {
    log: Log,
    people: channels::presence::Presence,
}

impl Presence {
    /// Over the layer that the nodes share, or one in memory for a node that is alone.
    pub async fn start(log: Log, layer: SharedLayer) -> Result<Self, PresenceError> {
        let options = PresenceOptions::default().collect(COLLECT);
        Ok(Self { log, people: channels::presence::Presence::start(layer, options).await? })
    }

    /// Somebody is here as long as the answer lives. Nothing when very many are, or the server stops.
    pub fn enter(&self, person: i64) -> Option<Present> {
        self.people.enter(PEOPLE, &person.to_string()).ok()
    }

    /// Who is here, at most 1,000.
    pub fn online(&self) -> Vec<i64> {
        self.all().into_iter().take(NAMED).collect()
    }

    fn all(&self) -> BTreeSet<i64> {
        self.people.list(PEOPLE).iter().filter_map(|person| person.parse().ok()).collect()
    }

    /// Tells the connections of this node who came and went, until `stop`; then the other nodes that this one goes.
    pub async fn announce(self, mut stop: Stop) {
        let mut changes = self.people.changes();
        let mut told = self.all();
        loop {
            tokio::select! {
                () = stop.wait() => return self.people.stop().await,
                change = changes.next() => match change {
                    Some(PresenceChange::Diff { .. } | PresenceChange::Reset) => {}
                    None => return,
                },
            }
            let now = self.all();
            let online: Vec<i64> = now.difference(&told).copied().take(NAMED).collect();
            let offline: Vec<i64> = told.difference(&now).copied().take(NAMED).collect();
            if !online.is_empty() || !offline.is_empty() {
                self.log.signal_here(Topic::Everybody, &RoomSignal::Presence { online, offline });
            }
            told = now;
        }
    }
}
