//! Keys by group, both in order, so that a list is sorted and can be told in parts.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

/// A key in a group. The text is shared by all tables that hold the entry.
pub(super) type Entry = (Arc<str>, Arc<str>);

/// A value for each entry.
#[derive(Debug)]
pub(super) struct Table<T>(BTreeMap<Arc<str>, BTreeMap<Arc<str>, T>>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Table<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, group: &str, key: &str) -> bool {
        self.0.get(group).is_some_and(|keys| keys.contains_key(key))
    }

    pub(super) fn get_mut(&mut self, group: &str, key: &str) -> Option<&mut T> {
        self.0.get_mut(group)?.get_mut(key)
    }

    pub(super) fn insert(&mut self, (group, key): Entry, value: T) {
        self.0.entry(group).or_default().insert(key, value);
    }

    pub(super) fn remove(&mut self, group: &str, key: &str) -> Option<T> {
        let keys = self.0.get_mut(group)?;
        let value = keys.remove(key);
        if keys.is_empty() {
            self.0.remove(group);
        }
        value
    }

    pub(super) fn keys(&self, group: &str) -> impl Iterator<Item = &Arc<str>> {
        self.0.get(group).into_iter().flat_map(BTreeMap::keys)
    }

    pub(super) fn count(&self, group: &str) -> usize {
        self.0.get(group).map_or(0, BTreeMap::len)
    }

    pub(super) fn values_mut(&mut self, group: &str) -> impl Iterator<Item = &mut T> {
        self.0.get_mut(group).into_iter().flat_map(BTreeMap::values_mut)
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }

    /// The entries after this one, or all.
    pub(super) fn after(&self, after: Option<&Entry>) -> impl Iterator<Item = Entry> {
        let from = after.map_or(Unbounded, |(group, _)| Included(&**group));
        self.0.range::<str, _>((from, Unbounded)).flat_map(move |(group, keys)| {
            let from = match after {
                Some((last_group, last_key)) if last_group == group => Excluded(&**last_key),
                _ => Unbounded,
            };
            keys.range::<str, _>((from, Unbounded)).map(move |(key, _)| (group.clone(), key.clone()))
        })
    }

    /// The entry with the text that the table holds already, where it does.
    pub(super) fn shared(&self, group: &str, key: &str) -> Entry {
        let Some((group, keys)) = self.0.get_key_value(group) else { return (group.into(), key.into()) };
        (group.clone(), keys.get_key_value(key).map_or_else(|| key.into(), |(key, _)| key.clone()))
    }
}

impl Table<()> {
    /// Adds an entry that is not there, removes one that is: what changed twice has not changed.
    pub(super) fn toggle(&mut self, entry: Entry) {
        if self.remove(&entry.0, &entry.1).is_none() {
            self.insert(entry, ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<()> {
        let mut table = Table::default();
        for (group, key) in [("b", "1"), ("a", "2"), ("b", "0"), ("a", "1")] {
            table.toggle((group.into(), key.into()));
        }
        table
    }

    #[test]
    fn the_entries_after_another_one_are_sorted_even_when_that_one_is_gone() {
        let after = |group: &str, key: &str| -> Vec<_> {
            table().after(Some(&(group.into(), key.into()))).map(|(group, key)| format!("{group}{key}")).collect()
        };
        assert_eq!(table().after(None).count(), 4);
        assert_eq!(after("a", "1"), ["a2", "b0", "b1"]);
        assert_eq!(after("a", "9"), ["b0", "b1"]);
        assert_eq!(after("aa", "9"), ["b0", "b1"]);
        assert_eq!(after("b", "1"), [""; 0]);
    }

    #[test]
    fn what_is_toggled_twice_leaves_nothing() {
        let mut table = table();
        for (group, key) in [("b", "1"), ("a", "2"), ("b", "0"), ("a", "1")] {
            table.toggle((group.into(), key.into()));
        }
        assert!(table.is_empty());
    }
}
