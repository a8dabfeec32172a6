//! What is written into the log: each misfortune once, and a client's mistakes only for those who look for them.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::response::Response;
use channels::consumer::{Context, Halt, JsonConsumer, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::http_consumer::{HttpContext, HttpEndpoint, LongPollConsumer};
use channels::middleware::{AllowedHostsLayer, OriginLayer};
use channels::websocket::ByteString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What this crate logs in the test's thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    fn take(&self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("channels::")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push((*event.metadata().level(), text.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Chat;

impl WebSocketConsumer for Chat {
    async fn receive_text(&mut self, _: &mut Context, text: ByteString) -> Outcome {
        match &*text {
            "error" => Err(Halt::error("the ink is dry")),
            "panic" => panic!("the pen broke"),
            _ => Ok(()),
        }
    }
}

struct Numbers;

impl JsonConsumer for Numbers {
    type Incoming = u32;

    async fn receive(&mut self, _: &mut Context, _: u32) -> Outcome {
        Ok(())
    }
}

struct Broken;

impl LongPollConsumer for Broken {
    async fn poll(&mut self, _: &mut HttpContext) -> Outcome<Option<Response>> {
        Err(Halt::error("the ink is dry"))
    }
}

const HANDSHAKE: &str = "Host: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// An empty close frame.
const GOODBYE: &[u8] = b"\x88\x80\0\0\0\0";

/// Writes a request and what may follow it, reads until the server closes, and answers what was logged for it.
async fn logged(path: &str, head: &str, frames: &[u8]) -> Vec<(Level, String)> {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let app = Router::new()
        .route_service("/chat", WebSocketEndpoint::new(|| Chat))
        .route_service("/json", WebSocketEndpoint::json(|| Numbers))
        .route_service("/poll", HttpEndpoint::long_poll(|| Broken))
        .route_service("/own", tower_layer::Layer::layer(&OriginLayer::same_host(), WebSocketEndpoint::new(|| Chat)))
        .layer(AllowedHostsLayer::new(["localhost"]).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    stream.write_all(&[format!("GET {path} HTTP/1.1\r\n{head}").as_bytes(), frames].concat()).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    log.take()
}

async fn assert_logged_once(path: &str, head: &str, frames: &[u8], level: Level, words: &str) {
    let logged = logged(path, head, frames).await;
    let [(came, text)] = &logged[..] else { panic!("once, not {logged:?}") };
    assert!(*came == level && text.contains(words), "{logged:?}");
}

/// A text frame, masked with zeros.
fn text(text: &str) -> Vec<u8> {
    [&[0x81, 0x80 | text.len() as u8, 0, 0, 0, 0], text.as_bytes()].concat()
}

#[tokio::test]
async fn a_client_s_mistakes_are_logged_once_at_the_lowest_level() {
    let no_key = HANDSHAKE.replace("Sec-WebSocket-Key", "Connection: close\r\nX-Key");
    let mistaken = HANDSHAKE.replace("localhost", "example.org\r\nConnection: close");
    let foreign = HANDSHAKE.replace("Upgrade: ", "Origin: https://example.org\r\nConnection: close\r\nUpgrade: ");
    for (path, head, frames, words) in [
        ("/chat", &*no_key, vec![], "no handshake"),
        ("/chat", &*mistaken, vec![], "a request is refused"),
        ("/own", &*foreign, vec![], "pages of this origin"),
        ("/chat", HANDSHAKE, b"\x81\x02Hi".to_vec(), "not masked"),
        ("/chat", HANDSHAKE, b"\x81\x81\0\0\0\0\xff".to_vec(), "not UTF-8"),
        ("/chat", HANDSHAKE, b"\x82\xff\0\0\x01\0\0\0\0\0\0\0\0\0".to_vec(), "are allowed"),
        ("/json", HANDSHAKE, [&text("{")[..], GOODBYE].concat(), "no proper JSON"),
    ] {
        assert_logged_once(path, head, &frames, Level::DEBUG, words).await;
    }
}

#[tokio::test]
async fn a_consumer_that_fails_is_logged_once_as_an_error() {
    assert_logged_once("/chat", HANDSHAKE, &text("error"), Level::ERROR, "the ink is dry").await;
    assert_logged_once("/chat", HANDSHAKE, &text("panic"), Level::ERROR, "the pen broke").await;
    let request = "Host: localhost\r\nConnection: close\r\n\r\n";
    assert_logged_once("/poll", request, b"", Level::ERROR, "the ink is dry").await;
}

#[tokio::test]
async fn who_comes_and_goes_as_is_proper_is_not_logged() {
    assert_eq!(logged("/chat", HANDSHAKE, &[&text("hello")[..], GOODBYE].concat()).await, []);
}
