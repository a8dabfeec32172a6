//! Chapters 1 to 5: lengths, pings, reserved bits and opcodes, fragments.

use super::peer::*;
use crate::setup::Example;

async fn echo() -> Example {
    Example::start("echo", &[]).await
}

/// 1.1 and 1.2.
#[tokio::test]
async fn messages_of_every_length_come_back() {
    let echo = echo().await;
    for first in [TEXT, BINARY] {
        for length in [0, 125, 126, 127, 128, 65_535, 65_536] {
            let message = [frame(first, vec![b'*'; length])];
            check(&echo, &message, usize::MAX, &message, End::ByPeer).await;
        }
        let message = [frame(first, vec![b'*'; 65_536])];
        check(&echo, &message, 997, &message, End::ByPeer).await;
    }
}

/// 2.1 to 2.6, 2.10, 2.11.
#[tokio::test]
async fn each_ping_is_answered_with_its_payload_in_order() {
    let echo = echo().await;
    for payload in [&b""[..], b"Hello, world!", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", &[0xFE; 125]] {
        check_cuts(&echo, &[frame(PING, payload)], &[frame(PONG, payload)], End::ByPeer).await;
    }
    check_cuts(&echo, &[frame(PING, [0xFE; 126])], &[], End::Refused(1002)).await;
    let numbered = |first| (0..10).map(|number| frame(first, format!("payload-{number}"))).collect::<Vec<_>>();
    check_cuts(&echo, &numbered(PING), &numbered(PONG), End::ByPeer).await;
}

/// 2.7 to 2.9.
#[tokio::test]
async fn pongs_that_nobody_asked_for_are_passed_over() {
    let echo = echo().await;
    check_cuts(&echo, &[frame(PONG, "")], &[], End::ByPeer).await;
    let sent = [frame(PONG, "unsolicited pong payload"), frame(PING, "ping payload")];
    check_cuts(&echo, &sent, &[frame(PONG, "ping payload")], End::ByPeer).await;
}

/// 3.1 to 3.7.
#[tokio::test]
async fn reserved_bits_end_the_connection_after_what_came_before() {
    let echo = echo().await;
    let hello = frame(TEXT, "Hello, world!");
    for bits in 1..=7 {
        for kind in [TEXT, BINARY, PING, PONG, CLOSE] {
            let wrong = frame(kind | bits << 4, "");
            check_cuts(&echo, std::slice::from_ref(&wrong), &[], End::Refused(1002)).await;
            let sent = [hello.clone(), wrong, frame(PING, "")];
            check(&echo, &sent, usize::MAX, std::slice::from_ref(&hello), End::Refused(1002)).await;
        }
    }
}

/// 4.1 and 4.2.
#[tokio::test]
async fn reserved_opcodes_end_the_connection_after_what_came_before() {
    let echo = echo().await;
    let hello = frame(TEXT, "Hello, world!");
    for opcode in (3..=7).chain(11..=15) {
        for payload in ["", "reserved opcode payload"] {
            let wrong = frame(FIN | opcode, payload);
            check(&echo, std::slice::from_ref(&wrong), usize::MAX, &[], End::Refused(1002)).await;
            let sent = [hello.clone(), wrong, frame(PING, "")];
            check_cuts(&echo, &sent, std::slice::from_ref(&hello), End::Refused(1002)).await;
        }
    }
}

/// 5.1 and 5.2.
#[tokio::test]
async fn control_frames_have_no_fragments() {
    let echo = echo().await;
    for kind in [PING, PONG] {
        let sent = [frame(kind & !FIN, "fragment1"), frame(LAST, "fragment2")];
        check_cuts(&echo, &sent, &[], End::Refused(1002)).await;
    }
}

/// 5.3 to 5.8, 5.19, 5.20.
#[tokio::test]
async fn fragments_are_one_message_and_pings_between_them_are_answered_first() {
    let echo = echo().await;
    let (one, two) = (frame(TEXT & !FIN, "fragment1"), frame(LAST, "fragment2"));
    let whole = frame(TEXT, "fragment1fragment2");
    check_cuts(&echo, &[one.clone(), two.clone()], std::slice::from_ref(&whole), End::ByPeer).await;
    let sent = [one, frame(PING, "ping payload"), two];
    check_cuts(&echo, &sent, &[frame(PONG, "ping payload"), whole], End::ByPeer).await;

    let five = [
        frame(TEXT & !FIN, "fragment1"),
        frame(CONTINUATION, "fragment2"),
        frame(PING, "pongme 1!"),
        frame(CONTINUATION, "fragment3"),
        frame(CONTINUATION, "fragment4"),
        frame(PING, "pongme 2!"),
        frame(LAST, "fragment5"),
    ];
    let whole = frame(TEXT, "fragment1fragment2fragment3fragment4fragment5");
    let answers = [frame(PONG, "pongme 1!"), frame(PONG, "pongme 2!"), whole];
    check_cuts(&echo, &five, &answers, End::ByPeer).await;
}

/// 5.9 to 5.18.
#[tokio::test]
async fn fragments_that_continue_nothing_or_begin_inside_a_message_end_the_connection() {
    let echo = echo().await;
    let hello = frame(TEXT, "Hello, world!");
    for first in [LAST, CONTINUATION] {
        let stray = frame(first, "non-continuation payload");
        check_cuts(&echo, &[stray.clone(), hello.clone()], &[], End::Refused(1002)).await;
        let sent = [frame(TEXT & !FIN, "frag1"), frame(LAST, "frag2"), stray.clone(), hello.clone()];
        check_cuts(&echo, &sent, &[frame(TEXT, "frag1frag2")], End::Refused(1002)).await;
        let sent = [stray.clone(), frame(TEXT, "fragment"), stray, frame(TEXT, "fragment")];
        check_cuts(&echo, &sent, &[], End::Refused(1002)).await;
    }
    let sent = [frame(TEXT & !FIN, "fragment1"), frame(TEXT, "fragment2")];
    check_cuts(&echo, &sent, &[], End::Refused(1002)).await;
}
