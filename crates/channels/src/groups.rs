//! Groups in this process: one message to many members, without waking a task for each.
//!
//! One task a group hands messages to its [`Member`]s: a [`Sender`](crate::websocket::Sender) writes them to its socket,
//! a [`Mailbox`](crate::mailbox::Mailbox) keeps them for its reader. The task lives only while something waits, and what
//! is sent while it is busy is joined into one [`Run`], so that under load each socket gets many frames in one write.
//!
//! ```
//! use std::sync::Arc;
//! use channels::groups::{Framed, Groups};
//! use channels::mailbox::{Mail, Mailbox, Weight};
//!
//! #[derive(Clone, PartialEq, Debug)]
//! struct Text(&'static str);
//! impl Weight for Text {
//!     fn weight(&self) -> usize { self.0.len() }
//! }
//! impl Framed for Text {}
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let groups = Groups::new();
//! let mailbox = Arc::new(Mailbox::new(1024));
//! let membership = groups.join("lobby", mailbox.clone());
//! groups.send(&"lobby", Text("hello"));
//! assert_eq!(mailbox.receive().await, Mail::Message(Text("hello")));
//! drop(membership);
//! # });
//! ```

mod group;
mod member;
mod run;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

pub use member::Member;
pub use run::{Framed, Run};

use crate::mailbox::Weight;
use crate::websocket::Variant;
use group::{Departed, Group};

/// Locks are sharded by group, so that groups hardly ever wait for each other.
const SHARDS: usize = 64;

/// Which members belong to which group. Clones share the groups.
pub struct Groups<K, M> {
    inner: Arc<Inner<K, M>>,
}

struct Inner<K, M> {
    hasher: RandomState,
    shards: Vec<Mutex<HashMap<K, Arc<Group<M>>>>>,
    capacity: usize,
}

/// A place in a group. Dropping it leaves the group.
pub struct Membership<K: Eq + Hash, M> {
    groups: Weak<Inner<K, M>>,
    group: K,
    place: u32,
    variant: Variant,
}

impl<K, M> Clone for Groups<K, M> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K, M> fmt::Debug for Groups<K, M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Groups").finish_non_exhaustive()
    }
}

impl<K: Eq + Hash + fmt::Debug, M> fmt::Debug for Membership<K, M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Membership").field("group", &self.group).finish_non_exhaustive()
    }
}

impl<K: Eq + Hash, M: Framed + Weight> Default for Groups<K, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Eq + Hash, M: Framed + Weight> Groups<K, M> {
    /// Groups in which 4 MiB of messages may wait to be delivered, each.
    pub fn new() -> Self {
        Self::with_capacity(4 << 20)
    }

    /// Groups in which `capacity` bytes of messages may wait to be delivered, each. When more comes, what waits is
    /// dropped and all members fall behind.
    pub fn with_capacity(capacity: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { inner: Arc::new(Inner { hasher: RandomState::new(), shards, capacity }) }
    }

    /// Adds a member to a group, for as long as the membership lives.
    pub fn join(&self, group: K, member: Arc<dyn Member<M>>) -> Membership<K, M>
    where
        K: Clone,
    {
        let variant = member.variant();
        let mut shard = self.inner.shard(&group);
        let place = shard.entry(group.clone()).or_insert_with(Group::new).add(member, variant);
        Membership { groups: Arc::downgrade(&self.inner), group, place, variant }
    }

    /// Sends a message to all members, from within a tokio runtime. Never waits; a member that does not keep up falls
    /// behind. Answers the number of members.
    pub fn send(&self, group: &K, message: M) -> usize {
        let Some(group) = self.inner.shard(group).get(group).cloned() else { return 0 };
        let queued = group.queue(message, self.inner.capacity);
        if queued.is_first {
            // Not delivered here: what other tasks that are ready now send to the same group joins the run.
            tokio::spawn(async move { group.deliver().await });
        }
        queued.members
    }

    /// Delivers a message to all members before it returns, and before everything that waits: for what must not come
    /// after something that is sent next to another group.
    pub fn send_now(&self, group: &K, message: M) {
        let Some(group) = self.inner.shard(group).get(group).cloned() else { return };
        group.deliver_now(message);
    }

    /// The number of members of a group.
    pub fn len(&self, group: &K) -> usize {
        self.inner.shard(group).get(group).map_or(0, |group| group.len())
    }

    pub fn is_empty(&self) -> bool {
        self.inner.shards.iter().all(|shard| lock(shard).is_empty())
    }

    /// The groups that have members now and that `pick` selects.
    pub fn groups<T>(&self, pick: impl Fn(&K) -> Option<T>) -> Vec<T> {
        self.inner.shards.iter().flat_map(|shard| lock(shard).keys().filter_map(&pick).collect::<Vec<_>>()).collect()
    }
}

impl<K: Eq + Hash, M> Inner<K, M> {
    fn shard(&self, group: &K) -> MutexGuard<'_, HashMap<K, Arc<Group<M>>>> {
        let hash = self.hasher.hash_one(group) as usize;
        lock(&self.shards[hash % SHARDS])
    }
}

impl<K: Eq + Hash, M> Drop for Membership<K, M> {
    fn drop(&mut self) {
        let Some(groups) = self.groups.upgrade() else { return };
        let mut shard = groups.shard(&self.group);
        let Some(group) = shard.get(&self.group) else { return };
        let Departed { member, was_last } = group.remove(self.place, self.variant);
        // What is dropped may leave other groups, so it is dropped after the locks.
        let emptied = if was_last { shard.remove(&self.group) } else { None };
        drop(shard);
        drop((member, emptied));
    }
}

/// A panic while the lock was held can not leave these maps half-changed, so poisoning carries no meaning here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
