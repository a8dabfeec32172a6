use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use channels::protocol::Limits;
use channels::websocket::{Closed, ConnectError, Frame, Incoming, Settings, Upgrade, connect, connect_with};
use futures_util::{SinkExt, StreamExt};
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::setup::{echo, in_memory, over_tcp, serve, spawn};

#[tokio::test]
async fn an_independent_client_talks_to_us_behind_axum() {
    let address = serve(Settings::default(), echo).await;
    let (mut client, _) = connect_async(&address).await.unwrap();
    for message in [Message::text("你好"), Message::text(""), Message::binary(vec![0; 70_000])] {
        client.send(message.clone()).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), message);
    }
    client.send(Message::Ping(Bytes::from_static(b"are you there"))).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Message::Pong(Bytes::from_static(b"are you there")));
}

#[tokio::test]
async fn our_own_client_talks_to_us_with_and_without_compression() {
    let address = serve(Settings::default(), echo).await;
    for compression in [true, false] {
        let settings = Settings { compression, ..Settings::default() };
        let mut client = connect(&address, settings.into()).await.unwrap();
        for text in ["短".to_owned(), "long ".repeat(10_000)] {
            client.send(&Frame::text(&text)).await.unwrap();
            assert_eq!(client.receive().await, Ok(Incoming::Text(text.into())));
        }
    }
}

#[tokio::test]
async fn a_server_on_another_stream_than_tcp_works_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let route = get(async |upgrade: Upgrade| upgrade.serve(Settings::shared(), echo));
    tokio::spawn(axum::serve(listener, Router::new().route("/", route)).into_future());
    for compression in [true, false] {
        let settings = Settings { compression, ..Settings::default() };
        let stream = UnixStream::connect(&path).await.unwrap();
        let address = "ws://localhost/".parse().unwrap();
        let (mut client, _) = connect_with(stream, &address, &HeaderMap::new(), &[], settings.into()).await.unwrap();
        for text in ["短".to_owned(), "long ".repeat(500_000)] {
            client.send(&Frame::text(&text)).await.unwrap();
            assert_eq!(client.receive().await, Ok(Incoming::Text(text.into())));
        }
        client.close(1000, "").await;
    }
}

#[tokio::test]
async fn frames_that_come_together_with_the_handshake_are_read() {
    let address = serve(Settings::default(), echo).await;
    let mut stream = TcpStream::connect(address.trim_start_matches("ws://").trim_end_matches('/')).await.unwrap();
    let mut bytes = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".to_vec();
    // "Hi", masked with zeros, twice.
    bytes.extend_from_slice(&[0x81, 0x82, 0, 0, 0, 0, b'H', b'i', 0x81, 0x82, 0, 0, 0, 0, b'H', b'i']);
    stream.write_all(&bytes).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(&[0x81, 2, b'H', b'i', 0x81, 2, b'H', b'i']) {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
}

#[tokio::test]
async fn a_request_that_is_no_websocket_gets_the_status_of_the_specification() {
    let address = serve(Settings::default(), echo).await;
    let host = address.trim_start_matches("ws://").trim_end_matches('/').to_owned();
    let status = async |request: &str| {
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap().to_owned()
    };
    let end = "Connection: close\r\nHost: x\r\n\r\n";
    let upgrade = "Connection: upgrade, close\r\nHost: x\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    assert!(status(&format!("GET / HTTP/1.1\r\n{end}")).await.contains(" 400 "));
    assert!(status(&format!("GET / HTTP/1.1\r\n{upgrade}Sec-WebSocket-Version: 8\r\n\r\n")).await.contains(" 426 "));
    assert!(status(&format!("GET / HTTP/1.0\r\n{upgrade}Sec-WebSocket-Version: 13\r\n\r\n")).await.contains(" 400 "));
    let refused = connect(&format!("{address}nowhere"), Settings::shared()).await;
    assert!(matches!(refused, Err(ConnectError::Refused(status)) if status == 404));
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_and_gone_after_two_pings_without_an_answer() {
    let (mut server, client) = in_memory(1024, Settings::default());
    let start = tokio::time::Instant::now();
    assert_eq!(server.receive().await, Err(Closed::Lost));
    assert_eq!(start.elapsed(), Duration::from_secs(75));
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_stays() {
    let (mut server, mut client) = in_memory(1024, Settings::default());
    let client = spawn(async move { client.receive().await });
    let waited = tokio::time::timeout(Duration::from_secs(600), server.receive()).await;
    assert!(waited.is_err(), "{waited:?}");
    assert!(!client.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_gone_after_the_write_timeout() {
    // The peer's end is open, and nobody reads it.
    let settings = Settings { heartbeat: Duration::from_secs(3600), ..Settings::default() };
    let (mut server, _client) = in_memory(16, settings);
    let start = tokio::time::Instant::now();
    server.send(&Frame::text("more than sixteen bytes")).await.unwrap();
    assert_eq!(server.receive().await, Err(Closed::Lost));
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test]
async fn a_dropped_receive_loses_nothing() {
    let (mut server, mut client) = in_memory(64, Settings::default());
    let sender = spawn(async move {
        for number in 0..200 {
            client.send(&Frame::text(&number.to_string())).await.unwrap();
        }
        client.receive().await
    });
    let mut next = 0;
    while next < 200 {
        tokio::select! {
            biased;
            incoming = server.receive() => {
                assert_eq!(incoming, Ok(Incoming::Text(next.to_string().into())));
                next += 1;
            }
            () = tokio::task::yield_now() => {}
        }
    }
    sender.abort();
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_by_its_header_and_the_peer_is_told() {
    let limits = Limits { message: 100, frame: 100, ..Limits::default() };
    let (mut server, mut stream) = over_tcp(Settings { limits, ..Settings::default() }).await;
    // A header that claims 65,535 bytes.
    stream.write_all(&[0x82, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0]).await.unwrap();
    let closed = server.receive().await.unwrap_err();
    assert_eq!(closed.code(), 1009);
    drop(server);
    let mut told = Vec::new();
    stream.read_to_end(&mut told).await.unwrap();
    assert_eq!(told[0], 0x88);
    assert_eq!(told[2..4], 1009u16.to_be_bytes());
}
