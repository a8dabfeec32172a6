//! Whatever happens on the way, everybody agrees in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use channels::presence::{PresenceChange, PresenceChanges};
use futures_util::FutureExt;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::sleep;

use crate::node::{Node, layer, nodes};

const GROUPS: [&str; 3] = ["a", "b", "c"];

/// Somebody who keeps lists by what the changes say.
struct Reader {
    changes: PresenceChanges,
    lists: BTreeMap<String, BTreeSet<String>>,
}

impl Reader {
    fn new(node: &Node) -> Self {
        let changes = node.changes();
        Self { changes, lists: Self::list(node) }
    }

    fn list(node: &Node) -> BTreeMap<String, BTreeSet<String>> {
        GROUPS.map(|group| (group.to_owned(), BTreeSet::from_iter(node.list(group)))).into()
    }

    fn read(&mut self, node: &Node) {
        while let Some(Some(change)) = self.changes.next().now_or_never() {
            match change {
                PresenceChange::Reset => self.lists = Self::list(node),
                PresenceChange::Diff { group, joined, left } => {
                    let list = self.lists.entry(group).or_default();
                    list.extend(joined);
                    list.retain(|key| !left.contains(key));
                }
            }
        }
    }
}

/// What happens to the messages of all nodes.
#[derive(Clone, Copy, Default)]
struct Trouble {
    loss_percent: usize,
    delay_ms: u64,
}

async fn check(seed: u64, trouble: Trouble, entries_before: usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let nodes: [Node; 3] = nodes(&layer()).await;
    let mut readers: Vec<_> = nodes.iter().map(Reader::new).collect();
    let mut present = Vec::new();
    for number in 0..entries_before {
        // With the longest keys, so that they fill several messages.
        present.push(nodes[0].enter(GROUPS[number % 3], &format!("{number:0>255}")).unwrap());
    }
    for node in &nodes {
        node.wire.lose_percent(trouble.loss_percent);
        node.wire.delay_ms(trouble.delay_ms);
    }
    for _ in 0..1_000 {
        let number = random.random_range(0..nodes.len());
        match random.random_range(0..10) {
            0..5 => {
                let (group, key) = (GROUPS[random.random_range(0..3)], random.random_range(0..10).to_string());
                present.push(nodes[number].enter(group, &key).unwrap());
            }
            5..9 if !present.is_empty() => drop(present.swap_remove(random.random_range(0..present.len()))),
            9 if random.random_bool(0.2) => readers[number] = Reader::new(&nodes[number]),
            _ => readers[number].read(&nodes[number]),
        }
        sleep(Duration::from_millis(random.random_range(0..200))).await;
    }
    nodes.iter().for_each(|node| node.wire.mend());
    // Two heartbeats, and the time that changes are collected for.
    sleep(Duration::from_secs(12)).await;
    let entries: BTreeSet<_> = present.iter().map(|present| (present.group(), present.key())).collect();
    for (node, reader) in nodes.iter().zip(&mut readers) {
        reader.read(node);
        for group in GROUPS {
            let truth: Vec<_> = entries.iter().filter(|entry| entry.0 == group).map(|entry| entry.1).collect();
            assert_eq!(node.list(group), truth, "seed {seed}");
            assert_eq!(Vec::from_iter(&reader.lists[group]), truth, "seed {seed}: what the changes said");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn everybody_agrees_when_nothing_is_lost() {
    for seed in 0..10 {
        check(seed, Trouble::default(), 0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn everybody_agrees_after_a_time_in_which_much_was_lost() {
    for seed in 0..10 {
        check(seed, Trouble { loss_percent: 30, delay_ms: 0 }, 0).await;
        check(seed, Trouble { loss_percent: 90, delay_ms: 0 }, 600).await;
    }
}

#[tokio::test(start_paused = true)]
async fn everybody_agrees_although_messages_overtake_each_other() {
    for seed in 0..10 {
        check(seed, Trouble { loss_percent: 0, delay_ms: 400 }, 0).await;
        check(seed, Trouble { loss_percent: 10, delay_ms: 4_000 }, 600).await;
    }
}
