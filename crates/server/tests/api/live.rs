//! The socket: following, signals, and messages that can not be taken.

use http::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::setup::{Heard, Live, Server, Team, log, seqs};

#[tokio::test]
async fn a_socket_says_hello_and_who_is_here() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let live = ann.opens_socket().await;
    assert_eq!((&live.hello["protocol"], &live.hello["person"]), (&1.into(), &ann.id.into()));
    assert!(live.hello["online"].as_array().unwrap().contains(&ann.id.into()));
}

#[tokio::test]
async fn following_gives_what_was_missed_and_what_comes() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let missed = ann.says(room, "missed").await;
    let mut live = bob.opens_socket().await;
    let followed = live.follow(&log(room), 1).await;
    assert_eq!(followed, json!({"type": "followed", "log": log(room), "last_seq": missed}));
    assert_eq!(seqs(&live.entries_to(&log(room), missed).await), [2, 3]);
    let new = ann.says(room, "new").await;
    assert_eq!(seqs(&live.entries_to(&log(room), new).await), [4]);
    // Following again starts anew from the number that is asked for.
    live.follow(&log(room), 2).await;
    assert_eq!(seqs(&live.entries_to(&log(room), new).await), [3, 4]);
    live.send(json!({"type": "unfollow", "log": log(room)})).await;
    live.until_pong().await;
    ann.says(room, "unheard").await;
    assert!(live.all_until_now(&bob).await.iter().all(|message| message["type"] != "entries"));
}

#[tokio::test]
async fn a_log_that_is_not_mine_is_ended_at_once() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[]).await;
    let mut live = bob.opens_socket().await;
    for id in [room, 987_654_321] {
        live.send(json!({"type": "follow", "logs": {log(id): 0}})).await;
        let ended = live.next_of("ended").await;
        assert_eq!(ended, json!({"type": "ended", "log": log(id), "reason": "not_found"}));
    }
    ann.says(room, "not for bob").await;
    assert!(live.all_until_now(&bob).await.iter().all(|message| message["type"] != "entries"));
}

#[tokio::test]
async fn a_log_that_can_not_exist_is_an_error_and_nothing_is_followed() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let mut live = ann.opens_socket().await;
    for name in ["r", "x7", "r-1", "r0", "r1.5", "", "feed2"] {
        live.send(json!({"type": "follow", "logs": {name: 0, log(room): 0}})).await;
        let error = live.next_of("error").await;
        assert_eq!(error["problem"]["type"], "/problems/wrong_shape", "{name}");
    }
    assert!(live.all_until_now(&ann).await.iter().all(|message| message["type"] != "entries"));
}

#[tokio::test]
async fn any_number_can_be_followed_from() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let mut live = ann.opens_socket().await;
    for after in [i64::MIN, -1, 2, i64::MAX] {
        live.follow(&log(room), after).await;
        if after != -1 {
            let jump = live.next_of("jump").await;
            assert_eq!(jump, json!({"type": "jump", "log": log(room), "last_seq": 1}));
        }
    }
    let seq = ann.says(room, "and it goes on").await;
    assert_eq!(seqs(&live.entries_to(&log(room), seq).await), [2]);
}

#[tokio::test]
async fn a_room_that_is_far_ahead_is_followed_from_its_end() {
    let server = Server::start(&["--commands-per-second", "100000"]);
    let team = Team::on(&server).await;
    let ann = &team.admin;
    let room = ann.makes_room("private", &[]).await;
    for _ in 0..7 {
        futures_util::future::join_all((0..143).map(|_| ann.says(room, "more"))).await;
    }
    let last = ann.room(room).await["last_seq"].as_i64().unwrap();
    assert_eq!(last, 1002);
    let mut live = ann.opens_socket().await;
    live.follow(&log(room), 1).await;
    assert_eq!(live.next_of("jump").await, json!({"type": "jump", "log": log(room), "last_seq": 1002}));
    let next = ann.says(room, "the next").await;
    assert_eq!(seqs(&live.entries_to(&log(room), next).await), [1003]);
    // A thousand are still given; and over HTTP it is the same.
    live.follow(&log(room), 3).await;
    assert_eq!(seqs(&live.entries_to(&log(room), next).await), (4..=1003).collect::<Vec<_>>());
    let poll = ann.get(&format!("/api/live?after={}:1", log(room))).await.ok();
    assert_eq!(poll["messages"][1]["type"], "jump");
    assert_eq!(poll["after"], format!("{}:1003", log(room)));
    // Whoever reads the room alone reads all of it.
    let mut stream = ann.opens_stream(&format!("/api/rooms/{room}/entries?after=0")).await;
    assert_eq!(seqs(&stream.entries_to(&log(room), next).await.0), (1..=1003).collect::<Vec<_>>());
}

#[tokio::test]
async fn typing_is_told_to_the_others_in_the_room() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let (mut anns, mut bobs) = (ann.follows(room, 0).await, bob.follows(room, 0).await);
    let mut eves = eve.opens_socket().await;
    let typing = json!({"type": "typing", "room": room});
    anns.send(typing.clone()).await;
    bobs.hears(&json!({"type": "typing", "room": room, "person": ann.id})).await;
    assert_eq!(bob.post("/api/commands", typing.clone()).await.status, 204);
    anns.hears(&json!({"type": "typing", "room": room, "person": bob.id})).await;
    // Somebody who does not follow the room tells nobody.
    eves.send(typing).await;
    eves.until_pong().await;
    assert!(bobs.all_until_now(&bob).await.iter().all(|message| message["person"] != eve.id));
}

#[tokio::test]
async fn fast_typing_is_passed_on_once() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let (mut anns, mut bobs) = (ann.follows(room, 0).await, bob.follows(room, 0).await);
    for _ in 0..20 {
        anns.send(json!({"type": "typing", "room": room})).await;
    }
    anns.until_pong().await;
    let heard = bobs.all_until_now(&bob).await;
    assert_eq!(heard.iter().filter(|message| message["type"] == "typing").count(), 1);
}

#[tokio::test]
async fn who_comes_and_goes_is_told_to_everybody() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let mut live = ann.opens_socket().await;
    let theirs = bob.opens_socket().await;
    let mut told = async |field: &str| {
        while !live.next_of("presence").await[field].as_array().unwrap().contains(&bob.id.into()) {}
    };
    told("online").await;
    drop(theirs);
    told("offline").await;
}

#[tokio::test]
async fn a_read_position_is_told_to_the_others_and_to_my_other_windows() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let seq = ann.says(room, "read this").await;
    let (mut anns, mut bobs) = (ann.follows(room, 0).await, bob.follows(room, 0).await);
    let ack = bobs.commands(json!({"type": "read", "room": room, "seq": seq})).await;
    assert_eq!((&ack["type"], &ack["seq"]), (&"ack".into(), &seq.into()));
    assert_eq!(anns.next_of("read").await, json!({"type": "read", "room": room, "person": bob.id, "seq": seq}));
}

#[tokio::test]
async fn a_read_position_without_a_command_is_acknowledged_too() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let mut live = ann.opens_socket().await;
    live.send(json!({"type": "read", "room": room, "seq": 1})).await;
    let ack = live.next_of("ack").await;
    assert_eq!((&ack["command"], &ack["seq"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_command_over_the_socket_is_acknowledged_or_refused() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("public", &[]).await;
    let mut live = ann.opens_socket().await;
    let ack = live.commands(json!({"type": "say", "command": "a", "room": room, "text": "hi"})).await;
    assert_eq!(ack, json!({"type": "ack", "command": "a", "room": room, "seq": 2, "at": ack["at"]}));
    let mut live = bob.opens_socket().await;
    let refused = live.commands(json!({"type": "say", "command": "b", "room": room, "text": "hi"})).await;
    assert_eq!((&refused["command"], &refused["problem"]["status"]), (&"b".into(), &403.into()));
    assert_eq!(refused["problem"]["type"], "/problems/not_a_member");
    // A wrong shape is refused by name as far as the name can be read.
    let refused = live.commands(json!({"type": "say", "command": "c", "room": "x"})).await;
    assert_eq!(refused["problem"]["type"], "/problems/wrong_shape");
}

#[tokio::test]
async fn messages_that_can_not_be_understood_are_errors_and_the_socket_goes_on() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let mut live = ann.opens_socket().await;
    for (frame, slug) in [
        (Message::text("not JSON"), "malformed_json"),
        (Message::text(""), "malformed_json"),
        (Message::text("{}"), "wrong_shape"),
        (Message::text("[1]"), "wrong_shape"),
        (Message::text("null"), "wrong_shape"),
        (Message::text(r#"{"type": "dance"}"#), "wrong_shape"),
        (Message::text(r#"{"type": "ping", "more": 1}"#), "wrong_shape"),
        (Message::text(r#"{"type": "follow"}"#), "wrong_shape"),
        (Message::text(r#"{"type": "follow", "logs": {"feed": "x"}}"#), "wrong_shape"),
        (Message::text("[".repeat(60_000)), "wrong_shape"),
        (
            Message::text(format!(r#"{{"type": "say", "x": {}{}}}"#, "[".repeat(9000), "]".repeat(9000))),
            "malformed_json",
        ),
        (Message::text(r#"{"type": "say", "text": "\ud800"}"#), "malformed_json"),
        (Message::binary(vec![1, 2, 3]), "text_only"),
    ] {
        live.send_frame(frame).await;
        let error = live.next_of("error").await;
        assert_eq!(error["problem"]["type"], format!("/problems/{slug}"));
    }
    live.until_pong().await;
}

#[tokio::test]
async fn a_connection_follows_five_hundred_logs_and_no_more() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let mut live = ann.opens_socket().await;
    let logs: serde_json::Map<String, Value> = (1..=501).map(|n| (log(900_000 + n), 0.into())).collect();
    live.send(json!({"type": "follow", "logs": logs})).await;
    assert_eq!(live.next_of("error").await["problem"]["type"], "/problems/too_many_logs");
    let after: Vec<String> = logs.keys().map(|log| format!("{log}:0")).collect();
    ann.get(&format!("/api/live?after={}", after.join(","))).await.refused(400, "too_many_logs");
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_the_socket() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let mut live = ann.opens_socket().await;
    live.send_frame(Message::text(format!(r#"{{"type": "ping"{}}}"#, " ".repeat(65_000)))).await;
    assert_eq!(live.next_of("pong").await["type"], "pong");
    let say = json!({"type": "say", "command": "x", "room": room, "text": "x".repeat(64 * 1024)});
    live.send(say).await;
    assert!(matches!(live.until_the_end().await.1, Heard::Closed(1009, _)));
    assert_eq!(ann.reads(room).await.len(), 1);
}

#[tokio::test]
async fn a_flood_of_messages_closes_the_socket() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let mut live = ann.opens_socket().await;
    for _ in 0..5000 {
        live.send(json!({"type": "ping"})).await;
    }
    assert_eq!(live.until_the_end().await.1, Heard::Closed(1008, "too_many_messages".into()));
}

#[tokio::test]
async fn commands_faster_than_allowed_are_refused_over_both_ways() {
    let server = Server::start(&["--commands-per-second", "1"]);
    let team = Team::on(&server).await;
    let room = team.admin.makes_room("private", &[]).await;
    let mut live = team.admin.opens_socket().await;
    let mut refused = Value::Null;
    for _ in 0..10 {
        refused = live.commands(json!({"type": "say", "room": room, "text": "hi"})).await;
    }
    assert_eq!(refused["problem"]["type"], "/problems/too_many_requests");
    let mut last = None;
    for _ in 0..10 {
        last = Some(team.admin.commands(json!({"type": "say", "room": room, "text": "hi"})).await);
    }
    let last = last.unwrap();
    last.refused(429, "too_many_requests");
    assert_eq!(last.header("retry-after"), "1");
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_sockets_and_ends_polls() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let room = team.admin.makes_room("private", &[]).await;
    let mut live = team.admin.follows(room, 1).await;
    let mut stream = team.admin.opens_stream(&format!("/api/rooms/{room}/entries?after=1")).await;
    let poll = team.admin.asks(&format!("/api/live?after=r{room}:1&wait=50")).await;
    team.admin.get("/api/me").await.ok();
    server.terminate();
    assert_eq!(live.until_the_end().await.1, Heard::Closed(1001, "restarting".into()));
    stream.until_the_end().await;
    poll.answer().await.ok();
}

#[tokio::test]
async fn the_upgrade_needs_a_session_and_a_page_of_this_site() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let status = |result: Result<_, Error>| match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok((_, status)) => status,
    };
    let open = |person: &crate::setup::Person, headers: &'static [(&'static str, &'static str)]| {
        let person = person.clone();
        async move { status(Live::try_open(&person, headers).await.map(|(_, status)| ((), status))) }
    };
    assert_eq!(open(&team.stranger(), &[]).await, 401);
    assert_eq!(open(&ann, &[("origin", "http://evil.example")]).await, 403);
    assert_eq!(open(&ann, &[("sec-fetch-site", "cross-site")]).await, 403);
    assert_eq!(open(&ann, &[("sec-fetch-site", "same-site")]).await, 403);
    assert_eq!(open(&ann, &[("sec-fetch-site", "same-origin")]).await, 101);
    ann.sends(ann.request(Method::GET, "/live")).await.refused(400, "not_a_websocket");
}
