//! Django consumers, a Rust consumer and a Rust channel in one group chat.

use std::sync::Arc;
use std::time::Duration;

use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::layer::{Message, Received, RedisLayer, RedisOptions, RedisPubSubLayer, SharedLayer, Value};
use channels::routing::UrlRouter;
use channels::scope::Scope;
use channels::websocket::ByteString;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::environment::{own_prefix, redis_urls};
use crate::peer::Peer;

async fn received(layer: &SharedLayer, channel: &str) -> Message {
    match timeout(Duration::from_secs(20), layer.receive(channel)).await.expect("a message comes").unwrap() {
        Received::Message(message) => message,
        Received::Behind => panic!("nothing was lost"),
    }
}

fn said(text: &str) -> Message {
    Message::new("chat.message").with("message", text)
}

/// What the Django consumers are, in Rust.
struct Chat;

impl WebSocketConsumer for Chat {
    channels::events!(chat_message);

    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        Ok(vec![format!("chat_{}", scope.str("room")?)])
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        let group = format!("chat_{}", context.scope().str("room")?);
        let heard: serde_json::Value = serde_json::from_str(&text)?;
        context.group_send(&group, said(heard["message"].as_str().unwrap_or_default())).await?;
        Ok(())
    }
}

impl Chat {
    async fn chat_message(&mut self, context: &mut Context, event: Message) -> Outcome {
        let message = event.get("message").and_then(Value::as_str).unwrap_or_default();
        context.send_text(&json!({"message": message}).to_string()).await?;
        Ok(())
    }
}

/// Serves the Rust consumer on a free port.
async fn rust_chat(layer: SharedLayer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = WebSocketEndpoint::new(|| Chat).channel_layer(layer);
    let router = UrlRouter::new().path("ws/chat/<str:room>/", endpoint).unwrap();
    tokio::spawn(axum::serve(listener, axum::Router::new().fallback_service(router)).into_future());
    format!("ws://{address}/ws")
}

async fn everybody_in_the_room_sees_what_anybody_says(layer: SharedLayer, prefix: &str, backend: &str, server: &str) {
    let config = json!({
        "hosts": redis_urls(4), "prefix": prefix, "backend": backend, "server": server, "port": 0,
    });
    let (_django, listening) = Peer::start("chat", &[config.to_string()]).await;
    let address = format!("ws://127.0.0.1:{}/ws", listening["port"]);
    let (one, _) = Peer::start("socket_client.py", &[format!("{address}/chat/lobby/")]).await;
    let (two, _) = Peer::start("socket_client.py", &[format!("{address}/sync-chat/lobby/")]).await;
    let address = rust_chat(layer.clone()).await;
    let (three, _) = Peer::start("socket_client.py", &[format!("{address}/chat/lobby/")]).await;
    let rust = layer.new_channel();
    layer.group_add("chat_lobby", &rust).await.unwrap();

    let mut sockets = [one, two, three];
    for (text, speaker) in [("我在", Some(0)), ("me too", Some(1)), ("and Rust", Some(2)), ("and its layer", None)] {
        match speaker {
            Some(speaker) => {
                let text = json!({"message": text}).to_string();
                sockets[speaker].ask(json!({"command": "send", "text": text})).await;
            }
            None => layer.group_send("chat_lobby", said(text)).await.unwrap(),
        }
        assert_eq!(received(&layer, &rust).await, said(text));
        for socket in &mut sockets {
            let shown = socket.ask(json!({"command": "receive"})).await;
            let shown: serde_json::Value = serde_json::from_str(shown.as_str().unwrap()).unwrap();
            assert_eq!(shown, json!({"message": text}));
        }
    }
}

#[tokio::test]
async fn a_chat_on_daphne_is_shared_with_rust_in_the_core_format() {
    let prefix = own_prefix();
    let layer = RedisLayer::connect(RedisOptions::new(redis_urls(4)).prefix(&prefix)).await.unwrap();
    everybody_in_the_room_sees_what_anybody_says(Arc::new(layer), &prefix, "core", "daphne").await;
}

#[tokio::test]
async fn a_chat_on_uvicorn_is_shared_with_rust_over_pub_sub() {
    let prefix = own_prefix();
    let layer = RedisPubSubLayer::connect(RedisOptions::new(redis_urls(4)).prefix(&prefix)).await.unwrap();
    everybody_in_the_room_sees_what_anybody_says(Arc::new(layer), &prefix, "pubsub", "uvicorn").await;
}
