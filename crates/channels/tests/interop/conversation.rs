use channels::websocket::Settings;

use crate::pair::{OPENERS, Pair};
use crate::payload::{SIZES, noise, text};
use crate::peer::{Compression, Kind, LIBRARIES, Peer};

#[tokio::test]
async fn messages_of_every_kind_and_size_arrive_in_both_directions() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for deflate in [None, Some(Compression::default())] {
                let mut pair = Pair::open(&mut peer, opener, Settings::default(), deflate).await;
                for size in SIZES {
                    let (text, noise) = (text(size), noise(size));
                    for (kind, payload) in [(Kind::Text, text.as_bytes()), (Kind::Binary, &noise)] {
                        pair.assert_we_receive(&mut peer, kind, &[payload]).await;
                        pair.assert_they_receive(&mut peer, kind, payload).await;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn short_texts_of_every_script_arrive_in_both_directions() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for deflate in [None, Some(Compression::default())] {
                let mut pair = Pair::open(&mut peer, opener, Settings::default(), deflate).await;
                for text in ["hello", "断开连接", "👩‍🚀", "é\u{301}", "\0", "\u{FEFF}", "\u{10FFFF}"] {
                    pair.assert_we_receive(&mut peer, Kind::Text, &[text.as_bytes()]).await;
                    pair.assert_they_receive(&mut peer, Kind::Text, text.as_bytes()).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_message_in_fragments_arrives_whole() {
    let sentence = text(5000);
    let noise = noise(200_000);
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for deflate in [None, Some(Compression::default())] {
                let mut pair = Pair::open(&mut peer, opener, Settings::default(), deflate).await;
                // Most of these end inside a character.
                let fragments: Vec<_> = sentence.as_bytes().chunks(7).collect();
                pair.assert_we_receive(&mut peer, Kind::Text, &fragments).await;
                let fragments: Vec<_> = noise.chunks(65_536).collect();
                pair.assert_we_receive(&mut peer, Kind::Binary, &fragments).await;
                pair.assert_we_receive(&mut peer, Kind::Text, &[b"", b"", "空".as_bytes(), b""]).await;
                pair.assert_we_receive(&mut peer, Kind::Binary, &[b"", b""]).await;
            }
        }
    }
}

#[tokio::test]
async fn a_peer_s_ping_is_answered_with_its_payload() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            let Pair { mut ours, theirs } = Pair::open(&mut peer, opener, Settings::default(), None).await;
            let receive = tokio::spawn(async move { ours.receive().await });
            for payload in [&b""[..], b"are you there", &[0xFF; 125]] {
                peer.ping(&theirs, payload).await;
            }
            peer.abort(&theirs).await;
            // The pings were nobody else's business.
            assert_eq!(receive.await.unwrap().unwrap_err().code(), 1006);
        }
    }
}
