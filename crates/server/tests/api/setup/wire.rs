//! A request on a connection of its own, byte by byte: for answers that are waited for later, and for requests that no
//! library would send.

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{Answer, Person, in_time};

/// A connection on which a request was sent.
#[derive(Debug)]
pub struct Wire<S = TcpStream> {
    stream: S,
}

impl Wire {
    /// Asks on a connection that takes only a little before it is read.
    pub async fn ask(person: &Person, path: &str, accept: &str) -> Self {
        let address = person.url.strip_prefix("http://").unwrap();
        let (name, value) = person.credentials();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let stream = in_time(socket.connect(address.parse().unwrap())).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: {accept}\r\n{name}: {value}\r\n");
        Wire::send(stream, format!("{head}connection: close\r\n\r\n").as_bytes()).await
    }

    /// Waits until the answer has begun, and leaves it where it is.
    pub async fn has_begun(&self) {
        in_time(self.stream.peek(&mut [0])).await.unwrap();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub async fn send(mut stream: S, request: &[u8]) -> Self {
        in_time(stream.write_all(request)).await.unwrap();
        in_time(stream.flush()).await.unwrap();
        Self { stream }
    }

    /// The answer of a request that asked for the connection to be closed.
    pub async fn answer(mut self) -> Answer {
        let mut bytes = Vec::new();
        // Some stacks end a TLS connection without saying goodbye; the length below tells whether all arrived.
        let _ = in_time(self.stream.read_to_end(&mut bytes)).await;
        let end = bytes.windows(4).position(|end| end == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&bytes)));
        let head = std::str::from_utf8(&bytes[..end]).unwrap().to_owned();
        let body = bytes.split_off(end + 4);
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
        }
        if let Some(length) = headers.get("content-length") {
            assert_eq!(length.to_str().unwrap(), body.len().to_string());
        }
        Answer { status, headers, body }
    }
}
