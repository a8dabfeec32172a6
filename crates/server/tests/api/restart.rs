//! A server that is killed and started again.

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::setup::{Person, Server, Team, in_time, texts};

/// Says numbered things until the server is gone; answers those that were acknowledged, with their numbers.
async fn writes(person: Person, room: i64, said: watch::Sender<usize>) -> Vec<(i64, String)> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let text = format!("{} {number}", person.username);
        let say = json!({"type": "say", "command": format!("n{number}"), "room": room, "text": text});
        let request = person.request(http::Method::POST, "/api/commands").json(&say);
        let Ok(response) = in_time(request.send()).await else {
            break;
        };
        let Ok(ack) = response.json::<Value>().await else { break };
        acknowledged.push((ack["seq"].as_i64().unwrap(), text));
        said.send_modify(|count| *count += 1);
    }
    acknowledged
}

#[tokio::test]
async fn everything_that_was_acknowledged_is_there_once_and_in_order_after_a_kill() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_on(folder.path(), &["--commands-per-second", "100000"]);
    let team = Team::on(&server).await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[&bob, &eve]).await;
    let (said, mut count) = watch::channel(0);
    let writers: Vec<_> =
        [&ann, &bob, &eve].into_iter().map(|person| tokio::spawn(writes(person.clone(), room, said.clone()))).collect();
    in_time(count.wait_for(|count| *count >= 60)).await.unwrap();
    server.kill();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(in_time(writer).await.unwrap());
    }
    assert!(acknowledged.len() >= 60);

    let server = Server::start_on(folder.path(), &[]);
    // The session is kept, too; only the port is another one.
    let team = Team::on(&server).await;
    let [reader, writer] = [&eve, &ann].map(|person| person.at(&server.url));
    let entries = reader.reads(room).await;
    let seqs: Vec<i64> = entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=entries.len() as i64).collect::<Vec<_>>());
    for (seq, text) in &acknowledged {
        assert_eq!(entries[*seq as usize - 1]["body"]["text"], *text);
    }
    let mut said = texts(&entries);
    let all = said.len();
    said.sort();
    said.dedup();
    assert_eq!(said.len(), all, "something was written twice");
    assert!(all - acknowledged.len() <= 3, "at most one of each writer was on its way");

    // A command from before the kill gets its first answer, and new entries follow the old ones.
    let (seq, text) = acknowledged.iter().find(|(_, text)| text.starts_with(&ann.username)).unwrap();
    let again = json!({"type": "say", "command": "n0", "room": room, "text": text});
    assert_eq!(writer.commands(again).await.ok()["seq"], *seq);
    assert_eq!(writer.says(room, "back").await, entries.len() as i64 + 1);
    assert!(team.admin.get("/healthz").await.status == 200);
}

#[tokio::test]
async fn two_servers_do_not_share_a_folder() {
    let folder = TempDir::new().unwrap();
    let _first = Server::start_on(folder.path(), &[]);
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["serve", "--bare", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another server uses the folder"));
}
