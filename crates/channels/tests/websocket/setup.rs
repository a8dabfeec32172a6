use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use channels::protocol::Role;
use channels::websocket::{Settings, Socket, Upgrade};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A server on a free port whose `/` is a WebSocket. It ends with the test's runtime.
pub async fn serve<F, Fut>(settings: Settings, serve: F) -> String
where
    F: Fn(Socket) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = Arc::new(settings);
    let route = get(move |upgrade: Upgrade| async move { upgrade.serve(settings, serve) });
    tokio::spawn(axum::serve(listener, Router::new().route("/", route)).into_future());
    format!("ws://{address}/")
}

/// Both ends of a WebSocket over a stream in memory that holds `bytes`.
pub fn in_memory(bytes: usize, settings: Settings) -> (Socket, Socket) {
    let (server, client) = tokio::io::duplex(bytes);
    let settings = Arc::new(settings);
    let server = Socket::from_stream(server, Role::Server, None, settings.clone(), &[]);
    (server, Socket::from_stream(client, Role::Client, None, settings, &[]))
}

/// Both ends of a WebSocket over TCP, with nothing said yet.
pub async fn over_tcp(settings: Settings) -> (Socket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (Socket::from_tcp(server, Role::Server, None, Arc::new(settings), &[]), client)
}

/// Sends back what comes, until the end.
pub async fn echo(mut socket: Socket) {
    use channels::websocket::{Frame, Incoming};
    loop {
        let frame = match socket.receive().await {
            Ok(Incoming::Text(text)) => Frame::text(&text),
            Ok(Incoming::Binary(bytes)) => Frame::binary(&bytes),
            Ok(Incoming::Behind) => continue,
            Err(_) => return,
        };
        if socket.send(&frame).await.is_err() {
            return;
        }
    }
}

pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(future)
}
