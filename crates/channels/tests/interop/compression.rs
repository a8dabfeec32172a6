use channels::websocket::Settings;

use crate::pair::{OPENERS, Opener, Pair};
use crate::payload::{noise, text};
use crate::peer::{Compression, Kind, LIBRARIES, Peer};

/// Messages in both directions: short ones, repetitive ones, those that look back further than any window, and those
/// that do not get smaller.
async fn converse(peer: &mut Peer, pair: &mut Pair) {
    for size in [10, 1024, 5000, 100_000] {
        let sentences = text(size);
        let noise = noise(size);
        // Twice the same noise, further apart than the smaller windows.
        let repeated = [&noise[..], &noise[..]].concat();
        for (kind, payload) in
            [(Kind::Text, sentences.as_bytes()), (Kind::Binary, &noise), (Kind::Binary, &repeated), (Kind::Text, b"")]
        {
            pair.assert_we_receive(peer, kind, &[payload]).await;
            pair.assert_they_receive(peer, kind, payload).await;
        }
    }
}

#[tokio::test]
async fn a_client_s_window_sizes_are_kept_to() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for bits in 9..=15 {
            let offer = Compression {
                server_max_window_bits: Some(bits),
                client_max_window_bits: Some(24 - bits),
                ..Compression::default()
            };
            let mut pair = Pair::open(&mut peer, Opener::Peer, Settings::default(), Some(offer)).await;
            let agreed = &pair.theirs.extensions;
            assert!(agreed.contains(&format!("server_max_window_bits={bits}")), "{library:?}: {agreed}");
            // The largest window is what no word about it means.
            let client = format!("client_max_window_bits={}", 24 - bits);
            assert_eq!(agreed.contains(&client), bits != 9, "{library:?}: {agreed}");
            converse(&mut peer, &mut pair).await;
        }
    }
}

#[tokio::test]
async fn a_server_s_window_sizes_are_kept_to() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for bits in 9..=15 {
            let configured = Compression {
                server_max_window_bits: Some(bits),
                client_max_window_bits: Some(24 - bits),
                ..Compression::default()
            };
            let mut pair = Pair::open(&mut peer, Opener::Us, Settings::default(), Some(configured)).await;
            let agreed = &pair.theirs.extensions;
            for expected in [format!("server_max_window_bits={bits}"), format!("client_max_window_bits={}", 24 - bits)]
            {
                assert!(agreed.contains(&expected), "{library:?}: {agreed}");
            }
            converse(&mut peer, &mut pair).await;
        }
    }
}

#[tokio::test]
async fn no_side_keeps_its_context_whether_or_not_it_is_asked_to() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for (server, client) in [(false, false), (true, false), (false, true), (true, true)] {
                let offer = Compression {
                    server_no_context_takeover: server,
                    client_no_context_takeover: client,
                    ..Compression::default()
                };
                let mut pair = Pair::open(&mut peer, opener, Settings::default(), Some(offer)).await;
                for promise in ["server_no_context_takeover", "client_no_context_takeover"] {
                    let agreed = &pair.theirs.extensions;
                    assert!(agreed.contains(promise), "{library:?}, {opener:?}: {agreed}");
                }
                converse(&mut peer, &mut pair).await;
            }
        }
    }
}

#[tokio::test]
async fn a_window_too_small_for_us_is_declined_and_nothing_is_compressed() {
    let offer = Compression { server_max_window_bits: Some(8), ..Compression::default() };
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        let mut pair = Pair::open(&mut peer, Opener::Peer, Settings::default(), Some(offer)).await;
        assert_eq!(pair.theirs.extensions, "", "{library:?}");
        converse(&mut peer, &mut pair).await;
    }
}

#[tokio::test]
async fn nothing_is_compressed_when_one_side_does_not_want_it() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        for opener in OPENERS {
            for (ours, theirs) in [(false, Some(Compression::default())), (true, None), (false, None)] {
                let settings = Settings { compression: ours, ..Settings::default() };
                let mut pair = Pair::open(&mut peer, opener, settings, theirs).await;
                assert_eq!(pair.theirs.extensions, "", "{library:?}, {opener:?}");
                converse(&mut peer, &mut pair).await;
            }
        }
    }
}
