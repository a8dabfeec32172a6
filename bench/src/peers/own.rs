//! The `channels` library.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::routing::get;
use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::groups::Groups;
use channels::layer::{MemoryLayer, Message, Options, Value};
use channels::scope::Scope;
use channels::websocket::{ByteString, Frame, Incoming, Settings, Socket, Upgrade};
use tokio::net::TcpListener;

type Rooms = Groups<(), Frame>;

/// The room writes ready frames straight to the sockets.
pub async fn serve(listener: TcpListener) -> Result<()> {
    let (rooms, settings) = (Rooms::new(), Settings::shared());
    let room = get(move |upgrade: Upgrade| async move { upgrade.serve(settings, |socket| member(rooms, socket)) });
    Ok(axum::serve(listener, Router::new().route("/room/bench/", room)).await?)
}

async fn member(rooms: Rooms, mut socket: Socket) {
    let _membership = rooms.join((), Arc::new(socket.sender()));
    while let Ok(incoming) = socket.receive().await {
        if let Incoming::Text(text) = incoming {
            rooms.send(&(), Frame::text(&text));
        }
    }
}

/// A consumer a connection, in a group of the layer in memory.
pub async fn serve_consumers(listener: TcpListener) -> Result<()> {
    // As many messages as the load has under way fit in.
    let layer = Arc::new(MemoryLayer::new(Options::default().capacity(10_000)));
    let room = WebSocketEndpoint::new(|| Chat).channel_layer(layer);
    Ok(axum::serve(listener, Router::new().route_service("/room/bench/", room)).await?)
}

struct Chat;

impl WebSocketConsumer for Chat {
    channels::events!(chat_message);

    fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
        Ok(vec!["bench".to_owned()])
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        context.group_send("bench", Message::new("chat.message").with("text", &*text)).await?;
        Ok(())
    }
}

impl Chat {
    async fn chat_message(&mut self, context: &mut Context, message: Message) -> Outcome {
        context.send_text(message.get("text").and_then(Value::as_str).unwrap_or_default()).await?;
        Ok(())
    }
}
