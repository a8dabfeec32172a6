//! What of the old version is what of the new one.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// Pairs of places in two lists; each place is in one pair at most.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    /// For each new place, the old one.
    old_of: Vec<Option<usize>>,
    /// For each old place, the new one.
    new_of: Vec<Option<usize>>,
}

impl Pairs {
    pub fn new(old: usize, new: usize) -> Self {
        Pairs { old_of: vec![None; new], new_of: vec![None; old] }
    }

    /// Joins each new place that is still alone with the first lonely old place that has the same key.
    pub fn join(&mut self, old: &[String], new: &[String]) {
        let mut lonely: BTreeMap<&str, VecDeque<usize>> = BTreeMap::new();
        for (place, key) in old.iter().enumerate().filter(|(place, _)| self.new_of[*place].is_none()) {
            lonely.entry(key).or_default().push_back(place);
        }
        for (place, key) in new.iter().enumerate() {
            if self.old_of[place].is_none()
                && let Some(before) = lonely.get_mut(key.as_str()).and_then(VecDeque::pop_front)
            {
                self.old_of[place] = Some(before);
                self.new_of[before] = Some(place);
            }
        }
    }

    /// Every new place, with its old one.
    pub fn of_new(&self) -> impl Iterator<Item = (usize, Option<usize>)> {
        self.old_of.iter().copied().enumerate()
    }

    /// Every old place that has no new one.
    pub fn removed(&self) -> impl Iterator<Item = usize> {
        self.new_of.iter().enumerate().filter(|(_, new)| new.is_none()).map(|(old, _)| old)
    }

    /// Whether what is in both lists stands in the same order.
    pub fn is_sorted(&self) -> bool {
        self.old_of.iter().flatten().is_sorted()
    }
}

/// The keys of a list, for [`Pairs::join`].
pub(super) fn keys<'a, T: 'a, K: Serialize>(list: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<String> {
    list.iter().map(|item| serde_json::to_string(&key(item)).unwrap_or_default()).collect()
}
