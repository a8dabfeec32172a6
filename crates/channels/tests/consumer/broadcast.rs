//! The fast path from the layer to sockets.

use std::sync::Arc;
use std::time::Duration;

use channels::broadcast::Broadcaster;
use channels::consumer::{Context, Outcome, WebSocketConsumer};
use channels::layer::{ChannelLayer, MemoryLayer, Message, Options, SharedLayer};
use channels::routing::UrlRouter;
use channels::websocket::{ByteString, Frame};

use crate::setup::{enter, room};

struct Fast(Broadcaster);

impl WebSocketConsumer for Fast {
    async fn connect(&mut self, context: &mut Context) -> Outcome {
        context.accept().await?;
        let group = context.scope().str("group")?.to_owned();
        Ok(context.join_broadcast(&self.0, &group).await?)
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        if let Some(group) = text.strip_prefix("/join ") {
            context.join_broadcast(&self.0, group).await?;
            return Ok(context.send_text("joined").await?);
        }
        if let Some(group) = text.strip_prefix("/leave ") {
            context.leave_broadcast(&self.0, group);
            return Ok(context.send_text("left").await?);
        }
        Ok(self.0.send(context.scope().str("group")?, Message::new("said").with("text", &*text)).await?)
    }

    async fn behind(&mut self, context: &mut Context) -> Outcome {
        Ok(context.send_text("you have missed something").await?)
    }
}

fn hall(options: Options) -> (UrlRouter, Broadcaster, Arc<MemoryLayer>) {
    let layer = Arc::new(MemoryLayer::new(options));
    let broadcaster = Broadcaster::new(layer.clone(), |group, event| {
        Some(Frame::text(&format!("{group}: {}", event.get("text")?.as_str()?)))
    });
    let own = broadcaster.clone();
    (room(&(layer.clone() as SharedLayer), move || Fast(own.clone())), broadcaster, layer)
}

/// Lets tasks that clean up run.
async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap();
}

#[tokio::test]
async fn one_event_of_the_layer_reaches_all_sockets_of_the_group() {
    let (router, broadcaster, layer) = hall(Options::default());
    let (mut anna, mut bob) = (enter(&router, "/room/a/").await, enter(&router, "/room/a/").await);
    let mut elsewhere = enter(&router, "/room/b/").await;
    assert_eq!(broadcaster.local_members("a"), 2);
    let before = layer.metrics().delivered;
    anna.send_to("hello").await.unwrap();
    for client in [&mut anna, &mut bob] {
        assert_eq!(client.receive_from().await.unwrap(), "a: hello");
    }
    assert_eq!(layer.metrics().delivered - before, 1, "the layer has one member for the whole process");
    broadcaster.send("b", Message::new("said").with("text", "quiet")).await.unwrap();
    assert_eq!(elsewhere.receive_from().await.unwrap(), "b: quiet");
    assert!(anna.receive_nothing().await);
}

#[tokio::test]
async fn a_client_joins_and_leaves_other_groups_while_it_is_connected() {
    let (router, broadcaster, _) = hall(Options::default());
    let mut anna = enter(&router, "/room/a/").await;
    for (command, answer, members) in [
        ("/join b", "joined", 1),
        ("/join b", "joined", 1),
        ("/leave nowhere", "left", 1),
        ("/leave b", "left", 0),
        ("/join b", "joined", 1),
    ] {
        anna.send_to(command).await.unwrap();
        assert_eq!(anna.receive_from().await.unwrap(), answer);
        assert_eq!(broadcaster.local_members("b"), members, "{command}");
    }
    broadcaster.send("b", Message::new("said").with("text", "hello")).await.unwrap();
    assert_eq!(anna.receive_from().await.unwrap(), "b: hello");
    assert!(anna.receive_nothing().await, "once, although it joined twice");
    anna.send_to("/leave a").await.unwrap();
    assert_eq!(anna.receive_from().await.unwrap(), "left");
    anna.send_to("to who stayed").await.unwrap();
    assert!(anna.receive_nothing().await);
}

#[tokio::test]
async fn events_that_are_not_for_clients_are_not_sent() {
    let (router, broadcaster, _) = hall(Options::default());
    let mut anna = enter(&router, "/room/a/").await;
    broadcaster.send("a", Message::new("internal")).await.unwrap();
    anna.send_to("hello").await.unwrap();
    assert_eq!(anna.receive_from().await.unwrap(), "a: hello");
}

#[tokio::test]
async fn the_last_member_that_leaves_takes_the_process_out_of_the_group() {
    let (router, broadcaster, layer) = hall(Options::default());
    let (mut anna, mut bob) = (enter(&router, "/room/a/").await, enter(&router, "/room/a/").await);
    anna.disconnect(1000).await.unwrap();
    assert_eq!(broadcaster.local_members("a"), 1);
    bob.send_to("alone").await.unwrap();
    assert_eq!(bob.receive_from().await.unwrap(), "a: alone");
    bob.disconnect(1000).await.unwrap();
    assert_eq!(broadcaster.local_members("a"), 0);
    let is_empty = || {
        let before = layer.metrics().delivered;
        layer.send_now_to("a");
        layer.metrics().delivered == before
    };
    until(is_empty).await;
    let mut carol = enter(&router, "/room/a/").await;
    carol.send_to("back").await.unwrap();
    assert_eq!(carol.receive_from().await.unwrap(), "a: back");
    assert!(carol.receive_nothing().await, "nothing comes twice");
}

trait SendNow {
    fn send_now_to(&self, group: &str);
}

impl SendNow for MemoryLayer {
    /// The layer in memory is done when the future is made.
    fn send_now_to(&self, group: &str) {
        drop(self.group_send(group, Message::new("internal")));
    }
}

#[tokio::test]
async fn when_the_layer_loses_messages_every_local_member_is_behind() {
    let (router, broadcaster, _) = hall(Options::default().capacity(2));
    let (mut anna, mut bob) = (enter(&router, "/room/a/").await, enter(&router, "/room/a/").await);
    // The pump has no chance to run meanwhile.
    for _ in 0..5 {
        broadcaster.send("a", Message::new("said").with("text", "quick")).await.unwrap();
    }
    for client in [&mut anna, &mut bob] {
        while client.receive_from().await.unwrap() != "you have missed something" {}
    }
    broadcaster.send("a", Message::new("said").with("text", "again")).await.unwrap();
    for client in [&mut anna, &mut bob] {
        while client.receive_from().await.unwrap() != "a: again" {}
    }
}

#[tokio::test]
async fn a_group_whose_name_is_none_is_an_error_for_who_joins() {
    let (router, broadcaster, _) = hall(Options::default());
    let mut client = channels::testing::WebSocketCommunicator::new(router, "/room/a%20b/");
    client.connect().await.unwrap();
    assert!(client.receive_from().await.unwrap_err().to_string().contains("no name for a group"));
    assert_eq!(broadcaster.local_members("a b"), 0);
}

#[tokio::test]
async fn an_event_that_makes_the_conversion_panic_is_told_to_all_and_does_not_end_the_group() {
    let layer = Arc::new(MemoryLayer::default());
    let broadcaster = Broadcaster::new(layer.clone(), |_, event| {
        Some(Frame::text(event.get("text").and_then(|text| text.as_str()).expect("somebody else sends no text")))
    });
    let own = broadcaster.clone();
    let router = room(&(layer as SharedLayer), move || Fast(own.clone()));
    let (mut anna, mut bob) = (enter(&router, "/room/a/").await, enter(&router, "/room/a/").await);
    broadcaster.send("a", Message::new("said")).await.unwrap();
    anna.send_to("still here").await.unwrap();
    for client in [&mut anna, &mut bob] {
        assert_eq!(client.receive_from().await.unwrap(), "you have missed something");
        assert_eq!(client.receive_from().await.unwrap(), "still here");
    }
}
