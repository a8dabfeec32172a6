//! A frame's header, read byte by byte so that a bad one is refused by the byte that makes it bad.

use super::{Opcode, ProtocolError, Role};

/// The longest header: two bytes, a 64-bit length, a mask.
pub(super) const MAX_HEADER: usize = 14;

/// The first byte of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub fin: bool,
    pub rsv1: bool,
    pub opcode: Opcode,
}

impl Start {
    /// Checks everything that the byte alone can show.
    pub fn parse(byte: u8) -> Result<Self, ProtocolError> {
        let (fin, rsv1) = (byte & 0x80 != 0, byte & 0x40 != 0);
        if byte & 0x30 != 0 {
            return Err(ProtocolError::ReservedBit);
        }
        let bits = byte & 0x0F;
        let opcode = Opcode::from_bits(bits).ok_or(ProtocolError::ReservedOpcode(bits))?;
        if rsv1 && (opcode.is_control() || opcode == Opcode::Continuation) {
            return Err(ProtocolError::UnexpectedCompression);
        }
        if opcode.is_control() && !fin {
            return Err(ProtocolError::ControlFrameFragmented);
        }
        Ok(Self { fin, rsv1, opcode })
    }
}

/// How long the payload is, and where the header goes on after saying so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length {
    pub payload: u64,
    /// The position of the mask, or of the payload where there is none.
    pub end: usize,
}

impl Length {
    /// Reads the length out of a header that may not be complete yet; `None` asks for more bytes.
    pub fn parse(header: &[u8], start: Start, role: Role) -> Result<Option<Self>, ProtocolError> {
        let Some(&byte) = header.get(1) else { return Ok(None) };
        match (role, byte & 0x80 != 0) {
            (Role::Server, false) => return Err(ProtocolError::MaskMissing),
            (Role::Client, true) => return Err(ProtocolError::MaskForbidden),
            (Role::Server, true) | (Role::Client, false) => {}
        }
        let short = byte & 0x7F;
        if start.opcode.is_control() && short > 125 {
            return Err(ProtocolError::ControlFrameTooLong);
        }
        let (payload, smallest, end) = match (short, &header[2..]) {
            (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 126, 4),
            (127, [a, b, c, d, e, f, g, h, ..]) => (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 0x1_0000, 10),
            (126 | 127, _) => return Ok(None),
            (short, _) => (u64::from(short), 0, 2),
        };
        if payload >> 63 != 0 {
            return Err(ProtocolError::LengthTopBit);
        }
        if payload < smallest {
            return Err(ProtocolError::LengthNotMinimal);
        }
        Ok(Some(Self { payload, end }))
    }
}
