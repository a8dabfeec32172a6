//! Channels that one process made and reads.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::{SharedLayer, assert_nothing_waits, message, number, numbered, received, soon};
use crate::layer::{LayerError, Message, Options, Received, Value, check_channel_name};

pub async fn messages_come_in_the_order_in_which_they_were_sent(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let channel = layer.new_channel();
    for sent in 0..50 {
        soon(layer.send(&channel, numbered(sent))).await.expect("there is room");
    }
    for sent in 0..50 {
        assert_eq!(number(&layer, &channel).await, sent);
    }
}

pub async fn a_reader_that_waits_gets_the_message_that_comes(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let channel = layer.new_channel();
    let mut reader = layer.receive(&channel);
    assert!((&mut reader).now_or_never().is_none());
    soon(other.send(&channel, numbered(1))).await.expect("there is room");
    let Ok(Received::Message(message)) = soon(reader).await else { panic!("nothing was lost") };
    assert_eq!(message, numbered(1));
}

pub async fn a_message_comes_to_the_process_that_made_the_channel(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let (ours, neighbour, theirs) = (layer.new_channel(), layer.new_channel(), other.new_channel());
    soon(other.send(&ours, numbered(1))).await.expect("there is room");
    soon(layer.send(&theirs, numbered(2))).await.expect("there is room");
    assert_eq!(number(&layer, &ours).await, 1);
    assert_eq!(number(&other, &theirs).await, 2);
    assert_nothing_waits(&layer, &neighbour).await;
}

pub async fn each_message_has_one_reader(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let channel = layer.new_channel();
    let read_ten = async || {
        let mut numbers = Vec::new();
        while numbers.len() < 10 {
            numbers.push(number(&layer, &channel).await);
        }
        numbers
    };
    let send = async {
        for sent in 0..40 {
            soon(other.send(&channel, numbered(sent))).await.expect("there is room");
        }
    };
    let (read, ()) = tokio::join!(join_all((0..4).map(|_| read_ten())), send);
    for numbers in &read {
        assert!(numbers.is_sorted(), "each reader reads in order: {numbers:?}");
    }
    let read: BTreeSet<_> = read.into_iter().flatten().collect();
    assert_eq!(read, (0..40).collect());
}

pub async fn a_receive_that_is_given_up_loses_no_message(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let channel = layer.new_channel();
    let mut read = Vec::new();
    let mut given_up = 0;
    let send = async {
        for sent in 0..50 {
            soon(other.send(&channel, numbered(sent))).await.expect("there is room");
            tokio::task::yield_now().await;
        }
    };
    let read_impatiently = async {
        while read.len() < 50 {
            // The reader is dropped as soon as anything else happens, again and again.
            tokio::select! {
                biased;
                read_one = number(&layer, &channel) => read.push(read_one),
                () = tokio::task::yield_now() => given_up += 1,
            }
        }
    };
    soon(async { tokio::join!(send, read_impatiently) }).await;
    assert_eq!(read, (0..50).collect::<Vec<_>>());
    assert!(given_up > 0);
}

/// The sender of a message that does not fit is told, or the reader is.
pub async fn a_full_channel_loses_nothing_silently(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default().capacity(10)).await;
    let channel = layer.new_channel();
    let (mut accepted, mut refused, mut read, mut behind) = (0, 0, 0, false);
    for sent in 0..60 {
        match soon(other.send(&channel, numbered(sent))).await {
            Ok(()) => accepted += 1,
            Err(LayerError::ChannelFull(full)) if full == channel => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    while !behind && read < accepted {
        match received(&layer, &channel).await {
            Received::Message(_) => read += 1,
            Received::Behind => behind = true,
        }
    }
    assert!(behind || (read == accepted && refused > 0));
}

pub async fn a_closed_channel_holds_no_messages(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, _] = make(Options::default()).await;
    let channel = layer.new_channel();
    soon(layer.close_channel(&channel)).await.expect("a channel can be closed");
    soon(layer.close_channel(&channel)).await.expect("closing twice is the same as once");
    let next = layer.new_channel();
    assert_nothing_waits(&layer, &next).await;
}

pub async fn a_message_of_one_megabyte_passes(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let channel = layer.new_channel();
    let large = Message::new("large").with("text", "界".repeat(350_000));
    soon(other.send(&channel, large.clone())).await.expect("there is room");
    assert!(message(&layer, &channel).await == large);
}

pub async fn every_kind_of_value_comes_back_or_is_refused(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let channel = layer.new_channel();
    let kinds = Message::new("every.kind")
        .with("null", Value::Null)
        .with("bools", vec![Value::Bool(true), Value::Bool(false)])
        .with("integers", [i64::MIN, -1, 0, 255, i64::MAX].map(Value::Int).to_vec())
        .with("floats", [0.5, -1e300].map(Value::Float).to_vec())
        .with("text", "\0 \" 面条 \u{1F35C}")
        .with("map", BTreeMap::from([("".to_owned(), Value::List(vec![]))]));
    soon(other.send(&channel, kinds.clone())).await.expect("there is room");
    assert_eq!(message(&layer, &channel).await, kinds);

    let bytes = Message::new("bytes").with("bytes", Bytes::from_static(b"\x00\xff"));
    match soon(other.send(&channel, bytes.clone())).await {
        Ok(()) => assert_eq!(message(&layer, &channel).await, bytes),
        Err(refused) => assert!(matches!(refused, LayerError::Serialization(_)), "{refused}"),
    }
}

pub async fn new_channels_have_names_of_their_own(make: impl AsyncFn(Options) -> [SharedLayer; 2]) {
    let [layer, other] = make(Options::default()).await;
    let names: BTreeSet<_> = (0..100).flat_map(|_| [layer.new_channel(), other.new_channel()]).collect();
    assert_eq!(names.len(), 200);
    for name in names {
        check_channel_name(&name).expect("a new channel has a valid name");
    }
}
