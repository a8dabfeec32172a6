//! Messages of the channel layer.

use std::sync::Arc;

use channels::consumer::{Context, DispatchError, Outcome, WebSocketConsumer, WebSocketEndpoint, handler_name};
use channels::layer::{MemoryLayer, Message, Options, SharedLayer};
use channels::routing::{ProtocolRouter, UrlRouter};
use channels::scope::Scope;
use channels::testing::WebSocketCommunicator;
use channels::websocket::ByteString;
use tokio::sync::Semaphore;

use crate::setup::{Diary, enter, memory, room};

#[derive(serde::Deserialize)]
struct Said {
    text: String,
}

struct Listener(Diary);

impl WebSocketConsumer for Listener {
    channels::events!(chat_message, xx_oo, chat_said: Said);

    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        Ok(vec![scope.str("group")?.to_owned()])
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        match text.split_once(' ') {
            Some(("join", group)) => context.group_add(group).await?,
            Some(("leave", group)) => context.group_discard(group).await?,
            _ => {}
        }
        Ok(context.send_text(context.channel_name()?).await?)
    }
}

impl Listener {
    async fn chat_message(&mut self, context: &mut Context, message: Message) -> Outcome {
        self.0.note("begin");
        context.send_text(&format!("{:?}", message.get("number").and_then(|number| number.as_i64()))).await?;
        tokio::task::yield_now().await;
        self.0.note("end");
        Ok(())
    }

    async fn xx_oo(&mut self, context: &mut Context, _: Message) -> Outcome {
        Ok(context.send_text("xx_oo").await?)
    }

    async fn chat_said(&mut self, context: &mut Context, said: Said) -> Outcome {
        Ok(context.send_text(&said.text).await?)
    }
}

async fn listener(layer: &SharedLayer) -> (WebSocketCommunicator, Diary) {
    let diary = Diary::default();
    let own = diary.clone();
    (enter(&room(layer, move || Listener(own.clone())), "/room/lobby/").await, diary)
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_to_the_method_that_its_type_names() {
    let layer = memory();
    let (mut client, _) = listener(&layer).await;
    layer.group_send("lobby", Message::new("xx.oo")).await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "xx_oo");
    layer.group_send("lobby", Message::new("chat.message").with("number", 7)).await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "Some(7)");
    layer.group_send("lobby", Message::new("chat.said").with("text", "typed")).await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "typed");
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_handler_is_an_error_of_the_consumer() {
    let bad = [
        (Message::default(), "no type"),
        (Message::default().with("type", 7), "no type"),
        (Message::new("_private"), "private"),
        (Message::new(".private"), "private"),
        (Message::new("un.known"), "no handler"),
        (Message::new("chat.said").with("text", 7), "invalid type"),
    ];
    for (message, reason) in bad {
        let layer = memory();
        let (mut client, _) = listener(&layer).await;
        layer.group_send("lobby", message).await.unwrap();
        let error = client.receive_from().await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(client.close_code(), Some(1011));
    }
}

#[test]
fn handler_names_have_underscores_for_dots() {
    assert_eq!(handler_name(&Message::new("a.b.c")).unwrap(), "a_b_c");
    assert_eq!(handler_name(&Message::new("plain")).unwrap(), "plain");
    assert_eq!(handler_name(&Message::new("._a")), Err(DispatchError::Private("__a".into())));
}

#[tokio::test(start_paused = true)]
async fn groups_are_joined_and_left_while_connected_and_the_channel_has_a_name() {
    let layer = memory();
    let (mut client, _) = listener(&layer).await;
    client.send_to("join attic").await.unwrap();
    let channel = client.receive_from().await.unwrap().to_string();
    layer.group_send("attic", Message::new("xx.oo")).await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "xx_oo");
    client.send_to("leave attic").await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), channel.as_str());
    layer.group_send("attic", Message::new("xx.oo")).await.unwrap();
    assert!(client.receive_nothing().await);
    layer.send(&channel, Message::new("xx.oo")).await.unwrap();
    assert_eq!(client.receive_from().await.unwrap(), "xx_oo");
}

#[tokio::test(start_paused = true)]
async fn one_event_is_handled_after_the_other() {
    let layer = memory();
    let (mut client, diary) = listener(&layer).await;
    for number in 0..10 {
        layer.group_send("lobby", Message::new("chat.message").with("number", number)).await.unwrap();
    }
    for number in 0..10 {
        assert_eq!(client.receive_from().await.unwrap(), format!("Some({number})").as_str());
    }
    client.disconnect(1000).await.unwrap();
    assert_eq!(diary.read(), ["begin", "end"].repeat(10));
}

/// A consumer that waits inside its first event, until the test lets it go.
struct Slow(Arc<Semaphore>);

impl WebSocketConsumer for Slow {
    channels::events!(go);

    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        Ok(vec![scope.str("group")?.to_owned()])
    }
}

impl Slow {
    async fn go(&mut self, context: &mut Context, _: Message) -> Outcome {
        context.send_text("waiting").await?;
        self.0.acquire().await?.forget();
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_missed_messages_is_closed_with_1013_unless_it_knows_better() {
    let layer: SharedLayer = Arc::new(MemoryLayer::new(Options::default().capacity(2)));
    let gate = Arc::new(Semaphore::new(0));
    let waiting = gate.clone();
    let mut client = enter(&room(&layer, move || Slow(waiting.clone())), "/room/lobby/").await;
    for _ in 0..5 {
        layer.group_send("lobby", Message::new("go")).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(client.receive_from().await.unwrap(), "waiting");
    gate.add_permits(100);
    let closed = loop {
        match client.receive_close().await {
            Ok(closed) => break closed,
            Err(error) => assert!(error.to_string().contains("waiting"), "{error}"),
        }
    };
    assert_eq!(closed, (1013, "messages were missed".into()));
    client.wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_layer_comes_from_the_endpoint_or_else_from_the_router() {
    struct Named;
    impl WebSocketConsumer for Named {
        async fn connect(&mut self, context: &mut Context) -> Outcome {
            context.accept().await?;
            Ok(context.send_text(context.channel_name()?).await?)
        }
    }
    let layer = memory();
    let sockets = UrlRouter::new().path("a", WebSocketEndpoint::new(|| Named)).unwrap();
    let router = ProtocolRouter::new().websocket(sockets.clone()).channel_layer(layer);
    let mut client = WebSocketCommunicator::new(router, "/a");
    client.connect().await.unwrap();
    assert!(client.receive_from().await.unwrap().to_string().starts_with("specific."));

    let mut client = WebSocketCommunicator::new(sockets, "/a");
    client.connect().await.unwrap();
    assert!(client.receive_from().await.unwrap_err().to_string().contains("no channel layer"));
}

#[tokio::test(start_paused = true)]
async fn a_group_whose_name_is_none_is_an_error_before_accept() {
    let router = room(&memory(), || Slow(Arc::new(Semaphore::new(0))));
    let mut client = WebSocketCommunicator::new(router, "/room/a%20b/");
    assert!(client.connect().await.unwrap_err().to_string().contains("no name for a group"));
}
