//! Stage 5, a group chat with a list of connections.
//!
//! All that it needs, as long as there is one process: the list knows nothing of other servers. The next stage does.

mod support;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use channels::consumer::{Context, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::routing::{ProtocolRouter, UrlRouter};
use channels::websocket::{ByteString, Frame, SendError, Sender};

/// Who is in which group.
#[derive(Clone, Default)]
struct Connections(Arc<Mutex<Vec<(String, Sender)>>>);

impl Connections {
    fn list(&self) -> MutexGuard<'_, Vec<(String, Sender)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Chat {
    connections: Connections,
    own: Option<Sender>,
}

impl WebSocketConsumer for Chat {
    async fn connect(&mut self, context: &mut Context) -> Outcome {
        context.accept().await?;
        let (group, sender) = (context.scope().str("group")?.to_owned(), context.sender()?.clone());
        self.own = Some(sender.clone());
        self.connections.list().push((group, sender));
        Ok(())
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        let group = context.scope().str("group")?;
        // Made once, and the same for all.
        let frame = Frame::text(&text);
        for (_, sender) in self.connections.list().iter().filter(|(other, _)| other == group) {
            // Who does not keep up must not hold up the others: its own consumer is told that it is behind.
            if sender.send(&frame) == Err(SendError::Behind) {
                sender.fall_behind();
            }
        }
        Ok(())
    }
}

impl Drop for Chat {
    /// In `disconnect` it would be forgotten after an error. A consumer is dropped whatever happens.
    fn drop(&mut self) {
        if let Some(own) = &self.own {
            self.connections.list().retain(|(_, sender)| !sender.is_same(own));
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connections = Connections::default();
    let chat = WebSocketEndpoint::new(move || Chat { connections: connections.clone(), own: None });
    // Pages from anywhere may connect, for the sake of the lesson; see `echo` for what a service does.
    let sockets = UrlRouter::new().path("room/<str:group>/", chat.clone())?.regex(r"ws/(?P<group>\w+)/$", chat)?;
    let router = ProtocolRouter::new().websocket(sockets).http(support::page(include_str!("pages/chat.html")));
    axum::serve(support::listen().await?, Router::new().fallback_service(router)).await?;
    Ok(())
}
