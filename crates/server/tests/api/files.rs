//! Files of messages.

use http::Method;
use serde_json::json;
use tokio::net::TcpStream;

use crate::setup::{Answer, PNG, Server, Team, Wire, in_time};

/// How many files the server keeps, whole or in part.
fn stored_files(server: &Server) -> usize {
    let parts = std::fs::read_dir(server.folder.join("data/files/files")).into_iter().flatten();
    parts.flat_map(|part| std::fs::read_dir(part.unwrap().path()).into_iter().flatten()).count()
}

#[tokio::test]
async fn a_file_is_uploaded_sent_and_read_by_the_others() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let uploaded = ann.uploads(room, "方案/plan.png", PNG).await;
    assert_eq!(uploaded.status, 201);
    let file = uploaded.ok();
    let path = format!("/api/files/{}", file["id"].as_str().unwrap());
    let expected = json!({"id": file["id"], "name": "方案_plan.png", "size": PNG.len(), "media_type": "image/png", "width": 1, "height": 1});
    assert_eq!(file, expected);
    // Before it is sent, it belongs to whoever uploaded it.
    ann.get(&path).await;
    bob.get(&path).await.refused(404, "file_not_found");
    ann.does(json!({"type": "say", "room": room, "text": "", "files": [file["id"]]})).await.unwrap();
    let entry = bob.reads(room).await.pop().unwrap();
    assert_eq!(entry["body"], json!({"text": "", "reply_to": null, "mentions": [], "files": [file]}));
    let bytes = bob.get(&path).await;
    assert_eq!(bytes.body, PNG);
    assert_eq!(bytes.header("content-type"), "image/png");
    assert_eq!(bytes.header("content-disposition"), "inline; filename*=UTF-8''%E6%96%B9%E6%A1%88_plan.png");
}

#[tokio::test]
async fn what_is_no_image_is_a_download_that_can_run_nothing() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let html = b"<!doctype html><script>alert(1)</script>";
    let svg = br#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    for (name, bytes) in [("a.html", &html[..]), ("a.svg", svg), ("a.png", b"not an image"), ("a.txt", b"")] {
        let file = ann.uploads(room, name, bytes).await.ok();
        let answer = ann.get(&format!("/api/files/{}", file["id"].as_str().unwrap())).await;
        assert_eq!(answer.body, bytes);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("content-disposition"), format!("attachment; filename*=UTF-8''{name}"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    }
}

#[tokio::test]
async fn files_are_for_members_only() {
    let team = Team::new().await;
    let [ann, bob, eve] = team.people(["ann", "bob", "eve"]).await;
    let room = ann.makes_room("private", &[&bob]).await;
    let file = ann.uploads(room, "a.txt", b"secret").await.ok();
    let path = format!("/api/files/{}", file["id"].as_str().unwrap());
    ann.does(json!({"type": "say", "room": room, "text": "", "files": [file["id"]]})).await;
    eve.get(&path).await.refused(404, "file_not_found");
    team.stranger().get(&path).await.refused(401, "not_signed_in");
    bob.get(&path).await;
    ann.removes(room, &bob).await;
    bob.get(&path).await.refused(404, "file_not_found");
    for id in ["x", "%2e%2e%2fcountersign.db", "%00", "f"] {
        ann.get(&format!("/api/files/{id}")).await.problem();
    }
}

#[tokio::test]
async fn a_file_is_sent_once_by_whoever_uploaded_it_in_its_own_room() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let (room, other) = (ann.makes_room("private", &[&bob]).await, ann.makes_room("private", &[]).await);
    let file = ann.uploads(room, "a.txt", b"hi").await.ok()["id"].clone();
    let say = |room: i64| json!({"type": "say", "room": room, "text": "look", "files": [file]});
    bob.commands(say(room)).await.wrong_field("files", "unknown");
    ann.commands(say(other)).await.wrong_field("files", "unknown");
    ann.commands(say(room)).await.ok();
    ann.commands(say(room)).await.wrong_field("files", "unknown");
    let twice = json!({"type": "say", "room": room, "text": "look", "files": [file, file]});
    ann.commands(twice).await.wrong_field("files", "invalid");
    let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let many = json!({"type": "say", "room": room, "text": "look", "files": many});
    ann.commands(many).await.wrong_field("files", "too_many");
    ann.uploads(room, " ", b"hi").await.wrong_field("name", "required");
    ann.uploads(room, "a\nb", b"hi").await.wrong_field("name", "control_characters");
    ann.uploads(room, &"x".repeat(201), b"hi").await.wrong_field("name", "too_long");
}

#[tokio::test]
async fn the_bytes_of_a_recalled_file_are_deleted() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let file = ann.uploads(room, "a.txt", b"secret").await.ok();
    let id = file["id"].as_str().unwrap();
    let seq = ann.does(json!({"type": "say", "room": room, "text": "", "files": [id]})).await;
    let stored = server.folder.join("data/files/files").join(&id[..2]).join(id);
    assert!(stored.exists());
    ann.does(json!({"type": "recall", "room": room, "seq": seq})).await;
    ann.get(&format!("/api/files/{id}")).await.refused(404, "file_not_found");
    let deleted = async {
        while stored.exists() {
            ann.get("/api/me").await.ok();
        }
    };
    in_time(deleted).await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_and_leaves_nothing() {
    let server = Server::start(&["--max-file-mib", "1"]);
    let team = Team::on(&server).await;
    let room = team.admin.makes_room("private", &[]).await;
    let size = 1024 * 1024;
    team.admin.uploads(room, "fits.bin", &vec![7; size]).await.ok();
    // With a length in its head an upload is refused before it travels, else it is cut where it becomes too long. A
    // client that is still writing then may find the connection closed before it finds the answer.
    let pieces = (0..1100).map(|_| Ok::<_, std::io::Error>(vec![7; 1024]));
    let unsized_body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    for body in [vec![7; size + 1].into(), unsized_body] {
        let request = team.admin.request(Method::POST, &format!("/api/rooms/{room}/files?name=x")).body(body);
        if let Ok(response) = in_time(request.send()).await {
            Answer::of(response).await.refused(413, "file_too_large");
        }
    }
    let keeps_one = async {
        while stored_files(&server) != 1 {
            team.admin.get("/api/me").await.ok();
        }
    };
    in_time(keeps_one).await;
    assert_eq!(team.admin.get("/api/me").await.ok()["max_file_bytes"], size);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    let room = team.admin.makes_room("private", &[]).await;
    let (cookie, secret) = team.admin.credentials();
    let head = format!("POST /api/rooms/{room}/files?name=x HTTP/1.1\r\nhost: x\r\n{cookie}: {secret}\r\n");
    let part = format!("{head}content-length: 9999\r\n\r\nthe beginning");
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let upload = Wire::send(stream, part.as_bytes()).await;
    let keeps = async |count: usize| {
        while stored_files(&server) != count {
            team.admin.get("/api/me").await.ok();
        }
    };
    in_time(keeps(1)).await;
    drop(upload);
    in_time(keeps(0)).await;
}
