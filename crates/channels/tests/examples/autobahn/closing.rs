//! Chapter 7: closing.

use super::peer::*;
use crate::setup::Example;

/// 7.1.1 to 7.1.6.
#[tokio::test]
async fn what_comes_before_a_close_frame_is_answered_and_what_comes_after_is_not() {
    let echo = Example::start("echo", &[]).await;
    let (hello, goodbye) = (frame(TEXT, "Hello World!"), close(1000, ""));
    let late = [frame(PING, "late"), hello.clone(), goodbye.clone(), frame(LAST, "fragment2"), frame(0xFF, "wrong")];
    for late in late {
        let sent = [hello.clone(), goodbye.clone(), late];
        check_cuts(&echo, &sent, std::slice::from_ref(&hello), End::Answered(Some(1000))).await;
    }
    let sent = [frame(TEXT & !FIN, "fragment1"), goodbye.clone(), frame(LAST, "fragment2")];
    check_cuts(&echo, &sent, &[], End::Answered(Some(1000))).await;
    let large = frame(TEXT, vec![b'*'; 256 << 10]);
    let sent = [large.clone(), goodbye, frame(PING, "")];
    check(&echo, &sent, usize::MAX, &[large], End::Answered(Some(1000))).await;
}

/// 7.3.1 to 7.3.6, 7.5.1.
#[tokio::test]
async fn a_close_frame_has_a_code_and_a_reason_or_neither() {
    let echo = Example::start("echo", &[]).await;
    check_cuts(&echo, &[frame(CLOSE, "")], &[], End::Answered(None)).await;
    check_cuts(&echo, &[frame(CLOSE, "a")], &[], End::Refused(1002)).await;
    for reason in ["".to_owned(), "Hello World!".to_owned(), "*".repeat(123), "关".repeat(41)] {
        check_cuts(&echo, &[close(1000, reason)], &[], End::Answered(Some(1000))).await;
    }
    check_cuts(&echo, &[close(1000, "*".repeat(124))], &[], End::Refused(1002)).await;
    let broken = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited";
    check_cuts(&echo, &[close(1000, broken)], &[], End::Refused(1007)).await;
}

/// 7.7, 7.9, 7.13.
#[tokio::test]
async fn the_codes_that_may_be_sent_come_back_and_the_others_are_refused() {
    let echo = Example::start("echo", &[]).await;
    for code in (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]) {
        check(&echo, &[close(code, "")], usize::MAX, &[], End::Answered(Some(code))).await;
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        for reason in ["", "why"] {
            check(&echo, &[close(code, reason)], usize::MAX, &[], End::Refused(1002)).await;
        }
    }
}
