//! Stage 6, a group chat over a channel layer: any number of processes, in Rust and in Python.
//!
//! `cargo run --example group_layer` keeps the groups in memory, `-- --redis redis://127.0.0.1` in Redis, where a
//! consumer of Django Channels may be in the same group: the message is the one that Django's tutorials send,
//! `{"type": "xx.oo", "message": {"text": "..."}}`.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use channels::broadcast::Broadcaster;
use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::layer::{LayerError, MemoryLayer, Message, RedisLayer, RedisOptions, SharedLayer, Value};
use channels::routing::{ProtocolRouter, UrlRouter};
use channels::websocket::{ByteString, Frame};

struct Chat(Broadcaster);

impl WebSocketConsumer for Chat {
    async fn connect(&mut self, context: &mut Context) -> Outcome {
        context.accept().await?;
        let group = context.scope().str("group")?.to_owned();
        Ok(context.join_broadcast(&self.0, &group).await?)
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        let said = BTreeMap::from([("text".to_owned(), Value::from(&*text))]);
        let message = Message::new("xx.oo").with("message", said);
        Ok(self.0.send(context.scope().str("group")?, message).await?)
    }
}

/// What an event is to clients: made once for all of them.
fn frame(_group: &str, event: &Message) -> Option<Frame> {
    Some(Frame::text(event.get("message")?.as_map()?.get("text")?.as_str()?))
}

async fn layer() -> Result<SharedLayer, LayerError> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--redis"), Some(url)) => Ok(Arc::new(RedisLayer::connect(RedisOptions::new([url])).await?)),
        (None, _) => Ok(Arc::new(MemoryLayer::default())),
        _ => Err(LayerError::Configuration("usage: group_layer [--redis URL]".into())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let broadcaster = Broadcaster::new(layer().await?, frame);
    let chat = WebSocketEndpoint::new(move || Chat(broadcaster.clone()));
    // Pages from anywhere may connect, for the sake of the lesson; see `echo` for what a service does. A group's name
    // has ASCII letters, digits, `-`, `_` and `.`, so the pattern takes nothing else.
    let sockets =
        UrlRouter::new().path("room/<slug:group>/", chat.clone())?.regex(r"ws/(?P<group>[-.a-zA-Z0-9_]+)/$", chat)?;
    let router = ProtocolRouter::new().websocket(sockets).http(support::page(include_str!("pages/chat.html")));
    axum::serve(support::listen().await?, Router::new().fallback_service(router)).await?;
    Ok(())
}
