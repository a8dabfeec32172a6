//! Compressed messages (Autobahn 12 and 13, RFC 7692).

use channels::protocol::deflate::{compress, inflate};
use channels::protocol::{Deflate, Event, Limits, ProtocolError};

use crate::support::*;

fn check_deflate(frames: &[Frame], events: &[Event]) {
    check_with(Limits::default(), Some(DEFLATE), frames, events, None);
}

fn check_deflate_error(frames: &[Frame], error: ProtocolError) {
    check_with(Limits::default(), Some(DEFLATE), frames, &[], Some(error));
}

/// Something like what people send, of any length.
fn json(length: usize) -> String {
    let entries =
        (0..).map(|n: usize| format!("{{\"id\":{n},\"name\":\"user-{}\",\"text\":\"你好\"}},", n * 7919 % 104_729));
    let mut text = String::new();
    for entry in entries {
        if text.len() >= length {
            break;
        }
        text.push_str(&entry);
    }
    text.truncate(text.floor_char_boundary(length));
    text
}

#[test]
fn messages_of_all_sizes_pass_with_every_window() {
    for window_bits in 9..=15 {
        let deflate = Deflate { server_window_bits: window_bits, client_window_bits: window_bits };
        for length in [0, 16, 64, 256, 1 << 10, 4 << 10, 8 << 10, 32 << 10, 128 << 10] {
            let payload = json(length);
            let compressed = compress(payload.as_bytes(), window_bits);
            assert!(length < 256 || compressed.len() < payload.len());
            let frames = [frame(TEXT | RSV1, &compressed), frame(BINARY | RSV1, &compressed)];
            check_with(Limits::default(), Some(deflate), &frames, &[text(&payload), binary(&payload)], None);
        }
    }
}

#[test]
fn a_thousand_messages_are_each_compressed_by_themselves() {
    let payload = json(1000);
    let compressed = compress(payload.as_bytes(), 15);
    let frames = vec![frame(TEXT | RSV1, &compressed); 1000];
    check_deflate(&frames, &vec![text(&payload); 1000]);
    assert_eq!(compress(payload.as_bytes(), 15), compressed, "the same for every receiver");
}

#[test]
fn a_compressed_message_in_fragments_is_marked_on_the_first_only() {
    let payload = json(3000);
    let compressed = compress(payload.as_bytes(), 15);
    for size in [1, 100, 256] {
        let mut frames: Vec<Frame> = compressed.chunks(size).map(|piece| frame(CONTINUATION, piece)).collect();
        frames[0].first = 1 | RSV1;
        frames.last_mut().unwrap().first |= FIN;
        frames.insert(1, frame(PING, "between"));
        check_deflate(&frames, &[ping("between"), text(&payload)]);
    }
    let marked = [frame(TEXT & !FIN | RSV1, &compressed[..9]), frame(LAST | RSV1, &compressed[9..])];
    check_deflate_error(&marked, ProtocolError::UnexpectedCompression);
    let marked = [frame(TEXT & !FIN, "plain"), frame(LAST | RSV1, "")];
    check_deflate_error(&marked, ProtocolError::UnexpectedCompression);
}

#[test]
fn plain_messages_may_be_sent_between_compressed_ones() {
    let frames = [frame(TEXT, "plain"), frame(TEXT | RSV1, compress(b"small", 15)), frame(TEXT, "plain")];
    check_deflate(&frames, &[text("plain"), text("small"), text("plain")]);
}

#[test]
fn control_frames_are_never_compressed() {
    for first in [PING, PONG, CLOSE] {
        check_deflate_error(&[frame(first | RSV1, "")], ProtocolError::UnexpectedCompression);
    }
}

#[test]
fn nothing_may_be_compressed_that_was_not_agreed_on() {
    check_error(&[frame(TEXT | RSV1, compress(b"x", 15))], &[], ProtocolError::UnexpectedCompression);
}

#[test]
fn the_examples_of_the_rfc_pass() {
    for payload in [
        &b"\xf2\x48\xcd\xc9\xc9\x07\x00"[..],
        b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
        b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    ] {
        check_deflate(&[frame(TEXT | RSV1, payload)], &[text("Hello")]);
    }
    check_deflate(&[frame(TEXT & !FIN | RSV1, b"\xf2\x48\xcd"), frame(LAST, b"\xc9\xc9\x07\x00")], &[text("Hello")]);
}

#[test]
fn an_empty_message_passes_with_its_one_byte_and_with_none() {
    check_deflate(&[frame(TEXT | RSV1, [0])], &[text("")]);
    check_deflate(&[frame(TEXT | RSV1, [])], &[text("")]);
    check_deflate(&[frame(BINARY & !FIN | RSV1, []), frame(LAST, [])], &[binary("")]);
}

#[test]
fn what_can_not_be_inflated_is_refused() {
    let cut = compress(json(300).as_bytes(), 15);
    for bad in [&b"\xff\xff\xff"[..], b"plain text", &[6], &cut[..cut.len() / 2]] {
        check_deflate_error(&[frame(BINARY | RSV1, bad)], ProtocolError::InvalidDeflate);
    }
}

#[test]
fn what_the_compressor_makes_longer_than_any_guess_comes_back_whole() {
    // Lengths around the sizes of the compressor's first buffers, with noise that can not be compressed.
    let noise: Vec<u8> = (0..70_000_u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
    for length in (0..700).chain([4096, 16_383, 16_384, 65_535, 65_536, 70_000]) {
        let compressed = compress(&noise[..length], 15);
        assert_eq!(inflate(&compressed, 15, length).unwrap(), noise[..length], "{length}");
    }
}
