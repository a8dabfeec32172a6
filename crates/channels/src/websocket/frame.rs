//! Ready frames: encoded once, shared by all who get them.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use bytestring::ByteString;

use crate::protocol::deflate::compress;
use crate::protocol::{Deflate, Opcode, encode_close, encode_frame};

/// The window sizes that can be agreed on, as powers of two.
const MIN_WINDOW_BITS: u8 = 9;
const MAX_WINDOW_BITS: u8 = 15;

/// Payloads below this many bytes stay as they are: compression would cost more than it saves.
pub(super) const COMPRESS_FROM: usize = 1024;

/// Which form of a frame a connection takes: plain, or compressed for a window of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant(u8);

impl Variant {
    pub const PLAIN: Self = Self(0);

    /// Plain, and one for each window size.
    pub const COUNT: usize = (MAX_WINDOW_BITS - MIN_WINDOW_BITS) as usize + 2;

    /// What a server sends on a connection with this agreement.
    pub fn of(deflate: Option<Deflate>) -> Self {
        match deflate {
            Some(deflate) => Self(deflate.server_window_bits + 1 - MIN_WINDOW_BITS),
            None => Self::PLAIN,
        }
    }

    /// From 0 (plain) up to and without [`Variant::COUNT`].
    pub fn index(self) -> usize {
        self.0.into()
    }

    fn window_bits(self) -> Option<u8> {
        (self != Self::PLAIN).then(|| self.0 - 1 + MIN_WINDOW_BITS)
    }
}

/// A server's frame, ready for the wire. Clones share its bytes.
///
/// Servers do not mask what they send, so the same bytes serve every receiver. Payloads from 1 KiB on are compressed
/// for connections that agreed to it, once for each window size, when the first of them needs it.
#[derive(Debug, Clone)]
pub struct Frame {
    opcode: Opcode,
    plain: Bytes,
    header: usize,
    compressed: Option<Arc<[OnceLock<Bytes>; Variant::COUNT - 1]>>,
}

impl Frame {
    pub fn text(text: &str) -> Self {
        Self::new(Opcode::Text, text.as_bytes())
    }

    pub fn binary(payload: &[u8]) -> Self {
        Self::new(Opcode::Binary, payload)
    }

    /// `payload` has at most 125 bytes; more is cut.
    pub(crate) fn ping(payload: &[u8]) -> Self {
        Self::new(Opcode::Ping, &payload[..payload.len().min(125)])
    }

    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::new(Opcode::Pong, &payload[..payload.len().min(125)])
    }

    /// A code that may not be sent ([`may_be_sent`](crate::protocol::close_code::may_be_sent)) becomes an empty body.
    pub(crate) fn close(code: u16, reason: &str) -> Self {
        let body = if crate::protocol::close_code::may_be_sent(code) { encode_close(code, reason) } else { Vec::new() };
        Self::new(Opcode::Close, &body)
    }

    fn new(opcode: Opcode, payload: &[u8]) -> Self {
        let mut plain = Vec::with_capacity(payload.len() + 10);
        encode_frame(&mut plain, opcode, true, false, None, payload);
        let header = plain.len() - payload.len();
        let compressible = payload.len() >= COMPRESS_FROM && matches!(opcode, Opcode::Text | Opcode::Binary);
        let compressed = compressible.then(|| Arc::new(std::array::from_fn(|_| OnceLock::new())));
        Self { opcode, plain: plain.into(), header, compressed }
    }

    pub fn payload(&self) -> &[u8] {
        &self.plain[self.header..]
    }

    /// The payload of a text frame. Looked through for valid UTF-8 each time.
    pub fn as_text(&self) -> Option<&str> {
        if self.opcode == Opcode::Text { std::str::from_utf8(self.payload()).ok() } else { None }
    }

    pub(crate) fn opcode(&self) -> Opcode {
        self.opcode
    }

    /// The bytes of the plain frame, header included.
    pub fn as_bytes(&self) -> &Bytes {
        &self.plain
    }

    /// The bytes for a connection, compressed on first need. What does not become smaller stays plain.
    pub fn variant(&self, variant: Variant) -> &Bytes {
        let (Some(compressed), Some(window_bits)) = (&self.compressed, variant.window_bits()) else {
            return &self.plain;
        };
        compressed[variant.index() - 1].get_or_init(|| {
            let payload = compress(self.payload(), window_bits);
            let mut frame = Vec::with_capacity(payload.len() + 10);
            encode_frame(&mut frame, self.opcode, true, true, None, &payload);
            if frame.len() < self.plain.len() { frame.into() } else { self.plain.clone() }
        })
    }
}

impl From<ByteString> for Frame {
    fn from(text: ByteString) -> Self {
        Self::text(&text)
    }
}
