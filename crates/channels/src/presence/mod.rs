//! Presence: who is in a group, across all processes that share a channel layer.
//!
//! Each process starts one [`Presence`] over its layer and is a *node* then. A connection [enters](Presence::enter) a
//! group under a key, mostly its user's, and leaves when its [`Present`] is dropped. Every node knows who is present
//! everywhere, so that a list asks nobody, and tells its [readers](Presence::changes) who came and went.
//!
//! ```
//! use channels::layer::{MemoryLayer, SharedLayer};
//! use channels::presence::{Presence, PresenceChange, PresenceOptions};
//! # use std::sync::Arc;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), channels::presence::PresenceError> {
//! let layer: SharedLayer = Arc::new(MemoryLayer::default());
//! // Two nodes. In a program of several processes, each has one, over a layer such as `RedisLayer`.
//! let here = Presence::start(layer.clone(), PresenceOptions::default()).await?;
//! let there = Presence::start(layer, PresenceOptions::default()).await?;
//!
//! // First the changes, then the list: so nothing is missed in between.
//! let mut changes = there.changes();
//! assert!(there.list("room-7").is_empty());
//!
//! // A person opens the page in two tabs, which counts once.
//! let tab = here.enter("room-7", "person-42")?;
//! let other_tab = here.enter("room-7", "person-42")?;
//! let joined = vec!["person-42".to_owned()];
//! let came = PresenceChange::Diff { group: "room-7".to_owned(), joined, left: vec![] };
//! assert_eq!(changes.next().await, Some(came));
//! assert_eq!(there.list("room-7"), ["person-42"]);
//!
//! drop((tab, other_tab));
//! let left = vec!["person-42".to_owned()];
//! let went = PresenceChange::Diff { group: "room-7".to_owned(), joined: vec![], left };
//! assert_eq!(changes.next().await, Some(went));
//!
//! // The others learn at once that this node ends. One that crashes is gone after the timeout.
//! here.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! A list is what the nodes told each other, so another node sees a change after [`PresenceOptions::collect`], and the
//! readers of changes there after twice that time at most. What the layer loses is repaired by the next heartbeat; a
//! node that crashes is gone after [`PresenceOptions::timeout`], one that was cut off catches up when it is back.
//! While a node hears nothing from the layer, not even itself, it keeps what it knows: it can not tell then whether
//! the others are gone or the layer is.
//!
//! Presence is no access control: whoever can write to the layer can claim that somebody is present.

mod changes;
mod cluster;
mod node;
mod notice;
mod options;
mod roster;
mod table;
mod task;

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

pub use changes::{PresenceChange, PresenceChanges};
pub use options::{MAX_NAME_BYTES, PresenceError, PresenceOptions};

use self::cluster::Cluster;
use self::options::check_name;
use self::table::Entry;
use self::task::{Shared, Task};
use crate::layer::{LayerError, SharedLayer};

/// Who is in which group, as this node knows it. Clones share the node.
///
/// Presence goes on until [`stop`](Self::stop) or until the last clone and the last [`Present`] are dropped. Its
/// methods answer from memory and never wait, but for `start` and `stop`.
#[derive(Debug, Clone)]
pub struct Presence(Arc<Handle>);

/// Ends the task when it is dropped, because the task waits for the other end of `stop`.
#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    stop: watch::Sender<()>,
}

/// One connection's place in a group. Dropping it leaves.
#[must_use = "who is dropped at once is not present"]
pub struct Present {
    handle: Arc<Handle>,
    entry: Entry,
}

impl Presence {
    /// Becomes a node, from within a tokio runtime. The node asks the others for what they know, in the background; a
    /// layer that is out of reach delays only that.
    ///
    /// # Errors
    /// [`PresenceError::Configuration`]; [`PresenceError::Layer`]: the name is no name for a group.
    pub async fn start(layer: SharedLayer, options: PresenceOptions) -> Result<Self, PresenceError> {
        options.check()?;
        let (group, channel) = (options.name.clone(), layer.new_channel());
        match layer.group_add(&group, &channel).await {
            Ok(()) => {}
            // A node that hears nothing joins again by itself.
            Err(LayerError::Unreachable(error)) => {
                tracing::warn!(%error, "presence starts while the layer is out of reach; the others are met later");
            }
            Err(error) => {
                let _ = layer.close_channel(&channel).await;
                return Err(error.into());
            }
        }
        let id = format!("{:032x}", rand::random::<u128>());
        let cluster = Cluster::new(id, channel.clone(), options, Instant::now());
        let shared = Shared::new(cluster);
        let (stop, stopped) = watch::channel(());
        tokio::spawn(Task { shared: shared.clone(), layer, group, channel }.run(stopped));
        Ok(Self(Arc::new(Handle { shared, stop })))
    }

    /// A connection comes to a group under a key, for as long as the answer lives. Several connections under one key
    /// are present once, and leave with the last of them, at this node and at the others.
    ///
    /// # Errors
    /// [`PresenceError::NameTooLong`] past [`MAX_NAME_BYTES`]; [`PresenceError::LimitReached`] past
    /// [`PresenceOptions::max_entries`]; [`PresenceError::Stopped`]
    pub fn enter(&self, group: &str, key: &str) -> Result<Present, PresenceError> {
        check_name("group", group)?;
        check_name("key", key)?;
        let entry = self.0.shared.change(|cluster| cluster.enter(group, key))?;
        Ok(Present { handle: self.0.clone(), entry })
    }

    /// The keys that are present in a group at any node, sorted. There are at most [`PresenceOptions::max_entries`].
    pub fn list(&self, group: &str) -> Vec<String> {
        self.0.shared.cluster().roster().list(group)
    }

    /// Whether a key is present in a group at any node.
    pub fn is_present(&self, group: &str, key: &str) -> bool {
        self.0.shared.cluster().roster().is_present(group, key)
    }

    /// How many keys are present in a group.
    pub fn count(&self, group: &str) -> usize {
        self.0.shared.cluster().roster().count(group)
    }

    /// What changes from now on, at any node. Who also lists a group lists it after this call: no change is missed
    /// then, but one that the list shows already may be told.
    pub fn changes(&self) -> PresenceChanges {
        PresenceChanges::new(self.0.shared.cluster().subscribe())
    }

    /// Tells the others that this node ends, and waits for that. Afterwards nobody is known to be present here.
    pub async fn stop(&self) {
        self.0.stop.send_replace(());
        // The task keeps the other end until it is done.
        self.0.stop.closed().await;
    }
}

impl Present {
    /// The group that the connection entered.
    pub fn group(&self) -> &str {
        &self.entry.0
    }

    /// The key under which it did.
    pub fn key(&self) -> &str {
        &self.entry.1
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.handle.shared.change(|cluster| cluster.leave(&self.entry));
    }
}

impl fmt::Debug for Present {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Present").field("group", &self.group()).field("key", &self.key()).finish()
    }
}
