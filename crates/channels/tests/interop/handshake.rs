use channels::websocket::{ConnectError, Settings};

use crate::pair::{Server, connect};
use crate::peer::{LIBRARIES, Peer};

#[tokio::test]
async fn both_sides_name_the_subprotocol_that_was_chosen() {
    // What the client offers, and what comes of it.
    let cases: [(&[&str], Option<&str>); 4] = [
        (&[], None),
        (&["chat.v1"], Some("chat.v1")),
        (&["chat.v3", "chat.v2", "chat.v1"], Some("chat.v2")),
        (&["chat.v1", "chat.v2"], Some("chat.v1")),
    ];
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        let mut server = Server::start(Settings::default()).await;
        for (offered, chosen) in cases {
            let theirs = peer.connect(&server.address, offered, None).await.unwrap();
            assert_eq!(theirs.subprotocol.as_deref(), chosen, "{library:?}, {offered:?}");
            server.accept().await;
        }

        let address = peer.listen(&["chat.v2"], None).await;
        let (_socket, subprotocol) = connect(&address, &["chat.v1", "chat.v2"], Settings::default()).await.unwrap();
        assert_eq!(subprotocol.as_deref(), Some("chat.v2"), "{library:?}");
        assert_eq!(peer.accept().await.subprotocol.as_deref(), Some("chat.v2"), "{library:?}");
    }
}

#[tokio::test]
async fn a_peer_sees_with_which_status_we_refuse() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        let server = Server::start(Settings::default()).await;
        for (path, status) in [("refused", 403), ("nowhere", 404)] {
            let answer = peer.connect(&format!("{}{path}", server.address), &[], None).await;
            assert_eq!(answer, Err(status), "{library:?}");
        }
    }
}

#[tokio::test]
async fn we_see_with_which_status_a_peer_refuses() {
    for library in LIBRARIES {
        let mut peer = Peer::start(library).await;
        let address = peer.listen(&[], None).await;
        let refused = connect(&format!("{address}refused"), &[], Settings::default()).await;
        assert!(matches!(refused, Err(ConnectError::Refused(status)) if status == 403), "{library:?}");
    }
}
