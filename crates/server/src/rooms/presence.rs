//! Who is here now. Told to everybody in one message a second, at most.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::model::RoomSignal;
use crate::log::{Log, Topic};
use crate::stop::Stop;

/// Changes are collected for this long, so that a page that is loaded anew does not flicker.
const COLLECT: Duration = Duration::from_secs(1);

/// People in one message, at most.
const NAMED: usize = 1000;

/// Counts the connections of each person on this node; clones share it.
#[derive(Debug, Clone)]
pub struct Presence {
    log: Log,
    here: Arc<Here>,
}

#[derive(Debug, Default)]
struct Here {
    connections: Mutex<HashMap<i64, u32>>,
    changed: Notify,
}

impl Here {
    fn lock(&self) -> MutexGuard<'_, HashMap<i64, u32>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody is here as long as this lives.
#[derive(Debug)]
pub struct Present {
    person: i64,
    here: Arc<Here>,
}

impl Presence {
    pub(super) fn new(log: Log) -> Self {
        Self { log, here: Arc::default() }
    }

    pub fn enter(&self, person: i64) -> Present {
        *self.here.lock().entry(person).or_default() += 1;
        self.here.changed.notify_one();
        Present { person, here: self.here.clone() }
    }

    /// Who is here, at most 1,000.
    pub fn online(&self) -> Vec<i64> {
        self.here.lock().keys().copied().take(NAMED).collect()
    }

    /// Tells everybody who came and went, until `stop`.
    pub async fn announce(self, mut stop: Stop) {
        let mut told: BTreeSet<i64> = BTreeSet::new();
        loop {
            tokio::select! {
                () = stop.wait() => return,
                () = self.here.changed.notified() => tokio::time::sleep(COLLECT).await,
            }
            let now: BTreeSet<i64> = self.here.lock().keys().copied().collect();
            let online: Vec<i64> = now.difference(&told).copied().take(NAMED).collect();
            let offline: Vec<i64> = told.difference(&now).copied().take(NAMED).collect();
            if !online.is_empty() || !offline.is_empty() {
                self.log.signal(Topic::Everybody, &RoomSignal::Presence { online, offline });
            }
            told = now;
        }
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut connections = self.here.lock();
        if let Some(count) = connections.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                connections.remove(&self.person);
                self.here.changed.notify_one();
            }
        }
    }
}
