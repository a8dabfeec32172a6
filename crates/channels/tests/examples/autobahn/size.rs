//! Chapters 9 and 10: large messages, in frames and in writes of every size.

use super::peer::*;
use crate::setup::Example;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// 9.1 and 9.2.
#[tokio::test]
async fn messages_of_up_to_16_mib_come_back() {
    let echo = Example::start("echo", &[]).await;
    for first in [TEXT, BINARY] {
        for length in [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB] {
            let message = [frame(first, vec![b'*'; length])];
            check(&echo, &message, usize::MAX, &message, End::ByPeer).await;
        }
    }
}

/// 9.3, 9.4 and 10.1.
#[tokio::test]
async fn four_mebibytes_in_frames_of_every_size_come_back() {
    let echo = Example::start("echo", &[]).await;
    for first in [TEXT, BINARY] {
        let payload = vec![b'*'; 4 * MIB];
        for size in [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB] {
            let sent = fragments(first, &payload, size);
            check(&echo, &sent, usize::MAX, &[frame(first, &payload)], End::ByPeer).await;
        }
    }
    let sent = fragments(TEXT, &[b'*'; 65_536], 1_300);
    check(&echo, &sent, usize::MAX, &[frame(TEXT, [b'*'; 65_536])], End::ByPeer).await;
}

/// 9.5 and 9.6.
#[tokio::test]
async fn a_mebibyte_in_writes_of_every_size_comes_back() {
    let echo = Example::start("echo", &[]).await;
    for first in [TEXT, BINARY] {
        let message = [frame(first, vec![b'*'; MIB])];
        for write in [64, 128, 256, 512, KIB, 2 * KIB] {
            check(&echo, &message, write, &message, End::ByPeer).await;
        }
    }
}

/// 9.7 and 9.8. The suite waits for each answer; here all are on their way at once, which asks for more.
#[tokio::test]
async fn a_thousand_messages_come_back_in_order() {
    let echo = Example::start("echo", &[]).await;
    for first in [TEXT, BINARY] {
        for length in [0, 16, 64, 256, KIB, 4 * KIB] {
            let messages: Vec<Frame> = (0..1_000)
                .map(|number| {
                    let mut payload = format!("{number:16}").into_bytes();
                    payload.resize(length, b'*');
                    frame(first, payload)
                })
                .collect();
            check(&echo, &messages, usize::MAX, &messages, End::ByPeer).await;
        }
    }
}
