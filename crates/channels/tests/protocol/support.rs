//! Frames made by hand, so that the tests do not lean on the encoder that they test, and the one place that decodes.

use bytes::Bytes;
use channels::protocol::close::close_code;
use channels::protocol::{CloseFrame, Decoder, Deflate, Event, Limits, ProtocolError, Role};

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

pub const DEFLATE: Deflate = Deflate { server_window_bits: 15, client_window_bits: 15 };

/// A frame as its first byte and its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub first: u8,
    pub payload: Vec<u8>,
}

pub fn frame(first: u8, payload: impl AsRef<[u8]>) -> Frame {
    Frame { first, payload: payload.as_ref().to_vec() }
}

/// The payload of a close frame with any code, good or bad.
pub fn close_payload(code: u16, reason: impl AsRef<[u8]>) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_ref()].concat()
}

/// The frames as they arrive at `role`: masked when that is a server.
pub fn bytes(role: Role, frames: &[Frame]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, Frame { first, payload }) in frames.iter().enumerate() {
        let mask = (role == Role::Server).then(|| (0x9E37_79B9_u32.wrapping_mul(at as u32 + 1)).to_le_bytes());
        let bit = if mask.is_some() { 0x80 } else { 0 };
        out.push(*first);
        match payload.len() {
            short @ 0..126 => out.push(bit | short as u8),
            long @ 126..0x1_0000 => {
                out.push(bit | 126);
                out.extend((long as u16).to_be_bytes());
            }
            longer => {
                out.push(bit | 127);
                out.extend((longer as u64).to_be_bytes());
            }
        }
        out.extend(mask.iter().flatten());
        let key = mask.unwrap_or_default();
        out.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]));
    }
    out
}

/// Everything that comes out of `bytes` when they arrive in pieces of these sizes, over and over.
pub fn decode(decoder: &mut Decoder, bytes: &[u8], pieces: &[usize]) -> (Vec<Event>, Option<ProtocolError>) {
    let mut bytes = bytes.to_vec();
    let mut rest = bytes.as_mut_slice();
    let mut events = Vec::new();
    for size in pieces.iter().cycle() {
        let (piece, after) = rest.split_at_mut((*size).clamp(1, rest.len().max(1)).min(rest.len()));
        let mut piece = piece;
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
        assert!(piece.is_empty(), "without an event all bytes are used up");
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    (events, None)
}

/// Both roles, and the bytes cut in several ways: the same events come, then the error if there is one.
pub fn check_with(
    limits: Limits,
    deflate: Option<Deflate>,
    frames: &[Frame],
    events: &[Event],
    error: Option<ProtocolError>,
) {
    for role in [Role::Server, Role::Client] {
        let bytes = bytes(role, frames);
        for pieces in [&[usize::MAX][..], &[1], &[2], &[997], &[1, 7, 3, 64]] {
            // Large messages are cut into large pieces only, so that the tests stay quick.
            if bytes.len() > 20_000 && pieces[0] < 900 {
                continue;
            }
            let mut decoder = Decoder::new(role, limits, deflate);
            let (came, wrong) = decode(&mut decoder, &bytes, pieces);
            assert!(came == events, "{role:?}, pieces of {pieces:?}: {} events {came:.200?}", came.len());
            assert_eq!(wrong, error, "{role:?}, pieces of {pieces:?}");
            // Nothing comes out of a decoder that is done.
            if error.is_some() || matches!(events.last(), Some(Event::Close(_))) {
                assert_eq!(decode(&mut decoder, &bytes, &[usize::MAX]), (Vec::new(), None));
                assert!(decoder.is_idle());
            }
        }
    }
}

/// With our default limits and without compression: these events and no error.
pub fn check(frames: &[Frame], events: &[Event]) {
    check_with(Limits::default(), None, frames, events, None);
}

/// With our default limits and without compression: these events and then the error.
pub fn check_error(frames: &[Frame], events: &[Event], error: ProtocolError) {
    check_with(Limits::default(), None, frames, events, Some(error));
}

pub fn text(text: impl AsRef<str>) -> Event {
    Event::Text(text.as_ref().into())
}

pub fn binary(bytes: impl AsRef<[u8]>) -> Event {
    Event::Binary(Bytes::copy_from_slice(bytes.as_ref()))
}

pub fn ping(bytes: impl AsRef<[u8]>) -> Event {
    Event::Ping(Bytes::copy_from_slice(bytes.as_ref()))
}

pub fn pong(bytes: impl AsRef<[u8]>) -> Event {
    Event::Pong(Bytes::copy_from_slice(bytes.as_ref()))
}

pub fn close(code: u16, reason: &str) -> Event {
    Event::Close(Some(CloseFrame { code, reason: reason.into() }))
}

pub fn normal_close() -> Event {
    close(close_code::NORMAL, "")
}
