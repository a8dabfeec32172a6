//! Text that is UTF-8, text that is not, and how soon that shows (Autobahn 6).

use channels::protocol::deflate::compress;
use channels::protocol::{Decoder, Limits, ProtocolError, Role};

use crate::support::*;

/// "κόσμε", with which the suite surrounds what it tests.
const KOSME: &[u8] = "κόσμε".as_bytes();

#[test]
fn good_text_passes_whole_and_in_fragments_of_one_byte() {
    let mut texts: Vec<String> =
        ["Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "関闭 🦀🏳️‍🌈", "\0", "\u{7F}"].map(str::to_owned).into();
    // The first and the last character of each length, and those next to the surrogates.
    for point in [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x1_0000, 0x10_FFFF] {
        texts.push(char::from_u32(point).unwrap().to_string());
    }
    // Noncharacters are characters here.
    texts.extend(
        (0..=16_u32)
            .flat_map(|plane| [0xFFFE, 0xFFFF].map(|last| char::from_u32(plane << 16 | last).unwrap().to_string())),
    );
    for good in &texts {
        check(&[frame(TEXT, good)], &[text(good)]);
        check(&fragments(good.as_bytes()), &[text(good)]);
    }
    let all = texts.concat();
    check(&[frame(TEXT, &all)], &[text(&all)]);
    check(&fragments(all.as_bytes()), &[text(&all)]);
}

#[test]
fn bad_text_is_refused_whole_in_fragments_and_compressed() {
    for bad in bad_sequences() {
        for surrounded in [bad.clone(), [KOSME, &bad, b"edited"].concat()] {
            check_error(&[frame(TEXT, &surrounded)], &[], ProtocolError::InvalidUtf8);
            check_error(&fragments(&surrounded), &[], ProtocolError::InvalidUtf8);
            let frames = [frame(TEXT | RSV1, compress(&surrounded, 15))];
            check_with(Limits::default(), Some(DEFLATE), &frames, &[], Some(ProtocolError::InvalidUtf8));
        }
    }
}

#[test]
fn binary_may_be_anything() {
    for bytes in bad_sequences() {
        check(&[frame(BINARY, &bytes)], &[binary(&bytes)]);
        check(&[frame(BINARY & !FIN, &bytes), frame(LAST, "")], &[binary(&bytes)]);
    }
}

#[test]
fn bad_text_is_refused_in_the_fragment_that_has_it_before_the_message_ends() {
    let frames = [frame(TEXT & !FIN, KOSME), frame(CONTINUATION, b"\xf4\x90\x80\x80")];
    check_error(&frames, &[], ProtocolError::InvalidUtf8);
}

#[test]
fn bad_text_is_refused_by_its_first_wrong_byte_inside_a_frame_that_goes_on() {
    for (start, wrong) in [
        (&b""[..], 0x80),
        (b"", 0xC0),
        (b"", 0xFF),
        (b"\xce", 0x20),
        (b"\xe0", 0x9F),
        (b"\xed", 0xA0),
        (b"\xf0", 0x8F),
        (b"\xf4", 0x90),
        (b"\xf4\x8f", 0x20),
        (b"\xf0\x9f\xa6", 0xC0),
    ] {
        let payload = [KOSME, start, &[wrong], b" and much more"].concat();
        for role in [Role::Server, Role::Client] {
            for opening in [0, 1, 3, KOSME.len()] {
                let sent = [frame(TEXT & !FIN, &payload[..opening]), frame(LAST, &payload[opening..])];
                let all = bytes(role, &sent);
                let after_wrong = payload.len() - KOSME.len() - start.len() - 1;
                let (before, from_wrong) = all.split_at(all.len() - after_wrong - 1);
                let mut decoder = Decoder::new(role, Limits::default(), None);
                assert_eq!(decode(&mut decoder, before, &[1]), (Vec::new(), None));
                let refused = decode(&mut decoder, &from_wrong[..1], &[1]);
                assert_eq!(refused, (Vec::new(), Some(ProtocolError::InvalidUtf8)), "{wrong:x} after {start:x?}");
            }
        }
    }
}

#[test]
fn text_that_ends_inside_a_character_is_refused() {
    for character in ["é", "关", "🦀"] {
        for end in 1..character.len() {
            let cut = &character.as_bytes()[..end];
            check_error(&[frame(TEXT, cut)], &[], ProtocolError::InvalidUtf8);
            check_error(&[frame(TEXT & !FIN, cut), frame(LAST, "")], &[], ProtocolError::InvalidUtf8);
        }
    }
}

#[test]
fn control_frames_inside_a_character_do_no_harm() {
    let crab = "🦀".as_bytes();
    let frames = [frame(TEXT & !FIN, &crab[..1]), frame(PING, [0xFF]), frame(LAST, &crab[1..])];
    check(&frames, &[ping([0xFF]), text("🦀")]);
}

/// One fragment a byte.
fn fragments(payload: &[u8]) -> Vec<Frame> {
    let mut frames = vec![frame(TEXT & !FIN, "")];
    frames.extend(payload.iter().map(|byte| frame(CONTINUATION, [*byte])));
    frames.push(frame(LAST, ""));
    frames
}

/// What is not UTF-8, by the chapters of Markus Kuhn's stress test, which the suite follows too.
fn bad_sequences() -> Vec<Vec<u8>> {
    let mut bad: Vec<Vec<u8>> = Vec::new();
    // Sequences of five and six bytes, and beyond the last character.
    bad.extend([&b"\xf8\x88\x80\x80\x80"[..], b"\xfc\x84\x80\x80\x80\x80", b"\xf7\xbf\xbf\xbf"].map(Vec::from));
    bad.extend([&b"\xfb\xbf\xbf\xbf\xbf"[..], b"\xfd\xbf\xbf\xbf\xbf\xbf", b"\xf4\x90\x80\x80"].map(Vec::from));
    // Continuation bytes that continue nothing.
    bad.extend((1..=7).map(|length| [0x80, 0xBF].into_iter().cycle().take(length).collect()));
    bad.push((0x80..=0xBF).collect());
    // First bytes that nothing continues, each alone and before a space.
    bad.extend((0xC0..=0xFF).flat_map(|first| [vec![first], vec![first, b' ']]));
    // The last byte is missing.
    bad.extend([&b"\xe0\x80"[..], b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80"].map(Vec::from));
    bad.extend(
        [&b"\xdf"[..], b"\xef\xbf", b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"].map(Vec::from),
    );
    // Bytes that are never there.
    bad.extend([&b"\xfe"[..], b"\xff", b"\xfe\xfe\xff\xff"].map(Vec::from));
    // More bytes than needed: a slash, the longest of each, a zero.
    bad.extend([&b"\xc0\xaf"[..], b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf"].map(Vec::from));
    bad.extend([&b"\xfc\x80\x80\x80\x80\xaf"[..], b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf"].map(Vec::from));
    bad.extend(
        [&b"\xf8\x87\xbf\xbf\xbf"[..], b"\xfc\x83\xbf\xbf\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80"].map(Vec::from),
    );
    bad.extend([&b"\xf0\x80\x80\x80"[..], b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"].map(Vec::from));
    // Surrogates, alone and in pairs.
    let surrogates =
        [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf", b"\xed\xb0\x80", b"\xed\xbe\x80"];
    bad.extend(surrogates.map(|single| single.to_vec()));
    bad.push(b"\xed\xbf\xbf".to_vec());
    for high in &surrogates[..4] {
        bad.extend([b"\xed\xb0\x80", b"\xed\xbf\xbf"].map(|low| [&high[..], low].concat()));
    }
    bad
}
