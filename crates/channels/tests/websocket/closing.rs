use std::time::Duration;

use channels::protocol::close_code;
use channels::websocket::{Closed, Connections, Frame, Incoming, SendError, Settings, connect};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::setup::{echo, in_memory, over_tcp, serve, spawn};

#[tokio::test]
async fn the_peers_close_frame_is_answered_with_its_code() {
    let address = serve(Settings::default(), echo).await;
    let (mut client, _) = connect_async(&address).await.unwrap();
    client.close(Some(CloseFrame { code: 4000.into(), reason: "enough".into() })).await.unwrap();
    let Some(Ok(Message::Close(Some(answer)))) = client.next().await else { panic!("no answer") };
    assert_eq!(u16::from(answer.code), 4000);
    assert!(client.next().await.is_none());
}

#[tokio::test]
async fn the_server_closes_with_a_code_and_a_reason_after_everything_that_waits() {
    let address = serve(Settings::default(), |mut socket| async move {
        for number in 0..1000 {
            socket.send(&Frame::text(&format!("{number}{}", " ".repeat(1000)))).await.unwrap();
        }
        socket.close(4001, "再见").await;
    })
    .await;
    let mut client = connect(&address, Settings::shared()).await.unwrap();
    for number in 0..1000 {
        let Ok(Incoming::Text(text)) = client.receive().await else { panic!("message {number} is missing") };
        assert_eq!(text.trim(), number.to_string());
    }
    assert_eq!(client.receive().await, Err(Closed::ByPeer { code: 4001, reason: "再见".into() }));
}

#[tokio::test]
async fn data_that_nobody_reads_any_more_does_not_destroy_the_close_frame() {
    let (server, mut stream) = over_tcp(Settings::default()).await;
    stream.write_all(&[0; 100_000]).await.unwrap();
    server.sender().close(4002, "");
    drop(server);
    let mut told = Vec::new();
    stream.read_to_end(&mut told).await.unwrap();
    assert_eq!(told, [0x88, 2, 0x0F, 0xA2]);
}

#[tokio::test]
async fn a_peer_that_said_goodbye_does_not_wait_for_the_socket_to_be_dropped() {
    let (mut server, mut stream) = over_tcp(Settings::default()).await;
    stream.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.unwrap();
    assert_eq!(server.receive().await.unwrap_err().code(), 1005);
    let mut told = Vec::new();
    stream.read_to_end(&mut told).await.unwrap();
    assert_eq!(told, [0x88, 0]);
    assert_eq!(server.receive().await, Err(Closed::Lost));
}

#[tokio::test]
async fn nothing_is_sent_after_a_close_frame() {
    let (server, mut client) = in_memory(1024, Settings::default());
    let sender = server.sender();
    sender.close(close_code::NORMAL, "");
    assert_eq!(sender.send(&Frame::text("too late")), Err(SendError::Closed));
    assert_eq!(client.receive().await.unwrap_err().code(), 1000);
}

#[tokio::test]
async fn the_task_of_a_connection_sees_that_somebody_else_closed_it() {
    let (mut server, mut client) = in_memory(1024, Settings::default());
    let sender = server.sender();
    let task = spawn(async move { server.receive().await });
    tokio::task::yield_now().await;
    sender.close(close_code::GOING_AWAY, "restarting");
    assert_eq!(client.receive().await.unwrap_err().code(), 1001);
    assert_eq!(task.await.unwrap().unwrap_err().code(), 1001);
}

#[tokio::test]
async fn a_sender_that_is_kept_does_not_keep_the_connection_open() {
    let (server, mut stream) = over_tcp(Settings::default()).await;
    let sender = server.sender();
    drop(server);
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
    assert_eq!(sender.send(&Frame::text("hello")), Err(SendError::Closed));

    let (server, mut client) = in_memory(1024, Settings::default());
    let sender = server.sender();
    drop(server);
    assert_eq!(client.receive().await, Err(Closed::Lost));
    assert_eq!(sender.send(&Frame::text("hello")), Err(SendError::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_drain_lets_connections_go_in_batches() {
    let connections = Connections::default();
    let mut clients = Vec::new();
    for _ in 0..10 {
        let (mut server, mut client) = in_memory(1024, Settings::default());
        connections.add(&server.sender());
        spawn(async move { server.receive().await });
        clients.push(spawn(async move {
            let code = client.receive().await.unwrap_err().code();
            (code, tokio::time::Instant::now())
        }));
    }
    assert_eq!(connections.len(), 10);
    let start = tokio::time::Instant::now();
    connections.drain(close_code::SERVICE_RESTART, "restarting", 4, Duration::from_secs(1)).await;
    assert!(connections.is_empty());
    let mut at = Vec::new();
    for client in clients {
        let (code, when) = client.await.unwrap();
        assert_eq!(code, 1012);
        at.push((when - start).as_secs());
    }
    at.sort();
    assert_eq!(at, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
}
