//! The examples do what their lessons say: each runs as a process of its own, and is asked over the network.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod autobahn;
mod setup;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use setup::{Example, text};

#[tokio::test]
async fn every_example_serves_its_page_and_its_style() {
    for name in ["polling", "long_polling", "echo", "handshake", "group_list", "group_layer", "live_chart"] {
        let example = Example::start(name, &[]).await;
        for path in ["/", "/home/"] {
            let (status, page) = example.get(path).await;
            assert_eq!(status, 200, "{name} {path}");
            assert!(page.contains("<!doctype html>"), "{name} {path}");
        }
        assert!(example.get("/style.css").await.1.contains("color-scheme"), "{name}");
    }
}

#[tokio::test]
async fn polling_shows_what_was_sent_after_a_number() {
    let example = Example::start("polling", &[]).await;
    assert_eq!(example.get("/messages/").await.1, "[]");
    for word in ["你好", "second"] {
        assert_eq!(example.post("/send/", word).await.0, 204);
    }
    assert_eq!(example.get("/messages/?after=1").await.1, r#"[{"number":2,"text":"second"}]"#);
    assert!(example.get("/messages/").await.1.contains("你好"));
}

#[tokio::test]
async fn long_polls_wait_for_news_in_a_queue_or_after_a_cursor() {
    let example = Example::start("long_polling", &[]).await;
    for path in ["/queue/?user=anna", "/messages/?after=0"] {
        let mut waiting = example.begin_get(path).await;
        // A queue begins with its first question, which may come after the first message.
        let keep_sending = async {
            loop {
                assert_eq!(example.post("/send/", "news").await.0, 204);
            }
        };
        tokio::select! {
            (status, news) = waiting.finish() => {
                assert_eq!(status, 200, "{path}");
                assert!(news.contains("news"), "{path}");
            }
            () = keep_sending => {}
        }
    }
    assert_eq!(example.post("/send/", "more").await.0, 204);
    assert!(example.get("/messages/?after=1").await.1.contains(r#""number":2"#));
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_by_whoever_keeps_messages() {
    for name in ["polling", "long_polling"] {
        let example = Example::start(name, &[]).await;
        assert_eq!(example.post("/send/", &"长".repeat(2_000)).await.0, 204, "{name}");
        assert_eq!(example.post("/send/", &"长".repeat(2_001)).await.0, 413, "{name}");
    }
}

#[tokio::test]
async fn echo_answers_politely_in_a_room_and_exactly_elsewhere() {
    let example = Example::start("echo", &[]).await;
    for path in ["/room/123/", "/ws/123/"] {
        let mut room = example.connect(path).await;
        room.send(Message::text("你好")).await.unwrap();
        assert_eq!(text(&mut room).await, "你好 收到");
        room.send(Message::text("关闭")).await.unwrap();
        let Message::Close(Some(close)) = room.next().await.unwrap().unwrap() else { panic!("no close frame") };
        assert_eq!(u16::from(close.code), 1000);
    }
    for path in ["/", "/echo/"] {
        let mut echo = example.connect(path).await;
        for message in [Message::text("关闭"), Message::binary(vec![7; 100_000]), Message::text("")] {
            echo.send(message.clone()).await.unwrap();
            assert_eq!(echo.next().await.unwrap().unwrap(), message);
        }
    }
}

#[tokio::test]
async fn a_group_hears_what_one_says_and_no_other_group_does() {
    for name in ["group_list", "group_layer"] {
        let example = Example::start(name, &[]).await;
        let (mut anna, mut bob) = (example.connect("/room/123/").await, example.connect("/ws/123/").await);
        let mut other = example.connect("/room/456/").await;
        // The handshake is answered before the group is joined: who hears themselves is in it.
        for member in [&mut anna, &mut bob] {
            member.send(Message::text("I am in")).await.unwrap();
            while text(member).await != "I am in" {}
        }
        anna.send(Message::text("你好")).await.unwrap();
        for member in [&mut anna, &mut bob] {
            while text(member).await != "你好" {}
        }
        anna.close(None).await.unwrap();
        other.send(Message::text("here")).await.unwrap();
        assert_eq!(text(&mut other).await, "here", "{name}: the first that it hears");
    }
}

#[tokio::test]
async fn the_chart_comes_at_once_and_after_each_vote() {
    let example = Example::start("live_chart", &[]).await;
    let mut voter = example.connect("/room/chart/").await;
    let votes = |chart: String| serde_json::from_str::<Value>(&chart).unwrap()["votes"][4].as_u64().unwrap();
    let before = votes(text(&mut voter).await);
    voter.send(Message::text(r#"{"drink":4}"#)).await.unwrap();
    while votes(text(&mut voter).await) == before {}
    voter.send(Message::text("{}")).await.unwrap();
    let close = loop {
        if let Message::Close(Some(close)) = voter.next().await.unwrap().unwrap() {
            break close;
        }
    };
    assert_eq!(u16::from(close.code), 1007);
}

#[tokio::test]
async fn the_handshake_and_the_frames_are_explained() {
    let mut example = Example::start("handshake", &[]).await;
    let mut client = example.connect("/room/123/").await;
    client.send(Message::text("x".repeat(200))).await.unwrap();
    assert_eq!(text(&mut client).await, format!("{} 收到", "x".repeat(200)));
    client.close(None).await.unwrap();
    while client.next().await.is_some() {}
    let printed = example.printed_until("a goodbye").await;
    for words in ["Sec-WebSocket-Key", "258EAFA5", "101 Switching Protocols", "in the next 2 bytes: 200", "the mask"] {
        assert!(printed.contains(words), "{words}: {printed}");
    }
}

#[tokio::test]
async fn a_handshake_with_a_mistake_is_refused_as_the_specification_says() {
    let example = Example::start("handshake", &[]).await;
    let mistaken = |method: &str, version: &str, key: &str| {
        format!(
            "{method} /room/123/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
    };
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    for (request, status, line) in [
        (mistaken("GET", "8", key), "426 ", "sec-websocket-version: 13\r\n"),
        (mistaken("POST", "13", key), "405 ", "allow: GET\r\n"),
        (mistaken("GET", "13", "short"), "400 ", ""),
    ] {
        let answer = example.exchange(&request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(line), "{answer}");
    }
}

#[tokio::test]
async fn the_group_example_says_how_it_is_used() {
    let output = Example::output("group_layer", &["--nonsense"]).await;
    assert!(output.contains("--redis URL"), "{output}");
}
