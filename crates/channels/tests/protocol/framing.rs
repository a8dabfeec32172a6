//! Frames of all lengths, pings, reserved bits and opcodes (Autobahn 1 to 4).

use channels::protocol::{Decoder, Event, Limits, ProtocolError, Role};

use crate::support::*;

const LENGTHS: [usize; 9] = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537];

#[test]
fn text_of_every_length_form_comes_out_as_it_went_in() {
    for length in LENGTHS {
        let payload = "*".repeat(length);
        check(&[frame(TEXT, &payload)], &[text(&payload)]);
    }
}

#[test]
fn binary_of_every_length_form_comes_out_as_it_went_in() {
    for length in LENGTHS {
        let payload: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        check(&[frame(BINARY, &payload)], &[binary(&payload)]);
    }
}

#[test]
fn frames_that_arrive_together_come_out_one_by_one() {
    check(
        &[frame(TEXT, "a"), frame(BINARY, [0, 255]), frame(TEXT, ""), frame(PING, ""), frame(TEXT, "b")],
        &[text("a"), binary([0, 255]), text(""), ping(""), text("b")],
    );
}

#[test]
fn pings_and_pongs_carry_up_to_125_bytes() {
    for payload in [&b""[..], b"Hello, world!", &[0, 255, 254, 253, 252, 251, 0, 255], &[254; 125]] {
        check(&[frame(PING, payload)], &[ping(payload)]);
        check(&[frame(PONG, payload)], &[pong(payload)]);
    }
}

#[test]
fn pongs_that_nobody_asked_for_are_harmless() {
    let frames = [frame(PONG, "unsolicited"), frame(PING, "payload"), frame(PONG, "")];
    check(&frames, &[pong("unsolicited"), ping("payload"), pong("")]);
}

#[test]
fn ten_pings_come_in_their_order() {
    let frames: Vec<Frame> = (0..10).map(|n| frame(PING, format!("payload-{n}"))).collect();
    let events: Vec<Event> = (0..10).map(|n| ping(format!("payload-{n}"))).collect();
    check(&frames, &events);
}

#[test]
fn a_control_frame_of_more_than_125_bytes_is_refused() {
    for first in [PING, PONG, CLOSE] {
        for length in [126, 65_536] {
            check_error(&[frame(first, vec![254; length])], &[], ProtocolError::ControlFrameTooLong);
        }
    }
}

#[test]
fn a_reserved_bit_is_refused_wherever_it_is() {
    for bits in 1..8_u8 {
        let expected = if bits == 4 { ProtocolError::UnexpectedCompression } else { ProtocolError::ReservedBit };
        for opcode in [TEXT, BINARY, CLOSE, PING, PONG] {
            let frames = [frame(TEXT, "fine"), frame(opcode | bits << 4, ""), frame(TEXT, "never seen")];
            check_error(&frames, &[text("fine")], expected.clone());
        }
    }
}

#[test]
fn a_reserved_opcode_is_refused() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in ["", "with a payload"] {
            let frames = [frame(TEXT, "fine"), frame(FIN | opcode, payload), frame(PING, "")];
            check_error(&frames, &[text("fine")], ProtocolError::ReservedOpcode(opcode));
        }
    }
}

#[test]
fn a_server_refuses_what_is_not_masked_and_a_client_what_is() {
    for (role, theirs, error) in [
        (Role::Server, Role::Client, ProtocolError::MaskMissing),
        (Role::Client, Role::Server, ProtocolError::MaskForbidden),
    ] {
        for sent in [frame(TEXT, "hello"), frame(TEXT, ""), frame(PING, ""), frame(CLOSE, "")] {
            let mut decoder = Decoder::new(role, Limits::default(), None);
            let came = decode(&mut decoder, &bytes(theirs, &[sent]), &[1]);
            assert_eq!(came, (Vec::new(), Some(error.clone())));
        }
    }
}

#[test]
fn a_length_in_more_bytes_than_it_needs_is_refused() {
    for header in [&[TEXT, 126, 0, 125][..], &[BINARY, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], &[TEXT, 126, 0, 0]] {
        assert_eq!(refused_after(Role::Client, header), (ProtocolError::LengthNotMinimal, header.len()));
    }
}

#[test]
fn a_length_with_its_top_bit_set_is_refused() {
    let header = [BINARY, 127, 0x80, 0, 0, 0, 0, 1, 0, 0];
    assert_eq!(refused_after(Role::Client, &header), (ProtocolError::LengthTopBit, header.len()));
    assert_eq!(refused_after(Role::Client, &[BINARY, 127, 255, 255, 255, 255, 255, 255, 255, 255]).1, 10);
}

#[test]
fn a_bad_header_is_refused_by_the_byte_that_makes_it_bad() {
    assert_eq!(refused_after(Role::Server, &[TEXT | 0x20]), (ProtocolError::ReservedBit, 1));
    assert_eq!(refused_after(Role::Server, &[LAST]), (ProtocolError::UnexpectedContinuation, 1));
    assert_eq!(refused_after(Role::Server, &[TEXT, 5]), (ProtocolError::MaskMissing, 2));
    assert_eq!(refused_after(Role::Server, &[PING, 0x80 | 126]), (ProtocolError::ControlFrameTooLong, 2));
    // The length is looked at before the mask is there.
    assert_eq!(refused_after(Role::Server, &[TEXT, 0x80 | 126, 0, 3]), (ProtocolError::LengthNotMinimal, 4));
}

#[test]
fn a_decoder_is_idle_between_messages_only() {
    let mut decoder = Decoder::new(Role::Client, Limits::default(), None);
    let mut feed = |bytes: &[u8]| {
        decode(&mut decoder, bytes, &[usize::MAX]);
        (decoder.is_idle(), decoder.buffered() > 0)
    };
    assert_eq!(feed(b"\x81\x03abc"), (true, false));
    assert_eq!(feed(b"\x81"), (false, false));
    assert_eq!(feed(b"\x03ab"), (false, true));
    assert_eq!(feed(b"c"), (true, false));
    assert_eq!(feed(b"\x01\x01a"), (false, true));
    assert_eq!(feed(b"\x89\x02p"), (false, true));
    assert_eq!(feed(b"p"), (false, true));
    assert_eq!(feed(b"\x80\x00"), (true, false));
    assert_eq!(feed(b"\x89\x02p"), (false, true));
    assert_eq!(feed(b"p"), (true, false));
}

/// The error for bytes that come one by one, and how many of them it took.
fn refused_after(role: Role, bytes: &[u8]) -> (ProtocolError, usize) {
    let mut decoder = Decoder::new(role, Limits::default(), None);
    for (at, byte) in bytes.iter().enumerate() {
        if let (_, Some(error)) = decode(&mut decoder, &[*byte], &[1]) {
            return (error, at + 1);
        }
    }
    panic!("{bytes:?} is not refused");
}
