//! The codec without our sockets: a TCP stream, a handshake, and frames as a test wants them.

use channels::protocol::handshake::{ClientHandshake, check_request};
use channels::protocol::{Decoder, Deflate, Event, Limits, Opcode, Role, deflate, encode_frame};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::pair::Opener;
use crate::peer::{Compression, Peer, Theirs};

pub struct Wire {
    stream: TcpStream,
    decoder: Decoder,
    role: Role,
    deflate: Option<Deflate>,
    received: Vec<u8>,
}

impl Wire {
    pub async fn open(peer: &mut Peer, opener: Opener, deflate: Option<Compression>) -> (Self, Theirs) {
        match opener {
            Opener::Peer => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = format!("ws://{}/", listener.local_addr().unwrap());
                let accept = async { Self::accept(listener.accept().await.unwrap().0).await };
                let (theirs, wire) = tokio::join!(peer.connect(&address, &[], deflate), accept);
                (wire, theirs.unwrap())
            }
            Opener::Us => {
                let address = peer.listen(&[], deflate).await;
                let wire = Self::connect(address.trim_start_matches("ws://").trim_end_matches('/')).await;
                (wire, peer.accept().await)
            }
        }
    }

    async fn accept(mut stream: TcpStream) -> Self {
        let (line, headers, received) = head(&mut stream).await;
        assert_eq!(line, "GET / HTTP/1.1");
        let offer = check_request(&Method::GET, Version::HTTP_11, &headers).unwrap();
        let deflate = offer.negotiate_deflate();
        let response = lines("HTTP/1.1 101 Switching Protocols", &offer.response_headers(None, deflate));
        stream.write_all(&response).await.unwrap();
        Self::new(stream, Role::Server, deflate, received)
    }

    async fn connect(host: &str) -> Self {
        let mut stream = TcpStream::connect(host).await.unwrap();
        let handshake = ClientHandshake::new(&[], true);
        let mut request = handshake.request_headers();
        request.insert("host", host.parse().unwrap());
        stream.write_all(&lines("GET / HTTP/1.1", &request)).await.unwrap();
        let (line, headers, received) = head(&mut stream).await;
        assert!(line.starts_with("HTTP/1.1 101 "), "{line}");
        let agreement = handshake.check_response(StatusCode::SWITCHING_PROTOCOLS, &headers).unwrap();
        Self::new(stream, Role::Client, agreement.deflate, received)
    }

    fn new(stream: TcpStream, role: Role, deflate: Option<Deflate>, received: Vec<u8>) -> Self {
        Self { stream, decoder: Decoder::new(role, Limits::default(), deflate), role, deflate, received }
    }

    /// One frame; `rsv1` begins a compressed message.
    pub async fn send(&mut self, opcode: Opcode, fin: bool, rsv1: bool, payload: &[u8]) {
        let mask = (self.role == Role::Client).then(rand::random);
        let mut out = Vec::new();
        encode_frame(&mut out, opcode, fin, rsv1, mask, payload);
        self.stream.write_all(&out).await.unwrap();
    }

    /// A payload for frames of a compressed message.
    pub fn compress(&self, payload: &[u8]) -> Vec<u8> {
        let agreed = self.deflate.unwrap();
        let window = if self.role == Role::Server { agreed.server_window_bits } else { agreed.client_window_bits };
        deflate::compress(payload, window)
    }

    pub async fn event(&mut self) -> Event {
        loop {
            let mut input = &mut self.received[..];
            let before = input.len();
            let event = self.decoder.decode(&mut input).unwrap();
            let used = before - input.len();
            self.received.drain(..used);
            if let Some(event) = event {
                return event;
            }
            assert_ne!(self.stream.read_buf(&mut self.received).await.unwrap(), 0, "the peer has gone");
        }
    }
}

fn lines(first: &str, headers: &HeaderMap) -> Vec<u8> {
    let mut out = format!("{first}\r\n");
    for (name, value) in headers {
        out.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    out.push_str("\r\n");
    out.into_bytes()
}

/// The first line, the headers, and what came after them.
async fn head(stream: &mut TcpStream) -> (String, HeaderMap, Vec<u8>) {
    let mut received = Vec::new();
    let end = loop {
        assert_ne!(stream.read_buf(&mut received).await.unwrap(), 0, "no end of the headers");
        if let Some(at) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at;
        }
    };
    let rest = received.split_off(end + 4);
    let text = String::from_utf8(received).unwrap();
    let mut lines = text.trim_end().lines();
    let first = lines.next().unwrap().to_owned();
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
        })
        .collect();
    (first, headers, rest)
}
