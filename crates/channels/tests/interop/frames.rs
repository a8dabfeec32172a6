use channels::protocol::{CloseFrame, Event, Opcode, encode_close};

use crate::pair::{OPENERS, message};
use crate::payload::{SIZES, text};
use crate::peer::{Compression, Heard, Kind, LIBRARIES, Peer};
use crate::wire::Wire;

#[tokio::test]
async fn a_peer_answers_our_pings_with_their_payload() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            let (mut wire, _) = Wire::open(&mut peer, opener, None).await;
            for payload in [&b""[..], b"are you there", &[0xFF; 125]] {
                wire.send(Opcode::Ping, true, false, payload).await;
                assert_eq!(wire.event().await, Event::Pong(payload.to_vec().into()), "{library:?}, {opener:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_peer_puts_our_fragments_together_and_answers_the_pings_between_them() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for compressed in [false, true] {
                let (mut wire, theirs) = Wire::open(&mut peer, opener, Some(Compression::default())).await;
                for size in SIZES {
                    let text = text(size);
                    let payload = if compressed { wire.compress(text.as_bytes()) } else { text.clone().into_bytes() };
                    // Inside a character, most of the time.
                    let (head, rest) = payload.split_at(payload.len() / 3);
                    let (middle, last) = rest.split_at(rest.len() / 2);
                    wire.send(Opcode::Text, false, compressed, head).await;
                    wire.send(Opcode::Ping, true, false, b"1").await;
                    wire.send(Opcode::Continuation, false, false, middle).await;
                    wire.send(Opcode::Continuation, false, false, b"").await;
                    wire.send(Opcode::Ping, true, false, b"2").await;
                    wire.send(Opcode::Continuation, true, false, last).await;
                    let heard = peer.receive(&theirs).await;
                    assert!(heard == message(Kind::Text, text.as_bytes()), "{library:?}, {opener:?}, {size} bytes");
                    for pong in ["1", "2"] {
                        assert_eq!(wire.event().await, Event::Pong(pong.into()), "{library:?}, {opener:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn every_code_that_may_be_sent_reaches_a_peer_and_comes_back() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999] {
                let (mut wire, theirs) = Wire::open(&mut peer, opener, None).await;
                wire.send(Opcode::Close, true, false, &encode_close(code, "理由")).await;
                let Event::Close(Some(CloseFrame { code: answered, .. })) = wire.event().await else {
                    panic!("{library:?} does not answer {code}")
                };
                assert_eq!(answered, code, "{library:?}, {opener:?}");
                drop(wire);
                assert_eq!(peer.receive(&theirs).await, Heard::Closed(code, "理由".to_owned()), "{library:?}");
            }
        }
    }
}
