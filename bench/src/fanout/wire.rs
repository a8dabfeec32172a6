//! As much of RFC 6455 as both ends of the benchmark need. It trusts the other end, which the benchmark started itself.

pub const TEXT: u8 = 1;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// The key in the handshake of every client; the benchmark has nothing to hide from a proxy.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The mask of every client, for the same reason.
const MASK: [u8; 4] = [0x6d, 0x61, 0x73, 0x6b];
const MASKED: u8 = 0x80;

pub enum Side {
    Client,
    Server,
}

pub struct Frame<'a> {
    pub opcode: u8,
    /// All zeros in a frame of the server.
    pub mask: [u8; 4],
    /// As it came, masked or not.
    pub payload: &'a [u8],
}

impl Frame<'_> {
    pub fn unmasked(&self) -> Vec<u8> {
        self.payload.iter().zip(self.mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
    }
}

/// The first frame and what comes after it; nothing while the frame is not complete.
pub fn split_frame(bytes: &[u8]) -> Option<(Frame<'_>, &[u8])> {
    let ([first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second & !MASKED {
        126 => rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?,
        127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
        length => (u64::from(length), rest),
    };
    let (mask, rest) = match second & MASKED {
        0 => ([0; 4], rest),
        _ => rest.split_first_chunk().map(|(mask, rest)| (*mask, rest))?,
    };
    let (payload, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((Frame { opcode: first & 0x0f, mask, payload }, rest))
}

/// A final frame, as this side of the connection has to write it.
pub fn frame(side: &Side, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let masked = match side {
        Side::Client => MASKED,
        Side::Server => 0,
    };
    let mut frame = Vec::with_capacity(payload.len() + 14);
    frame.push(0x80 | opcode);
    match payload.len() {
        length @ 0..=125 => frame.push(masked | length as u8),
        length @ 126..=0xffff => {
            frame.push(masked | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(masked | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    match side {
        Side::Client => {
            frame.extend(MASK);
            frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        }
        Side::Server => frame.extend(payload),
    }
    frame
}

/// Where the head of an HTTP message ends and its body, or the first frame, begins.
pub fn end_of_head(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    bytes.windows(END.len()).position(|window| window == END).map(|start| start + END.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_any_length_comes_back_when_its_last_byte_is_there() {
        for length in [0, 1, 125, 126, 0xffff, 0x10000] {
            for side in [Side::Client, Side::Server] {
                let payload = vec![b'x'; length];
                let bytes = [frame(&side, TEXT, &payload), vec![1]].concat();
                let (frame, rest) = split_frame(&bytes).unwrap();
                assert_eq!((frame.opcode, frame.unmasked(), rest), (TEXT, payload, &[1][..]));
                assert!(split_frame(&bytes[..bytes.len() - 2]).is_none());
            }
        }
    }
}
