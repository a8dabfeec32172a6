//! The client's side: for tests and tools.

use std::io;
use std::sync::Arc;

use http::{HeaderMap, StatusCode, Uri};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Settings, Socket};
use crate::protocol::Role;
use crate::protocol::handshake::{ClientAgreement, ClientHandshake, HandshakeError};

/// An answer to a handshake may have this many bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Header lines of an answer, at most.
const MAX_HEADERS: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("not the address of a WebSocket: {0}")]
    Address(String),
    #[error("the server refused the handshake with status {0}")]
    Refused(StatusCode),
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error("the answer to the handshake is no HTTP")]
    NotHttp,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Connects to a `ws://host:port/path` address. `wss` needs [`connect_with`] and a TLS stream.
pub async fn connect(address: &str, settings: Arc<Settings>) -> Result<Socket, ConnectError> {
    let uri: Uri = address.parse().map_err(|_| ConnectError::Address(address.into()))?;
    let (Some("ws"), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(ConnectError::Address(address.into()));
    };
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await?;
    let (head, read, agreement) = handshake(stream, &uri, &HeaderMap::new(), &[], &settings).await?;
    Ok(Socket::from_tcp(head, Role::Client, agreement.deflate, settings, &read))
}

/// Performs the handshake over any stream. Answers the socket and the subprotocol that the server chose.
pub async fn connect_with(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    uri: &Uri,
    headers: &HeaderMap,
    subprotocols: &[&str],
    settings: Arc<Settings>,
) -> Result<(Socket, Option<String>), ConnectError> {
    let (stream, read, agreement) = handshake(stream, uri, headers, subprotocols, &settings).await?;
    Ok((Socket::from_stream(stream, Role::Client, agreement.deflate, settings, &read), agreement.subprotocol))
}

async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    uri: &Uri,
    headers: &HeaderMap,
    subprotocols: &[&str],
    settings: &Settings,
) -> Result<(S, Vec<u8>, ClientAgreement), ConnectError> {
    let handshake = ClientHandshake::new(subprotocols, settings.compression);
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let host = uri.authority().map_or("localhost", |authority| authority.as_str());
    let mut request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
    for (name, value) in handshake.request_headers().iter().chain(headers) {
        request.extend_from_slice(name.as_str().as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    stream.flush().await?;

    let mut read = Vec::new();
    loop {
        if let Some((status, headers, length)) = parse_head(&read)? {
            if status != StatusCode::SWITCHING_PROTOCOLS {
                return Err(ConnectError::Refused(status));
            }
            let agreement = handshake.check_response(status, &headers)?;
            return Ok((stream, read.split_off(length), agreement));
        }
        if read.len() > MAX_HEAD {
            return Err(ConnectError::NotHttp);
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

/// The head of a response and its length, once it is whole.
fn parse_head(bytes: &[u8]) -> Result<Option<(StatusCode, HeaderMap, usize)>, ConnectError> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut lines);
    let httparse::Status::Complete(length) = head.parse(bytes).map_err(|_| ConnectError::NotHttp)? else {
        return Ok(None);
    };
    let status = head.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or(ConnectError::NotHttp)?;
    let mut headers = HeaderMap::new();
    for line in head.headers {
        let name = http::HeaderName::from_bytes(line.name.as_bytes()).map_err(|_| ConnectError::NotHttp)?;
        headers.append(name, http::HeaderValue::from_bytes(line.value).map_err(|_| ConnectError::NotHttp)?);
    }
    Ok(Some((status, headers, length)))
}
