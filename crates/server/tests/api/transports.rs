//! All ways to read give the same entries in the same order.

use serde_json::{Value, json};

use crate::setup::{Person, Team, in_time, log, seqs};

async fn by_short_polls(person: Person, room: i64, last: tokio::sync::watch::Receiver<i64>) -> Vec<Value> {
    by_polls(person, room, last, "").await
}

async fn by_long_polls(person: Person, room: i64, last: tokio::sync::watch::Receiver<i64>) -> Vec<Value> {
    by_polls(person, room, last, "&wait=2").await
}

async fn by_polls(person: Person, room: i64, last: tokio::sync::watch::Receiver<i64>, wait: &str) -> Vec<Value> {
    let (mut entries, mut after) = (Vec::new(), format!("r{room}:0"));
    while !complete(&entries, &last) {
        let poll = person.get(&format!("/api/live?after={after}{wait}")).await.ok();
        after = poll["after"].as_str().unwrap().to_owned();
        let news = poll["messages"].as_array().unwrap().iter().filter(|message| message["type"] == "entries");
        entries.extend(news.flat_map(|message| message["entries"].as_array().unwrap().clone()));
    }
    entries
}

async fn by_pages(person: Person, room: i64, last: tokio::sync::watch::Receiver<i64>) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    while !complete(&entries, &last) {
        let after = seqs(&entries).pop().unwrap_or(0);
        let page = person.page(room, &format!("after={after}&wait=2&limit=7")).await;
        entries.extend(page["entries"].as_array().unwrap().iter().cloned());
    }
    entries
}

async fn by_socket(person: Person, room: i64, mut last: tokio::sync::watch::Receiver<i64>) -> Vec<Value> {
    let mut live = person.follows(room, 0).await;
    let mut entries = live.entries_to(&log(room), 1).await;
    let last = *last.wait_for(|last| *last > 0).await.unwrap();
    if !entries.iter().any(|entry| entry["seq"] == last) {
        entries.extend(live.entries_to(&log(room), last).await);
    }
    entries
}

async fn by_stream(person: Person, room: i64, path: String, mut last: tokio::sync::watch::Receiver<i64>) -> Vec<Value> {
    let mut stream = person.opens_stream(&path).await;
    let mut entries = stream.entries_to(&log(room), 1).await.0;
    let last = *last.wait_for(|last| *last > 0).await.unwrap();
    if !entries.iter().any(|entry| entry["seq"] == last) {
        entries.extend(stream.entries_to(&log(room), last).await.0);
    }
    entries
}

/// Whether the last entry, once it is known, is there.
fn complete(entries: &[Value], last: &tokio::sync::watch::Receiver<i64>) -> bool {
    let last = *last.borrow();
    last > 0 && entries.last().is_some_and(|entry| entry["seq"] == last)
}

async fn talks(person: Person, room: i64, rounds: i64) {
    for round in 0..rounds {
        let seq = person.says(room, &format!("{} says {round}", person.username)).await;
        match round % 3 {
            0 => drop(person.does(json!({"type": "react", "room": room, "seq": seq, "emoji": "👍", "on": true})).await),
            1 => drop(person.does(json!({"type": "edit", "room": room, "seq": seq, "text": "edited"})).await),
            _ => {}
        }
    }
}

#[tokio::test]
async fn all_ways_to_read_give_the_same_entries_while_several_people_write() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[&bob, &eve]).await;
    let (told, last) = tokio::sync::watch::channel(0);
    let reader = || (eve.clone(), last.clone());
    let (streams, entries) = (format!("/api/live?after=r{room}:0"), format!("/api/rooms/{room}/entries?after=0"));
    let readers = [
        tokio::spawn(by_short_polls(reader().0, room, reader().1)),
        tokio::spawn(by_long_polls(reader().0, room, reader().1)),
        tokio::spawn(by_pages(reader().0, room, reader().1)),
        tokio::spawn(by_socket(reader().0, room, reader().1)),
        tokio::spawn(by_stream(reader().0, room, streams, reader().1)),
        tokio::spawn(by_stream(reader().0, room, entries, reader().1)),
    ];
    tokio::join!(talks(ann.clone(), room, 30), talks(bob.clone(), room, 30), talks(eve.clone(), room, 30));
    let end = ann.says(room, "the end").await;
    told.send_replace(end);
    let all = ann.reads(room).await;
    assert_eq!(seqs(&all), (1..=end).collect::<Vec<_>>());
    for reader in readers {
        let read = in_time(reader).await.unwrap();
        assert_eq!(seqs(&read), seqs(&all));
        assert!(read == all, "the entries differ");
    }
}
