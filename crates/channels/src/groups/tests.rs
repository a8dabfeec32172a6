use super::*;
use crate::mailbox::{Mail, Mailbox};

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
