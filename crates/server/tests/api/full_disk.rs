//! A database that may not grow any more: writing is refused, reading goes on, and nothing is half-written.

use serde_json::json;

use crate::setup::{Person, Server, Team, seqs};

#[tokio::test]
async fn a_full_disk_refuses_to_write_and_goes_on_reading() {
    let server = Server::start(&["--max-database-mib", "1", "--commands-per-second", "100000"]);
    let team = Team::on(&server).await;
    let ann = &team.admin;
    let room = ann.makes_room("private", &[]).await;
    let token = ann.makes_token().await;
    let mut live = ann.follows(room, 0).await;
    let text = "🦀".repeat(2000);
    let mut said = vec![1];
    let refused = loop {
        let answer = ann.commands(json!({"type": "say", "room": room, "text": text})).await;
        match answer.status {
            200 => said.push(answer.ok()["seq"].as_i64().unwrap()),
            _ => break answer,
        }
    };
    refused.refused(507, "storage_full");
    // Several at once share a transaction; each is refused by itself.
    let says = (0..8).map(|_| ann.commands(json!({"type": "say", "room": room, "text": text})));
    for answer in futures_util::future::join_all(says).await {
        match answer.status {
            200 => said.push(answer.ok()["seq"].as_i64().unwrap()),
            _ => drop(answer.refused(507, "storage_full")),
        }
    }
    let refused = live.commands(json!({"type": "say", "room": room, "text": text})).await;
    assert_eq!(refused["problem"]["type"], "/problems/storage_full");
    // What was acknowledged is there, without gaps, in every way of reading.
    assert_eq!(said, (1..=said.len() as i64).collect::<Vec<_>>());
    assert_eq!(seqs(&ann.reads(room).await), said);
    let last = *said.last().unwrap();
    let mut again = ann.follows(room, 0).await;
    assert_eq!(seqs(&again.entries_to(&format!("r{room}"), last).await), said);
    assert_eq!(ann.room(room).await["last_seq"], last);
    ann.get(&format!("/api/rooms/{room}/export")).await.ok();
    ann.get("/api/search?q=x").await.ok();
    // A token's first use would be noted; it is good without that.
    let program = Person::with_token(&server.url, &token).await;
    assert_eq!(seqs(&program.reads(room).await), said);
    assert_eq!(team.stranger().get("/healthz").await.status, 200);
    assert!(!server.own_log().contains("panicked"));
}
