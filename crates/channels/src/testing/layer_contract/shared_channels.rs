//! Names without `!`, whose messages wait for any process.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt;

use super::{SharedLayer, number, number_of, numbered, received, soon};
use crate::layer::{LayerError, Options, Pattern, Received};

async fn send(layer: &SharedLayer, channel: &str, number: i64) {
    soon(layer.send(channel, numbered(number))).await.expect("there is room");
}

pub async fn a_message_waits_until_some_process_receives_it(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    send(&layer, "worker", 1).await;
    assert_eq!(number(&other, "worker").await, 1);
    send(&other, "worker", 2).await;
    assert_eq!(number(&other, "worker").await, 2);
}

pub async fn messages_of_a_name_come_in_order(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    for sent in 0..50 {
        send(&layer, "worker", sent).await;
    }
    for sent in 0..50 {
        assert_eq!(number(&other, "worker").await, sent);
    }
}

pub async fn each_message_goes_to_one_of_the_processes(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    for sent in 0..40 {
        send(&layer, "worker", sent).await;
    }
    let mut read = BTreeSet::new();
    for _ in 0..20 {
        read.insert(number(&layer, "worker").await);
        read.insert(number(&other, "worker").await);
    }
    assert_eq!(read, (0..40).collect());
}

pub async fn a_full_name_refuses_until_a_message_was_read(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default().capacity(3)).await;
    for sent in 0..3 {
        send(&layer, "worker", sent).await;
    }
    for sender in [&layer, &other] {
        let refused = soon(sender.send("worker", numbered(3))).await;
        assert!(matches!(refused, Err(LayerError::ChannelFull(channel)) if channel == "worker"));
    }
    assert_eq!(number(&other, "worker").await, 0);
    send(&layer, "worker", 4).await;
    for sent in [1, 2, 4] {
        assert_eq!(number(&other, "worker").await, sent);
    }
}

pub async fn a_pattern_gives_a_name_another_capacity(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let pattern = Pattern::glob("small.*").expect("it is a pattern");
    let [layer, _] = make(Options::default().capacity(3).channel_capacity(pattern, 1)).await;
    send(&layer, "large.one", 1).await;
    send(&layer, "large.one", 2).await;
    send(&layer, "small.one", 1).await;
    let refused = soon(layer.send("small.one", numbered(2))).await;
    assert!(matches!(refused, Err(LayerError::ChannelFull(_))), "{refused:?}");
}

pub async fn an_expired_message_makes_room_and_is_not_read(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default().capacity(1).expiry(Duration::from_secs(1))).await;
    send(&layer, "worker", 1).await;
    soon(async {
        // The first message is not read, so there is room when it has expired.
        while let Err(refused) = layer.send("worker", numbered(2)).await {
            assert!(matches!(refused, LayerError::ChannelFull(_)), "{refused}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    loop {
        if let Received::Message(message) = received(&layer, "worker").await {
            break assert_eq!(number_of(&message), 2);
        }
    }
}

pub async fn a_reader_that_gave_up_takes_no_message_from_the_others(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    for sent in 0..3 {
        // The first message shows that the layer does read for this process.
        send(&other, "worker", sent).await;
        assert_eq!(number(&layer, "worker").await, sent);
        let mut reader = layer.receive("worker");
        assert!((&mut reader).now_or_never().is_none());
        drop(reader);
        send(&other, "worker", sent + 100).await;
        assert_eq!(number(&other, "worker").await, sent + 100);
    }
}

pub async fn a_name_can_be_a_member_of_a_group(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    soon(layer.group_add("room", "worker")).await.expect("the channel can be added");
    soon(other.group_send("room", numbered(1))).await.expect("a group takes every message");
    assert_eq!(number(&other, "worker").await, 1);
    soon(layer.group_discard("room", "worker")).await.expect("a member can be discarded");
    soon(other.group_send("room", numbered(2))).await.expect("a group takes every message");
    send(&other, "worker", 3).await;
    assert_eq!(number(&layer, "worker").await, 3);
}
