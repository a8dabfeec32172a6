//! API tokens, for programs.

use http::Method;
use serde_json::json;

use crate::setup::{Heard, PASSWORD, Person, Team};

#[tokio::test]
async fn a_token_is_shown_once_and_works_as_its_person() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let made = ann.post("/api/me/tokens", json!({"name": "build", "days": 30})).await;
    assert_eq!(made.status, 201);
    let secret = made.ok()["secret"].as_str().unwrap().to_owned();
    let program = Person::with_token(&team.url, &secret).await;
    assert_eq!(program.id, ann.id);
    assert_eq!(program.get("/api/me").await.ok()["session"], json!(null));
    let list = ann.get("/api/me/tokens").await;
    assert!(!list.text().contains(&secret));
    let token = &list.ok()["tokens"][0];
    assert_eq!(token["name"], "build");
    assert!(token["last_used_at"].is_i64() && token["expires_at"].is_i64());
}

#[tokio::test]
async fn a_token_reads_and_writes_over_http_and_the_socket() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let program = Person::with_token(&team.url, &ann.makes_token().await).await;
    let room = program.makes_room("private", &[]).await;
    let seq = program.says(room, "from a program").await;
    let mut live = program.follows(room, 0).await;
    assert_eq!(live.entries_to(&format!("r{room}"), seq).await.last().unwrap()["by"], ann.id);
}

#[tokio::test]
async fn a_revoked_token_ends_its_socket_and_nothing_else() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let program = Person::with_token(&team.url, &ann.makes_token().await).await;
    let (mut theirs, mut mine) = (program.opens_socket().await, ann.opens_socket().await);
    let id = ann.get("/api/me/tokens").await.ok()["tokens"][0]["id"].clone();
    assert_eq!(ann.delete(&format!("/api/me/tokens/{id}")).await.status, 204);
    assert_eq!(theirs.until_the_end().await.1, Heard::Closed(4401, "session_ended".into()));
    mine.until_pong().await;
    program.get("/api/me").await.refused(401, "not_signed_in");
    ann.delete(&format!("/api/me/tokens/{id}")).await.refused(404, "token_not_found");
}

#[tokio::test]
async fn a_token_makes_no_tokens_and_changes_no_password() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let program = Person::with_token(&team.url, &ann.makes_token().await).await;
    let made = program.post("/api/me/tokens", json!({"name": "another"})).await;
    made.refused(403, "not_with_token");
    let change = json!({"current": PASSWORD, "new": "a better password"});
    program.put("/api/me/password", change).await.refused(403, "not_with_token");
}

#[tokio::test]
async fn a_token_needs_a_name_and_a_sensible_time() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let make = |body| ann.post("/api/me/tokens", body);
    make(json!({"name": "  "})).await.wrong_field("name", "required");
    make(json!({"name": "x".repeat(65)})).await.wrong_field("name", "too_long");
    for days in [0, -1, 3651, i64::MAX] {
        make(json!({"name": "x", "days": days})).await.wrong_field("days", "out_of_range");
    }
}

#[tokio::test]
async fn a_wrong_token_is_nobody_even_beside_a_good_cookie() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    for token in ["cs_wrong", "cs_", "a b c"] {
        let request = ann.request(Method::GET, "/api/me").bearer_auth(token);
        ann.sends(request).await.refused(401, "not_signed_in");
    }
}
