//! Messages in fragments, and control frames between them (Autobahn 5).

use channels::protocol::ProtocolError;

use crate::support::*;

const FIRST: u8 = TEXT & !FIN;

#[test]
fn a_fragmented_control_frame_is_refused() {
    for opcode in [PING, PONG, CLOSE] {
        let frames = [frame(opcode & !FIN, "fragment1"), frame(LAST, "fragment2")];
        check_error(&frames, &[], ProtocolError::ControlFrameFragmented);
    }
}

#[test]
fn fragments_are_put_together() {
    check(&[frame(FIRST, "fragment1"), frame(LAST, "fragment2")], &[text("fragment1fragment2")]);
    check(
        &[frame(BINARY & !FIN, [1]), frame(CONTINUATION, [2, 3]), frame(LAST, [4]), frame(TEXT, "next")],
        &[binary([1, 2, 3, 4]), text("next")],
    );
}

#[test]
fn a_ping_between_two_fragments_comes_before_the_message() {
    let frames = [frame(FIRST, "fragment1"), frame(PING, "ping"), frame(LAST, "fragment2")];
    check(&frames, &[ping("ping"), text("fragment1fragment2")]);
}

#[test]
fn pings_and_pongs_between_many_fragments_come_in_their_order() {
    check(
        &[
            frame(FIRST, "f1"),
            frame(CONTINUATION, "f2"),
            frame(PING, "p1"),
            frame(PONG, "p2"),
            frame(CONTINUATION, "f3"),
            frame(CONTINUATION, "f4"),
            frame(PING, "p3"),
            frame(LAST, "f5"),
        ],
        &[ping("p1"), pong("p2"), ping("p3"), text("f1f2f3f4f5")],
    );
}

#[test]
fn fragments_may_be_empty() {
    check(&[frame(FIRST, ""), frame(CONTINUATION, ""), frame(LAST, "")], &[text("")]);
    check(&[frame(FIRST, ""), frame(CONTINUATION, "middle"), frame(LAST, "")], &[text("middle")]);
    check(&[frame(BINARY & !FIN, ""), frame(LAST, "")], &[binary("")]);
}

#[test]
fn a_continuation_without_a_message_is_refused() {
    for first in [CONTINUATION, LAST] {
        check_error(&[frame(first, "lost"), frame(TEXT, "x")], &[], ProtocolError::UnexpectedContinuation);
        check_error(
            &[frame(FIRST, "a"), frame(LAST, "b"), frame(first, "lost")],
            &[text("ab")],
            ProtocolError::UnexpectedContinuation,
        );
    }
}

#[test]
fn a_message_inside_another_is_refused() {
    for first in [TEXT, BINARY, FIRST, BINARY & !FIN] {
        let frames = [frame(FIRST, "fragment1"), frame(PING, ""), frame(first, "other")];
        check_error(&frames, &[ping("")], ProtocolError::ContinuationExpected);
    }
}

#[test]
fn a_close_frame_between_fragments_ends_everything() {
    let frames = [frame(FIRST, "fragment1"), frame(CLOSE, close_payload(1000, "")), frame(LAST, "fragment2")];
    check(&frames, &[normal_close()]);
}
