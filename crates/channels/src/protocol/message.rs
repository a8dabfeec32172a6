//! A message while its pieces arrive.

use bytes::Bytes;
use bytestring::ByteString;

use super::{Event, ProtocolError, deflate};

/// What a message will be when it is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Binary,
}

/// The unfinished message of a connection.
#[derive(Debug)]
pub(super) struct Message {
    body: Body,
    /// Frames so far.
    pub fragments: usize,
}

#[derive(Debug)]
enum Body {
    /// Checked while it arrives. `tail` is a character whose last bytes are still to come.
    Text {
        text: String,
        tail: Tail,
    },
    Binary(Vec<u8>),
    /// Inflated when it is complete.
    Deflated {
        kind: Kind,
        bytes: Vec<u8>,
    },
}

/// The first bytes of a character, at most three.
#[derive(Debug, Default)]
struct Tail {
    bytes: [u8; 4],
    length: usize,
}

/// The most bytes that a message may take on the wire so that `limit` come out of it.
///
/// Deflate makes what it can not compress longer: by an eighth with the fixed codes, which is the worst that a sane
/// compressor does, and by a few bytes for the blocks.
pub(super) fn allowance(compressed: bool, limit: usize) -> usize {
    if compressed { limit.saturating_add(limit / 8).saturating_add(64) } else { limit }
}

impl Message {
    pub fn new(kind: Kind, compressed: bool) -> Self {
        let body = match (kind, compressed) {
            (kind, true) => Body::Deflated { kind, bytes: Vec::new() },
            (Kind::Text, false) => Body::Text { text: String::new(), tail: Tail::default() },
            (Kind::Binary, false) => Body::Binary(Vec::new()),
        };
        Self { body, fragments: 0 }
    }

    /// How many bytes of memory the message has now.
    pub fn capacity(&self) -> usize {
        match &self.body {
            Body::Text { text, .. } => text.capacity(),
            Body::Binary(bytes) | Body::Deflated { bytes, .. } => bytes.capacity(),
        }
    }

    /// How many more bytes the message may take, with `limit` bytes when it is complete.
    pub fn remaining(&self, limit: usize) -> usize {
        match &self.body {
            Body::Text { text, tail } => limit.saturating_sub(text.len() + tail.length),
            Body::Binary(bytes) => limit.saturating_sub(bytes.len()),
            Body::Deflated { bytes, .. } => allowance(true, limit).saturating_sub(bytes.len()),
        }
    }

    /// Adds bytes that arrived. `coming` says how many follow, when that is known.
    ///
    /// The buffer grows with what is here, not with what is announced, and never past the limit.
    pub fn append(&mut self, arrived: &[u8], coming: Option<usize>, limit: usize) -> Result<(), ProtocolError> {
        let coming = coming.unwrap_or_else(|| self.remaining(limit).saturating_sub(arrived.len()));
        match &mut self.body {
            Body::Text { text, tail } => {
                text.reserve_exact(room(text.len(), text.capacity(), arrived.len() + tail.length, coming));
                append_text(text, tail, arrived)
            }
            Body::Binary(bytes) | Body::Deflated { bytes, .. } => {
                bytes.reserve_exact(room(bytes.len(), bytes.capacity(), arrived.len(), coming));
                bytes.extend_from_slice(arrived);
                Ok(())
            }
        }
    }

    /// The message, now that its last frame is here.
    pub fn finish(self, window_bits: u8, limit: usize) -> Result<Event, ProtocolError> {
        match self.body {
            Body::Text { tail, .. } if tail.length > 0 => Err(ProtocolError::InvalidUtf8),
            Body::Text { text, .. } => Ok(Event::Text(ByteString::from(text))),
            Body::Binary(bytes) => Ok(Event::Binary(Bytes::from(bytes))),
            Body::Deflated { kind, bytes } => inflated(kind, &bytes, window_bits, limit),
        }
    }
}

/// The event of a message that came in one frame and in one piece: one copy, and one look for bad UTF-8.
pub(super) fn whole(kind: Kind, payload: &[u8]) -> Result<Event, ProtocolError> {
    match kind {
        Kind::Text => {
            let text = simdutf8::basic::from_utf8(payload).map_err(|_| ProtocolError::InvalidUtf8)?;
            Ok(Event::Text(ByteString::from(text)))
        }
        Kind::Binary => Ok(Event::Binary(Bytes::copy_from_slice(payload))),
    }
}

/// The event of a compressed message.
pub(super) fn inflated(kind: Kind, payload: &[u8], window_bits: u8, limit: usize) -> Result<Event, ProtocolError> {
    let bytes = deflate::inflate(payload, window_bits, limit)?;
    match kind {
        Kind::Text => {
            let text = String::from_utf8(bytes).map_err(|_| ProtocolError::InvalidUtf8)?;
            Ok(Event::Text(ByteString::from(text)))
        }
        Kind::Binary => Ok(Event::Binary(Bytes::from(bytes))),
    }
}

/// How much to reserve for `arrived` bytes: the buffer doubles, but does not grow past what is known to come.
fn room(length: usize, capacity: usize, arrived: usize, coming: usize) -> usize {
    let needed = length + arrived;
    if needed <= capacity {
        return 0;
    }
    let doubled = capacity.saturating_mul(2);
    doubled.min(needed.saturating_add(coming)).max(needed) - length
}

fn append_text(text: &mut String, tail: &mut Tail, mut arrived: &[u8]) -> Result<(), ProtocolError> {
    while tail.length > 0 {
        let Some((&byte, rest)) = arrived.split_first() else { return Ok(()) };
        arrived = rest;
        tail.bytes[tail.length] = byte;
        tail.length += 1;
        match std::str::from_utf8(&tail.bytes[..tail.length]) {
            Ok(character) => {
                text.push_str(character);
                tail.length = 0;
            }
            Err(error) if error.error_len().is_some() => return Err(ProtocolError::InvalidUtf8),
            // A fourth byte always ends a character or is wrong, so that `tail` can not overflow.
            Err(_) => {}
        }
    }
    match simdutf8::compat::from_utf8(arrived) {
        Ok(arrived) => text.push_str(arrived),
        Err(error) if error.error_len().is_some() => return Err(ProtocolError::InvalidUtf8),
        Err(error) => {
            let (whole, rest) = arrived.split_at(error.valid_up_to());
            // This looks at the bytes a second time, but only for the piece that ends inside a character.
            text.push_str(simdutf8::basic::from_utf8(whole).map_err(|_| ProtocolError::InvalidUtf8)?);
            tail.bytes[..rest.len()].copy_from_slice(rest);
            tail.length = rest.len();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_doubles_but_not_past_what_is_known_to_come() {
        assert_eq!(room(0, 0, 10, 0), 10);
        assert_eq!(room(10, 10, 1, 100), 10);
        assert_eq!(room(10, 10, 1, 3), 4);
        assert_eq!(room(10, 16, 4, 100), 0);
    }

    #[test]
    fn a_character_in_four_pieces_is_put_together() {
        let mut message = Message::new(Kind::Text, false);
        for byte in "🦀".as_bytes() {
            message.append(&[*byte], None, 4).unwrap();
        }
        assert_eq!(message.finish(15, 4), Ok(Event::Text("🦀".into())));
    }

    #[test]
    fn half_a_character_is_no_message() {
        let mut message = Message::new(Kind::Text, false);
        message.append(&"関".as_bytes()[..2], None, 4).unwrap();
        assert_eq!(message.finish(15, 4), Err(ProtocolError::InvalidUtf8));
    }
}
