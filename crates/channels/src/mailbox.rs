//! The bounded queue of one receiver.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

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
        Self {
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
            drop_weighty(&mut queue);
        }
        queue.weight += weight;
        queue.messages.push_back(message);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Drops everything that has weight, and tells the reader that it is behind.
    pub fn fall_behind(&self) {
        let mut queue = lock(&self.queue);
        drop_weighty(&mut queue);
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

fn drop_weighty<M: Weight>(queue: &mut Queue<M>) {
    queue.messages = queue.messages.drain(..).filter(|message| message.weight() == 0).collect();
    queue.weight = 0;
    queue.behind = true;
}

/// A panic while the lock was held can not leave the queue half-changed, so poisoning carries no meaning here.
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
}
