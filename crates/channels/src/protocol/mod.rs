//! The WebSocket protocol without I/O: RFC 6455 and permessage-deflate (RFC 7692).
//!
//! Bytes go in, [`Event`]s come out; nothing here reads, writes or waits. So the same code serves a socket, a TLS stream,
//! a test and a fuzzer, and the caller decides where the bytes are read to.
//!
//! What the codec promises:
//!
//! - **Every rule is checked, as early as the bytes allow.** A bad header is refused by the byte that makes it bad, a text
//!   message by the byte that is not UTF-8, a close frame by its code. Each rule has its own [`ProtocolError`], and each
//!   error its close code.
//! - **Memory follows what arrived.** [`Limits`] are checked when a header names a length, before anything is allocated;
//!   buffers grow with the bytes that are here; an inflated message stops at its limit. Compressed messages that are
//!   still under way may take an eighth more than the limit, which is what deflate adds to what it can not shrink.
//! - **An idle connection costs next to nothing.** A [`Decoder`] is a few words; what is half received is boxed until
//!   the message is complete. Compression state belongs to the thread.
//! - **A message that arrives in one piece is copied once**, out of the caller's buffer into the event.
//! - **How the bytes are cut does not matter.** The same bytes give the same events and the same error.
//!
//! What the Autobahn suite sends is among the tests, twice: to this codec, cut in every way, and over TCP to the example
//! `echo`. So are other people's programs: tungstenite, Python's websockets, Node's ws and Chromium.
//!
//! A server reads like this:
//!
//! ```
//! use channels::protocol::{Decoder, Event, Limits, Opcode, ProtocolError, Role, encode_close, encode_frame};
//!
//! // Answers what `received` holds, and says what to write back.
//! fn answer(decoder: &mut Decoder, mut received: &mut [u8]) -> Vec<u8> {
//!     let mut out = Vec::new();
//!     let mut reply = |opcode, payload: &[u8]| encode_frame(&mut out, opcode, true, false, None, payload);
//!     loop {
//!         match decoder.decode(&mut received) {
//!             Ok(Some(Event::Text(text))) => reply(Opcode::Text, text.as_bytes()),
//!             Ok(Some(Event::Binary(bytes))) => reply(Opcode::Binary, &bytes),
//!             Ok(Some(Event::Ping(payload))) => reply(Opcode::Pong, &payload),
//!             Ok(Some(Event::Pong(_))) => {}
//!             Ok(Some(Event::Close(frame))) => {
//!                 let code = frame.map_or(1000, |frame| frame.code);
//!                 reply(Opcode::Close, &encode_close(code, ""));
//!             }
//!             Ok(None) => return out,
//!             Err(error) => reply(Opcode::Close, &encode_close(error.close_code(), "")),
//!         }
//!     }
//! }
//!
//! let mut decoder = Decoder::new(Role::Server, Limits::default(), None);
//!
//! // A browser says "hello"; its bytes come in two reads.
//! let mut bytes = Vec::new();
//! encode_frame(&mut bytes, Opcode::Text, true, false, Some([7, 1, 8, 2]), b"hello");
//! let (first, second) = bytes.split_at_mut(6);
//! assert_eq!(answer(&mut decoder, first), b"");
//! assert_eq!(answer(&mut decoder, second), b"\x81\x05hello");
//! assert!(decoder.is_idle());
//!
//! // Another peer forgets the mask, and is told 1002.
//! assert_eq!(answer(&mut decoder, &mut b"\x81\x05hello".to_owned()), b"\x88\x02\x03\xEA");
//! assert_eq!(ProtocolError::MaskMissing.close_code(), 1002);
//! ```
//!
//! The opening [`handshake`] works on headers alone:
//!
//! ```
//! use channels::protocol::handshake::{self, ClientHandshake};
//! use http::{Method, StatusCode, Version, header::HOST};
//!
//! let client = ClientHandshake::new(&["chat.v2", "chat.v1"], true);
//! let mut request = client.request_headers();
//! request.insert(HOST, "example.org".parse()?);
//!
//! assert!(handshake::is_upgrade(&request));
//! let offer = handshake::check_request(&Method::GET, Version::HTTP_11, &request)?;
//! let response = offer.response_headers(Some("chat.v1"), offer.negotiate_deflate());
//!
//! let agreement = client.check_response(StatusCode::SWITCHING_PROTOCOLS, &response)?;
//! assert_eq!(agreement.subprotocol.as_deref(), Some("chat.v1"));
//! assert_eq!(agreement.deflate, offer.negotiate_deflate());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod close;
pub mod decoder;
pub mod deflate;
pub mod encoder;
pub mod error;
pub mod handshake;
mod header;
mod message;

pub use close::close_code;
pub use decoder::Decoder;
pub use deflate::Deflate;
pub use encoder::{Opcode, apply_mask, encode_close, encode_frame};
pub use error::ProtocolError;

use bytes::Bytes;
use bytestring::ByteString;

/// What a peer said: a whole message, or a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A text message.
    Text(ByteString),
    /// A binary message.
    Binary(Bytes),
    /// To be answered with a pong of the same bytes, at most 125.
    Ping(Bytes),
    /// The answer to a ping, or a sign of life that nobody asked for.
    Pong(Bytes),
    /// The peer's close frame. Nothing may come after it.
    Close(Option<CloseFrame>),
}

/// The body of a close frame. The reason has at most 123 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseFrame {
    /// One of those that [`close_code::may_be_sent`] allows.
    pub code: u16,
    /// For people who debug; often empty.
    pub reason: ByteString,
}

/// Which side of the connection this is. A client masks what it sends, a server refuses what is not masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The side that was connected to.
    Server,
    /// The side that connected.
    Client,
}

/// How much a peer may send, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A message, put together from its fragments and inflated.
    pub message: usize,
    /// A frame's payload as it is on the wire.
    pub frame: usize,
    /// Fragments of a message.
    pub fragments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 16 << 20, frame: 16 << 20, fragments: 65_537 }
    }
}
