//! A connection between us and a peer.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use channels::websocket::{Accept, ConnectError, Frame, Incoming, Settings, Socket, Upgrade, connect_with};
use http::{HeaderMap, StatusCode, Uri};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::peer::{Compression, Heard, Kind, Peer, Theirs};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    Peer,
    Us,
}

pub const OPENERS: [Opener; 2] = [Opener::Peer, Opener::Us];

/// Both ends.
pub struct Pair {
    pub ours: Socket,
    pub theirs: Theirs,
}

impl Pair {
    /// Opens a connection. Without `deflate` the peer does not compress.
    pub async fn open(peer: &mut Peer, opener: Opener, settings: Settings, deflate: Option<Compression>) -> Self {
        match opener {
            Opener::Peer => {
                let mut server = Server::start(settings).await;
                let theirs = peer.connect(&server.address, &[], deflate).await.unwrap();
                Self { ours: server.accept().await, theirs }
            }
            Opener::Us => {
                let address = peer.listen(&[], deflate).await;
                let (ours, _) = connect(&address, &[], settings).await.unwrap();
                Self { ours, theirs: peer.accept().await }
            }
        }
    }

    /// A message from us, as it arrives there.
    pub async fn assert_they_receive(&mut self, peer: &mut Peer, kind: Kind, payload: &[u8]) {
        let frame = match kind {
            Kind::Text => Frame::text(str::from_utf8(payload).unwrap()),
            Kind::Binary => Frame::binary(payload),
        };
        self.ours.send(&frame).await.unwrap();
        let heard = peer.receive(&self.theirs).await;
        assert!(heard == message(kind, payload), "{:?} receives something else: {kind:?}", peer.library);
    }

    /// A message from there, as it arrives here.
    pub async fn assert_we_receive(&mut self, peer: &mut Peer, kind: Kind, fragments: &[&[u8]]) {
        let send = peer.send(&self.theirs, kind, fragments);
        let ((), incoming) = tokio::join!(send, self.ours.receive());
        let heard = match incoming.unwrap() {
            Incoming::Text(text) => Heard::Text(text.into_bytes().to_vec()),
            Incoming::Binary(bytes) => Heard::Binary(bytes.to_vec()),
            Incoming::Behind => panic!("nothing is broadcast here"),
        };
        assert!(heard == message(kind, &fragments.concat()), "we receive something else: {:?}, {kind:?}", peer.library);
    }
}

pub fn message(kind: Kind, payload: &[u8]) -> Heard {
    match kind {
        Kind::Text => Heard::Text(payload.to_vec()),
        Kind::Binary => Heard::Binary(payload.to_vec()),
    }
}

/// Our server, behind axum. It ends with the test's runtime.
///
/// `/` takes WebSockets and the subprotocols `chat.v1` and `chat.v2`, `/refused` says 403, and there is nothing else.
pub struct Server {
    pub address: String,
    sockets: mpsc::UnboundedReceiver<Socket>,
}

impl Server {
    pub async fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}/", listener.local_addr().unwrap());
        let (accepted, sockets) = mpsc::unbounded_channel();
        let settings = Arc::new(settings);
        let accept = get(move |upgrade: Upgrade| async move { accept(upgrade, settings, accepted) });
        let routes = Router::new().route("/", accept).route("/refused", get(async || StatusCode::FORBIDDEN));
        tokio::spawn(axum::serve(listener, routes).into_future());
        Self { address, sockets }
    }

    pub async fn accept(&mut self) -> Socket {
        self.sockets.recv().await.unwrap()
    }
}

fn accept(upgrade: Upgrade, settings: Arc<Settings>, accepted: mpsc::UnboundedSender<Socket>) -> Response {
    let subprotocol = upgrade.subprotocols().iter().find(|name| ["chat.v1", "chat.v2"].contains(&name.as_str()));
    let accept = Accept { subprotocol: subprotocol.cloned(), headers: HeaderMap::new() };
    let (response, handshake) = upgrade.accept(settings, accept);
    tokio::spawn(async move { accepted.send(handshake.finish().await.unwrap()) });
    response
}

/// Our client.
pub async fn connect(
    address: &str,
    subprotocols: &[&str],
    settings: Settings,
) -> Result<(Socket, Option<String>), ConnectError> {
    let uri: Uri = address.parse().unwrap();
    let stream = TcpStream::connect(uri.authority().unwrap().as_str()).await.unwrap();
    connect_with(stream, &uri, &HeaderMap::new(), subprotocols, settings.into()).await
}
