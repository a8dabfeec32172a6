//! Whoever is removed from a room sees nothing of what comes after, in whichever way they read.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::setup::{Person, Team, log};

/// The room, its owner, somebody who is going to be removed, and somebody who keeps talking.
struct Scene {
    ann: Person,
    bob: Person,
    eve: Person,
    room: i64,
}

impl Scene {
    async fn new() -> Self {
        let team = Team::new().await;
        let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
        let room = ann.makes_room("private", &[&bob, &eve]).await;
        Self { ann, bob, eve, room }
    }

    /// Removes bob while others talk, and says more right after; answers the number of the removal.
    async fn removes_bob(&self) -> i64 {
        let chatter = join_all((0..20).map(|_| self.eve.says(self.room, "in the same moment")));
        let removal = async {
            let removal = self.ann.removes(self.room, &self.bob).await;
            self.ann.says(self.room, "not for bob").await;
            removal
        };
        tokio::join!(chatter, removal).1
    }

    /// Checks that nothing from the removal on is among the messages, and that each log ended once.
    fn bob_saw_nothing_of(&self, removal: i64, messages: &[Value]) {
        for message in messages.iter().filter(|message| message["type"] == "entries") {
            for entry in message["entries"].as_array().unwrap() {
                assert!(entry["seq"].as_i64() < Some(removal), "removed at {removal}, but saw {entry}");
            }
        }
        let ended: Vec<&Value> = messages.iter().filter(|message| message["type"] == "ended").collect();
        assert_eq!(ended, [&json!({"type": "ended", "log": log(self.room), "reason": "removed"})]);
    }
}

#[tokio::test]
async fn a_socket_ends_before_the_next_entry() {
    let scene = Scene::new().await;
    let mut live = scene.bob.follows(scene.room, 0).await;
    let removal = scene.removes_bob().await;
    let mut messages = live.all_to("ended").await;
    messages.extend(live.all_until_now(&scene.bob).await);
    scene.bob_saw_nothing_of(removal, &messages);
    live.send(json!({"type": "follow", "logs": {log(scene.room): removal}})).await;
    assert_eq!(live.next_of("ended").await["reason"], "not_found");
}

#[tokio::test]
async fn an_event_stream_of_the_live_connection_ends_before_the_next_entry() {
    let scene = Scene::new().await;
    let feed = scene.bob.feed_seq().await;
    let mut stream = scene.bob.opens_stream(&format!("/api/live?after=feed:{feed},r{}:0", scene.room)).await;
    stream.next_of("entries").await;
    let removal = scene.removes_bob().await;
    // The feed goes on and tells why; nothing of the room comes after it.
    let mut messages = Vec::new();
    let another = scene.ann.makes_room("private", &[&scene.bob]).await;
    loop {
        let message = stream.next().await.unwrap().data;
        let last = message["log"] == "feed" && message.to_string().contains(&format!("\"room\":{another}"));
        messages.push(message);
        if last {
            break;
        }
    }
    scene.bob_saw_nothing_of(removal, &messages);
}

#[tokio::test]
async fn an_event_stream_of_the_room_ends_before_the_next_entry() {
    let scene = Scene::new().await;
    let path = format!("/api/rooms/{}/entries?after=0", scene.room);
    let mut stream = scene.bob.opens_stream(&path).await;
    stream.next_of("entries").await;
    let removal = scene.removes_bob().await;
    let messages = stream.until_the_end().await;
    scene.bob_saw_nothing_of(removal, &messages);
}

#[tokio::test]
async fn long_polls_of_the_live_connection_end_before_the_next_entry() {
    let scene = Scene::new().await;
    let last = scene.bob.room(scene.room).await["last_seq"].clone();
    let path = format!("/api/live?after=r{}:{last}&wait=50", scene.room);
    let polls = join_all((0..10).map(|_| scene.bob.asks(&path))).await;
    scene.bob.is_online_for(&scene.ann).await;
    let removal = scene.removes_bob().await;
    for poll in polls {
        let mut answer = poll.answer().await.ok();
        let mut messages = answer["messages"].as_array().unwrap().clone();
        while !messages.iter().any(|message| message["type"] == "ended") {
            let after = answer["after"].as_str().unwrap();
            answer = scene.bob.get(&format!("/api/live?after={after}&wait=50")).await.ok();
            messages.extend(answer["messages"].as_array().unwrap().iter().cloned());
        }
        assert_eq!(answer["after"], "");
        // A poll that comes after the removal is told that the room is not there.
        for message in messages.iter_mut().filter(|message| message["reason"] == "not_found") {
            message["reason"] = "removed".into();
        }
        scene.bob_saw_nothing_of(removal, &messages);
    }
}

#[tokio::test]
async fn a_client_that_is_between_two_polls_sees_nothing_of_what_comes_after() {
    let scene = Scene::new().await;
    let path = format!("/api/live?client=phone&after=r{}:", scene.room);
    let first = scene.bob.get(&format!("{path}0")).await.ok();
    let seq = first["after"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let removal = scene.removes_bob().await;
    let poll = scene.bob.get(&format!("{path}{seq}")).await.ok();
    scene.bob_saw_nothing_of(removal, poll["messages"].as_array().unwrap());
    assert_eq!(poll["after"], "");
}

#[tokio::test]
async fn long_polls_of_the_room_end_before_the_next_entry() {
    let scene = Scene::new().await;
    let last = scene.bob.room(scene.room).await["last_seq"].as_i64().unwrap();
    let path = format!("/api/rooms/{}/entries?wait=50&after=", scene.room);
    let first = format!("{path}{last}");
    let polls = join_all((0..10).map(|_| scene.bob.asks(&first))).await;
    scene.bob.get("/api/me").await.ok();
    let removal = scene.removes_bob().await;
    for poll in polls {
        let mut answer = poll.answer().await;
        while answer.status == 200 {
            let page = answer.ok();
            let seq = page["entries"].as_array().unwrap().last().unwrap()["seq"].as_i64().unwrap();
            assert!(seq < removal, "removed at {removal}, but saw {seq}");
            answer = scene.bob.get(&format!("{path}{seq}")).await;
        }
        answer.refused(404, "room_not_found");
    }
}

#[tokio::test]
async fn pages_end_before_the_next_entry() {
    let scene = Scene::new().await;
    let (room, bob) = (scene.room, &scene.bob);
    let reads = async {
        let mut seen = 0;
        loop {
            let answer = bob.get(&format!("/api/rooms/{room}/entries?after=0&limit=1000")).await;
            if answer.status != 200 {
                answer.refused(404, "room_not_found");
                return seen;
            }
            let page = answer.ok();
            seen = page["entries"].as_array().unwrap().last().unwrap()["seq"].as_i64().unwrap();
        }
    };
    let (removal, seen) = tokio::join!(scene.removes_bob(), reads);
    assert!(seen < removal, "removed at {removal}, but saw {seen}");
}

#[tokio::test]
async fn whoever_leaves_is_told_so_and_may_come_back_to_what_was_missed() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("public", &[&bob]).await;
    let mut live = bob.follows(room, 2).await;
    bob.does(json!({"type": "leave", "room": room})).await;
    assert_eq!(live.next_of("ended").await["reason"], "left");
    ann.says(room, "in the meantime").await;
    assert!(live.all_until_now(&bob).await.iter().all(|message| message["type"] != "entries"));
    let back = bob.does(json!({"type": "join", "room": room})).await.unwrap();
    live.follow(&log(room), 2).await;
    assert_eq!(live.entries_to(&log(room), back).await.len(), 3);
}

#[tokio::test]
async fn a_session_that_ends_stops_a_stream_in_the_middle_of_what_it_reads() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let laptop = ann.signs_in_again(crate::setup::PASSWORD).await;
    // Far more than fits between the server and a client that does not read.
    let text = "🦀".repeat(8000);
    for _ in 0..4 {
        join_all((0..75).map(|_| ann.says(room, &text))).await;
    }
    let stream = laptop.asks_for_stream(&format!("/api/rooms/{room}/entries?after=0")).await;
    stream.has_begun().await;
    let session = laptop.get("/api/me").await.ok()["session"].clone();
    ann.delete(&format!("/api/me/sessions/{session}")).await.ok();
    let read = stream.answer().await.text().matches("\"seq\":").count();
    assert!(read < 300, "all {read} entries came although the session had ended");
}
