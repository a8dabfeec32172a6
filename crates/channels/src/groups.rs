//! Groups in this process: one message to many members, without waking a task for each.
//!
//! One task a group hands messages to its [`Member`]s: a [`Sender`] writes them to its socket, a [`Mailbox`] keeps
//! them for its reader. The task lives only while something waits, and what is sent while it is busy is joined into
//! one [`Run`], so that under load each socket gets many frames in one write.
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

mod run;

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

pub use run::{Framed, Run};

use crate::mailbox::{Mailbox, Weight};
use crate::websocket::{Frame, SendError, Sender, Variant};

/// Locks are sharded by group, so that groups hardly ever wait for each other.
const SHARDS: usize = 64;

/// Members that get a run before others may use the thread.
const STRIDE: usize = 256;

/// A variant of a frame that fewer members need is not made; they get the plain frame.
const COMPRESS_FOR: u32 = 8;

/// Who gets a group's messages. Called in the group's task, so it never waits and is quick.
pub trait Member<M>: Send + Sync {
    fn deliver(&self, run: &Run<M>);

    /// The form of frames that this member takes.
    fn variant(&self) -> Variant {
        Variant::PLAIN
    }
}

/// Which members belong to which group. Clones share the groups.
pub struct Groups<K, M> {
    inner: Arc<Inner<K, M>>,
}

struct Inner<K, M> {
    hasher: RandomState,
    shards: Vec<Mutex<HashMap<K, Arc<Group<M>>>>>,
    capacity: usize,
}

struct Group<M> {
    state: Mutex<State<M>>,
}

struct State<M> {
    /// A member keeps its place for as long as it stays, so that a run that is under way meets everybody once.
    places: Vec<Option<Arc<dyn Member<M>>>>,
    free: Vec<u32>,
    variants: [u32; Variant::COUNT],
    waiting: Vec<M>,
    weight: usize,
    /// Messages were dropped, because `waiting` was full.
    behind: bool,
    /// Somebody delivers; what comes meanwhile waits.
    delivering: bool,
}

impl<M> State<M> {
    fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
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
        let mut state = lock(&shard.entry(group.clone()).or_insert_with(Group::new).state);
        let place = match state.free.pop() {
            Some(place) => place,
            None => {
                if state.places.is_empty() {
                    // Most groups have one member for as long as they are there.
                    state.places.reserve_exact(1);
                }
                state.places.push(None);
                (state.places.len() - 1) as u32
            }
        };
        state.places[place as usize] = Some(member);
        state.variants[variant.index()] += 1;
        Membership { groups: Arc::downgrade(&self.inner), group, place, variant }
    }

    /// Sends a message to all members, from within a tokio runtime. Never waits; a member that does not keep up falls
    /// behind. Answers the number of members.
    pub fn send(&self, group: &K, message: M) -> usize {
        let Some(group) = self.inner.shard(group).get(group).cloned() else { return 0 };
        let mut state = lock(&group.state);
        let members = state.len();
        let weight = message.weight();
        if !state.waiting.is_empty() && state.weight + weight > self.inner.capacity {
            // What has no weight is never dropped.
            state.waiting.retain(|message| message.weight() == 0);
            state.weight = 0;
            state.behind = true;
        }
        state.weight += weight;
        state.waiting.push(message);
        if state.delivering {
            return members;
        }
        state.delivering = true;
        drop(state);
        // Not delivered here: what other tasks that are ready now send to the same group joins the run.
        tokio::spawn(async move { while group.deliver().await {} });
        members
    }

    /// Delivers a message to all members before it returns, and before everything that waits: for what must not come
    /// after something that is sent next to another group.
    pub fn send_now(&self, group: &K, message: M) {
        let Some(group) = self.inner.shard(group).get(group).cloned() else { return };
        let run = Run::new(vec![message], false, [false; Variant::COUNT]);
        let mut members = Vec::new();
        let mut place = 0;
        loop {
            let next = group.members(place, &mut members);
            members.drain(..).for_each(|member| member.deliver(&run));
            if next == place {
                return;
            }
            place = next;
        }
    }

    /// The number of members of a group.
    pub fn len(&self, group: &K) -> usize {
        self.inner.shard(group).get(group).map_or(0, |group| lock(&group.state).len())
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
        let Some(group) = shard.get(&self.group).cloned() else { return };
        let mut state = lock(&group.state);
        // Dropped after the locks: it may end a connection, which leaves other groups.
        let member = state.places[self.place as usize].take();
        state.free.push(self.place);
        state.variants[self.variant.index()] -= 1;
        if state.len() == 0 {
            shard.remove(&self.group);
        }
        drop(state);
        drop(shard);
        drop(member);
    }
}

impl<M> Group<M> {
    fn new() -> Arc<Self> {
        let state = State {
            places: Vec::new(),
            free: Vec::new(),
            variants: [0; Variant::COUNT],
            waiting: Vec::new(),
            weight: 0,
            behind: false,
            delivering: false,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }
}

impl<M: Framed> Group<M> {
    /// What waits now. `None`: nothing does, and whoever sends next delivers.
    fn next_run(&self) -> Option<Run<M>> {
        let mut state = lock(&self.state);
        if state.waiting.is_empty() {
            state.delivering = false;
            state.waiting = Vec::new();
            return None;
        }
        state.weight = 0;
        let behind = std::mem::take(&mut state.behind);
        let compress = state.variants.map(|members| members >= COMPRESS_FOR);
        Some(Run::new(std::mem::take(&mut state.waiting), behind, compress))
    }

    /// The members from a place on, [`STRIDE`] at most. Empty after the last one.
    fn members(&self, from: usize, members: &mut Vec<Arc<dyn Member<M>>>) -> usize {
        let state = lock(&self.state);
        let to = state.places.len().min(from + STRIDE);
        members.extend(state.places[from.min(to)..to].iter().flatten().cloned());
        to
    }

    /// Delivers what waits, with breaks for others. Answers whether anything waited.
    async fn deliver(&self) -> bool {
        let Some(run) = self.next_run() else { return false };
        let mut members = Vec::with_capacity(STRIDE);
        let mut place = 0;
        loop {
            let next = self.members(place, &mut members);
            members.drain(..).for_each(|member| member.deliver(&run));
            if next == place {
                return true;
            }
            place = next;
            tokio::task::yield_now().await;
        }
    }
}

impl Member<Frame> for Sender {
    fn deliver(&self, run: &Run<Frame>) {
        if run.is_behind() {
            self.fall_behind();
        }
        if !self.is_behind() && self.send_bytes(run.bytes(self.variant())) == Err(SendError::Behind) {
            self.fall_behind();
        }
    }

    fn variant(&self) -> Variant {
        Sender::variant(self)
    }
}

impl Weight for Frame {
    fn weight(&self) -> usize {
        self.as_bytes().len()
    }
}

impl<M: Weight + Clone + Send> Member<M> for Mailbox<M> {
    fn deliver(&self, run: &Run<M>) {
        if run.is_behind() {
            self.fall_behind();
        }
        run.messages().iter().cloned().for_each(|message| self.send(message));
    }
}

/// A panic while the lock was held can not leave these maps half-changed, so poisoning carries no meaning here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Mail;

    #[derive(Clone, Debug, PartialEq)]
    struct Letter(usize);
    impl Weight for Letter {
        fn weight(&self) -> usize {
            self.0
        }
    }
    impl Framed for Letter {}

    fn mailbox() -> Arc<Mailbox<Letter>> {
        Arc::new(Mailbox::new(100))
    }

    #[tokio::test]
    async fn only_members_of_the_group_receive_for_as_long_as_they_stay() {
        let groups = Groups::new();
        let (inside, outside) = (mailbox(), mailbox());
        let membership = groups.join(1, inside.clone());
        let _elsewhere = groups.join(2, outside.clone());
        assert_eq!(groups.send(&1, Letter(1)), 1);
        assert_eq!(inside.receive().await, Mail::Message(Letter(1)));
        assert_eq!(outside.try_receive(), None);
        drop(membership);
        assert_eq!(groups.send(&1, Letter(1)), 0);
        assert_eq!(groups.groups(|group| Some(*group)), [2]);
    }

    #[tokio::test]
    async fn every_member_of_a_large_group_gets_everything_in_order() {
        let groups = Groups::new();
        let mailboxes: Vec<_> = (0..1000).map(|_| Arc::new(Mailbox::new(1 << 20))).collect();
        let _memberships: Vec<_> = mailboxes.iter().map(|mailbox| groups.join("all", mailbox.clone())).collect();
        for number in 1..=100 {
            assert_eq!(groups.send(&"all", Letter(number)), 1000);
        }
        for mailbox in &mailboxes {
            for number in 1..=100 {
                assert_eq!(mailbox.receive().await, Mail::Message(Letter(number)));
            }
        }
    }

    #[tokio::test]
    async fn a_member_that_leaves_while_a_run_is_under_way_makes_nobody_miss_it() {
        let groups = Groups::new();
        let mailboxes: Vec<_> = (0..600).map(|_| mailbox()).collect();
        let mut memberships: Vec<_> = mailboxes.iter().map(|mailbox| groups.join((), mailbox.clone())).collect();
        groups.send(&(), Letter(1));
        // The run has met the first members when this task goes on.
        tokio::task::yield_now().await;
        memberships.drain(..100);
        for mailbox in &mailboxes[100..] {
            assert_eq!(mailbox.receive().await, Mail::Message(Letter(1)));
        }
    }

    #[tokio::test]
    async fn what_is_sent_now_comes_before_what_waits() {
        let groups = Groups::new();
        let mailbox = mailbox();
        let _membership = groups.join((), mailbox.clone());
        groups.send(&(), Letter(1));
        groups.send_now(&(), Letter(2));
        assert_eq!(mailbox.try_receive(), Some(Mail::Message(Letter(2))));
        assert_eq!(mailbox.receive().await, Mail::Message(Letter(1)));
    }

    #[tokio::test]
    async fn when_more_waits_than_is_allowed_all_members_fall_behind() {
        let groups = Groups::with_capacity(10);
        let mailboxes: Vec<_> = (0..40).map(|_| mailbox()).collect();
        let _memberships: Vec<_> = mailboxes.iter().map(|mailbox| groups.join((), mailbox.clone())).collect();
        // Nothing is delivered before this task waits.
        for _ in 0..4 {
            groups.send(&(), Letter(6));
        }
        for mailbox in &mailboxes {
            assert_eq!(mailbox.receive().await, Mail::Behind);
            assert_eq!(mailbox.receive().await, Mail::Message(Letter(6)));
            assert_eq!(mailbox.try_receive(), None);
        }
    }
}
