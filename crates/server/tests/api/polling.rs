//! The live connection over plain HTTP.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::setup::{PASSWORD, Person, Team, log, seqs};

#[tokio::test]
async fn a_short_poll_answers_what_is_new_and_where_to_go_on() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let feed = bob.feed_seq().await;
    let seq = ann.says(room, &format!("@{} hi", bob.username)).await;
    // Whatever the server's load, one poll has it all.
    let poll = bob.get(&format!("/api/live?after=feed:{feed},r{room}:2")).await.ok();
    let news: Vec<_> = poll["messages"].as_array().unwrap().iter().filter(|m| m["type"] == "entries").collect();
    assert_eq!(news.len(), 2, "{poll}");
    assert_eq!(poll["after"], format!("feed:{},r{room}:{seq}", feed + 1));
    let again = bob.get(&format!("/api/live?after={}", poll["after"].as_str().unwrap())).await.ok();
    assert!(again["messages"].as_array().unwrap().iter().all(|message| message["type"] != "entries"));
    assert_eq!(again["after"], poll["after"]);
}

#[tokio::test]
async fn short_polls_always_have_what_is_there() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let mut rooms = Vec::new();
    for _ in 0..20 {
        rooms.push(ann.makes_room("private", &[]).await);
    }
    let after: Vec<String> = rooms.iter().map(|room| format!("{}:0", log(*room))).collect();
    let path = format!("/api/live?after={}", after.join(","));
    let polls = futures_util::future::join_all((0..40).map(|_| ann.get(&path))).await;
    for poll in polls {
        let poll = poll.ok();
        let news = poll["messages"].as_array().unwrap().iter().filter(|m| m["type"] == "entries");
        assert_eq!(news.count(), 20);
    }
}

#[tokio::test]
async fn a_long_poll_waits_for_something_in_any_of_its_logs() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let feed = bob.feed_seq().await;
    let after = format!("feed:{feed},r{room}:2");
    let poll = bob.polls_for(&after, |message| message["type"] == "entries");
    let say = async {
        bob.is_online_for(&ann).await;
        ann.says(room, "wake up").await
    };
    let ((news, after), seq) = tokio::join!(poll, say);
    assert_eq!((&news["log"], &news["entries"][0]["seq"]), (&log(room).into(), &seq.into()));
    assert_eq!(after, format!("feed:{feed},r{room}:{seq}"));
}

#[tokio::test]
async fn a_long_poll_hears_signals_too() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let after = format!("r{room}:2");
    let typing = async {
        loop {
            // Whoever does not poll at this moment misses it.
            ann.post("/api/commands", json!({"type": "typing", "room": room})).await.ok();
        }
    };
    let (heard, position) = tokio::select! {
        heard = bob.polls_for(&after, |message| message["type"] == "typing") => heard,
        () = typing => unreachable!(),
    };
    assert_eq!(heard, json!({"type": "typing", "room": room, "person": ann.id}));
    assert_eq!(position, after);
}

/// The messages of a short poll of a client with a name, and where it goes on.
async fn polls_as(person: &Person, client: &str, after: &str) -> (Vec<Value>, String) {
    let poll = person.get(&format!("/api/live?after={after}&client={client}")).await.ok();
    (poll["messages"].as_array().unwrap().clone(), poll["after"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_is_told_once_is_kept_for_a_client_between_two_polls() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let (first, after) = polls_as(&bob, "phone", &format!("r{room}:2")).await;
    assert_eq!((&first[0]["type"], &first[0]["person"]), (&"hello".into(), &bob.id.into()));
    // Between two polls nobody goes, and nothing is missed.
    assert!(ann.opens_socket().await.hello["online"].as_array().unwrap().contains(&bob.id.into()));
    ann.post("/api/commands", json!({"type": "typing", "room": room})).await.ok();
    let seq = ann.says(room, "in between").await;
    let (second, after) = polls_as(&bob, "phone", &after).await;
    assert!(second.contains(&json!({"type": "typing", "room": room, "person": ann.id})));
    let news: Vec<&Value> = second.iter().filter(|message| message["type"] == "entries").collect();
    assert_eq!((news.len(), &news[0]["entries"][0]["seq"]), (1, &seq.into()));
    assert!(second.iter().all(|message| message["type"] != "hello"));
    assert_eq!(after, format!("r{room}:{seq}"));
    // Another client of the same person begins with a hello of its own.
    assert_eq!(polls_as(&bob, "laptop", &after).await.0[0]["type"], "hello");
}

#[tokio::test]
async fn a_client_that_lost_an_answer_gets_the_same_entries_again() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let (room, other) = (ann.makes_room("private", &[]).await, ann.makes_room("private", &[]).await);
    let from = format!("r{room}:0,r{other}:1");
    for round in 1..5 {
        let seq = ann.says(room, "once more").await;
        let (messages, after) = polls_as(&ann, "phone", &from).await;
        let entries = messages.iter().filter(|message| message["type"] == "entries");
        let entries: Vec<Value> = entries.flat_map(|message| message["entries"].as_array().unwrap().clone()).collect();
        assert_eq!(seqs(&entries), (1..=seq).collect::<Vec<_>>(), "round {round}");
        assert_eq!(
            after.split(',').collect::<BTreeSet<_>>(),
            [&*format!("r{other}:1"), &*format!("r{room}:{seq}")].into()
        );
    }
    // A log that is not asked for any more is not told of.
    ann.says(other, "unheard").await;
    let (messages, after) = polls_as(&ann, "phone", &format!("r{room}:5")).await;
    assert!(messages.iter().all(|message| message["type"] != "entries"));
    assert_eq!(after, format!("r{room}:5"));
}

#[tokio::test]
async fn a_client_that_polls_ends_with_its_session() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let laptop = ann.signs_in_again(PASSWORD).await;
    polls_as(&laptop, "phone", "").await;
    ann.delete("/api/me/sessions").await.ok();
    laptop.get("/api/live?client=phone").await.refused(401, "not_signed_in");
    for name in ["", "a%20b", &"x".repeat(65)] {
        ann.get(&format!("/api/live?client={name}")).await.refused(400, "wrong_query");
    }
}

#[tokio::test]
async fn a_live_stream_says_hello_and_resumes_all_its_logs() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let feed = ann.feed_seq().await;
    let mut stream = ann.opens_stream(&format!("/api/live?after=feed:{feed},r{room}:0")).await;
    let hello = stream.next().await.unwrap();
    assert_eq!((&hello.data["type"], &hello.data["person"]), (&"hello".into(), &ann.id.into()));
    let first = stream.next_of("entries").await;
    assert_eq!(first.id, format!("feed:{feed},r{room}:1"));
    drop(stream);
    ann.says(room, "in between").await;
    let request = ann.request(http::Method::GET, "/api/live").header("accept", "text/event-stream");
    let response = request.header("last-event-id", first.id).send().await.unwrap();
    let mut stream = crate::setup::EventStream::of(response);
    let next = stream.next_of("entries").await;
    assert_eq!(next.data["entries"][0]["seq"], 2);
}

#[tokio::test]
async fn a_room_that_is_not_mine_ends_and_is_not_asked_for_again() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[]).await;
    let poll = bob.get(&format!("/api/live?after=r{room}:0,r987654321:0&wait=50")).await.ok();
    for id in [room, 987_654_321] {
        let ended = json!({"type": "ended", "log": log(id), "reason": "not_found"});
        assert!(poll["messages"].as_array().unwrap().contains(&ended));
    }
    assert_eq!(poll["after"], "");
}

#[tokio::test]
async fn positions_that_make_no_sense_are_refused() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    for after in ["x", "r1", "r1:x", "r1:-1", "feed", "x7:1", "r1:99999999999999999999", "r:1", ":", "r1:1:1"] {
        let answer = ann.get(&format!("/api/live?after={after}")).await;
        answer.refused(400, "wrong_query");
    }
    ann.get("/api/live?after=&wait=x").await.refused(400, "wrong_query");
    ann.get("/api/live?after=&unknown=1").await.refused(400, "wrong_query");
    ann.get("/api/live").await.ok();
    team.stranger().get("/api/live").await.refused(401, "not_signed_in");
}
