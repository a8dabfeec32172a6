//! Over real sockets, with a client that is not ours.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use channels::consumer::{Context, Halt, Outcome, WebSocketConsumer, WebSocketEndpoint};
use channels::http_consumer::HttpEndpoint;
use channels::layer::{Message, SharedLayer};
use channels::routing::{ProtocolRouter, UrlRouter};
use channels::scope::Scope;
use channels::websocket::{Accept, ByteString, Closed};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::setup::{Diary, memory};

struct Room(Diary);

impl WebSocketConsumer for Room {
    channels::events!(said);

    fn groups(&self, scope: &Scope) -> Outcome<Vec<String>> {
        Ok(vec![scope.str("group")?.to_owned()])
    }

    async fn connect(&mut self, context: &mut Context) -> Outcome {
        self.0.note("connect");
        match context.scope().str("group")? {
            "closed" => Err(Halt::Deny),
            "broken" => Err(Halt::error("the room is broken")),
            "slow" => std::future::pending().await,
            _ => {
                let subprotocol = context.scope().subprotocols().next().map(str::to_owned);
                context.accept_with(Accept { subprotocol, ..Accept::default() }).await?;
                Ok(context.send_text("welcome").await?)
            }
        }
    }

    async fn receive_text(&mut self, context: &mut Context, text: ByteString) -> Outcome {
        match &*text {
            "fail" => Err(Halt::error("as you wish")),
            "bye" => Ok(context.close(4000, "bye")?),
            text => {
                let group = context.scope().str("group")?;
                Ok(context.group_send(group, Message::new("said").with("text", text)).await?)
            }
        }
    }

    async fn receive_binary(&mut self, context: &mut Context, bytes: Bytes) -> Outcome {
        Ok(context.send_binary(&bytes).await?)
    }

    async fn disconnect(&mut self, _: &mut Context, closed: Closed) -> Outcome {
        self.0.note(format!("disconnect {}", closed.code()));
        Ok(())
    }
}

impl Room {
    async fn said(&mut self, context: &mut Context, message: Message) -> Outcome {
        Ok(context.send_text(message.get("text").and_then(|text| text.as_str()).unwrap_or_default()).await?)
    }
}

struct Server {
    address: SocketAddr,
    layer: SharedLayer,
    diary: Diary,
}

impl Server {
    async fn start() -> Self {
        let (layer, diary) = (memory(), Diary::default());
        let own = diary.clone();
        let sockets =
            UrlRouter::new().path("room/<str:group>/", WebSocketEndpoint::new(move || Room(own.clone()))).unwrap();
        let pages = UrlRouter::new().path("stream", HttpEndpoint::sse(|| Stream)).unwrap();
        let router = ProtocolRouter::new().websocket(sockets).http(pages).channel_layer(layer.clone());
        let app = Router::new().fallback_service(router);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, layer, diary }
    }

    async fn connect(&self, room: &str) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, Error> {
        let mut request = format!("ws://{}/room/{room}/", self.address).into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "chat".parse().unwrap());
        connect_async(request).await.map(|(socket, _)| socket)
    }

    async fn status(&self, room: &str) -> u16 {
        match self.connect(room).await {
            Err(Error::Http(response)) => response.status().as_u16(),
            other => panic!("{other:?}"),
        }
    }

    async fn until(&self, note: &str) {
        let noted = async {
            while self.diary.read().last().is_none_or(|last| last != note) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), noted).await.unwrap();
    }
}

async fn text(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> String {
    socket.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}

#[tokio::test]
async fn people_chat_through_an_axum_server() {
    let server = Server::start().await;
    let (mut anna, mut bob) = (server.connect("lobby").await.unwrap(), server.connect("lobby").await.unwrap());
    assert_eq!(text(&mut anna).await, "welcome");
    assert_eq!(text(&mut bob).await, "welcome");
    anna.send(Frame::text("你好")).await.unwrap();
    assert_eq!(text(&mut bob).await, "你好");
    bob.send(Frame::binary(vec![1, 2])).await.unwrap();
    assert_eq!(bob.next().await.unwrap().unwrap(), Frame::binary(vec![1, 2]));
    anna.close(None).await.unwrap();
    server.until("disconnect 1005").await;
}

#[tokio::test]
async fn refusals_are_http_answers() {
    let server = Server::start().await;
    assert_eq!(server.status("closed").await, 403);
    assert_eq!(server.status("broken").await, 500);
    assert_eq!(server.status("a/b").await, 404);
}

#[tokio::test]
async fn errors_and_goodbyes_are_close_codes() {
    let server = Server::start().await;
    for (word, code) in [("fail", 1011), ("bye", 4000)] {
        let mut socket = server.connect("lobby").await.unwrap();
        assert_eq!(text(&mut socket).await, "welcome");
        socket.send(Frame::text(word)).await.unwrap();
        let Frame::Close(Some(close)) = socket.next().await.unwrap().unwrap() else { panic!("no close frame") };
        assert_eq!(u16::from(close.code), code);
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_connect_runs_ends_the_consumer() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = "GET /room/slow/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    server.until("connect").await;
    drop(stream);
    server.until("disconnect 1006").await;
}

struct Stream;

impl channels::http_consumer::SseConsumer for Stream {
    channels::events!(channels::http_consumer::HttpContext => said);

    fn groups(&self, _: &Scope) -> Outcome<Vec<String>> {
        Ok(vec!["lobby".into()])
    }
}

impl Stream {
    async fn said(&mut self, context: &mut channels::http_consumer::HttpContext, message: Message) -> Outcome {
        let text = message.get("text").and_then(|text| text.as_str()).unwrap_or_default();
        Ok(context.send_event(&channels::http_consumer::SseEvent::new(text)).await?)
    }
}

#[tokio::test]
async fn an_event_stream_hears_what_is_said_on_sockets() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        assert!(stream.read_buf(&mut read).await.unwrap() > 0);
    }
    server.layer.group_send("lobby", Message::new("said").with("text", "hello")).await.unwrap();
    while !read.windows(13).any(|event| event == b"data: hello\n\n") {
        assert!(stream.read_buf(&mut read).await.unwrap() > 0);
    }
}
