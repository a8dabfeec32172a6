//! People in rooms.

use channels::consumer::{Context, Outcome, WebSocketConsumer};
use channels::layer::{ChannelLayer, MemoryLayer, Message};
use channels::scope::Scope;
use channels::websocket::{ByteString, Closed};
use std::sync::Arc;

use crate::setup::{enter, memory, room};

struct Chat;

impl WebSocketConsumer for Chat {
    channels::events!(chat_message);

    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        Ok(vec![scope.str("group")?.to_owned()])
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        let message = Message::new("chat.message").with("text", &*text);
        Ok(context.group_send(context.scope().str("group")?, message).await?)
    }

    async fn disconnect(&mut self, context: &mut Context, _: Closed) -> Outcome {
        let message = Message::new("chat.message").with("text", "somebody left");
        Ok(context.group_send(context.scope().str("group")?, message).await?)
    }
}

impl Chat {
    async fn chat_message(&mut self, context: &mut Context, message: Message) -> Outcome {
        Ok(context.send_text(message.get("text").and_then(|text| text.as_str()).unwrap_or_default()).await?)
    }
}

#[tokio::test(start_paused = true)]
async fn what_one_says_all_in_the_room_hear_and_nobody_else() {
    let router = room(&memory(), || Chat);
    let (mut anna, mut bob) = (enter(&router, "/room/lobby/").await, enter(&router, "/room/lobby/").await);
    let mut elsewhere = enter(&router, "/room/attic/").await;
    anna.send_to("hello").await.unwrap();
    assert_eq!(anna.receive_from().await.unwrap(), "hello");
    assert_eq!(bob.receive_from().await.unwrap(), "hello");
    assert!(elsewhere.receive_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn messages_come_in_the_order_they_were_said() {
    let router = room(&memory(), || Chat);
    let (mut anna, mut bob) = (enter(&router, "/room/lobby/").await, enter(&router, "/room/lobby/").await);
    for number in 0..50 {
        anna.send_to(number.to_string()).await.unwrap();
    }
    for number in 0..50 {
        assert_eq!(bob.receive_from().await.unwrap(), number.to_string().as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_left_is_no_member_any_more() {
    let layer = Arc::new(MemoryLayer::default());
    let router = room(&(layer.clone() as _), || Chat);
    let (mut anna, mut bob) = (enter(&router, "/room/lobby/").await, enter(&router, "/room/lobby/").await);
    bob.disconnect(1000).await.unwrap();
    assert_eq!(anna.receive_from().await.unwrap(), "somebody left");
    let before = layer.metrics().delivered;
    anna.send_to("alone").await.unwrap();
    assert_eq!(anna.receive_from().await.unwrap(), "alone");
    assert_eq!(layer.metrics().delivered - before, 1);
}
