//! Large messages, and those that are too large (Autobahn 9 and 10), and peers that only want to do harm.

use channels::protocol::deflate::compress;
use channels::protocol::{Decoder, Event, Limits, ProtocolError, Role};

use crate::support::*;

const MIB: usize = 1 << 20;
const SMALL: Limits = Limits { message: 1000, frame: 600, fragments: 4 };

#[test]
fn messages_of_up_to_16_mib_pass_by_default() {
    for length in [MIB, 16 * MIB] {
        let payload = "x".repeat(length);
        let mut decoder = Decoder::new(Role::Client, Limits::default(), None);
        let sent = bytes(Role::Client, &[frame(TEXT, &payload), frame(BINARY, &payload)]);
        let came = decode(&mut decoder, &sent, &[64 << 10]);
        assert!(came == (vec![text(&payload), binary(&payload)], None), "{length} bytes");
    }
}

#[test]
fn a_megabyte_in_fragments_of_any_size_pass() {
    for size in [64, 64 << 10] {
        let payload = "κ".repeat(MIB / 2);
        let mut frames: Vec<Frame> = payload.as_bytes().chunks(size).map(|piece| frame(CONTINUATION, piece)).collect();
        frames[0].first = 1;
        frames.last_mut().unwrap().first |= FIN;
        check(&frames, &[text(&payload)]);
    }
}

#[test]
fn a_megabyte_in_pieces_of_any_size_passes() {
    let payload = "é".repeat(MIB / 2);
    for role in [Role::Server, Role::Client] {
        let bytes = bytes(role, &[frame(TEXT, &payload)]);
        for piece in [64, 127, 1024, 1300, 65_536] {
            let mut decoder = Decoder::new(role, Limits::default(), None);
            assert!(decode(&mut decoder, &bytes, &[piece]) == (vec![text(&payload)], None), "{piece}");
        }
    }
}

#[test]
fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
    check_with(SMALL, None, &[frame(BINARY, [0; 600])], &[binary([0; 600])], None);
    let error = ProtocolError::FrameTooBig { length: 601, limit: 600 };
    check_with(SMALL, None, &[frame(BINARY, [0; 601])], &[], Some(error));
}

#[test]
fn a_message_may_be_as_long_as_the_limit_and_no_longer() {
    for opcode in [TEXT, BINARY] {
        let send = |last: usize| [frame(opcode & !FIN, [65; 600]), frame(PING, ""), frame(LAST, vec![65; last])];
        let whole = if opcode == TEXT { text("A".repeat(1000)) } else { binary([65; 1000]) };
        check_with(SMALL, None, &send(400), &[ping(""), whole], None);
        check_with(SMALL, None, &send(401), &[ping("")], Some(ProtocolError::MessageTooBig { limit: 1000 }));
    }
}

#[test]
fn a_message_may_have_as_many_fragments_as_the_limit_and_no_more() {
    let send = |count: usize| {
        let mut frames = vec![frame(CONTINUATION, "x"); count];
        frames[0].first = 1;
        frames[count - 1].first |= FIN;
        frames
    };
    check_with(SMALL, None, &[send(4), send(4)].concat(), &[text("xxxx"), text("xxxx")], None);
    check_with(SMALL, None, &send(5), &[], Some(ProtocolError::TooManyFragments { limit: 4 }));
    // A message in one frame is not fragmented.
    let limits = Limits { fragments: 0, ..SMALL };
    check_with(limits, None, &[frame(TEXT, "x")], &[text("x")], None);
    check_with(limits, None, &send(2), &[], Some(ProtocolError::TooManyFragments { limit: 0 }));
}

#[test]
fn a_length_beyond_the_limit_is_refused_by_the_header_alone() {
    for (length, limit) in [(16 * MIB as u64 + 1, 16 * MIB), (u64::MAX >> 1, 16 * MIB)] {
        let mut decoder = Decoder::new(Role::Server, Limits::default(), None);
        let header = [&[BINARY, 0x80 | 127][..], &length.to_be_bytes()].concat();
        let refused = decode(&mut decoder, &header, &[usize::MAX]);
        assert_eq!(refused, (Vec::new(), Some(ProtocolError::FrameTooBig { length, limit })));
    }
}

#[test]
fn a_header_that_promises_16_mib_gets_no_memory_for_it() {
    for opcode in [TEXT, BINARY, BINARY & !FIN, TEXT | RSV1] {
        let mut decoder = Decoder::new(Role::Client, Limits::default(), Some(DEFLATE));
        let header = [&[opcode, 127][..], &(16 * MIB as u64).to_be_bytes()].concat();
        decode(&mut decoder, &header, &[usize::MAX]);
        assert_eq!(decoder.buffered(), 0);
        let mut arrived = 0;
        while arrived < MIB {
            decode(&mut decoder, &[b'x'; 1500], &[usize::MAX]);
            arrived += 1500;
            assert!(decoder.buffered() <= 2 * arrived, "{} bytes for {arrived}", decoder.buffered());
        }
    }
}

#[test]
fn a_buffer_never_outgrows_the_message() {
    let length = 3 * MIB + 5;
    let bytes = bytes(Role::Client, &[frame(BINARY, vec![0; length])]);
    let mut decoder = Decoder::new(Role::Client, Limits::default(), None);
    for piece in bytes[..bytes.len() - 1].chunks(10_000) {
        decode(&mut decoder, piece, &[usize::MAX]);
        assert!(decoder.buffered() <= length);
    }
}

#[test]
fn endless_tiny_fragments_are_bounded_by_their_number() {
    let mut decoder = Decoder::new(Role::Client, Limits::default(), None);
    let mut sent = 0_usize;
    let mut fragment: &[u8] = b"\x01\x00";
    // A thousand million are on their way; the decoder has enough long before.
    let error = loop {
        let (events, error) = decode(&mut decoder, fragment, &[usize::MAX]);
        assert_eq!(events, []);
        if let Some(error) = error {
            break error;
        }
        sent += 1;
        fragment = b"\x00\x00";
        assert!(sent < 1_000_000_000 && decoder.buffered() <= 64);
    };
    assert_eq!((error, sent), (ProtocolError::TooManyFragments { limit: 65_537 }, 65_537));
}

#[test]
fn a_deflate_bomb_is_refused_at_the_limit() {
    let bomb = compress(&vec![0; 64 * MIB], 15);
    assert!(bomb.len() < MIB);
    let error = ProtocolError::MessageTooBig { limit: 16 * MIB };
    for first in [TEXT, BINARY] {
        check_with(Limits::default(), Some(DEFLATE), &[frame(first | RSV1, &bomb)], &[], Some(error.clone()));
    }
    let halves = [frame(BINARY & !FIN | RSV1, &bomb[..1000]), frame(LAST, &bomb[1000..])];
    check_with(Limits::default(), Some(DEFLATE), &halves, &[], Some(error));
}

#[test]
fn compressed_bytes_that_can_not_make_a_message_within_the_limit_are_refused_on_the_wire() {
    // Empty stored blocks inflate to nothing, so that only the wire's own limit can stop them.
    let blocks = [0, 0, 0, 0xFF, 0xFF].repeat(100);
    let mut frames = vec![frame(CONTINUATION, &blocks); 4];
    frames[0].first = 2 | RSV1;
    let limits = Limits { message: 1000, frame: 1000, fragments: 10 };
    check_with(limits, Some(DEFLATE), &frames, &[], Some(ProtocolError::MessageTooBig { limit: 1000 }));
}

#[test]
fn what_deflate_makes_longer_still_passes() {
    let noise: Vec<u8> = (0..16_000_u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
    let limits = Limits { message: noise.len(), frame: 2 * noise.len(), fragments: 10 };
    let frames = [frame(BINARY | RSV1, compress(&noise, 15))];
    check_with(limits, Some(DEFLATE), &frames, &[Event::Binary(noise.into())], None);
}
