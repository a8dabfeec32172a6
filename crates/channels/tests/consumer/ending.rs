//! How connections end, and what is left then: nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channels::consumer::{Context, Halt, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::layer::{ChannelLayer, MemoryLayer, Message, SharedLayer};
use channels::routing::UrlRouter;
use channels::scope::Scope;
use channels::testing::{CommunicatorError, Data};
use channels::websocket::{ByteString, Closed, Connections};

use crate::setup::{Diary, enter, room};

/// A consumer that ends as it is told.
struct Obedient(Diary);

impl WebSocketConsumer for Obedient {
    channels::events!(do_it);

    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        Ok(vec![scope.str("group")?.to_owned()])
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        self.0.note(&*text);
        match &*text {
            "close" => Ok(context.close(4000, "as you wish")?),
            "halt" => Err(Halt::close(4001, "halted")),
            "deny" => Err(Halt::Deny),
            "stop" => Err(Halt::Stop),
            "error" => Err(Halt::error("as you wish")),
            "panic" => panic!("as you wish"),
            "parse" => {
                let _: u32 = text.parse()?;
                Ok(())
            }
            "say and close" => {
                context.send_text("last words").await?;
                context.close(1000, "")?;
                // Nothing can follow.
                Ok(context.send_text("more").await?)
            }
            "drop" => {
                context.sender()?.close(1012, "restarting");
                Ok(())
            }
            other => Ok(context.send_text(other).await?),
        }
    }

    async fn disconnect(&mut self, _: &mut Context, closed: Closed) -> Outcome {
        self.0.note(format!("disconnect {}", closed.code()));
        Ok(())
    }
}

impl Obedient {
    async fn do_it(&mut self, context: &mut Context, message: Message) -> Outcome {
        let text = message.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        self.receive_text(context, text.into()).await
    }
}

/// Messages that a group has members for.
async fn deliveries(layer: &MemoryLayer, group: &str) -> u64 {
    let before = layer.metrics().delivered;
    layer.group_send(group, Message::new("do.it")).await.unwrap();
    layer.metrics().delivered - before
}

/// Tells a consumer to end. Answers the close code, its error and its diary.
async fn end(word: &str, by_event: bool) -> (u16, Option<String>, Vec<String>) {
    let layer = Arc::new(MemoryLayer::default());
    let diary = Diary::default();
    let own = diary.clone();
    let router = room(&(layer.clone() as SharedLayer), move || Obedient(own.clone()));
    let mut client = enter(&router, "/room/a/").await;
    let mut other = enter(&router, "/room/b/").await;
    assert_eq!(deliveries(&layer, "b").await, 1);
    match by_event {
        true => layer.group_send("a", Message::new("do.it").with("text", word)).await.unwrap(),
        false => client.send_to(word).await.unwrap(),
    }
    let error = loop {
        match client.receive_from().await {
            Ok(_) => {}
            Err(CommunicatorError::Closed { .. }) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    client.wait().await.unwrap();
    assert_eq!(deliveries(&layer, "a").await, 0, "its groups are left after {word:?}");
    other.send_to("still here").await.unwrap();
    while other.receive_from().await.unwrap() != "still here" {}
    let diary = diary.read().into_iter().filter(|note| !note.is_empty() && note != "still here").collect();
    (client.close_code().unwrap(), error, diary)
}

#[tokio::test(start_paused = true)]
async fn a_consumer_closes_with_a_code_and_is_told_of_the_end() {
    for by_event in [false, true] {
        assert_eq!(end("close", by_event).await, (4000, None, vec!["close".into(), "disconnect 4000".into()]));
        assert_eq!(end("halt", by_event).await, (4001, None, vec!["halt".into(), "disconnect 4001".into()]));
        assert_eq!(end("drop", by_event).await, (1012, None, vec!["drop".into(), "disconnect 1012".into()]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_stops_is_not_told_of_the_end() {
    assert_eq!(end("stop", false).await, (1000, None, vec!["stop".into()]));
    assert_eq!(end("stop", true).await, (1000, None, vec!["stop".into()]));
    assert_eq!(end("deny", false).await, (1000, None, vec!["deny".into()]));
}

#[tokio::test(start_paused = true)]
async fn an_error_or_a_panic_closes_with_1011_and_harms_nobody_else() {
    for by_event in [false, true] {
        for word in ["error", "panic", "parse"] {
            let (code, error, diary) = end(word, by_event).await;
            assert_eq!((code, diary), (1011, vec![word.to_owned()]));
            let error = error.unwrap();
            assert!(error.contains("as you wish") || error.contains("invalid digit"), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn to_send_after_the_end_is_no_failure() {
    let (code, error, diary) = end("say and close", false).await;
    assert_eq!((code, error), (1000, None));
    assert_eq!(diary, ["say and close", "disconnect 1000"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_breaks_off_is_a_disconnect_with_1006() {
    let diary = Diary::default();
    let own = diary.clone();
    let router = room(&(Arc::new(MemoryLayer::default()) as SharedLayer), move || Obedient(own.clone()));
    let mut client = enter(&router, "/room/a/").await;
    client.abort();
    client.wait().await.unwrap();
    assert_eq!(diary.read(), ["disconnect 1006"]);
    let mut client = enter(&router, "/room/a/").await;
    client.disconnect(4321).await.unwrap();
    assert_eq!(diary.read(), ["disconnect 1006", "disconnect 4321"]);
}

#[tokio::test(start_paused = true)]
async fn a_kind_of_message_that_a_consumer_does_not_take_closes_with_1003() {
    struct Deaf;
    impl WebSocketConsumer for Deaf {}
    struct TextOnly;
    impl WebSocketConsumer for TextOnly {
        async fn receive_text(&mut self, _: &mut Context, _: ByteString) -> Outcome {
            Ok(())
        }
    }
    struct BinaryOnly;
    impl WebSocketConsumer for BinaryOnly {
        async fn receive_binary(&mut self, context: &mut Context, bytes: Bytes) -> Outcome {
            Ok(context.send_binary(&bytes).await?)
        }
    }
    let layer: SharedLayer = Arc::new(MemoryLayer::default());
    let (deaf, text, binary) = (room(&layer, || Deaf), room(&layer, || TextOnly), room(&layer, || BinaryOnly));
    for (router, is_text) in [(&deaf, true), (&deaf, false), (&text, false), (&binary, true)] {
        let mut client = enter(router, "/room/a/").await;
        match is_text {
            true => client.send_to("text").await.unwrap(),
            false => client.send_to(vec![1, 2, 3]).await.unwrap(),
        }
        assert_eq!(client.receive_close().await.unwrap().0, 1003);
        client.wait().await.unwrap();
    }
    let mut client = enter(&binary, "/room/a/").await;
    client.send_to(vec![1, 2, 3]).await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), Data::Binary(Bytes::from_static(&[1, 2, 3])));
}

#[tokio::test(start_paused = true)]
async fn a_deploy_asks_all_connections_of_an_endpoint_to_go() {
    let connections = Connections::default();
    let diary = Diary::default();
    let (own, list) = (diary.clone(), connections.clone());
    let endpoint = WebSocketEndpoint::new(move || Obedient(own.clone()))
        .channel_layer(Arc::new(MemoryLayer::default()))
        .connections(list);
    let router = UrlRouter::new().path("room/<group>/", endpoint).unwrap();
    let mut clients = [enter(&router, "/room/a/").await, enter(&router, "/room/b/").await];
    assert_eq!(connections.len(), 2);
    connections.drain(1012, "restarting", 1, Duration::from_millis(100)).await;
    for client in &mut clients {
        assert_eq!(client.receive_close().await.unwrap(), (1012, "restarting".into()));
        client.wait().await.unwrap();
    }
    assert_eq!(diary.read(), ["disconnect 1012", "disconnect 1012"]);
}

/// Falls when it should go.
struct Clumsy;

impl WebSocketConsumer for Clumsy {
    fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
        Ok(vec!["hall".into()])
    }
}

impl Drop for Clumsy {
    fn drop(&mut self) {
        panic!("mind the step");
    }
}

#[tokio::test]
async fn a_consumer_that_panics_while_it_is_dropped_leaves_its_groups() {
    let layer = Arc::new(MemoryLayer::default());
    let router = room(&(layer.clone() as SharedLayer), || Clumsy);
    let mut client = enter(&router, "/room/a/").await;
    let delivered = async || {
        let before = layer.metrics().delivered;
        layer.group_send("hall", Message::new("do.it")).await.unwrap();
        layer.metrics().delivered - before
    };
    assert!(client.disconnect(1000).await.unwrap_err().to_string().contains("mind the step"));
    assert_eq!(delivered().await, 0);
}
