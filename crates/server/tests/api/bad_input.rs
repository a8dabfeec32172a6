//! Requests that can not be right: each gets a problem of a stable type, and the server goes on.

use http::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::setup::{Answer, Person, Server, Team, Wire, in_time};

async fn posts(person: &Person, path: &str, media_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = person.request(Method::POST, path).header("content-type", media_type);
    person.sends(request.body(body)).await
}

#[tokio::test]
async fn a_body_has_to_be_json_of_the_right_shape() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let json_type = "application/json";
    for path in
        ["/api/commands", "/api/rooms", "/api/rooms/direct", "/api/session", "/api/me/tokens", "/api/invitations"]
    {
        for body in ["", "{", "not JSON", "{,}", "\u{feff}{}", "NaN"] {
            posts(&ann, path, json_type, body).await.refused(400, "malformed_json");
        }
        posts(&ann, path, json_type, vec![0xFF, 0xFE, 0x00]).await.refused(400, "malformed_json");
        for body in ["{}", "[]", "null", "1", "\"text\"", "{\"a\": 1}"] {
            posts(&ann, path, json_type, body).await.refused(422, "wrong_shape");
        }
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "", "json", "application/jsonp"] {
            posts(&ann, path, media_type, "{}").await.refused(415, "wrong_media_type");
        }
    }
    let say = json!({"type": "say", "command": "c", "room": room, "text": "hi"});
    posts(&ann, "/api/commands", json_type, format!("{say}{say}")).await.refused(400, "malformed_json");
    posts(&ann, "/api/commands", "Application/JSON; charset=utf-8", say.to_string()).await.ok();
}

#[tokio::test]
async fn every_field_of_a_command_has_its_type_and_no_others_are_known() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let good = json!({"type": "say", "command": "c", "room": room, "text": "hi", "reply_to": null, "files": []});
    let wrong = [
        ("type", json!("shout")),
        ("type", json!(1)),
        ("command", json!(1)),
        ("command", Value::Null),
        ("room", json!("1")),
        ("room", json!(1.5)),
        ("room", json!(9_223_372_036_854_775_808_u64)),
        ("room", Value::Null),
        ("text", json!(1)),
        ("text", Value::Null),
        ("text", json!(["a"])),
        ("reply_to", json!("1")),
        ("files", json!("f")),
        ("files", json!([1])),
        ("files", Value::Null),
        ("unknown", json!(1)),
        ("seq", json!(1)),
    ];
    for (field, value) in wrong {
        let mut command = good.clone();
        command[field] = value;
        ann.post("/api/commands", command).await.refused(422, "wrong_shape");
    }
    for field in ["type", "command", "room", "text"] {
        let mut command = good.clone();
        command.as_object_mut().unwrap().remove(field);
        ann.post("/api/commands", command).await.refused(422, "wrong_shape");
    }
    for kind in ["follow", "unfollow", "ping"] {
        let command = json!({"type": kind, "logs": {}, "log": "feed"});
        ann.post("/api/commands", command).await.refused(422, "wrong_shape");
    }
    assert_eq!(ann.reads(room).await.len(), 1);
}

#[tokio::test]
async fn a_number_beyond_every_room_is_a_room_that_does_not_exist() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    for room in [0, -1, i64::MAX, i64::MIN, 9_007_199_254_740_993] {
        let say = json!({"type": "say", "room": room, "text": "hi"});
        ann.commands(say).await.refused(404, "room_not_found");
        ann.commands(json!({"type": "read", "room": room, "seq": i64::MAX})).await.refused(404, "room_not_found");
        ann.get(&format!("/api/rooms/{room}")).await.refused(404, "room_not_found");
    }
}

#[tokio::test]
async fn a_feed_is_no_room() {
    let server = Server::start(&[]);
    let team = Team::on(&server).await;
    // In an empty database the first log is the first administrator's feed.
    team.admin.get("/api/rooms/1").await.refused(404, "room_not_found");
    team.admin.get("/api/rooms/1/entries").await.refused(404, "room_not_found");
    let say = json!({"type": "say", "room": 1, "text": "to myself"});
    team.admin.commands(say).await.refused(404, "room_not_found");
    team.admin.get("/api/live?after=r1:0").await.refused(400, "wrong_query");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let say = json!({"type": "say", "command": "c", "room": room, "text": "hi"}).to_string();
    let padded = |size: usize| say.clone() + &" ".repeat(size - say.len());
    let path = "/api/commands";
    posts(&ann, path, "application/json", padded(128 * 1024)).await.ok();
    posts(&ann, path, "application/json", padded(128 * 1024 + 1)).await.refused(413, "body_too_large");
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_problems_and_pages_are_pages() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    for path in ["/api/nothing", "/api/me/nothing", "/assets/nothing.js", "/api/people/x", "/api/people/1e3"] {
        ann.get(path).await.refused(404, "not_found");
    }
    for (method, path) in [(Method::DELETE, "/api/site"), (Method::PUT, "/api/commands"), (Method::POST, "/healthz")] {
        let answer = ann.sends(ann.request(method, path)).await;
        answer.refused(405, "method_not_allowed");
        assert!(!answer.header("allow").is_empty());
    }
    // The web client finds its own way from any other address.
    let page = ann.get("/rooms/7").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
    assert_eq!(page.header("x-frame-options"), "DENY");
}

#[tokio::test]
async fn without_a_session_only_public_paths_answer() {
    let team = Team::new().await;
    let stranger = team.stranger();
    for path in [
        "/api/me",
        "/api/rooms",
        "/api/rooms/1",
        "/api/people",
        "/api/live",
        "/api/search?q=a",
        "/api/files/x",
        "/api/invitations",
    ] {
        stranger.get(path).await.refused(401, "not_signed_in");
    }
    stranger.post("/api/commands", json!({})).await.refused(401, "not_signed_in");
    assert_eq!(stranger.get("/api/site").await.ok()["insecure"], false);
    assert_eq!(stranger.get("/healthz").await.status, 200);
    stranger.get("/api/openapi.json").await.ok();
    stranger.get("/api/join/nothing").await.refused(404, "invitation_not_found");
}

#[tokio::test]
async fn cookies_and_headers_that_make_no_sense_are_nobodys() {
    let team = Team::new().await;
    let stranger = team.stranger();
    let cookies: [&[u8]; 7] = [
        b"countersign_session",
        b"countersign_session=",
        b"=;;=;",
        b"countersign_session=\xff\xfe",
        b"\xf0\x9f\xa6\x80",
        b"a=b; countersign_session=wrong; countersign_session=also-wrong",
        b"countersign_session=\"quoted\"",
    ];
    for cookie in cookies {
        let request = stranger.request(Method::GET, "/api/me").header("cookie", cookie);
        stranger.sends(request).await.refused(401, "not_signed_in");
    }
    for authorization in [&b"Bearer"[..], b"Bearer ", b"Basic YTpi", b"bearer \xff", b"Bearer a b c"] {
        let request = stranger.request(Method::GET, "/api/me").header("authorization", authorization);
        stranger.sends(request).await.refused(401, "not_signed_in");
    }
    for header in
        ["accept", "accept-language", "user-agent", "origin", "last-event-id", "x-forwarded-for", "if-none-match"]
    {
        let request = stranger.request(Method::GET, "/api/site").header(header, &b"\xff\xff, ;;q=x"[..]);
        stranger.sends(request).await.ok();
    }
    // The cookie of another program beside ours does no harm.
    let [ann] = team.people(["ann"]).await;
    let cookie = format!("theirs=1; {}; more=\u{1F980}", ann.credentials().1);
    let request =
        stranger.request(Method::GET, "/api/me").header("cookie", &format!("theirs=1; {}", ann.credentials().1));
    stranger.sends(request).await.ok();
    let request = stranger.request(Method::GET, "/api/me").header("cookie", cookie.as_bytes());
    assert!(stranger.sends(request).await.status < 500);
}

#[tokio::test]
async fn what_another_site_makes_a_browser_do_is_refused() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let room = ann.makes_room("private", &[]).await;
    let say = json!({"type": "say", "command": "c", "room": room, "text": "hi"});
    let with = |name: &'static str, value: &'static str| {
        let request = ann.request(Method::POST, "/api/commands").header(name, value).json(&say);
        ann.sends(request)
    };
    with("origin", "http://evil.example").await.refused(403, "foreign_origin");
    with("origin", "null").await.refused(403, "foreign_origin");
    with("origin", "http://127.0.0.1").await.refused(403, "foreign_origin");
    with("sec-fetch-site", "cross-site").await.refused(403, "foreign_origin");
    with("sec-fetch-site", "same-site").await.refused(403, "foreign_origin");
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let request = ann.request(method, "/api/me").header("origin", "http://evil.example").json(&json!({}));
        ann.sends(request).await.refused(403, "foreign_origin");
    }
    let sign_in = ann.request(Method::POST, "/api/session").header("sec-fetch-site", "cross-site").json(&json!({}));
    ann.sends(sign_in).await.refused(403, "foreign_origin");
    assert_eq!(ann.reads(room).await.len(), 1);
    // Reading is what links do; and a page of this site may write.
    ann.sends(ann.request(Method::GET, "/api/me").header("origin", "http://evil.example")).await.ok();
    let own = ann.request(Method::POST, "/api/commands").header("origin", &ann.url).json(&say);
    ann.sends(own).await.ok();
    with("sec-fetch-site", "same-origin").await.ok();
}

#[tokio::test]
async fn bytes_that_are_no_request_get_an_answer_or_the_end_of_the_connection() {
    let team = Team::new().await;
    let address = team.url.strip_prefix("http://").unwrap();
    for bytes in [
        &b"nonsense\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/me HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"user",
    ] {
        let mut stream = in_time(TcpStream::connect(address)).await.unwrap();
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // A reset is an end, too.
        let _ = in_time(stream.read_to_end(&mut answer)).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "x".repeat(70_000));
    let stream = in_time(TcpStream::connect(address)).await.unwrap();
    let answer = Wire::send(stream, long.as_bytes()).await.answer().await;
    assert!(answer.status < 500);
    team.admin.get("/api/me").await.ok();
}
