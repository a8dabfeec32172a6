use std::sync::Arc;

use channels::groups::Groups;
use channels::websocket::{Frame, Incoming, Settings, connect};
use tokio::io::AsyncReadExt;

use crate::setup::{over_tcp, serve};

/// A room where everybody gets what anybody says.
async fn room(settings: Settings) -> (String, Groups<(), Frame>) {
    let groups: Groups<(), Frame> = Groups::new();
    let members = groups.clone();
    let address = serve(settings, move |mut socket| {
        let groups = members.clone();
        async move {
            let _membership = groups.join((), Arc::new(socket.sender()));
            while let Ok(incoming) = socket.receive().await {
                if let Incoming::Text(text) = incoming {
                    groups.send(&(), Frame::text(&text));
                }
            }
        }
    })
    .await;
    (address, groups)
}

async fn until_members(groups: &Groups<(), Frame>, count: usize) {
    while groups.len(&()) != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn everybody_in_a_room_gets_every_message_in_one_order() {
    let (address, groups) = room(Settings::default()).await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(connect(&address, Settings::shared()).await.unwrap());
    }
    until_members(&groups, 50).await;
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(&Frame::text(&number.to_string())).await.unwrap();
    }
    let mut orders = Vec::new();
    for client in &mut clients {
        let mut order = Vec::new();
        while order.len() < 50 {
            let Ok(Incoming::Text(text)) = client.receive().await else { panic!("a message is missing") };
            order.push(text);
        }
        orders.push(order);
    }
    assert!(orders.iter().all(|order| *order == orders[0]));
    drop(clients);
    until_members(&groups, 0).await;
}

#[tokio::test]
async fn large_messages_are_compressed_for_those_who_agreed() {
    let (address, groups) = room(Settings::default()).await;
    let mut clients = Vec::new();
    for number in 0..20 {
        let settings = Settings { compression: number % 2 == 0, ..Settings::default() };
        clients.push(connect(&address, settings.into()).await.unwrap());
    }
    until_members(&groups, 20).await;
    let texts = ["small".to_owned(), "large ".repeat(1000), "medium ".repeat(200)];
    for text in &texts {
        groups.send(&(), Frame::text(text));
    }
    for client in &mut clients {
        for text in &texts {
            assert_eq!(client.receive().await, Ok(Incoming::Text(text.as_str().into())));
        }
    }
}

#[tokio::test]
async fn a_member_that_does_not_read_falls_behind_is_told_so_and_gets_what_comes_later() {
    let settings = Settings { backlog: 10_000, ..Settings::default() };
    let (mut slow, mut stream) = over_tcp(settings).await;
    let groups: Groups<(), Frame> = Groups::new();
    let sender = slow.sender();
    let _membership = groups.join((), Arc::new(sender.clone()));
    let mut sent = 0;
    while !sender.is_behind() {
        groups.send(&(), Frame::text(&"x".repeat(1000)));
        sent += 1;
        tokio::task::yield_now().await;
        assert!(sent < 100_000, "the kernel takes everything");
    }
    let server = tokio::spawn(async move {
        let incoming = slow.receive().await;
        (slow, incoming)
    });
    let mut read = 0;
    let mut buffer = vec![0; 65536];
    while !server.is_finished() {
        read += tokio::select! {
            count = stream.read(&mut buffer) => count.unwrap(),
            () = tokio::task::yield_now() => 0,
        };
    }
    let (_slow, incoming) = server.await.unwrap();
    assert_eq!(incoming, Ok(Incoming::Behind));
    assert!(!sender.is_behind());
    groups.send(&(), Frame::text("later"));
    tokio::task::yield_now().await;
    let mut rest = Vec::new();
    while !rest.ends_with(b"later") {
        assert_ne!(stream.read_buf(&mut rest).await.unwrap(), 0);
    }
    // Every message but the one that found no room came whole.
    let frames = (read + rest.len() - "later".len() - 2) / 1004;
    assert_eq!((read + rest.len() - "later".len() - 2) % 1004, 0);
    assert_eq!(frames, sent - 1);
}

#[tokio::test]
async fn one_who_reads_nothing_costs_no_more_than_its_backlog_and_the_others_miss_nothing() {
    const BACKLOG: usize = 32 * 1024;
    const BYTES: usize = 4 * 1024;
    let settings = Settings { backlog: BACKLOG, ..Settings::default() };
    let groups: Groups<(), Frame> = Groups::new();
    // Both ends are kept, and nothing is read.
    let slow = over_tcp(settings.clone()).await;
    let _slow = groups.join((), Arc::new(slow.0.sender()));
    let mut others = Vec::new();
    for _ in 0..99 {
        let (socket, stream) = over_tcp(settings.clone()).await;
        let membership = groups.join((), Arc::new(socket.sender()));
        others.push((socket, membership, stream));
    }

    let mut after_it_was_full = 0;
    let mut sent = Vec::new();
    let mut read = vec![0; BYTES + 4];
    while after_it_was_full < 100 {
        let number = sent.len();
        let frame = Frame::text(&format!("{number:BYTES$}"));
        sent.push(frame.as_bytes().clone());
        groups.send(&(), frame);
        for (_, _, stream) in &mut others {
            stream.read_exact(&mut read).await.unwrap();
            assert_eq!(read, sent[number], "message {number}");
        }
        after_it_was_full += usize::from(slow.0.sender().is_behind());
        assert!(number < 100_000, "the kernel takes everything");
    }
    // The group may not be done with the last one. What nobody else holds is gone from memory; of the first that waits,
    // a part may have been written.
    sent.pop();
    let kept: usize = sent.iter_mut().filter(|frame| !frame.is_unique()).map(|frame| frame.len()).sum();
    assert!(kept <= BACKLOG + read.len(), "{kept} bytes of {} are kept", sent.len() * BYTES);
    assert!(!others.iter().any(|(socket, _, _)| socket.sender().is_behind()));
}

#[tokio::test]
async fn what_is_sent_in_one_turn_leaves_in_one_write() {
    let (socket, mut stream) = over_tcp(Settings::default()).await;
    let sender = socket.sender();
    let turns = Box::pin(async {
        for text in ["one", "two", "three"] {
            sender.send(&Frame::text(text)).unwrap();
        }
        let mut nothing_yet = [0; 64];
        assert!(stream.try_read(&mut nothing_yet).is_err());
        tokio::task::yield_now().await;
        sender.send(&Frame::text("four")).unwrap();
    });
    sender.gather(turns).await;
    let mut read = Vec::new();
    while !read.ends_with(b"four") {
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0);
    }
    assert_eq!(read, b"\x81\x03one\x81\x03two\x81\x05three\x81\x04four");
}
