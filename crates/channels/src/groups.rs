//! Groups of mailboxes in this process.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Locks are sharded by group, so that groups hardly ever wait for each other.
const SHARDS: usize = 64;

/// How much of a mailbox's budget a message takes, in bytes. A message without weight is never dropped.
pub trait Weight {
    fn weight(&self) -> usize;
}

/// What a mailbox gives to its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mail<M> {
    Message(M),
    /// Messages were dropped because the mailbox was full. The reader is *behind* and has to read what it missed
    /// from where it is kept.
    Behind,
}

/// The bounded queue of one receiver.
///
/// An empty mailbox owns no heap memory. When a message does not fit, everything that waits is dropped and the reader
/// gets [`Mail::Behind`] once; messages that come later are queued again.
#[derive(Debug)]
pub struct Mailbox<M> {
    id: u64,
    capacity_bytes: usize,
    queue: Mutex<Queue<M>>,
    arrived: Notify,
}

#[derive(Debug)]
struct Queue<M> {
    messages: VecDeque<M>,
    weight: usize,
    behind: bool,
}

impl<M: Weight> Mailbox<M> {
    /// A mailbox for at most `capacity_bytes` of waiting messages, or one message when that is larger.
    pub fn new(capacity_bytes: usize) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            capacity_bytes,
            queue: Mutex::new(Queue { messages: VecDeque::new(), weight: 0, behind: false }),
            arrived: Notify::new(),
        }
    }

    /// Queues a message. Never waits.
    pub fn send(&self, message: M) {
        let mut queue = lock(&self.queue);
        let weight = message.weight();
        if !queue.messages.is_empty() && queue.weight + weight > self.capacity_bytes {
            queue.messages = queue.messages.drain(..).filter(|message| message.weight() == 0).collect();
            queue.weight = 0;
            queue.behind = true;
        }
        queue.weight += weight;
        queue.messages.push_back(message);
        drop(queue);
        self.arrived.notify_one();
    }

    /// The next mail, if there is one now.
    pub fn try_receive(&self) -> Option<Mail<M>> {
        let mut queue = lock(&self.queue);
        if std::mem::take(&mut queue.behind) {
            return Some(Mail::Behind);
        }
        let message = queue.messages.pop_front()?;
        queue.weight -= message.weight();
        if queue.messages.is_empty() {
            queue.messages = VecDeque::new();
        }
        Some(Mail::Message(message))
    }

    /// The next mail. Cancelling the future loses nothing. One reader at a time.
    pub async fn receive(&self) -> Mail<M> {
        loop {
            if let Some(mail) = self.try_receive() {
                return mail;
            }
            self.arrived.notified().await;
        }
    }
}

type Members<M> = HashMap<u64, Arc<Mailbox<M>>>;

/// Which mailboxes belong to which group.
#[derive(Debug)]
pub struct Groups<K, M> {
    hasher: RandomState,
    shards: Vec<Mutex<HashMap<K, Members<M>>>>,
}

impl<K: Eq + Hash, M: Clone + Weight> Default for Groups<K, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Eq + Hash, M: Clone + Weight> Groups<K, M> {
    pub fn new() -> Self {
        Self { hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    fn shard(&self, group: &K) -> MutexGuard<'_, HashMap<K, Members<M>>> {
        let hash = self.hasher.hash_one(group) as usize;
        lock(&self.shards[hash % SHARDS])
    }

    /// Adds a mailbox to a group. Adding it twice is the same as once. Answers whether it is the group's first member.
    pub fn group_add(&self, group: K, mailbox: &Arc<Mailbox<M>>) -> bool {
        let mut shard = self.shard(&group);
        let members = shard.entry(group).or_default();
        let first = members.is_empty();
        members.insert(mailbox.id, mailbox.clone());
        first
    }

    /// Takes a mailbox out of a group. Answers whether the group is empty now and was not before.
    pub fn group_discard(&self, group: &K, mailbox: &Mailbox<M>) -> bool {
        let mut shard = self.shard(group);
        let Some(members) = shard.get_mut(group) else {
            return false;
        };
        let removed = members.remove(&mailbox.id).is_some();
        if members.is_empty() {
            shard.remove(group);
            return removed;
        }
        false
    }

    /// Puts a message into the mailbox of every member. Never waits; a member that is full becomes behind.
    /// Answers the number of members.
    pub fn group_send(&self, group: &K, message: &M) -> usize {
        let shard = self.shard(group);
        let Some(members) = shard.get(group) else { return 0 };
        for mailbox in members.values() {
            mailbox.send(message.clone());
        }
        members.len()
    }

    /// The number of mailboxes in a group.
    pub fn group_len(&self, group: &K) -> usize {
        self.shard(group).get(group).map_or(0, HashMap::len)
    }

    /// The groups that have members now and that `pick` selects.
    pub fn groups<T>(&self, pick: impl Fn(&K) -> Option<T>) -> Vec<T> {
        self.shards.iter().flat_map(|shard| lock(shard).keys().filter_map(&pick).collect::<Vec<_>>()).collect()
    }
}

/// A panic while the lock was held can not leave these maps half-changed, so poisoning carries no meaning here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Bytes(usize);
    impl Weight for Bytes {
        fn weight(&self) -> usize {
            self.0
        }
    }

    #[tokio::test]
    async fn messages_come_in_the_order_they_were_sent() {
        let mailbox = Mailbox::new(100);
        mailbox.send(Bytes(1));
        mailbox.send(Bytes(2));
        assert_eq!(mailbox.receive().await, Mail::Message(Bytes(1)));
        assert_eq!(mailbox.receive().await, Mail::Message(Bytes(2)));
        assert_eq!(mailbox.try_receive(), None);
    }

    #[tokio::test]
    async fn a_full_mailbox_says_once_that_it_is_behind_and_keeps_what_comes_later() {
        let mailbox = Mailbox::new(10);
        mailbox.send(Bytes(6));
        mailbox.send(Bytes(5));
        assert_eq!(mailbox.receive().await, Mail::Behind);
        assert_eq!(mailbox.receive().await, Mail::Message(Bytes(5)));
        assert_eq!(mailbox.try_receive(), None);
    }

    #[tokio::test]
    async fn a_message_larger_than_the_mailbox_still_passes_alone() {
        let mailbox = Mailbox::new(10);
        mailbox.send(Bytes(100));
        assert_eq!(mailbox.receive().await, Mail::Message(Bytes(100)));
    }

    #[tokio::test]
    async fn a_message_without_weight_is_kept_when_the_others_are_dropped() {
        let mailbox = Mailbox::new(10);
        mailbox.send(Bytes(6));
        mailbox.send(Bytes(0));
        mailbox.send(Bytes(5));
        assert_eq!(mailbox.receive().await, Mail::Behind);
        assert_eq!(mailbox.receive().await, Mail::Message(Bytes(0)));
        assert_eq!(mailbox.receive().await, Mail::Message(Bytes(5)));
    }

    #[test]
    fn only_members_of_the_group_receive() {
        let groups = Groups::new();
        let (inside, outside) = (Arc::new(Mailbox::new(10)), Arc::new(Mailbox::new(10)));
        assert!(groups.group_add(1, &inside));
        assert!(!groups.group_add(1, &inside));
        groups.group_add(2, &outside);
        assert_eq!(groups.group_send(&1, &Bytes(1)), 1);
        assert_eq!(inside.try_receive(), Some(Mail::Message(Bytes(1))));
        assert_eq!(outside.try_receive(), None);
        assert!(groups.group_discard(&1, &inside));
        assert!(!groups.group_discard(&1, &inside));
        assert_eq!(groups.group_send(&1, &Bytes(1)), 0);
    }
}
