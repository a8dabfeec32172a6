use std::sync::Arc;

use channels::groups::Groups;
use channels::websocket::{Frame, Settings};

use crate::pair::Server;
use crate::payload::{noise, text};
use crate::peer::{Compression, Heard, LIBRARIES, Peer, Theirs};

/// Enough members with the same window share a compressed frame; see [`Groups`].
const ENOUGH: usize = 8;

fn window(bits: u8) -> Option<Compression> {
    Some(Compression { server_max_window_bits: Some(bits), ..Compression::default() })
}

struct Member {
    theirs: Theirs,
    /// Whether a long message is to be shorter on the wire.
    compressed: bool,
}

#[tokio::test]
async fn a_broadcast_is_compressed_once_for_all_with_the_same_window_and_everybody_reads_it() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        let mut server = Server::start(Settings::default()).await;
        let groups: Groups<&str, Frame> = Groups::new();
        let (mut members, mut sockets, mut memberships) = (Vec::new(), Vec::new(), Vec::new());
        let crowd = [
            (Some(Compression::default()), ENOUGH, true),
            (window(9), ENOUGH, true),
            (window(12), ENOUGH - 1, false),
            (None, 2, false),
        ];
        for (deflate, count, compressed) in crowd {
            for _ in 0..count {
                let theirs = peer.connect(&server.address, &[], deflate).await.unwrap();
                let socket = server.accept().await;
                memberships.push(groups.join("room", Arc::new(socket.sender())));
                sockets.push(socket);
                members.push(Member { theirs, compressed });
            }
        }

        assert_broadcast(&mut peer, &groups, &members, &[Frame::text(&text(20_000))]).await;
        assert_broadcast(&mut peer, &groups, &members, &[Frame::binary(&vec![7; 1 << 20])]).await;
        // Several that leave together, some of them too short to be compressed, one that does not get smaller.
        let many = [
            Frame::text("短"),
            Frame::text(&text(20_000)),
            Frame::text(&text(1023)),
            Frame::binary(&noise(1024)),
            Frame::text(&text(1024)),
        ];
        assert_broadcast(&mut peer, &groups, &members, &many).await;
    }
}

/// Everybody hears everything in order, and the long messages take the room on the wire that they should.
async fn assert_broadcast(peer: &mut Peer, groups: &Groups<&str, Frame>, members: &[Member], frames: &[Frame]) {
    let mut before = Vec::new();
    for Member { theirs, .. } in members {
        before.push(peer.received_bytes(theirs).await);
    }
    for frame in frames {
        assert_eq!(groups.send(&"room", frame.clone()), members.len());
    }
    let plain: usize = frames.iter().map(|frame| frame.as_bytes().len()).sum();
    for (Member { theirs, compressed }, before) in members.iter().zip(before) {
        for frame in frames {
            let payload = frame.payload().to_vec();
            let expected = if frame.as_text().is_some() { Heard::Text(payload) } else { Heard::Binary(payload) };
            assert!(peer.receive(theirs).await == expected, "{:?} hears something else", peer.library);
        }
        let received = peer.received_bytes(theirs).await - before;
        let fits = if *compressed { received < plain / 3 } else { received == plain };
        assert!(fits, "{:?} received {received} bytes, plain they would be {plain}", peer.library);
    }
}
