//! `countersign audit`, beside a server and after it.

use std::path::Path;
use std::process::{Command, Output};

use countersign::db::Database;
use sea_orm::ConnectionTrait;
use serde_json::Value;
use tempfile::TempDir;

use crate::setup::{Server, Team};

fn audit(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("audit").args(arguments).env_clear().output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_verification_says_what_fits_what_does_not_and_what_it_can_not_prove() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_on(folder.path(), &[]);
    let team = Team::on(&server).await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let seq = ann.says(room, "approved").await;

    let (data, file) = (path(folder.path(), "data"), path(folder.path(), "data/audit-checkpoints.jsonl"));
    let beside = audit(&["verify", "--data", &data]);
    assert_eq!(beside.status.code(), Some(0), "{}", text(&beside));
    assert!(text(&beside).contains("Everything fits"), "{}", text(&beside));
    assert!(text(&beside).contains("can not prove"), "{}", text(&beside));
    server.stop();

    let key = text(&audit(&["key", "--data", &data])).trim().to_owned();
    let after = audit(&["verify", "--data", &data, "--anchors", &file, "--key", &key, "--json"]);
    assert_eq!(after.status.code(), Some(0), "{}", text(&after));
    let report: Value = serde_json::from_slice(&after.stdout).unwrap();
    assert_eq!(report["clean"], true);
    assert!(report["checkpoints"].as_i64().unwrap() >= 2, "one at start and one at stop: {report}");

    let db = Database::open_sqlite(&folder.path().join("data"), None).await.unwrap();
    let change = format!("UPDATE entry SET body = replace(body, 'approved', 'rejected') WHERE log_id = {room}");
    db.writer.execute_unprepared(&change).await.unwrap();
    let tampered = audit(&["verify", "--data", &data, "--anchors", &file, "--key", &key]);
    assert_eq!(tampered.status.code(), Some(1));
    assert!(text(&tampered).contains(&format!("Room {room}, entry {seq}: it was changed")), "{}", text(&tampered));
    let cut = format!("DELETE FROM entry WHERE log_id = {room} AND seq = {seq}");
    db.writer.execute_unprepared(&cut).await.unwrap();
    let tampered = audit(&["verify", "--data", &data, "--anchors", &file, "--json"]);
    let report: Value = serde_json::from_slice(&tampered.stdout).unwrap();
    let what = report["findings"][0]["what"]["type"].clone();
    assert_eq!(what, "cut_after_checkpoint", "the last checkpoint was signed when the server stopped: {report}");
}

#[test]
fn what_can_not_be_verified_is_neither_right_nor_wrong() {
    let folder = TempDir::new().unwrap();
    let nothing = folder.path().to_str().unwrap();
    for arguments in [
        &["verify", "--data", nothing][..],
        &["verify", "--data", nothing, "--key", "short"],
        &["verify", "--database", "postgres://127.0.0.1:1/none"],
        &["key", "--data", nothing],
    ] {
        let output = audit(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).starts_with("countersign: "), "{}", text(&output));
    }
    assert!(folder.path().read_dir().unwrap().next().is_none(), "a verification makes nothing");
}
