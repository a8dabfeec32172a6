//! Groups of channels.

use futures_util::future::join_all;

use super::{SharedLayer, assert_nothing_waits, message, number, number_of, numbered, received, soon};
use crate::layer::{Options, Received};

async fn add(layer: &SharedLayer, group: &str, channel: &str) {
    soon(layer.group_add(group, channel)).await.expect("the channel can be added");
}

async fn send(layer: &SharedLayer, group: &str, number: i64) {
    soon(layer.group_send(group, numbered(number))).await.expect("a group takes every message");
}

async fn discard(layer: &SharedLayer, group: &str, channel: &str) {
    soon(layer.group_discard(group, channel)).await.expect("a member can be discarded");
}

pub async fn a_group_reaches_its_members_in_all_processes_and_nobody_else(
    make: impl AsyncFn(Options) -> [SharedLayer; 2],
) {
    let [layer, other] = make(Options::default()).await;
    let members = [(&layer, layer.new_channel()), (&layer, layer.new_channel()), (&other, other.new_channel())];
    let (outside, elsewhere) = (layer.new_channel(), other.new_channel());
    for (layer, channel) in &members {
        add(layer, "room", channel).await;
    }
    add(&layer, "room-2", &outside).await;
    for (sent, sender) in [(1, &layer), (2, &other)] {
        send(sender, "room", sent).await;
        for (layer, channel) in &members {
            assert_eq!(number(layer, channel).await, sent);
        }
    }
    assert_nothing_waits(&layer, &outside).await;
    assert_nothing_waits(&other, &elsewhere).await;
}

pub async fn a_group_without_members_takes_messages(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    send(&layer, "empty", 1).await;
    let channel = layer.new_channel();
    add(&layer, "empty", &channel).await;
    assert_nothing_waits(&layer, &channel).await;
}

pub async fn adding_a_member_twice_is_the_same_as_once(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let channel = layer.new_channel();
    add(&layer, "room", &channel).await;
    add(&layer, "room", &channel).await;
    send(&layer, "room", 1).await;
    send(&layer, "room", 2).await;
    assert_eq!(number(&layer, &channel).await, 1);
    assert_eq!(number(&layer, &channel).await, 2);
    assert_nothing_waits(&layer, &channel).await;
}

pub async fn a_member_that_was_discarded_gets_no_more(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let channel = layer.new_channel();
    add(&layer, "room", &channel).await;
    discard(&layer, "room", &channel).await;
    discard(&layer, "room", &channel).await;
    send(&other, "room", 1).await;
    assert_nothing_waits(&layer, &channel).await;
    add(&layer, "room", &channel).await;
    send(&other, "room", 2).await;
    assert_eq!(number(&layer, &channel).await, 2);
}

pub async fn a_group_lives_on_when_other_members_leave(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let (leaves, closes, stays) = (layer.new_channel(), layer.new_channel(), layer.new_channel());
    for channel in [&leaves, &closes, &stays] {
        add(&layer, "room", channel).await;
    }
    discard(&layer, "room", &leaves).await;
    soon(layer.close_channel(&closes)).await.expect("a channel can be closed");
    send(&other, "room", 1).await;
    assert_eq!(number(&layer, &stays).await, 1);
    assert_nothing_waits(&layer, &leaves).await;
}

pub async fn a_closed_channel_is_in_no_group(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let (closed, witness) = (layer.new_channel(), layer.new_channel());
    add(&layer, "room", &closed).await;
    add(&layer, "room", &witness).await;
    soon(layer.close_channel(&closed)).await.expect("a channel can be closed");
    send(&layer, "room", 1).await;
    assert_eq!(number(&layer, &witness).await, 1);
    let waiting = tokio::time::timeout(std::time::Duration::ZERO, layer.receive(&closed)).await;
    assert!(!matches!(waiting, Ok(Ok(Received::Message(_)))), "{waiting:?}");
}

pub async fn a_full_member_is_told_that_it_is_behind_and_the_others_get_everything(
    make: impl AsyncFn(Options) -> [SharedLayer; 2],
) {
    const CAPACITY: usize = 5;
    let [layer, other] = make(Options::default().capacity(CAPACITY)).await;
    let (slow, fast, far) = (layer.new_channel(), layer.new_channel(), other.new_channel());
    add(&layer, "room", &slow).await;
    add(&layer, "room", &fast).await;
    add(&other, "room", &far).await;
    for sent in 0..12 {
        send(&other, "room", sent).await;
        assert_eq!(number(&layer, &fast).await, sent);
        assert_eq!(number(&other, &far).await, sent);
    }
    let mut kept = Vec::new();
    let mut behind = 0;
    while kept.len() < CAPACITY {
        match received(&layer, &slow).await {
            Received::Message(message) => kept.push(number_of(&message)),
            Received::Behind => behind += 1,
        }
    }
    assert_eq!(behind, 1);
    assert!(kept.is_sorted());
    send(&other, "room", 12).await;
    assert_eq!(number(&layer, &slow).await, 12);
    assert!(layer.metrics().behind >= 1);
    assert!(layer.metrics().dropped >= 7);
    assert!(layer.metrics().delivered >= 12);
}

pub async fn messages_of_many_senders_all_come_and_each_senders_in_order(
    make: impl AsyncFn(Options) -> [SharedLayer; 2],
) {
    const SENDERS: i64 = 8;
    const EACH: i64 = 10;
    let [layer, other] = make(Options::default().capacity(1_000)).await;
    let channel = layer.new_channel();
    add(&layer, "room", &channel).await;
    let layers = [&layer, &other];
    join_all((0..SENDERS).map(async |sender| {
        for sent in 0..EACH {
            let message = numbered(sent).with("sender", sender);
            let sending = layers[sender as usize % 2].group_send("room", message);
            soon(sending).await.expect("a group takes every message");
        }
    }))
    .await;
    let mut next = [0; SENDERS as usize];
    for _ in 0..SENDERS * EACH {
        let message = message(&layer, &channel).await;
        let sender = message.get("sender").and_then(|sender| sender.as_i64()).expect("the message is of this test");
        assert_eq!(number_of(&message), next[sender as usize]);
        next[sender as usize] += 1;
    }
}

pub async fn one_channel_can_be_in_many_groups(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let channel = layer.new_channel();
    // The longest names are among them.
    let groups: Vec<_> = (10..40).map(|number| format!("{number}{}", "g".repeat(97))).collect();
    for group in &groups {
        add(&layer, group, &channel).await;
    }
    for (sent, group) in (0..).zip(&groups) {
        send(&other, group, sent).await;
        assert_eq!(number(&layer, &channel).await, sent);
    }
}

pub async fn flush_empties_the_groups(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let channel = layer.new_channel();
    add(&layer, "room", &channel).await;
    soon(layer.flush()).await.expect("a layer can be flushed");
    send(&layer, "room", 1).await;
    assert_nothing_waits(&layer, &channel).await;
    add(&layer, "room", &channel).await;
    send(&layer, "room", 2).await;
    assert_eq!(number(&layer, &channel).await, 2);
}
