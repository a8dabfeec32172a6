//! Frames, from a payload to bytes.

pub use super::close::encode_close;

/// What a frame is (RFC 6455, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// A further fragment of the message that is under way.
    Continuation = 0,
    /// A text message or its first fragment.
    Text = 1,
    /// A binary message or its first fragment.
    Binary = 2,
    /// The end of the conversation; its payload is made by [`encode_close`].
    Close = 8,
    /// Asks for a pong with the same payload.
    Ping = 9,
    /// The answer to a ping.
    Pong = 10,
}

impl Opcode {
    /// Close, ping and pong: at most 125 bytes, never fragmented, allowed between the fragments of a message.
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    /// The meaning of a frame's low four bits; `None` for the reserved ones.
    pub(super) fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }
}

/// Appends a frame to `out`, with its length in the shortest of the three forms.
///
/// `rsv1` marks the first frame of a compressed message. `mask` is `Some` for clients, which must take a fresh random
/// one each time, and `None` for servers. The caller keeps a control frame at 125 bytes or less.
pub fn encode_frame(out: &mut Vec<u8>, opcode: Opcode, fin: bool, rsv1: bool, mask: Option<[u8; 4]>, payload: &[u8]) {
    debug_assert!(!opcode.is_control() || (fin && !rsv1 && payload.len() <= 125), "a control frame is short and whole");
    out.reserve(14 + payload.len());
    out.push(u8::from(fin) << 7 | u8::from(rsv1) << 6 | opcode as u8);

    let masked = u8::from(mask.is_some()) << 7;
    match payload.len() {
        length @ 0..=125 => out.push(masked | length as u8),
        length @ 126..=0xFFFF => {
            out.push(masked | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }

    let Some(mask) = mask else {
        out.extend_from_slice(payload);
        return;
    };
    out.extend_from_slice(&mask);
    let start = out.len();
    out.extend_from_slice(payload);
    apply_mask(&mut out[start..], mask, 0);
}

/// Masks or unmasks `bytes`, which begin `offset` bytes into a frame's payload (RFC 6455, section 5.3).
pub fn apply_mask(bytes: &mut [u8], mut mask: [u8; 4], offset: usize) {
    mask.rotate_left(offset % 4);
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    // A word at a time: the compiler turns this into the widest instructions that the processor has.
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip([a, b, c, d, a, b, c]) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(opcode: Opcode, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode_frame(&mut out, opcode, true, false, mask, payload);
        out
    }

    #[test]
    fn frames_are_those_of_the_rfc_s_examples() {
        assert_eq!(frame(Opcode::Text, None, b"Hello"), b"\x81\x05Hello");
        let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        assert_eq!(frame(Opcode::Text, Some([0x37, 0xfa, 0x21, 0x3d]), b"Hello"), masked);
        assert_eq!(frame(Opcode::Ping, None, b"Hello"), b"\x89\x05Hello");
        assert_eq!(frame(Opcode::Binary, None, &[0; 256])[..4], [0x82, 0x7e, 1, 0]);
        assert_eq!(frame(Opcode::Binary, None, &[0; 65536])[..10], [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_length_takes_the_shortest_form() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            assert_eq!(frame(Opcode::Binary, None, &vec![7; length]).len(), header + length);
        }
    }

    #[test]
    fn a_mask_applied_in_pieces_is_the_mask_applied_at_once() {
        let mask = [1, 2, 4, 128];
        let plain: Vec<u8> = (0..=255).collect();
        let expected: Vec<u8> = plain.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]).collect();
        for split in 0..plain.len() {
            let mut bytes = plain.clone();
            let (head, tail) = bytes.split_at_mut(split);
            apply_mask(head, mask, 0);
            apply_mask(tail, mask, split);
            assert_eq!(bytes, expected);
        }
    }
}
