//! What this node knows of another one, and how it catches up with it.
//!
//! A node's entries begin empty at version 0, and each diff leads from one version to the next. Who missed one asks
//! for everything, a part at a time, so that no channel overflows. Diffs that come meanwhile are applied as always:
//! an answer that is older than what was applied is asked for again, and a diff that is missing at the end makes the
//! whole begin again. So it does not matter in which order the layer delivers.

use tokio::time::Instant;
use tracing::warn;

use super::notice::Names;
use super::roster::Roster;
use super::table::{Entry, Table};

#[derive(Debug)]
pub(super) struct Node {
    /// Where it is asked.
    pub(super) channel: String,
    /// When it last told anything.
    pub(super) heard: Instant,
    entries: Table<()>,
    /// The version up to which its diffs were applied.
    version: u64,
    /// The newest version that was heard of.
    latest: u64,
    /// Is there while something is missing.
    catch_up: Option<CatchUp>,
    /// Some of its entries did not fit.
    is_cut: bool,
}

/// How far the node was asked.
#[derive(Debug, Default)]
struct CatchUp {
    after: Option<Entry>,
    /// When the next part was asked for, unless it still has to be.
    asked: Option<Instant>,
}

impl Node {
    pub(super) fn new(channel: String, now: Instant) -> Self {
        Self { channel, heard: now, entries: Table::default(), version: 0, latest: 0, catch_up: None, is_cut: false }
    }

    /// It lives, and has this version.
    pub(super) fn heard(&mut self, version: u64, now: Instant) {
        self.heard = now;
        self.latest = self.latest.max(version);
    }

    pub(super) fn apply_diff(&mut self, roster: &mut Roster, version: u64, joined: &Names, left: &Names) {
        // Another version is known already, or comes after one that is missing.
        if self.version.checked_add(1) == Some(version) {
            self.version = version;
            each(left, |group, key| self.leave(roster, &(group.into(), key.into())));
            each(joined, |group, key| self.join(roster, group, key));
        }
    }

    /// Takes the answer to what was asked, and replaces this part of the entries with it.
    pub(super) fn apply_state(
        &mut self,
        roster: &mut Roster,
        version: u64,
        after: Option<(String, String)>,
        entries: &Names,
        more: bool,
    ) {
        let after = after.map(|(group, key)| (group.into(), key.into()));
        let Some(catch_up) = self.catch_up.as_mut().filter(|it| it.asked.is_some() && it.after == after) else {
            return;
        };
        catch_up.asked = None;
        if version < self.version {
            return;
        }
        if after.is_none() {
            self.version = version;
            self.is_cut = false;
        }
        let mut told = Table::default();
        each(entries, |group, key| told.insert((group.into(), key.into()), ()));
        let last = if more { told.after(None).last() } else { None };
        let is_covered = |entry: &Entry| last.as_ref().is_none_or(|last| entry <= last);
        let gone = self.entries.after(after.as_ref()).take_while(is_covered);
        let gone: Vec<_> = gone.filter(|(group, key)| !told.contains(group, key)).collect();
        gone.iter().for_each(|entry| self.leave(roster, entry));
        told.after(None).for_each(|(group, key)| self.join(roster, &group, &key));
        self.catch_up = last.map(|last| CatchUp { after: Some(last), asked: None });
    }

    /// Begins to catch up where something is missing.
    pub(super) fn check(&mut self, roster: &Roster) {
        if self.catch_up.is_none() && (self.version < self.latest || self.is_cut && roster.has_room()) {
            self.catch_up = Some(CatchUp::default());
        }
    }

    /// Forgets what was asked before this moment and not answered.
    pub(super) fn give_up(&mut self, asked_before: Instant) {
        if let Some(catch_up) = &mut self.catch_up {
            catch_up.asked = catch_up.asked.filter(|asked| *asked >= asked_before);
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        self.catch_up.as_ref().is_some_and(|catch_up| catch_up.asked.is_some())
    }

    /// What to ask now: everything after this entry.
    pub(super) fn ask(&mut self, now: Instant) -> Option<Option<(String, String)>> {
        let catch_up = self.catch_up.as_mut().filter(|catch_up| catch_up.asked.is_none())?;
        catch_up.asked = Some(now);
        Some(catch_up.after.as_ref().map(|(group, key)| (group.to_string(), key.to_string())))
    }

    /// All its entries leave.
    pub(super) fn end(self, roster: &mut Roster) {
        self.entries.after(None).for_each(|entry| roster.remove(&entry));
    }

    fn join(&mut self, roster: &mut Roster, group: &str, key: &str) {
        if self.entries.contains(group, key) {
            return;
        }
        match roster.add(group, key) {
            Some(entry) => self.entries.insert(entry, ()),
            None if self.is_cut => {}
            None => {
                self.is_cut = true;
                let limit = roster.limit();
                warn!(presence.limit = limit, "presence holds {limit} entries and leaves out those of other nodes");
            }
        }
    }

    fn leave(&mut self, roster: &mut Roster, entry: &Entry) {
        if self.entries.remove(&entry.0, &entry.1).is_some() {
            roster.remove(entry);
        }
    }
}

fn each(names: &Names, mut act: impl FnMut(&str, &str)) {
    for (group, keys) in names {
        keys.iter().for_each(|key| act(group, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(keys: &[&str]) -> Names {
        if keys.is_empty() {
            return Names::new();
        }
        Names::from([("room".to_owned(), keys.iter().map(|key| key.to_string()).collect())])
    }

    fn after(key: &str) -> Option<(String, String)> {
        Some(("room".to_owned(), key.to_owned()))
    }

    /// A node of version 1 that has told its first part, with these keys.
    fn told(keys: &[&str]) -> (Node, Roster) {
        let (mut node, mut roster) = (Node::new("channel".to_owned(), Instant::now()), Roster::new(100));
        node.heard(1, Instant::now());
        node.check(&roster);
        assert_eq!(node.ask(Instant::now()), Some(None));
        node.apply_state(&mut roster, 1, None, &names(keys), true);
        (node, roster)
    }

    #[tokio::test]
    async fn a_part_that_is_older_than_what_is_known_is_asked_for_again() {
        let (mut node, mut roster) = told(&["a"]);
        assert_eq!(node.ask(Instant::now()), Some(after("a")));
        assert_eq!(node.ask(Instant::now()), None);
        node.heard(2, Instant::now());
        node.apply_diff(&mut roster, 2, &names(&["c"]), &names(&["a"]));
        node.apply_state(&mut roster, 1, after("a"), &names(&["b"]), false);
        assert_eq!(roster.list("room"), ["c"]);
        assert_eq!(node.ask(Instant::now()), Some(after("a")));
        node.apply_state(&mut roster, 2, after("a"), &names(&["b", "c"]), false);
        node.check(&roster);
        assert_eq!(node.ask(Instant::now()), None);
        assert_eq!(roster.list("room"), ["b", "c"]);
    }

    #[tokio::test]
    async fn a_diff_that_is_missing_between_two_parts_makes_all_begin_again() {
        let (mut node, mut roster) = told(&["a"]);
        assert_eq!(node.ask(Instant::now()), Some(after("a")));
        node.heard(3, Instant::now());
        node.apply_diff(&mut roster, 3, &names(&["c"]), &names(&[]));
        node.apply_state(&mut roster, 3, after("a"), &names(&["c"]), false);
        node.check(&roster);
        assert_eq!(node.ask(Instant::now()), Some(None));
        node.apply_state(&mut roster, 3, None, &names(&["c"]), false);
        assert_eq!(roster.list("room"), ["c"]);
    }

    #[tokio::test]
    async fn a_question_that_is_not_answered_is_asked_again() {
        let (mut node, mut roster) = told(&["a"]);
        let asked = Instant::now();
        assert_eq!(node.ask(asked), Some(after("a")));
        node.give_up(asked);
        assert_eq!(node.ask(asked), None);
        node.give_up(asked + std::time::Duration::from_secs(1));
        assert_eq!(node.ask(asked), Some(after("a")));
        node.apply_state(&mut roster, 1, None, &names(&["not", "asked"]), false);
        assert_eq!(roster.list("room"), ["a"]);
    }
}
