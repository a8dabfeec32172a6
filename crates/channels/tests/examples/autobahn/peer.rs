//! A peer that can do everything wrong.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::setup::Example;

pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
pub const PING: u8 = 0x89;
pub const PONG: u8 = 0x8A;
/// Take it away from a first byte, and the frame is a fragment with others after it.
pub const FIN: u8 = 0x80;
pub const RSV1: u8 = 0x40;
pub const CONTINUATION: u8 = 0x00;
/// The fragment that ends its message.
pub const LAST: u8 = FIN | CONTINUATION;

/// A server that is silent for this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A frame as its first byte and its payload.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub first: u8,
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = String::from_utf8_lossy(&self.payload[..self.payload.len().min(40)]);
        write!(formatter, "{:#04x} with {} bytes {start:?}", self.first, self.payload.len())
    }
}

pub fn frame(first: u8, payload: impl AsRef<[u8]>) -> Frame {
    Frame { first, payload: payload.as_ref().to_vec() }
}

pub fn close(code: u16, reason: impl AsRef<[u8]>) -> Frame {
    frame(CLOSE, [&code.to_be_bytes(), reason.as_ref()].concat())
}

/// A message in frames of at most `size` bytes.
pub fn fragments(first: u8, payload: &[u8], size: usize) -> Vec<Frame> {
    let mut frames: Vec<Frame> = payload.chunks(size).map(|piece| frame(CONTINUATION, piece)).collect();
    frames[0].first = first & !FIN;
    frames.last_mut().unwrap().first |= FIN;
    frames
}

/// What a client writes: masked.
pub fn bytes(frames: &[Frame]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, Frame { first, payload }) in frames.iter().enumerate() {
        out.push(*first);
        match payload.len() {
            short @ 0..126 => out.push(0x80 | short as u8),
            long @ 126..0x1_0000 => {
                out.push(0x80 | 126);
                out.extend((long as u16).to_be_bytes());
            }
            longer => {
                out.push(0x80 | 127);
                out.extend((longer as u64).to_be_bytes());
            }
        }
        let mask = 0x9E37_79B9_u32.wrapping_mul(at as u32 + 1).to_le_bytes();
        out.extend(mask);
        out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    }
    out
}

/// How the connection has to end.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// The peer says goodbye, and the server agrees.
    ByPeer,
    /// What was sent holds a close frame, and the server answers it with this payload.
    Answered(Option<u16>),
    /// What was sent breaks a rule, and the server says which.
    Refused(u16),
}

/// Sends `sent` in writes of `write` bytes, and wants exactly these frames back and this end.
pub async fn check(echo: &Example, sent: &[Frame], write: usize, answers: &[Frame], end: End) {
    check_bytes(echo, &bytes(sent), write, answers, end).await;
}

/// Whole, in octets, and cut somewhere between.
pub async fn check_cuts(echo: &Example, sent: &[Frame], answers: &[Frame], end: End) {
    for write in [usize::MAX, 1, 7] {
        check(echo, sent, write, answers, end).await;
    }
}

pub async fn check_bytes(echo: &Example, sent: &[u8], write: usize, answers: &[Frame], end: End) {
    let (mut stream, _) = open(echo, None).await;
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    let goodbye = bytes(&[close(1000, "")]);
    let writing = async {
        let last: &[u8] = if matches!(end, End::ByPeer) { &goodbye } else { b"" };
        for piece in sent.chunks(write.min(sent.len()).max(1)).chain([last]) {
            // Who is refused need not take the rest.
            if writer.write_all(piece).await.is_err() {
                return;
            }
        }
    };
    let reading = async {
        for (at, answer) in answers.iter().enumerate() {
            let came = next(&mut reader).await;
            assert!(came.as_ref() == Some(answer), "answer {at}: {came:?} in place of {answer:?}");
        }
        let farewell = next(&mut reader).await.expect("a close frame comes before the end");
        let code = farewell.payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        let wanted = match end {
            End::ByPeer => Some(1000),
            End::Answered(code) => code,
            End::Refused(code) => Some(code),
        };
        assert_eq!((farewell.first, code), (CLOSE, wanted), "{farewell:?}");
        assert_eq!(next(&mut reader).await, None, "the server closes the connection");
    };
    timeout(PATIENCE, async { tokio::join!(writing, reading) }).await.expect("the server answers");
}

/// A connection after its handshake, and the extensions that the server has agreed to.
pub async fn open(echo: &Example, extensions: Option<&str>) -> (TcpStream, Option<String>) {
    let mut stream = TcpStream::connect(echo.address()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let offer = extensions.map(|offer| format!("Sec-WebSocket-Extensions: {offer}\r\n")).unwrap_or_default();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101") && head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    let agreed = head.lines().find_map(|line| line.strip_prefix("sec-websocket-extensions: "));
    (stream, agreed.map(str::to_owned))
}

/// The next frame of the server; `None` at the end of the connection.
pub async fn next(reader: &mut (impl AsyncReadExt + Unpin)) -> Option<Frame> {
    let first = reader.read_u8().await.ok()?;
    let second = reader.read_u8().await.unwrap();
    assert!(second < 0x80, "a server's frames have no mask");
    let length = match second {
        126 => usize::from(reader.read_u16().await.unwrap()),
        127 => usize::try_from(reader.read_u64().await.unwrap()).unwrap(),
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    reader.read_exact(&mut payload).await.unwrap();
    Some(Frame { first, payload })
}
