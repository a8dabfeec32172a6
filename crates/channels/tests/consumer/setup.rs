//! Consumers and clients for the tests.

use std::sync::{Arc, Mutex};

use channels::consumer::{WebSocketConsumer, WebSocketEndpoint};
use channels::layer::{MemoryLayer, SharedLayer};
use channels::routing::UrlRouter;
use channels::testing::WebSocketCommunicator;

/// What consumers of a test have seen, in order.
#[derive(Clone, Debug, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    pub fn read(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub fn memory() -> SharedLayer {
    Arc::new(MemoryLayer::default())
}

/// A router with one room, and a layer.
pub fn room<C: WebSocketConsumer>(layer: &SharedLayer, make: impl Fn() -> C + Send + Sync + 'static) -> UrlRouter {
    let endpoint = WebSocketEndpoint::new(make).channel_layer(layer.clone());
    UrlRouter::new().path("room/<str:group>/", endpoint).unwrap()
}

/// A client that is connected.
pub async fn enter(router: &UrlRouter, path: &str) -> WebSocketCommunicator {
    let mut client = WebSocketCommunicator::new(router.clone(), path);
    client.connect().await.unwrap();
    client
}
