//! What only a layer in memory can show, because the clock can be turned. What every layer promises is tested by the
//! contract suite.

use std::time::Duration;

use tokio::time::advance;

use super::super::Pattern;
use super::*;

fn numbered(number: i64) -> Message {
    Message::new("number").with("number", number)
}

async fn number(layer: &MemoryLayer, channel: &str) -> Option<i64> {
    match layer.receive(channel).now_or_never()? {
        Ok(Received::Message(message)) => message.get("number")?.as_i64(),
        Ok(Received::Behind) => Some(-1),
        Err(error) => panic!("{error}"),
    }
}

const BEHIND: Option<i64> = Some(-1);

#[tokio::test(start_paused = true)]
async fn an_expired_message_is_not_read_and_the_reader_is_behind() {
    let layer = MemoryLayer::default();
    layer.send("worker", numbered(1)).await.unwrap();
    advance(Duration::from_secs(59)).await;
    layer.send("worker", numbered(2)).await.unwrap();
    advance(Duration::from_secs(1)).await;
    assert_eq!(number(&layer, "worker").await, BEHIND);
    assert_eq!(number(&layer, "worker").await, Some(2));
    assert_eq!(number(&layer, "worker").await, None);
    assert_eq!(layer.metrics().dropped, 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_expires_unread_takes_its_channel_out_of_every_group() {
    let layer = MemoryLayer::default();
    let (read, unread) = (layer.new_channel(), layer.new_channel());
    for group in ["a", "b"] {
        layer.group_add(group, &read).await.unwrap();
        layer.group_add(group, &unread).await.unwrap();
    }
    layer.group_send("a", numbered(1)).await.unwrap();
    assert_eq!(number(&layer, &read).await, Some(1));
    advance(Duration::from_secs(60)).await;
    layer.group_send("b", numbered(2)).await.unwrap();
    layer.group_send("a", numbered(3)).await.unwrap();
    assert_eq!(number(&layer, &read).await, Some(2));
    assert_eq!(number(&layer, &read).await, Some(3));
    assert_eq!(number(&layer, &unread).await, BEHIND);
    assert_eq!(number(&layer, &unread).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_membership_ends_with_the_group_expiry_unless_somebody_reads() {
    let layer = Arc::new(MemoryLayer::default());
    let (read, unread) = (layer.new_channel(), layer.new_channel());
    layer.group_add("room", &read).await.unwrap();
    layer.group_add("room", &unread).await.unwrap();
    let mut reader = Box::pin(layer.receive(&read));
    assert!(reader.as_mut().now_or_never().is_none());
    advance(Duration::from_secs(86_400)).await;
    layer.group_send("room", numbered(1)).await.unwrap();
    assert!(matches!(reader.await, Ok(Received::Message(_))));
    assert_eq!(number(&layer, &unread).await, None);
}

#[tokio::test(start_paused = true)]
async fn memory_of_channels_that_nobody_reads_is_freed() {
    let layer = MemoryLayer::new(Options::default().max_channels(1_000));
    for number in 0..1_000 {
        layer.send(&format!("nobody.{number}"), numbered(number)).await.unwrap();
    }
    let refused = layer.send("one-more", numbered(0)).await;
    assert!(matches!(refused, Err(LayerError::LimitReached { what: "channels", limit: 1_000 })));
    for _ in 0..300 {
        advance(Duration::from_secs(1)).await;
        layer.group_send("empty", numbered(0)).await.unwrap();
    }
    assert_eq!(layer.local.channel_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_returns_to_a_channel_that_was_forgotten_is_behind() {
    let layer = MemoryLayer::default();
    let channel = layer.new_channel();
    assert_eq!(number(&layer, &channel).await, None);
    layer.send(&channel, numbered(1)).await.unwrap();
    for _ in 0..300 {
        advance(Duration::from_secs(1)).await;
        layer.group_send("empty", numbered(0)).await.unwrap();
    }
    assert_eq!(layer.local.channel_count(), 0);
    assert_eq!(number(&layer, &channel).await, BEHIND);
}

#[tokio::test]
async fn memberships_have_a_limit() {
    let layer = MemoryLayer::new(Options::default().max_memberships(2));
    let channel = layer.new_channel();
    layer.group_add("a", &channel).await.unwrap();
    layer.group_add("b", &channel).await.unwrap();
    layer.group_add("b", &channel).await.unwrap();
    assert!(matches!(layer.group_add("c", &channel).await, Err(LayerError::LimitReached { limit: 2, .. })));
    layer.group_discard("a", &channel).await.unwrap();
    layer.group_add("c", &channel).await.unwrap();
    layer.close_channel(&channel).await.unwrap();
    layer.group_add("d", "worker").await.unwrap();
    layer.group_add("e", "worker").await.unwrap();
    assert!(layer.group_add("f", "worker").await.is_err());
    layer.flush().await.unwrap();
    layer.group_add("f", "worker").await.unwrap();
}

#[tokio::test]
async fn a_pattern_gives_a_channel_another_capacity() {
    let layer = MemoryLayer::new(Options::default().channel_capacity(Pattern::glob("small.*").unwrap(), 1));
    layer.send("small.one", numbered(1)).await.unwrap();
    assert!(matches!(layer.send("small.one", numbered(2)).await, Err(LayerError::ChannelFull(_))));
}

#[tokio::test]
async fn a_reader_that_waits_goes_on_after_its_channel_was_closed() {
    let layer = MemoryLayer::default();
    let mut reader = layer.receive("worker");
    assert!((&mut reader).now_or_never().is_none());
    layer.close_channel("worker").await.unwrap();
    layer.send("worker", numbered(1)).await.unwrap();
    assert!(matches!(reader.await, Ok(Received::Message(_))));
}
