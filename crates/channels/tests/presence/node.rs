//! The nodes of a test: each has its own wire to one layer in memory.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use channels::layer::{MemoryLayer, SharedLayer};
use channels::presence::{Presence, PresenceChange, PresenceChanges, PresenceOptions};
use tokio::time::timeout;

use crate::wire::Wire;

/// Far beyond everything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Node {
    presence: Presence,
    pub wire: Arc<Wire>,
}

impl Deref for Node {
    type Target = Presence;

    fn deref(&self) -> &Presence {
        &self.presence
    }
}

pub fn layer() -> SharedLayer {
    Arc::new(MemoryLayer::default())
}

impl Node {
    pub async fn start(layer: &SharedLayer) -> Self {
        Self::start_with(layer, PresenceOptions::default()).await
    }

    pub async fn start_with(layer: &SharedLayer, options: PresenceOptions) -> Self {
        let wire = Wire::new(layer.clone());
        Self { presence: Presence::start(wire.clone(), options).await.unwrap(), wire }
    }

    /// Ends without a word.
    pub async fn crash(self) {
        self.wire.cut();
        self.presence.stop().await;
    }

    /// Waits until a group has these keys.
    pub async fn sees(&self, group: &str, keys: &[&str]) {
        let mut changes = self.changes();
        let seen = async {
            while self.list(group) != keys {
                changes.next().await.unwrap();
            }
        };
        if timeout(PATIENCE, seen).await.is_err() {
            panic!("{group} has {:?}, not {keys:?}", self.list(group));
        }
    }
}

pub async fn nodes<const N: usize>(layer: &SharedLayer) -> [Node; N] {
    let mut nodes = Vec::new();
    for _ in 0..N {
        nodes.push(Node::start(layer).await);
    }
    nodes.try_into().unwrap_or_else(|_| unreachable!("there are as many"))
}

pub async fn next(changes: &mut PresenceChanges) -> PresenceChange {
    timeout(PATIENCE, changes.next()).await.expect("something changes").expect("presence goes on")
}

pub fn diff(group: &str, joined: &[&str], left: &[&str]) -> PresenceChange {
    let owned = |keys: &[&str]| keys.iter().map(|key| key.to_string()).collect();
    PresenceChange::Diff { group: group.to_owned(), joined: owned(joined), left: owned(left) }
}
