//! Any bytes, cut anyhow: no panic, no memory beyond the limits, and the same events as without cuts.

#![no_main]

use arbitrary::Arbitrary;
use channels::protocol::{Decoder, Deflate, Event, Limits, ProtocolError, Role};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    server: bool,
    message: u16,
    frame: u16,
    fragments: u8,
    window_bits: Option<u8>,
    pieces: [u8; 4],
    bytes: &'a [u8],
}

fuzz_target!(|input: Input| {
    let role = if input.server { Role::Server } else { Role::Client };
    let limits = Limits {
        message: usize::from(input.message),
        frame: usize::from(input.frame),
        fragments: usize::from(input.fragments),
    };
    let deflate = input.window_bits.map(|bits| {
        let bits = 9 + bits % 7;
        Deflate { server_window_bits: bits, client_window_bits: bits }
    });
    let new = || Decoder::new(role, limits, deflate);
    let whole = decode(new(), limits, input.bytes, &[input.bytes.len()]);
    let pieces = input.pieces.map(usize::from);
    assert_eq!(decode(new(), limits, input.bytes, &pieces), whole);
});

fn decode(mut decoder: Decoder, limits: Limits, bytes: &[u8], pieces: &[usize]) -> (Vec<Event>, Option<ProtocolError>) {
    let mut bytes = bytes.to_vec();
    let mut rest = bytes.as_mut_slice();
    let mut events = Vec::new();
    for piece in pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (mut now, later) = rest.split_at_mut((*piece).clamp(1, rest.len()));
        rest = later;
        loop {
            match decoder.decode(&mut now) {
                Ok(Some(event)) => {
                    if let Event::Text(text) = &event {
                        assert!(text.len() <= limits.message);
                    }
                    if let Event::Binary(bytes) = &event {
                        assert!(bytes.len() <= limits.message);
                    }
                    events.push(event);
                }
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
        // A compressed message may take an eighth more than the limit while it is under way, a control frame 125 bytes.
        assert!(decoder.buffered() <= limits.message + limits.message / 8 + 64 + 125);
    }
    (events, None)
}
