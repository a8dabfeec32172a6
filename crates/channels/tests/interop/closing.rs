use channels::protocol::{Limits, ProtocolError};
use channels::websocket::{Closed, Frame, Settings};

use crate::pair::{OPENERS, Pair};
use crate::peer::{Compression, Heard, Kind, LIBRARIES, Peer};

#[tokio::test]
async fn a_peer_s_code_and_reason_arrive_and_are_answered() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for (code, reason) in [(1000, ""), (1001, "bye"), (3000, "告辞"), (4999, &"x".repeat(123))] {
                let Pair { mut ours, theirs } = Pair::open(&mut peer, opener, Settings::default(), None).await;
                let (heard, ended) = tokio::join!(peer.close(&theirs, Some(code), reason), ours.receive());
                assert_eq!(ended, Err(Closed::ByPeer { code, reason: reason.into() }), "{library:?}, {opener:?}");
                assert_eq!(heard, Heard::Closed(code, String::new()), "{library:?}, {opener:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_close_frame_without_a_code_is_answered_with_one_without_a_code() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            let Pair { mut ours, theirs } = Pair::open(&mut peer, opener, Settings::default(), None).await;
            let (heard, ended) = tokio::join!(peer.close(&theirs, None, ""), ours.receive());
            assert_eq!(ended, Err(Closed::ByPeer { code: 1005, reason: "".into() }), "{library:?}, {opener:?}");
            assert_eq!(heard, Heard::Closed(1005, String::new()), "{library:?}, {opener:?}");
        }
    }
}

#[tokio::test]
async fn our_code_and_reason_arrive_after_everything_that_was_sent() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for (code, reason) in [(1000, ""), (1012, "服务重启"), (4001, "再见")] {
                let Pair { mut ours, theirs } = Pair::open(&mut peer, opener, Settings::default(), None).await;
                for number in 0..20 {
                    ours.send(&Frame::text(&number.to_string())).await.unwrap();
                }
                let close = tokio::spawn(async move { ours.close(code, reason).await });
                for number in 0..20 {
                    assert_eq!(peer.receive(&theirs).await, Heard::Text(number.to_string().into_bytes()));
                }
                assert_eq!(peer.receive(&theirs).await, Heard::Closed(code, reason.to_owned()), "{library:?}");
                close.await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_peer_s_answer_to_our_close_frame_is_heard() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            let Pair { mut ours, theirs } = Pair::open(&mut peer, opener, Settings::default(), None).await;
            ours.sender().close(4002, "enough");
            let (ended, heard) = tokio::join!(ours.receive(), peer.receive(&theirs));
            assert_eq!(ended.unwrap_err().code(), 4002, "{library:?}, {opener:?}");
            assert_eq!(heard, Heard::Closed(4002, "enough".to_owned()), "{library:?}, {opener:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_lost_on_either_side() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            let Pair { mut ours, theirs } = Pair::open(&mut peer, opener, Settings::default(), None).await;
            peer.abort(&theirs).await;
            assert_eq!(ours.receive().await, Err(Closed::Lost), "{library:?}, {opener:?}");

            let Pair { ours, theirs } = Pair::open(&mut peer, opener, Settings::default(), None).await;
            drop(ours);
            assert_eq!(peer.receive(&theirs).await, Heard::Closed(1006, String::new()), "{library:?}, {opener:?}");
        }
    }
}

/// How it is sent, as what and in which fragments; the code and the error that it ends the connection with.
type Broken<'a> = (Option<Compression>, Kind, &'a [&'a [u8]], u16, ProtocolError);

#[tokio::test]
async fn a_peer_that_breaks_a_rule_is_told_which() {
    let limits = Limits { message: 1000, frame: 800, fragments: 10 };
    let settings = Settings { limits, ..Settings::default() };
    let zeros = [0; 1001];
    let many = [&b"1"[..]; 11];
    let broken: [Broken; 5] = [
        (None, Kind::Text, &[b"\xFF"], 1007, ProtocolError::InvalidUtf8),
        (Some(Compression::default()), Kind::Text, &[b"a\xC0\x80"], 1007, ProtocolError::InvalidUtf8),
        (None, Kind::Binary, &[&zeros[..801]], 1009, ProtocolError::FrameTooBig { length: 801, limit: 800 }),
        // Few bytes on the wire, more than is allowed when they are inflated.
        (Some(Compression::default()), Kind::Binary, &[&zeros], 1009, ProtocolError::MessageTooBig { limit: 1000 }),
        (None, Kind::Binary, &many, 1008, ProtocolError::TooManyFragments { limit: 10 }),
    ];
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for (deflate, kind, fragments, code, error) in &broken {
                let Pair { mut ours, theirs } = Pair::open(&mut peer, opener, settings.clone(), *deflate).await;
                let ((), ended) = tokio::join!(peer.send(&theirs, *kind, fragments), ours.receive());
                assert_eq!(ended, Err(Closed::Protocol(error.clone())), "{library:?}, {opener:?}");
                let heard = peer.receive(&theirs).await;
                assert_eq!(heard, Heard::Closed(*code, error.to_string()), "{library:?}, {opener:?}");
            }
        }
    }
}
