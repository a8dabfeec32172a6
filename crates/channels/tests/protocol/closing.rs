//! Close frames (Autobahn 7).

use channels::protocol::{Event, ProtocolError, close_code, encode_close};

use crate::support::*;

#[test]
fn nothing_comes_out_after_a_close_frame() {
    let close_frame = frame(CLOSE, close_payload(1000, ""));
    for after in [frame(TEXT, "late"), frame(PING, "late"), close_frame.clone(), frame(0xFF, "late and wrong")] {
        check(&[frame(TEXT, "hello"), close_frame.clone(), after], &[text("hello"), normal_close()]);
    }
}

#[test]
fn a_close_frame_may_be_empty() {
    check(&[frame(CLOSE, "")], &[Event::Close(None)]);
}

#[test]
fn half_a_close_code_is_refused() {
    check_error(&[frame(CLOSE, [3])], &[], ProtocolError::ClosePayloadTooShort);
}

#[test]
fn a_close_reason_has_up_to_123_bytes() {
    for reason in ["".to_owned(), "Hello World!".to_owned(), "*".repeat(123), "关".repeat(41)] {
        check(&[frame(CLOSE, close_payload(1000, &reason))], &[close(1000, &reason)]);
    }
    check_error(&[frame(CLOSE, close_payload(1000, "*".repeat(124)))], &[], ProtocolError::ControlFrameTooLong);
}

#[test]
fn a_close_reason_that_is_not_utf8_is_refused() {
    let reason = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited";
    check_error(&[frame(CLOSE, close_payload(1000, reason))], &[], ProtocolError::InvalidUtf8);
    check_error(&[frame(CLOSE, close_payload(1000, [0xE5, 0x85]))], &[], ProtocolError::InvalidUtf8);
}

#[test]
fn the_codes_that_may_be_sent_are_read() {
    for code in (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]) {
        check(&[frame(CLOSE, close_payload(code, "why"))], &[close(code, "why")]);
    }
}

#[test]
fn the_codes_that_may_not_be_sent_are_refused() {
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32_768, 65_535] {
        for reason in ["", "why"] {
            let frames = [frame(CLOSE, close_payload(code, reason))];
            check_error(&frames, &[], ProtocolError::InvalidCloseCode(code));
        }
    }
}

#[test]
fn what_we_send_to_close_is_what_a_peer_reads() {
    for code in 0..=u16::MAX {
        let expected = if close_code::may_be_sent(code) { close_payload(code, "bye") } else { Vec::new() };
        assert_eq!(encode_close(code, "bye"), expected, "{code}");
    }
}

#[test]
fn every_error_has_the_close_code_of_the_rfc() {
    for (error, code) in [
        (ProtocolError::ReservedBit, 1002),
        (ProtocolError::UnexpectedCompression, 1002),
        (ProtocolError::ReservedOpcode(3), 1002),
        (ProtocolError::MaskMissing, 1002),
        (ProtocolError::MaskForbidden, 1002),
        (ProtocolError::LengthNotMinimal, 1002),
        (ProtocolError::LengthTopBit, 1002),
        (ProtocolError::ControlFrameTooLong, 1002),
        (ProtocolError::ControlFrameFragmented, 1002),
        (ProtocolError::UnexpectedContinuation, 1002),
        (ProtocolError::ContinuationExpected, 1002),
        (ProtocolError::ClosePayloadTooShort, 1002),
        (ProtocolError::InvalidCloseCode(1005), 1002),
        (ProtocolError::InvalidUtf8, 1007),
        (ProtocolError::InvalidDeflate, 1007),
        (ProtocolError::FrameTooBig { length: 2, limit: 1 }, 1009),
        (ProtocolError::MessageTooBig { limit: 1 }, 1009),
        (ProtocolError::TooManyFragments { limit: 1 }, 1008),
    ] {
        assert_eq!(error.close_code(), code, "{error}");
        assert!(close_code::may_be_sent(code));
    }
}
