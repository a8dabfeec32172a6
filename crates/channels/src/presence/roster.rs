//! Who is present: the sum of what all nodes hold, and what this node holds of it.

use std::sync::Arc;

use tokio::sync::broadcast;

use super::changes::{Batch, PresenceChange};
use super::notice::{Body, Names, Page};
use super::table::{Entry, Table};

/// The entries of all nodes, and which of them changed since the last time that somebody was told.
#[derive(Debug)]
pub(super) struct Roster {
    /// How many nodes hold each entry.
    present: Table<u32>,
    /// How many connections hold each entry at this node.
    own: Table<usize>,
    /// What differs from what the other nodes were told.
    unsent: Table<()>,
    /// What differs from what the readers of changes were told, and whether somebody saw it in a list.
    untold: Table<bool>,
    /// The version of what the other nodes were told. Every diff has the next one.
    version: u64,
    /// The entries of all nodes, each counted at every node that holds it.
    len: usize,
    limit: usize,
}

impl Roster {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            present: Table::default(),
            own: Table::default(),
            unsent: Table::default(),
            untold: Table::default(),
            version: 0,
            len: 0,
            limit,
        }
    }

    pub(super) fn list(&mut self, group: &str) -> Vec<String> {
        self.untold.values_mut(group).for_each(|is_seen| *is_seen = true);
        self.present.keys(group).map(|key| key.to_string()).collect()
    }

    pub(super) fn is_present(&mut self, group: &str, key: &str) -> bool {
        self.untold.get_mut(group, key).into_iter().for_each(|is_seen| *is_seen = true);
        self.present.contains(group, key)
    }

    pub(super) fn count(&self, group: &str) -> usize {
        self.present.count(group)
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether it is worth while to ask again for what did not fit.
    pub(super) fn has_room(&self) -> bool {
        self.len < self.limit - self.limit / 10
    }

    pub(super) fn has_news(&self) -> bool {
        !self.unsent.is_empty() || !self.untold.is_empty()
    }

    /// One more connection of this node holds an entry. Answers nothing when no more entries fit.
    pub(super) fn enter(&mut self, group: &str, key: &str) -> Option<Entry> {
        if let Some(connections) = self.own.get_mut(group, key) {
            *connections += 1;
            return Some(self.own.shared(group, key));
        }
        let entry = self.add(group, key)?;
        self.own.insert(entry.clone(), 1);
        self.unsent.toggle(entry.clone());
        Some(entry)
    }

    pub(super) fn leave(&mut self, entry: &Entry) {
        let (group, key) = entry;
        let Some(connections) = self.own.get_mut(group, key) else { return };
        *connections -= 1;
        if *connections == 0 {
            self.own.remove(group, key);
            self.unsent.toggle(entry.clone());
            self.remove(entry);
        }
    }

    /// One more node holds an entry. Answers nothing when no more entries fit.
    pub(super) fn add(&mut self, group: &str, key: &str) -> Option<Entry> {
        if self.len >= self.limit {
            return None;
        }
        self.len += 1;
        let entry = self.present.shared(group, key);
        match self.present.get_mut(group, key) {
            Some(nodes) => *nodes += 1,
            None => {
                self.present.insert(entry.clone(), 1);
                self.has_changed(entry.clone());
            }
        }
        Some(entry)
    }

    /// One node less holds an entry.
    pub(super) fn remove(&mut self, entry: &Entry) {
        let (group, key) = entry;
        let Some(nodes) = self.present.get_mut(group, key) else { return };
        self.len -= 1;
        *nodes -= 1;
        if *nodes == 0 {
            self.present.remove(group, key);
            self.has_changed(entry.clone());
        }
    }

    /// An entry came or went. What changes twice is told all the same when somebody saw it in between, who would
    /// otherwise keep what was true only then.
    fn has_changed(&mut self, entry: Entry) {
        match self.untold.get_mut(&entry.0, &entry.1) {
            None => self.untold.insert(entry, false),
            Some(true) => {}
            Some(false) => drop(self.untold.remove(&entry.0, &entry.1)),
        }
    }

    /// What the other nodes have to be told, in messages that each have the next version.
    pub(super) fn take_diffs(&mut self) -> Vec<(u64, Body)> {
        let unsent = std::mem::take(&mut self.unsent);
        let mut diffs = Vec::new();
        let (mut page, mut joined, mut left) = (Page::default(), Names::new(), Names::new());
        for (group, key) in unsent.after(None) {
            if !page.takes(&group, &key) {
                diffs.push((std::mem::take(&mut joined), std::mem::take(&mut left)));
                page = Page::starting_with(&group, &key);
            }
            let names = if self.own.contains(&group, &key) { &mut joined } else { &mut left };
            names.entry(group.to_string()).or_default().push(key.to_string());
        }
        if !joined.is_empty() || !left.is_empty() {
            diffs.push((joined, left));
        }
        let next_version = |(joined, left)| {
            self.version += 1;
            (self.version, Body::Diff { joined, left })
        };
        diffs.into_iter().map(next_version).collect()
    }

    /// The part of this node's entries that follows an entry. It has the current version when nothing is unsent.
    pub(super) fn state_after(&self, after: Option<(String, String)>) -> Body {
        let cursor = after.as_ref().map(|(group, key)| (group.as_str().into(), key.as_str().into()));
        let (mut page, mut entries, mut more) = (Page::default(), Names::new(), false);
        for (group, key) in self.own.after(cursor.as_ref()) {
            if !page.takes(&group, &key) {
                more = true;
                break;
            }
            entries.entry(group.to_string()).or_default().push(key.to_string());
        }
        Body::State { after, entries, more }
    }

    /// Tells the readers of changes what changed since the last time, one change a group.
    pub(super) fn tell(&mut self, readers: &broadcast::Sender<Batch>) {
        let untold = std::mem::take(&mut self.untold);
        if untold.is_empty() || readers.receiver_count() == 0 {
            return;
        }
        let change = |group: &Arc<str>| {
            let keys = untold.keys(group).map(|key| key.to_string());
            let (joined, left) = keys.partition(|key| self.present.contains(group, key));
            PresenceChange::Diff { group: group.to_string(), joined, left }
        };
        // An error means that the last reader has just gone.
        let _ = readers.send(untold.groups().map(change).collect());
    }
}
