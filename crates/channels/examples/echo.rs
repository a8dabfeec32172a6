//! Stage 3, a WebSocket: the server answers each client, and may close the connection itself.
//!
//! In a room (`/room/<group>/` or `/ws/<group>/`) it answers politely, and says goodbye to who sends 关闭. Everywhere
//! else it sends back exactly what it gets, for test suites.

mod support;

use axum::Router;
use bytes::Bytes;
use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::protocol::close_code;
use channels::routing::{ProtocolRouter, UrlRouter};
use channels::websocket::{ByteString, Closed};

struct Polite;

impl WebSocketConsumer for Polite {
    async fn connect(&mut self, context: &mut Context) -> Outcome {
        println!("somebody connects to {}", context.scope().path());
        Ok(context.accept().await?)
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        if text == "关闭" {
            return Ok(context.close(close_code::NORMAL, "再见")?);
        }
        Ok(context.send_text(&format!("{text} 收到")).await?)
    }

    async fn receive_binary(&mut self, context: &mut Context, bytes: Bytes) -> Outcome {
        Ok(context.send_binary(&bytes).await?)
    }

    async fn disconnect(&mut self, _: &mut Context, closed: Closed) -> Outcome {
        println!("somebody has left with code {}", closed.code());
        Ok(())
    }
}

/// Accepts everybody, and repeats everything.
struct Echo;

impl WebSocketConsumer for Echo {
    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        Ok(context.send_text(&text).await?)
    }

    async fn receive_binary(&mut self, context: &mut Context, bytes: Bytes) -> Outcome {
        Ok(context.send_binary(&bytes).await?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Pages from anywhere may connect, for the sake of the lesson. A service that knows its users by cookies puts
    // `channels::middleware::OriginLayer` around its sockets, or foreign pages speak in its users' names.
    let sockets = UrlRouter::new()
        .path("room/<str:group>/", WebSocketEndpoint::new(|| Polite))?
        .regex(r"ws/(?P<group>\w+)/$", WebSocketEndpoint::new(|| Polite))?
        .regex("", WebSocketEndpoint::new(|| Echo))?;
    let router = ProtocolRouter::new().websocket(sockets).http(support::page(include_str!("pages/chat.html")));
    axum::serve(support::listen().await?, Router::new().fallback_service(router)).await?;
    Ok(())
}
